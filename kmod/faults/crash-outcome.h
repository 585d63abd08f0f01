/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's settings that decide whether a task's crash is the node's. */
#ifndef FDR_CRASH_OUTCOME_H
#define FDR_CRASH_OUTCOME_H

#include <linux/types.h>

struct file;
struct netlink_ext_ack;

/* The order of the words in the catalogue's rows. */
enum fdr_outcome {
	FDR_OUTCOME_AS_SET,
	FDR_OUTCOME_SURVIVE,
	FDR_OUTCOME_PANIC,
};

struct fdr_crash_outcome {
	enum fdr_outcome want;
	struct file *file;	/* NULL: the setting is left alone */
	char was[16];		/* text of the setting before */
};

/*
 * Make ready to set kernel.@sysctl as @want says; nothing is changed yet.
 * Process context, may sleep.  0, or negative errno with extack set.
 */
int fdr_crash_outcome_take(struct fdr_crash_outcome *o, enum fdr_outcome want,
			   const char *sysctl, struct netlink_ext_ack *extack);

/* Set it, and put it back.  Process context, may sleep.  0, or negative errno. */
int fdr_crash_outcome_set(struct fdr_crash_outcome *o);
void fdr_crash_outcome_restore(struct fdr_crash_outcome *o);

/* Undo take().  Process context, may sleep. */
void fdr_crash_outcome_give_back(struct fdr_crash_outcome *o);

/*
 * The value of kernel.@sysctl, or negative errno where /proc does not tell.
 * Process context, may sleep.
 */
int fdr_crash_sysctl_read(const char *sysctl);

#endif /* FDR_CRASH_OUTCOME_H */
