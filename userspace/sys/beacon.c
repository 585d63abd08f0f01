// SPDX-License-Identifier: GPL-2.0-or-later
#include "beacon.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>

#include <linux/faultdrill.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/stamps.h"

/* A stamp older than this is no stamp of ours: the wall clock was set. */
#define STAMP_AGE_MAX_NS	(10 * FDR_NS_PER_S)

struct fdr_beacon_listener {
	int fd;
	uint16_t port;
	sd_event_source *source;
	struct fdr_beacon_stats stats;
	void (*cb)(void *userdata, const struct fdr_beacon_msg *msg);
	void *userdata;
};

/*
 * The kernel's CLOCK_REALTIME stamp on CLOCK_MONOTONIC.  Rounded to the later
 * side: the instant bounds the onset from above.
 */
static int64_t to_monotonic(struct msghdr *h)
{
	int64_t real_ns = fdr_clock_ns(CLOCK_REALTIME), now_ns = fdr_now_ns(), age_ns;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
		struct timespec ts;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		age_ns = real_ns - (ts.tv_sec * FDR_NS_PER_S + ts.tv_nsec);
		if (age_ns >= 0 && age_ns < STAMP_AGE_MAX_NS)
			return now_ns - age_ns;
	}
	return now_ns;
}

static void count(struct fdr_beacon_stats *s, int err, size_t n)
{
	uint64_t *counter = err == -EMSGSIZE ? &s->bad_length : err == -EBADMSG ? &s->bad_magic :
			    err == -EPROTONOSUPPORT ? &s->bad_version : &s->bad_content;

	if (!(*counter)++)
		fdr_warn("a datagram of %zu bytes came to the beacon's port and is no beacon: %s",
			 n, err == -EMSGSIZE ? "wrong length" : err == -EBADMSG ? "wrong magic" :
			 err == -EPROTONOSUPPORT ? "another version" : "wrong content");
}

static int on_datagram(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct fdr_beacon_listener *l = userdata;

	(void)s;
	(void)revents;
	for (;;) {
		char data[sizeof(struct faultdrill_beacon) + 1];
		char control[CMSG_SPACE(sizeof(struct timespec))];
		struct fdr_beacon_msg m;
		struct sockaddr_storage from = { 0 };
		struct iovec iov = { .iov_base = data, .iov_len = sizeof(data) };
		struct msghdr h = { .msg_name = &from, .msg_namelen = sizeof(from),
				    .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				    .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(fd, &h, MSG_TRUNC);
		int r;

		if (n < 0)
			return 0;
		r = fdr_beacon_decode(data, (size_t)n, &m);
		if (r < 0) {
			count(&l->stats, r, (size_t)n);
			continue;
		}
		l->stats.good++;
		m.from = from;
		m.received_ns = to_monotonic(&h);
		l->cb(l->userdata, &m);
	}
}

static int parse_address(const char *text, uint16_t port, struct sockaddr_storage *ret,
			 socklen_t *ret_len)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(port) };

	if (inet_pton(AF_INET, text, &in4.sin_addr) == 1) {
		memcpy(ret, &in4, *ret_len = sizeof(in4));
		return 0;
	}
	if (*text && inet_pton(AF_INET6, text, &in6.sin6_addr) != 1)
		return -EINVAL;
	memcpy(ret, &in6, *ret_len = sizeof(in6));
	return 0;
}

static int bind_socket(struct fdr_beacon_listener *l, const char *address, uint16_t port)
{
	struct sockaddr_storage sa = { 0 };
	socklen_t len;
	int one = 1, zero = 0, r;

	r = parse_address(address, port, &sa, &len);
	if (r < 0)
		return r;
	l->fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* No IPv6 here: all addresses are then the IPv4 ones. */
	if (l->fd < 0 && errno == EAFNOSUPPORT && !*address)
		return bind_socket(l, "0.0.0.0", port);
	if (l->fd < 0)
		return -errno;
	if (sa.ss_family == AF_INET6 &&
	    setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) < 0)
		return -errno;
	if (setsockopt(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) < 0 ||
	    bind(l->fd, (struct sockaddr *)&sa, len) < 0)
		return -errno;
	len = sizeof(sa);
	if (getsockname(l->fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	/* The port stands at the same place for both families. */
	l->port = ntohs(((struct sockaddr_in *)&sa)->sin_port);
	/* Without them the stamp is that of our reading, which is later: a bound as well. */
	fdr_await_stamps();
	return 0;
}

int fdr_beacon_listen(sd_event *loop, const char *address, uint16_t port,
		      void (*cb)(void *userdata, const struct fdr_beacon_msg *msg),
		      void *userdata, struct fdr_beacon_listener **ret, struct fdr_error *e)
{
	struct fdr_beacon_listener *l FDR_CLEANUP(fdr_beacon_closep) = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return fdr_err(e, -ENOMEM, "out of memory");
	l->fd = -1;
	l->cb = cb;
	l->userdata = userdata;
	r = bind_socket(l, address, port);
	if (r == -EINVAL)
		return fdr_err(e, r, "\"%s\" is no IP address to listen on", address);
	if (r < 0)
		return fdr_err(e, r, "cannot listen for beacons on UDP %s port %u: %s",
			       *address ? address : "(all addresses)", port, strerror(-r));
	r = sd_event_add_io(loop, &l->source, l->fd, EPOLLIN, on_datagram, l);
	if (r < 0)
		return fdr_err(e, r, "cannot watch the beacon's socket: %s", strerror(-r));
	*ret = FDR_TAKE_PTR(l);
	return 0;
}

struct fdr_beacon_listener *fdr_beacon_close(struct fdr_beacon_listener *l)
{
	if (!l)
		return NULL;
	sd_event_source_disable_unref(l->source);
	fdr_closep(&l->fd);
	free(l);
	return NULL;
}

uint16_t fdr_beacon_port(const struct fdr_beacon_listener *l)
{
	return l->port;
}

const struct fdr_beacon_stats *fdr_beacon_stats(const struct fdr_beacon_listener *l)
{
	return &l->stats;
}
