// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * clocks - the wall clock against the monotonic one, as a program sees them.
 *
 *	clocks offset		the wall clock minus CLOCK_MONOTONIC, ns
 *	clocks rate MS		how fast that grows, ppm, over so long
 *	clocks move NS		set the wall clock, from outside the module
 *	clocks cancel		"armed", then what a timer says that is to be
 *				cancelled when the clock is set
 *	clocks events ID	"NAME OFFSET LATE" for each event of that injection,
 *				until its end; OFFSET as above, by the event's stamps
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/faultdrill.h>

#include "netlink.h"

#define TRIES	2000

static long long now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* Between two readings of the one clock, the other; the closest such three of many. */
static long long offset_ns(void)
{
	long long best = -1, offset = 0;

	for (int i = 0; i < TRIES; i++) {
		long long a = now_ns(CLOCK_MONOTONIC), real = now_ns(CLOCK_REALTIME);
		long long b = now_ns(CLOCK_MONOTONIC);

		if (best < 0 || b - a < best) {
			best = b - a;
			offset = real - a - (b - a) / 2;
		}
	}
	return offset;
}

static int rate(long ms)
{
	long long from = now_ns(CLOCK_MONOTONIC), first = offset_ns(), to;

	while (now_ns(CLOCK_MONOTONIC) < from + ms * 1000000LL)
		usleep(1000);
	to = now_ns(CLOCK_MONOTONIC);
	printf("%lld\n", (offset_ns() - first) * 1000000 / (to - from));
	return 0;
}

static int move(long long by)
{
	long long to = now_ns(CLOCK_REALTIME) + by;
	struct timespec ts = { to / 1000000000, to % 1000000000 };

	if (clock_settime(CLOCK_REALTIME, &ts) < 0) {
		perror("clocks: clock_settime");
		return 1;
	}
	return 0;
}

static int cancel(void)
{
	struct itimerspec in_an_hour = { .it_value.tv_sec = time(NULL) + 3600 };
	int fd = timerfd_create(CLOCK_REALTIME, 0);
	unsigned long long n;

	if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &in_an_hour,
				      NULL) < 0) {
		perror("clocks: timerfd");
		return 1;
	}
	setlinebuf(stdout);
	puts("armed");
	puts(read(fd, &n, sizeof(n)) < 0 ? strerrorname_np(errno) : "expired");
	return 0;
}

static int64_t number(const struct nlattr *nest, uint16_t type)
{
	const struct nlattr *a = kt_find(kt_data(nest), kt_len(nest), type);
	int64_t v = 0;

	if (a && kt_len(a) == 8)
		memcpy(&v, kt_data(a), 8);
	else if (a && kt_len(a) == 4)
		v = *(const uint32_t *)kt_data(a);
	return v;
}

/* True at the injection's end. */
static bool take_event(const struct nlmsghdr *h, uint32_t id)
{
	static const char *const names[] = { "armed", "disarmed", "accepted", "onset", "first-hit",
					     "renewed", "ended", "counts" };
	const struct nlattr *nest = kt_find((const char *)NLMSG_DATA(h) + GENL_HDRLEN,
					    NLMSG_PAYLOAD(h, GENL_HDRLEN), FAULTDRILL_A_EVENT);
	uint32_t type;

	if (!nest || number(nest, FAULTDRILL_EVENT_A_ID) != id)
		return false;
	type = number(nest, FAULTDRILL_EVENT_A_TYPE);
	printf("%s %lld %lld\n", type < sizeof(names) / sizeof(names[0]) ? names[type] : "?",
	       (long long)(number(nest, FAULTDRILL_EVENT_A_REALTIME_NS) -
			   number(nest, FAULTDRILL_EVENT_A_MONOTONIC_NS)),
	       (long long)number(nest, FAULTDRILL_EVENT_A_LATE_NS));
	return type == FAULTDRILL_EVENT_ENDED;
}

static int events(uint32_t id)
{
	static char buf[KT_REPLY_MAX];
	struct kt_sock s;
	int r = kt_open(&s);

	if (r < 0 || setsockopt(s.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &s.group,
				sizeof(s.group)) < 0) {
		perror("clocks: netlink");
		return 1;
	}
	setlinebuf(stdout);
	puts("ready");
	for (;;) {
		ssize_t n = recv(s.fd, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)buf;

		if (n < 0) {
			perror("clocks: recv");
			return 1;
		}
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			if (take_event(h, id))
				return 0;
		}
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "offset") && argc == 2)
		return printf("%lld\n", offset_ns()) < 0;
	if (!strcmp(what, "rate") && argc == 3)
		return rate(atol(argv[2]));
	if (!strcmp(what, "move") && argc == 3)
		return move(atoll(argv[2]));
	if (!strcmp(what, "cancel") && argc == 2)
		return cancel();
	if (!strcmp(what, "events") && argc == 3)
		return events(atoi(argv[2]));
	fputs("usage: clocks offset | rate MS | move NS | cancel | events ID\n", stderr);
	return 2;
}
