/* SPDX-License-Identifier: GPL-2.0-only */
/* May this file system, file or process be held? */
#ifndef FDR_HOLD_GUARD_H
#define FDR_HOLD_GUARD_H

#include <linux/types.h>

struct inode;
struct mm_struct;
struct super_block;
struct task_struct;

/*
 * NULL, or in words ("is the root file system") why the node, or the program
 * that asks, may not get over its being held.  In the requester's context; may
 * sleep.
 */
const char *fdr_guard_super_of(const struct super_block *sb);
const char *fdr_guard_inode(const struct inode *inode);
const char *fdr_guard_process(const struct task_struct *task, const struct mm_struct *mm);

#endif /* FDR_HOLD_GUARD_H */
