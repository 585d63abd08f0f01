/* SPDX-License-Identifier: GPL-2.0-only */
/* Holding a CPU for a stated time. */
#ifndef FDR_SPIN_H
#define FDR_SPIN_H

#include <linux/types.h>

struct fdr_injection;

/*
 * How many turns of fdr_spin() this machine makes in a millisecond at most.
 * Process context, takes some milliseconds.
 */
u64 fdr_spin_rate(struct fdr_injection *inj);

/*
 * Spin until @until_ns on CLOCK_MONOTONIC or until the injection is over,
 * whichever is first; U64_MAX leaves it to the injection.  Any context, NMI
 * and a stopped machine included.
 *
 * A clock that stands still cannot hold the CPU for ever: @rate (see above)
 * bounds the number of turns.  False when that bound ended it.
 */
bool fdr_spin(struct fdr_injection *inj, u64 until_ns, u64 rate);

#endif /* FDR_SPIN_H */
