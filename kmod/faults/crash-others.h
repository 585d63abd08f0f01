/* SPDX-License-Identifier: GPL-2.0-only */
/* Stopping all CPUs but one, with interrupts off, before that one crashes. */
#ifndef FDR_CRASH_OTHERS_H
#define FDR_CRASH_OTHERS_H

#include <linux/atomic.h>
#include <linux/types.h>

struct fdr_crash_others {
	atomic_t came, left;	/* CPUs */
	int n;			/* that are to come */
	bool let_go;
};

/*
 * Stop the other CPUs and wait until all of them stand still, at most a second.
 * False: not all came, and those that did were let go again.  The caller stays on
 * its CPU from here on (migration is disabled) until fdr_crash_others_let_go().
 * Process context, preemptible.
 */
bool fdr_crash_others_stop(struct fdr_crash_others *o);

/* Undo a stop that succeeded: the crash did not happen.  Process context. */
void fdr_crash_others_let_go(struct fdr_crash_others *o);

#endif /* FDR_CRASH_OTHERS_H */
