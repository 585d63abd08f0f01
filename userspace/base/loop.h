/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_LOOP_H
#define FDR_BASE_LOOP_H

#include <systemd/sd-event.h>

#include "clock.h"

/*
 * The controller is straight-line code that waits by running its event loop.
 * Every wait has a deadline, and one interruption path: the first SIGINT,
 * SIGTERM or SIGHUP makes each wait return -ECANCELED until
 * fdr_loop_unwind() is called, after which waits work again so that faults can
 * be cleared; a second signal cuts those short as well.
 */
int fdr_loop_new(sd_event **ret);
/* 0 when @cond says true, -ETIMEDOUT at @deadline_ns, -ECANCELED. */
int fdr_loop_wait(sd_event *loop, bool (*cond)(void *userdata), void *userdata,
		  int64_t deadline_ns);
/* Waits until @when_ns. */
int fdr_loop_sleep_until(sd_event *loop, int64_t when_ns);
/*
 * For a simulation, with fdr_clock_simulate(): in place of waiting for events, @step
 * lets the next one happen and moves the clock to it, at most to @deadline_ns.  It
 * returns 0 or negative errno.  NULL: events are those of the loop again.
 */
void fdr_loop_simulate(int (*step)(int64_t deadline_ns));
/* The signal that interrupted, or 0. */
int fdr_loop_interrupted(void);
void fdr_loop_unwind(void);

#endif /* FDR_BASE_LOOP_H */
