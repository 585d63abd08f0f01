// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On a busy host the loop would wake late, and its lateness would look like the
 * service's.  So the loop runs under SCHED_RR, as root; should it ever run for
 * long without waiting, the kernel says so and it goes back to normal, so that
 * a machine with one CPU stays usable.
 */
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "run.h"

/* Running for so long without waiting ends it. */
#define UNBROKEN_US	300000

static void be_normal(int signo)
{
	static const struct sched_param normal = { 0 };

	(void)signo;
	/* The main thread, whichever got the signal.  A bare system call. */
	sched_setscheduler(getpid(), SCHED_OTHER, &normal);
}

void fdr_run_be_prompt(struct fdr_run *run)
{
	static const struct sched_param lowest = { .sched_priority = 1 };
	struct sigaction sa = { .sa_handler = be_normal, .sa_flags = SA_RESTART };
	struct rlimit limit;

	if (getrlimit(RLIMIT_RTTIME, &limit) < 0)
		return;
	limit.rlim_cur = UNBROKEN_US;
	if (sigaction(SIGXCPU, &sa, NULL) < 0 || setrlimit(RLIMIT_RTTIME, &limit) < 0)
		return;
	/* Children and threads of libraries are no part of it. */
	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) >= 0)
		run->prompt = true;
}

void fdr_run_be_normal(struct fdr_run *run)
{
	if (run->prompt)
		be_normal(0);
	run->prompt = false;
}
