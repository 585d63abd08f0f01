// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stopping all CPUs but one, with interrupts off, before that one crashes.
 *
 * A panicking kernel asks the other CPUs by an interrupt to stop.  CPUs held
 * here do not answer, as those of a node that dies of a lockup: the kernel has
 * to wait for them, and then to use an NMI or to go on without.  They spin
 * until they are let go, without a bound of their own: where the crash comes,
 * nobody lets them go, and where it does not, the CPU that was to crash does.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "crash-others.h"

/* Called by an interrupt from another CPU, with interrupts off. */
static void fdr_crash_hold_cpu(void *arg)
{
	struct fdr_crash_others *o = arg;

	atomic_inc(&o->came);
	while (!smp_load_acquire(&o->let_go))	/* pairs with the store in let_go() */
		cpu_relax();
	atomic_inc(&o->left);
}

bool fdr_crash_others_stop(struct fdr_crash_others *o)
{
	u64 end;

	atomic_set(&o->came, 0);
	atomic_set(&o->left, 0);
	WRITE_ONCE(o->let_go, false);
	cpus_read_lock();
	preempt_disable();
	migrate_disable();
	o->n = num_online_cpus() - 1;
	smp_call_function_many(cpu_online_mask, fdr_crash_hold_cpu, o, false);
	preempt_enable();
	cpus_read_unlock();
	end = ktime_get_mono_fast_ns() + NSEC_PER_SEC;
	while (atomic_read(&o->came) < o->n) {
		if (ktime_get_mono_fast_ns() > end) {
			fdr_crash_others_let_go(o);
			return false;
		}
		cpu_relax();
	}
	return true;
}

void fdr_crash_others_let_go(struct fdr_crash_others *o)
{
	smp_store_release(&o->let_go, true);	/* pairs with the load in hold_cpu() */
	migrate_enable();
	/* Those, too, that were late: they still look at *o. */
	while (atomic_read(&o->left) < o->n)
		cpu_relax();
}
