// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>

#include "drivers.h"

int fdr_power_wait(const struct fdr_power_limits *limits, int fd, short events)
{
	struct pollfd v[] = { { .fd = limits->stop_fd, .events = POLLIN },
			      { .fd = fd, .events = events } };

	for (;;) {
		int64_t left_ns = limits->deadline_ns - fdr_now_ns();
		struct timespec ts = { .tv_sec = left_ns / FDR_NS_PER_S,
				       .tv_nsec = left_ns % FDR_NS_PER_S };
		int n;

		if (left_ns <= 0)
			return -ETIMEDOUT;
		n = ppoll(v, 2, &ts, NULL);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0 && v[0].revents)
			return -ECANCELED;
		if (n > 0)
			return 0;
	}
}
