// SPDX-License-Identifier: GPL-2.0-or-later
#include "stamps.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "clock.h"

/* For so long the kernel may take to begin with stamps. */
#define WARM_UP_NS	(200 * FDR_NS_PER_MS)

/* Sends itself a datagram, reads it a while later: which instant is in its stamp? */
static bool stamped_on_arrival(int fd, const struct sockaddr_in *self)
{
	char control[CMSG_SPACE(sizeof(struct timespec))], c = 'x';
	struct iovec iov = { .iov_base = &c, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct timespec ts = { 0 };
	int64_t read_ns;

	if (sendto(fd, &c, 1, 0, (const struct sockaddr *)self, sizeof(*self)) != 1 ||
	    poll(&pfd, 1, 100) != 1)
		return false;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = 1000000 }, NULL);
	read_ns = fdr_clock_ns(CLOCK_REALTIME);
	if (recvmsg(fd, &msg, MSG_DONTWAIT) != 1 || !CMSG_FIRSTHDR(&msg))
		return false;
	memcpy(&ts, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(ts));
	return (int64_t)ts.tv_sec * FDR_NS_PER_S + ts.tv_nsec < read_ns;
}

bool fdr_await_stamps(void)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(self);
	int fd FDR_CLEANUP_CLOSE = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int64_t deadline = fdr_now_ns() + WARM_UP_NS;
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&self, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&self, &len) < 0)
		return false;
	while (!stamped_on_arrival(fd, &self))
		if (fdr_now_ns() > deadline)
			return false;
	return true;
}

/* Both clocks are read now; a step in between shows as an instant outside of [empty, now]. */
struct fdr_interval fdr_stamp_arrival(const struct msghdr *msg, bool stamps, int64_t empty_ns)
{
	int64_t before = fdr_now_ns(), real = fdr_clock_ns(CLOCK_REALTIME), now = fdr_now_ns();
	struct fdr_interval when = { empty_ns, now };
	struct timespec ts;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR((struct msghdr *)msg, c)) {
		int64_t age, lo, hi;

		if (!stamps || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		age = real - ((int64_t)ts.tv_sec * FDR_NS_PER_S + ts.tv_nsec);
		lo = before - age;
		hi = now - age;
		if (hi < empty_ns || lo > now)
			break;
		when.lo_ns = lo > empty_ns ? lo : empty_ns;
		when.hi_ns = hi < now ? hi : now;
	}
	return when;
}
