/* SPDX-License-Identifier: GPL-2.0-only */
/* Instants that recur with a jitter, and sleeping until one. */
#ifndef FDR_BEAT_H
#define FDR_BEAT_H

#include <linux/atomic.h>
#include <linux/types.h>

struct fdr_injection;

/*
 * Beat n is at base + n * period, earlier or later by up to the jitter: the
 * beats do not drift, and as long as period > 2 * jitter they stay in order.
 * All in ns, on CLOCK_MONOTONIC.
 */
struct fdr_beat {
	u64 base, period, jitter;
	u64 seed;		/* the same one gives the same jitter */
	u64 n;			/* beats so far */
};

/* How long bursts were, ns; any context, any number of CPUs at once. */
struct fdr_lengths {
	atomic64_t n, sum, shortest, longest;
};

void fdr_lengths_add(struct fdr_lengths *lengths, u64 ns);

/*
 * The first beat that is later than @now; *missed counts those skipped.  Any
 * context, by one caller at a time.
 */
u64 fdr_beat_next(struct fdr_beat *beat, u64 now, u64 *missed);

/*
 * For a kernel thread of the fault's own (fdr_wait() is for the injection's):
 * sleep, not counted as load, until @until, until the injection is over or
 * until the thread is to stop, whichever is first.  Process context.
 */
void fdr_beat_sleep(struct fdr_injection *inj, u64 until);

/* Is it time for a thread of the fault's own to return?  Such a thread only. */
bool fdr_beat_over(struct fdr_injection *inj);

#endif /* FDR_BEAT_H */
