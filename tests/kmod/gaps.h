/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Watching for gaps: a process does one small thing without a pause, and notes
 * when it could not for a while.  What that thing needs (a CPU, a lock, a grace
 * period, a work queue) was then not to be had.
 */
#ifndef KT_GAPS_H
#define KT_GAPS_H

#include <sys/types.h>

#define MAX_GAPS	256

struct gap {
	long long begin_ns, end_ns;	/* CLOCK_BOOTTIME: last success before, first after */
};

struct watch {
	volatile int ready;
	volatile int failed;		/* errno of a step that did not work */
	unsigned int n;
	struct gap gaps[MAX_GAPS];
	long long steps, steps_ns;	/* those that were no gap */
};

long long boottime_ns(void);

/*
 * Start a process that watches, and wait until it does.  @what: "cpu:N",
 * "rtnl", "inode:FILE", "write:FILE", "mmap", "rcu", "work", or "task:NAME", which
 * waits for a thread of that name and takes its time in state D for the gap.
 * Gaps shorter than @least_ns are none.  NULL with a message, or shared memory.
 */
struct watch *watch_start(const char *what, long long least_ns, pid_t *ret_pid);
/* Let it end.  0, or -1 with a message when it could not watch. */
int watch_stop(struct watch *w, pid_t pid, const char *what);

#endif /* KT_GAPS_H */
