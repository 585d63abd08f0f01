// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A receiver of syslog datagrams.  Each is stamped by the kernel on arrival, so
 * neither our own lateness nor a queue in the socket shifts the instant.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/stamps.h"
#include "lines.h"
#include "sys/addr.h"

/* A burst of datagrams must fit until we are scheduled again. */
#define RECEIVE_BUFFER	(4 << 20)

struct udp {
	fdr_line_fn cb;
	void *userdata;
	int fd;
	struct fdr_poll_io *io;
	bool stamps;			/* the kernel's stamps are those of the arrival */
	int64_t empty_ns;		/* the queue was seen empty then */
	struct fdr_splitter splitter;
	char buf[65536];
};

static void udp_drain(void *state)
{
	struct udp *u = state;

	for (;;) {
		char control[CMSG_SPACE(sizeof(struct timespec))];
		struct iovec iov = { .iov_base = u->buf, .iov_len = sizeof(u->buf) };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
				      .msg_control = control, .msg_controllen = sizeof(control) };
		int64_t asked = fdr_now_ns();
		ssize_t n = recvmsg(u->fd, &msg, MSG_DONTWAIT);
		struct fdr_interval when;

		if (n < 0 && errno == EAGAIN)
			u->empty_ns = asked;
		if (n < 0)
			return;
		when = fdr_stamp_arrival(&msg, u->stamps, u->empty_ns);
		/* One message a datagram; some senders end it with a newline, some not. */
		fdr_split(&u->splitter, u->buf, (size_t)n, when, u->cb, u->userdata);
		fdr_split_end(&u->splitter, when, u->cb, u->userdata);
	}
}

static void on_readable(void *userdata, int fd, uint32_t revents)
{
	(void)fd;
	(void)revents;
	udp_drain(userdata);
}

static void udp_close(void *state)
{
	struct udp *u = state;

	fdr_poll_io_free(u->io);
	fdr_closep(&u->fd);
	free(u);
}

static int udp_bind(struct udp *u, const struct fdr_addr *a)
{
	int on = 1, size = RECEIVE_BUFFER;

	u->fd = socket(a->sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (u->fd < 0)
		return -errno;
	if (setsockopt(u->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		return -errno;
	/* Best effort: the first needs a capability, the second is capped by a sysctl. */
	if (setsockopt(u->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(u->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(u->fd, (const struct sockaddr *)&a->sa, a->len) < 0)
		return -errno;
	return 0;
}

static int udp_open(struct fdr_poller *p, const char *where, fdr_line_fn cb, void *userdata,
		    void **ret_state, struct fdr_error *e)
{
	struct fdr_addr addr;
	struct udp *u;
	int r = fdr_addr_parse(where, SOCK_DGRAM, &addr, e);

	if (r < 0)
		return r;
	u = calloc(1, sizeof(*u));
	if (!u)
		return fdr_err(e, -ENOMEM, "out of memory");
	u->cb = cb;
	u->userdata = userdata;
	u->empty_ns = fdr_now_ns();
	r = udp_bind(u, &addr);
	if (r >= 0)
		r = fdr_poller_add_io(p, u->fd, EPOLLIN, on_readable, u, &u->io);
	if (r >= 0)
		u->stamps = fdr_await_stamps();
	if (r < 0) {
		udp_close(u);
		return fdr_err(e, r, "cannot receive syslog on %s: %s%s", where, strerror(-r),
			       r == -EADDRINUSE ? " (another program listens there)" : "");
	}
	*ret_state = u;
	return 0;
}

const struct fdr_lines_ops fdr_lines_udp = {
	.scheme = "udp", .open = udp_open, .drain = udp_drain, .close = udp_close,
};
