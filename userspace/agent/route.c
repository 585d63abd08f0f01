// SPDX-License-Identifier: GPL-2.0-or-later
#include "route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/ioctl.h>

#include "neighbour.h"

struct answer {
	struct fdr_route *route;
	int type;			/* RTN_* */
	bool foreign_hop;		/* a gateway of the other family */
};

static int on_route(struct nl_msg *msg, void *arg)
{
	struct answer *a = arg;
	struct nlattr *tb[RTA_MAX + 1];
	struct rtmsg *rt = nlmsg_data(nlmsg_hdr(msg));
	size_t len = a->route->len;

	if (nlmsg_hdr(msg)->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(nlmsg_hdr(msg), sizeof(*rt), tb, RTA_MAX, NULL) < 0)
		return NL_OK;
	a->type = rt->rtm_type;
	if (tb[RTA_OIF])
		a->route->ifindex = nla_get_u32(tb[RTA_OIF]);
	if (tb[RTA_PREFSRC] && (size_t)nla_len(tb[RTA_PREFSRC]) == len)
		memcpy(a->route->local, nla_data(tb[RTA_PREFSRC]), len);
	if (tb[RTA_GATEWAY] && (size_t)nla_len(tb[RTA_GATEWAY]) == len)
		memcpy(a->route->hop, nla_data(tb[RTA_GATEWAY]), len);
	a->foreign_hop = tb[RTA_VIA] != NULL;
	return NL_OK;
}

static int ask_route(struct nl_sock *sk, struct answer *a)
{
	struct rtmsg rt = { .rtm_family = (unsigned char)a->route->family,
			    .rtm_dst_len = (unsigned char)(a->route->len * 8) };
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_GETROUTE, NLM_F_REQUEST);
	int r = -NLE_NOMEM;

	if (msg && nlmsg_append(msg, &rt, sizeof(rt), NLMSG_ALIGNTO) >= 0 &&
	    nla_put(msg, RTA_DST, (int)a->route->len, a->route->remote) >= 0)
		r = nl_send_auto(sk, msg);
	nlmsg_free(msg);
	if (r < 0)
		return r;
	nl_socket_modify_cb(sk, NL_CB_VALID, NL_CB_CUSTOM, on_route, a);
	/* The kernel's answer to a request without NLM_F_ACK is one message. */
	return nl_recvmsgs_default(sk);
}

static int find_route(const char *remote, struct fdr_route *rt, struct fdr_error *e)
{
	struct answer a = { .route = rt };
	struct nl_sock *sk = nl_socket_alloc();
	int r = sk ? nl_connect(sk, NETLINK_ROUTE) : -NLE_NOMEM;

	if (r >= 0) {
		nl_socket_disable_auto_ack(sk);
		memcpy(rt->hop, rt->remote, rt->len);
		r = ask_route(sk, &a);
	}
	nl_socket_free(sk);
	if (r < 0)
		return fdr_err(e, -ENETUNREACH, "no route to %s: %s", remote, nl_geterror(r));
	if (a.type == RTN_LOCAL)
		return fdr_err(e, -EINVAL, "%s is an address of this node: a beacon must leave it",
			       remote);
	if (a.type != RTN_UNICAST || !rt->ifindex)
		return fdr_err(e, -ENETUNREACH, "no unicast route to %s", remote);
	if (a.foreign_hop)
		return fdr_err(e, -EOPNOTSUPP, "the route to %s has a gateway of another address "
			       "family", remote);
	return 0;
}

static int check_device(const char *remote, struct fdr_route *rt, struct fdr_error *e)
{
	int fd FDR_CLEANUP_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { 0 };

	if (fd < 0 || !if_indextoname(rt->ifindex, rt->ifname))
		return fdr_err(e, -errno, "the device towards %s: %s", remote, strerror(errno));
	memcpy(ifr.ifr_name, rt->ifname, sizeof(ifr.ifr_name));
	if (ioctl(fd, SIOCGIFHWADDR, &ifr) < 0)
		return fdr_err(e, -errno, "%s: %s", rt->ifname, strerror(errno));
	if (ifr.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return fdr_err(e, -EOPNOTSUPP, "the route to %s leaves through %s, which is no "
			       "Ethernet device: a beacon cannot", remote, rt->ifname);
	return 0;
}

int fdr_route_resolve(const char *remote, int64_t deadline_ns, struct fdr_route *ret,
		      struct fdr_error *e)
{
	struct fdr_route rt = { .family = AF_INET, .len = 4 };
	int r;

	if (inet_pton(AF_INET, remote, rt.remote) != 1) {
		rt.family = AF_INET6;
		rt.len = 16;
		if (inet_pton(AF_INET6, remote, rt.remote) != 1)
			return fdr_err(e, -EINVAL, "\"%.64s\" is no IP address (names are not "
				       "looked up on the node)", remote);
	}
	r = find_route(remote, &rt, e);
	if (r >= 0)
		r = check_device(remote, &rt, e);
	if (r >= 0)
		r = fdr_neighbour_resolve(&rt, deadline_ns, e);
	if (r >= 0)
		*ret = rt;
	return r;
}
