/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory management, as kernels differ in it. */
#ifndef FDR_COMPAT_MM_H
#define FDR_COMPAT_MM_H

#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/vmstat.h>

/*
 * Processes that the OOM killer has killed since boot.  Where the kernel does
 * not count them FDR_HAVE_OOM_COUNT is 0.  Any context.
 */
#ifdef CONFIG_VM_EVENT_COUNTERS
#define FDR_HAVE_OOM_COUNT	1
static inline u64 fdr_oom_kills(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(vm_event_states, cpu).event[OOM_KILL];
	return sum;
}
#else
#define FDR_HAVE_OOM_COUNT	0
static inline u64 fdr_oom_kills(void)
{
	return 0;
}
#endif

/*
 * A memory error that can be undone: one that memory_failure() is told is
 * simulated.  5.10 has no such flag.
 */
#if defined(CONFIG_MEMORY_FAILURE) && defined(FDR_HAVE_MF_SIMULATED)
#define FDR_HAVE_POISON		1
static inline int fdr_poison(unsigned long pfn)
{
	return memory_failure(pfn, MF_SW_SIMULATED);
}

static inline int fdr_unpoison(unsigned long pfn)
{
	return unpoison_memory(pfn);
}
#else
#define FDR_HAVE_POISON		0
static inline int fdr_poison(unsigned long pfn)
{
	return -EOPNOTSUPP;
}

static inline int fdr_unpoison(unsigned long pfn)
{
	return -EOPNOTSUPP;
}
#endif

#endif /* FDR_COMPAT_MM_H */
