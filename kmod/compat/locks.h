/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks, frozen file systems, readers of RCU and work queues, as kernels differ in them. */
#ifndef FDR_COMPAT_LOCKS_H
#define FDR_COMPAT_LOCKS_H

#include <linux/fs.h>
#include <linux/sched.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/*
 * Freezing a file system as the kernel, as opposed to a user of FIFREEZE.  Until
 * 6.6 there was no difference: whoever thaws it thaws it for all.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define FDR_FREEZE_HAS_HOLDERS	true
#else
#define FDR_FREEZE_HAS_HOLDERS	false
#endif

/* Process context, sleep until all writers are out and everything is written. */
static inline int fdr_freeze_super(struct super_block *sb)
{
	const struct super_operations *op = sb->s_op;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	/* An owner without FREEZE_EXCL would freeze for good. */
	return op->freeze_super ? op->freeze_super(sb, FREEZE_HOLDER_KERNEL, NULL) :
				  freeze_super(sb, FREEZE_HOLDER_KERNEL, NULL);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return op->freeze_super ? op->freeze_super(sb, FREEZE_HOLDER_KERNEL) :
				  freeze_super(sb, FREEZE_HOLDER_KERNEL);
#else
	return op->freeze_super ? op->freeze_super(sb) : freeze_super(sb);
#endif
}

/* -EINVAL: it is not frozen, or not by us. */
static inline int fdr_thaw_super(struct super_block *sb)
{
	const struct super_operations *op = sb->s_op;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return op->thaw_super ? op->thaw_super(sb, FREEZE_HOLDER_KERNEL, NULL) :
				thaw_super(sb, FREEZE_HOLDER_KERNEL, NULL);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return op->thaw_super ? op->thaw_super(sb, FREEZE_HOLDER_KERNEL) :
				thaw_super(sb, FREEZE_HOLDER_KERNEL);
#else
	return op->thaw_super ? op->thaw_super(sb) : thaw_super(sb);
#endif
}

/* The queues for anybody were renamed, and warn of their old names. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define fdr_system_wq		system_percpu_wq
#define fdr_system_unbound_wq	system_dfl_wq
#else
#define fdr_system_wq		system_wq
#define fdr_system_unbound_wq	system_unbound_wq
#endif

/*
 * Let others run inside an RCU read-side section: allowed only where readers
 * can be preempted.  The plain cond_resched() would complain on a debug kernel.
 */
static inline void fdr_rcu_reader_yield(void)
{
#if defined(CONFIG_PREEMPT_RCU) && LINUX_VERSION_CODE >= KERNEL_VERSION(5, 12, 0) && \
	!defined(CONFIG_PREEMPT_RT)
	__cond_resched();
#endif
}

#endif /* FDR_COMPAT_LOCKS_H */
