// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * On a busy host the loop would wake late, and its lateness would look like the
 * service's.  So the loop runs under SCHED_RR, as root.  Two guards keep that from doing
 * harm: should it ever run for long without waiting, the kernel says so and it goes back to
 * normal, so that a machine with one CPU stays usable; and while it takes most of a CPU it
 * is normal, too, for the kernel stops a real-time task that takes more than 95 % of one
 * for tens of ms (sched_rt_runtime_us), which is worse than any other program is.
 */
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include "run.h"

/* Running for so long without waiting ends it. */
#define UNBROKEN_US	300000
/* How often its share of a CPU is looked at: several times in the kernel's period of 1 s. */
#define LOOK_US		100000
/*
 * Beyond this share, in percent, it is normal until a look finds less.  Nine looks of 92 %
 * and one of all make 92.8 % of the kernel's period.
 */
#define SHARE_MAX	92

static const struct sched_param lowest = { .sched_priority = 1 };

/* The kernel said so: it ran for too long without waiting. */
static volatile sig_atomic_t unbroken;

static void be_normal(int signo)
{
	static const struct sched_param normal = { 0 };

	unbroken = signo != 0;
	/* The main thread, whichever got the signal.  A bare system call. */
	sched_setscheduler(getpid(), SCHED_OTHER, &normal);
}

static bool be_prompt(void)
{
	/* Children and threads of libraries are no part of it. */
	return sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest) >= 0;
}

static void look(struct fdr_run *run)
{
	int64_t now = fdr_now_ns(), cpu = fdr_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	int64_t share = 100 * (cpu - run->guard.cpu_ns) / (now - run->guard.looked_ns + 1);

	run->guard.looked_ns = now;
	run->guard.cpu_ns = cpu;
	/* What the kernel has made normal stays so until the next look. */
	if (unbroken || share > SHARE_MAX) {
		be_normal(0);
		run->guard.yielded = true;
	} else if (run->guard.yielded && be_prompt()) {
		run->guard.yielded = false;
	}
}

static int on_look(sd_event_source *s, uint64_t at_us, void *userdata)
{
	(void)at_us;
	look(userdata);
	return sd_event_source_set_time_relative(s, LOOK_US);
}

void fdr_run_be_prompt(struct fdr_run *run)
{
	struct sigaction sa = { .sa_handler = be_normal, .sa_flags = SA_RESTART };
	struct rlimit limit;

	if (getrlimit(RLIMIT_RTTIME, &limit) < 0)
		return;
	limit.rlim_cur = UNBROKEN_US;
	if (sigaction(SIGXCPU, &sa, NULL) < 0 || setrlimit(RLIMIT_RTTIME, &limit) < 0)
		return;
	run->guard.looked_ns = fdr_now_ns();
	run->guard.cpu_ns = fdr_clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (sd_event_add_time_relative(run->loop, &run->guard.source, CLOCK_MONOTONIC, LOOK_US,
				       LOOK_US / 10, on_look, run) < 0)
		return;
	if (sd_event_source_set_enabled(run->guard.source, SD_EVENT_ON) >= 0 && be_prompt())
		run->prompt = true;
}

void fdr_run_be_normal(struct fdr_run *run)
{
	run->guard.source = sd_event_source_disable_unref(run->guard.source);
	if (run->prompt)
		be_normal(0);
	run->prompt = false;
}
