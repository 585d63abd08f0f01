/* SPDX-License-Identifier: GPL-2.0-only */
/* Processes that the OOM killer is to leave alone for a while. */
#ifndef FDR_SHIELD_H
#define FDR_SHIELD_H

#include <linux/types.h>

#define FDR_SHIELD_MAX	64

struct netlink_ext_ack;
struct task_struct;

struct fdr_shield {
	u64 since;		/* CLOCK_MONOTONIC ns */
	unsigned int n;
	struct {
		struct task_struct *task;
		short before;	/* its oom_score_adj */
	} held[FDR_SHIELD_MAX];
};

/*
 * Is @list a list of process ids and names, joined by commas, whose ids are all
 * there?  NULL and "" are lists of nothing.  Process context.  0, or negative
 * errno with @extack set.
 */
int fdr_shield_check(const char *list, struct netlink_ext_ack *extack);

/*
 * Protect all processes that @list names now; names are compared as far as the
 * kernel keeps them.  Process context.  0, or -E2BIG where they are more than
 * FDR_SHIELD_MAX: those up to there are protected.
 */
int fdr_shield_raise(struct fdr_shield *shield, const char *list);

/*
 * As before, save for those whose setting somebody changed meanwhile; what they
 * forked under protection loses what it inherited, for which it looks for a third of a
 * second.  Process context; sleeps where any was protected.
 */
void fdr_shield_lower(struct fdr_shield *shield);

/* Is there a process that the OOM killer may kill?  Any context but interrupts. */
bool fdr_shield_any_prey(void);

#endif /* FDR_SHIELD_H */
