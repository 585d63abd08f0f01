// SPDX-License-Identifier: GPL-2.0-only
/*
 * Holding a CPU for a stated time.
 *
 * Neither jiffies nor sched_clock will do: the first stand still while
 * interrupts are off on all CPUs, the second may be per CPU.  The fast
 * monotonic clock reads the hardware, but a narrow counter (the ACPI PM timer
 * wraps in 4.7 s) wraps unnoticed while nobody updates the timekeeper, hence
 * the bound on the number of turns.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include "../fault.h"
#include "spin.h"

#define FDR_SPIN_BATCHES	5

/* How often slower than measured a turn may seem before the clock is to blame. */
#define FDR_SPIN_SLACK		4

/* A day, so that the product cannot overflow. */
#define FDR_SPIN_MAX_MS		86400000ULL

u64 fdr_spin_rate(struct fdr_injection *inj)
{
	u64 best = 0;
	int i;

	for (i = 0; i < FDR_SPIN_BATCHES; i++) {
		u64 begin = ktime_get_mono_fast_ns(), now, turns = 0;

		do {
			/* What a turn of fdr_spin() does, whatever the answer. */
			(void)fdr_should_stop(inj);
			cpu_relax();
			turns++;
			now = ktime_get_mono_fast_ns();
		} while (now - begin < NSEC_PER_MSEC);
		best = max(best, div64_u64(turns * NSEC_PER_MSEC, now - begin));
		cond_resched();
	}
	return best + 1;
}

static u64 fdr_spin_budget(u64 now, u64 end, u64 rate)
{
	u64 ms = end > now ? div_u64(end - now, NSEC_PER_MSEC) + 1 : 1;

	return min(ms, FDR_SPIN_MAX_MS) * rate * FDR_SPIN_SLACK;
}

bool fdr_spin(struct fdr_injection *inj, u64 until_ns, u64 rate)
{
	u64 now = ktime_get_mono_fast_ns();
	u64 end = min(until_ns, fdr_deadline_ns(inj));
	u64 budget = fdr_spin_budget(now, end, rate);

	while (now < until_ns && !fdr_should_stop(inj)) {
		u64 moved = min(until_ns, fdr_deadline_ns(inj));

		if (moved != end) {	/* the lease was renewed */
			end = moved;
			budget = fdr_spin_budget(now, end, rate);
		}
		if (!budget--)
			return false;
		cpu_relax();
		now = ktime_get_mono_fast_ns();
	}
	return true;
}
