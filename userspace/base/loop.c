// SPDX-License-Identifier: GPL-2.0-or-later
#include "loop.h"

#include <errno.h>
#include <signal.h>

/* The process has one interruption, however many loops it runs. */
static struct {
	int signal;		/* the first one */
	bool cancelled;		/* waits are to be cut short */
} interruption;

static int on_signal(sd_event_source *s, const struct signalfd_siginfo *si, void *userdata)
{
	(void)s;
	(void)userdata;
	if (!interruption.signal)
		interruption.signal = (int)si->ssi_signo;
	interruption.cancelled = true;
	return 0;
}

int fdr_loop_new(sd_event **ret)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	sd_event *loop = NULL;
	sigset_t mask;
	size_t i;
	int r;

	/* A peer that goes away is an error of the write, not the end of us. */
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	sigemptyset(&mask);
	for (i = 0; i < FDR_ARRAY_LEN(signals); i++)
		sigaddset(&mask, signals[i]);
	if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
		return -errno;
	r = sd_event_new(&loop);
	if (r < 0)
		return r;
	for (i = 0; i < FDR_ARRAY_LEN(signals); i++) {
		sd_event_source *s = NULL;

		r = sd_event_add_signal(loop, &s, signals[i], on_signal, NULL);
		if (r < 0)
			goto err_unref;
		/* Ctrl-C must get through also while sockets are busy. */
		r = sd_event_source_set_priority(s, SD_EVENT_PRIORITY_IMPORTANT);
		if (r >= 0)
			r = sd_event_source_set_floating(s, 1);
		sd_event_source_unref(s);
		if (r < 0)
			goto err_unref;
	}
	*ret = loop;
	return 0;

err_unref:
	sd_event_unref(loop);
	return r;
}

static int (*simulated)(int64_t deadline_ns);

void fdr_loop_simulate(int (*step)(int64_t deadline_ns))
{
	simulated = step;
}

int fdr_loop_wait(sd_event *loop, bool (*cond)(void *userdata), void *userdata,
		  int64_t deadline_ns)
{
	for (;;) {
		int64_t left_ns;
		int r;

		if (interruption.cancelled)
			return -ECANCELED;
		if (cond(userdata))
			return 0;
		left_ns = deadline_ns - fdr_now_ns();
		if (left_ns <= 0)
			return -ETIMEDOUT;
		/* Rounded up, for sd-event counts microseconds: down would spin at the end. */
		r = simulated ? simulated(deadline_ns) :
				sd_event_run(loop, ((uint64_t)left_ns + 999) / 1000);
		if (r < 0 && r != -EINTR)
			return r;
	}
}

static bool never(void *userdata)
{
	(void)userdata;
	return false;
}

int fdr_loop_sleep_until(sd_event *loop, int64_t when_ns)
{
	int r = fdr_loop_wait(loop, never, NULL, when_ns);

	return r == -ETIMEDOUT ? 0 : r;
}

int fdr_loop_interrupted(void)
{
	return interruption.signal;
}

void fdr_loop_unwind(void)
{
	interruption.cancelled = false;
}
