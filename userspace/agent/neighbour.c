// SPDX-License-Identifier: GPL-2.0-or-later
#include "neighbour.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"

#define DISCARD_PORT	9
#define NUD_KNOWN	(NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT | \
			 NUD_NOARP)

struct search {
	struct fdr_route *rt;
	bool found;
};

/* Answers and notifications look alike. */
static int on_neighbour(struct nl_msg *msg, void *arg)
{
	struct search *s = arg;
	struct nlattr *tb[NDA_MAX + 1];
	struct ndmsg *nd = nlmsg_data(nlmsg_hdr(msg));

	if (nlmsg_hdr(msg)->nlmsg_type != RTM_NEWNEIGH ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*nd), tb, NDA_MAX, NULL) < 0)
		return NL_OK;
	if ((unsigned int)nd->ndm_ifindex != s->rt->ifindex || !(nd->ndm_state & NUD_KNOWN))
		return NL_OK;
	if (!tb[NDA_DST] || (size_t)nla_len(tb[NDA_DST]) != s->rt->len ||
	    memcmp(nla_data(tb[NDA_DST]), s->rt->hop, s->rt->len))
		return NL_OK;
	if (!tb[NDA_LLADDR] || nla_len(tb[NDA_LLADDR]) != (int)sizeof(s->rt->mac))
		return NL_OK;
	memcpy(s->rt->mac, nla_data(tb[NDA_LLADDR]), sizeof(s->rt->mac));
	s->found = true;
	return NL_OK;
}

/* Makes the kernel look for the neighbour. */
static int poke(const struct fdr_route *rt)
{
	int fd FDR_CLEANUP_CLOSE = socket(rt->family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(DISCARD_PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(DISCARD_PORT),
				    .sin6_scope_id = rt->ifindex };
	ssize_t n;

	if (fd < 0)
		return -errno;
	memcpy(&in4.sin_addr, rt->hop, 4);
	memcpy(&in6.sin6_addr, rt->hop, 16);
	n = rt->family == AF_INET ?
	    sendto(fd, "", 0, 0, (struct sockaddr *)&in4, sizeof(in4)) :
	    sendto(fd, "", 0, 0, (struct sockaddr *)&in6, sizeof(in6));
	return n < 0 ? -errno : 0;
}

/* Neighbours that are known already: a dump, for older kernels answer no single one. */
static int ask_known(struct nl_sock *sk, const struct fdr_route *rt)
{
	struct ndmsg nd = { .ndm_family = (unsigned char)rt->family,
			    .ndm_ifindex = (int)rt->ifindex };

	return nl_send_simple(sk, RTM_GETNEIGH, NLM_F_DUMP, &nd, sizeof(nd));
}

static int wait_found(struct nl_sock *sk, struct search *s, int64_t deadline_ns)
{
	while (!s->found) {
		struct pollfd p = { .fd = nl_socket_get_fd(sk), .events = POLLIN };
		int64_t left_ns = deadline_ns - fdr_now_ns();
		struct timespec ts = { .tv_sec = left_ns / FDR_NS_PER_S,
				       .tv_nsec = left_ns % FDR_NS_PER_S };
		int r;

		if (left_ns <= 0)
			return -ETIMEDOUT;
		r = ppoll(&p, 1, &ts, NULL);
		if (r < 0 && errno != EINTR)
			return -errno;
		if (r > 0 && nl_recvmsgs_default(sk) == -NLE_BAD_SOCK)
			return -EIO;
	}
	return 0;
}

int fdr_neighbour_resolve(struct fdr_route *rt, int64_t deadline_ns, struct fdr_error *e)
{
	struct search s = { .rt = rt };
	struct nl_sock *sk = nl_socket_alloc();
	char hop[INET6_ADDRSTRLEN];
	int r = -ENOMEM;

	if (sk && nl_connect(sk, NETLINK_ROUTE) >= 0 &&
	    nl_socket_add_membership(sk, RTNLGRP_NEIGH) >= 0) {
		nl_socket_disable_seq_check(sk);
		nl_socket_set_nonblocking(sk);
		nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_neighbour, &s);
		r = poke(rt);
		if (r >= 0 && ask_known(sk, rt) < 0)
			r = -EIO;
		if (r >= 0)
			r = wait_found(sk, &s, deadline_ns);
	}
	nl_socket_free(sk);
	inet_ntop(rt->family, rt->hop, hop, sizeof(hop));
	if (r == -ETIMEDOUT)
		return fdr_err(e, -EHOSTUNREACH, "the next hop %s does not answer on %s", hop,
			       rt->ifname);
	return r < 0 ? fdr_err(e, r, "cannot find the MAC of %s on %s: %s", hop, rt->ifname,
			       strerror(-r)) : 0;
}
