/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving the wall clock to where it is wanted, and a ledger of what was moved,
 * so that exactly that can be taken back.
 *
 * All of it is in terms of the wall clock's offset from CLOCK_MONOTONIC.  That
 * offset changes only where somebody sets the clock: time passing, and the
 * slewing that NTP does, move both clocks alike.
 */
#ifndef FDR_CLOCK_SET_H
#define FDR_CLOCK_SET_H

#include <linux/types.h>

struct fdr_clock {
	s64 orig;		/* offset of the clock without our doing, ns */
	s64 injected;		/* what we added to it, ns */
	u64 sets;		/* times that the clock was set */
	u64 foreign_sets;	/* times that somebody else was seen to have set it */
	u64 foreign_ns;		/* by how much in all, as it was kept */
	u64 put_right;		/* of these, how many had undone our doing */
	s64 moments[3];		/* how long the last settings took to act, ns */
};

/* The wall clock minus CLOCK_MONOTONIC, ns.  Any context but NMI. */
s64 fdr_clock_offset(void);

/* Begin with the clock as it is now.  Process context. */
void fdr_clock_open(struct fdr_clock *c);

/*
 * What others did to the clock since we last looked belongs to it from now on.
 * But whoever brought it back to where it would be without us has undone our
 * doing (a time daemon, most likely): nothing is left to be taken back, and the
 * answer is true.  Process context.
 */
bool fdr_clock_look(struct fdr_clock *c);

/*
 * Bring what we add to @injected ns, keeping whatever others did to the clock.
 * In one go, a few microseconds off at most: for steps that follow each other,
 * where the next one makes good for it.  With @exact it is repeated until the
 * rest is far below a microsecond, or cannot be made smaller.
 *
 * Process context, may sleep.  0, or -EINVAL: the kernel does not take the
 * resulting time; nothing has changed.
 */
int fdr_clock_shift(struct fdr_clock *c, s64 injected, bool exact);

/* How far the clock is from where it belongs, ns.  Process context. */
u64 fdr_clock_residual_ns(const struct fdr_clock *c, s64 injected);

#endif /* FDR_CLOCK_SET_H */
