/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crashing in a chosen context.
 *
 * The crash itself is a function, strike(), that calls fdr_onset() and then
 * does it.  This brings it to where it is to happen: a task, a softirq, a hard
 * interrupt or an NMI, perhaps on the only CPU that still runs.
 */
#ifndef FDR_CRASH_STRIKE_H
#define FDR_CRASH_STRIKE_H

#include <linux/bits.h>
#include <linux/types.h>

struct fdr_injection;
struct netlink_ext_ack;

/* The order of the words in the catalogue's rows. */
enum fdr_crash_context {
	FDR_CRASH_TASK,
	FDR_CRASH_SOFTIRQ,
	FDR_CRASH_HARDIRQ,
	FDR_CRASH_NMI,
};

/* Which parameters the fault has, and how it strikes in a task. */
#define FDR_CRASH_P_CONTEXT	BIT(0)
#define FDR_CRASH_P_OUTCOME	BIT(1)
#define FDR_CRASH_P_OTHERS	BIT(2)
#define FDR_CRASH_VICTIM	BIT(3)	/* in a thread of its own, which may die of it */
#define FDR_CRASH_ONE_CPU	BIT(4)	/* that thread does not change its CPU */

struct fdr_crash_kind {
	void (*strike)(struct fdr_injection *inj);
	unsigned int flags;		/* FDR_CRASH_* */
	const char *sysctl;		/* that decides about the node; for outcome */
	const char *returned;		/* what it means that strike() returns; NULL: it must not */
	unsigned int taint;		/* set by a kernel that reports and goes on; 0: not told so */
	size_t data;			/* bytes that the fault wants to itself, zeroed */
};

/* prepare(), start() and release() of such a fault; see fault.h. */
int fdr_crash_prepare(struct fdr_injection *inj, const struct fdr_crash_kind *kind,
		      struct netlink_ext_ack *extack);
int fdr_crash_start(struct fdr_injection *inj);
void fdr_crash_release(struct fdr_injection *inj);

/* The bytes asked for; NULL before prepare().  Any context. */
void *fdr_crash_data(struct fdr_injection *inj);

#endif /* FDR_CRASH_STRIKE_H */
