// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory becomes scarce: taken at once or at a rate (mem-pressure), or leaked
 * bit by bit (mem-leak).  A reserve always stays, by the estimate that the
 * kernel shows as MemAvailable, so that this alone never wakes the OOM killer;
 * what others take from the reserve is theirs to answer for.  Where the reserve
 * stops it, it goes on as soon as more becomes available.
 */
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "faults.h"
#include "hoard.h"

/* How often more is taken where no step says so, and how often the reserve is looked at. */
#define FDR_GROW_TICK_NS	(100 * NSEC_PER_MSEC)

struct fdr_grow {
	struct fdr_injection *inj;
	struct fdr_hoard hoard;
	u64 target;		/* pages to take; U64_MAX = down to the reserve */
	u64 ppm;		/* or a share of what is available at the start; 0 = none */
	u64 reserve;		/* pages */
	u64 rate;		/* bytes a second; 0 = at once */
	u64 step;		/* bytes */
};

static u64 fdr_to_pages(u64 bytes)
{
	return DIV_ROUND_UP_ULL(bytes, PAGE_SIZE);
}

/* In pages, as MemAvailable; never negative. */
static u64 fdr_available(void)
{
	return max(si_mem_available(), 0L);
}

static unsigned long long fdr_mib(u64 pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

static int fdr_grow_check_amount(const struct fdr_grow *g, const char *name, u64 bytes,
				 struct netlink_ext_ack *extack)
{
	u64 available = fdr_available();

	if (available <= g->reserve)
		return fdr_refuse(extack, -ENOMEM,
				  "reserve: %llu MiB are to stay, and %llu MiB are available now: nothing could be taken; lower the reserve",
				  fdr_mib(g->reserve), fdr_mib(available));
	if (fdr_to_pages(bytes) > available - g->reserve)
		return fdr_refuse(extack, -ENOMEM,
				  "%s: %llu MiB are more than the %llu MiB that can be taken now (%llu available, %llu in reserve): ask for less, or leave %s out to take all of that",
				  name, fdr_mib(fdr_to_pages(bytes)),
				  fdr_mib(available - g->reserve), fdr_mib(available),
				  fdr_mib(g->reserve), name);
	return 0;
}

static int fdr_grow_check_pace(struct fdr_grow *g, u64 step, struct netlink_ext_ack *extack)
{
	if (step && !g->rate)
		return fdr_refuse(extack, -EINVAL,
				  "step: without a rate all is taken at once: give a rate too");
	if (!g->rate)
		return 0;
	g->step = step ?: max_t(u64, div_u64(g->rate, 10), PAGE_SIZE);
	/* Any unit would do: a step has to last for a millisecond. */
	if (g->step < div_u64(g->rate, 1000))
		return fdr_refuse(extack, -EINVAL,
				  "step: %llu bytes at %llu bytes a second are less than 1 ms apart: at least %llu",
				  g->step, g->rate, div_u64(g->rate, 1000));
	return 0;
}

/* @amount is the parameter that says how much; @g has the rate. */
static int fdr_grow_prepare(struct fdr_injection *inj, const char *amount, u64 step, u64 rate,
			    u64 ppm, struct netlink_ext_ack *extack)
{
	u64 bytes = fdr_arg_u64(inj, amount);
	struct fdr_grow *g;
	int err;

	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	g->inj = inj;
	fdr_hoard_init(&g->hoard);
	g->target = bytes ? fdr_to_pages(bytes) : U64_MAX;
	g->ppm = ppm;
	g->reserve = fdr_to_pages(fdr_arg_u64(inj, "reserve"));
	g->rate = rate;
	err = fdr_grow_check_amount(g, amount, bytes, extack) ?:
	      fdr_grow_check_pace(g, step, extack);
	if (err) {
		kfree(g);
		return err;
	}
	fdr_set_priv(inj, g);
	return 0;
}

static int fdr_pressure_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	if (fdr_arg_given(inj, "share") && fdr_arg_given(inj, "size"))
		return fdr_refuse(extack, -EINVAL,
				  "share: size is given too: leave one of them out");
	return fdr_grow_prepare(inj, "size", fdr_arg_u64(inj, "step"), fdr_arg_u64(inj, "rate"),
				fdr_arg_u64(inj, "share"), extack);
}

static int fdr_leak_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_grow_prepare(inj, "limit", 0, fdr_arg_u64(inj, "rate"), 0, extack);
}

/* How many pages are due @ns after the start; *ret_wait_ns until more are. */
static u64 fdr_grow_due(const struct fdr_grow *g, u64 ns, u64 *ret_wait_ns)
{
	u64 interval, steps, due;

	*ret_wait_ns = FDR_GROW_TICK_NS;
	if (!g->rate)
		return g->target;
	interval = max_t(u64, mul_u64_u64_div_u64(g->step, NSEC_PER_SEC, g->rate), NSEC_PER_MSEC);
	steps = div64_u64(ns, interval);
	*ret_wait_ns = (steps + 1) * interval - ns;
	if (check_mul_overflow(steps + 1, g->step, &due))
		return g->target;
	return min(fdr_to_pages(due), g->target);
}

/*
 * The injection's thread has real-time priority, to be able to revert.  To take
 * gigabytes with that would keep its CPU from all others for seconds.
 */
static enum fdr_hoard_end fdr_grow_take(struct fdr_grow *g, u64 pages)
{
	enum fdr_hoard_end end;

	sched_set_normal(current, 0);
	end = fdr_hoard_take(&g->hoard, g->inj, pages, g->reserve);
	sched_set_fifo(current);
	return end;
}

static int fdr_grow_start(struct fdr_injection *inj)
{
	struct fdr_grow *g = fdr_priv(inj);
	u64 begin, due, wait;

	if (g->ppm)
		g->target = div_u64(fdr_available() * g->ppm, 1000000);
	fdr_onset(inj);
	begin = ktime_get_mono_fast_ns();
	while (!fdr_should_stop(inj) && fdr_hoard_held(&g->hoard) < g->target) {
		due = fdr_grow_due(g, ktime_get_mono_fast_ns() - begin, &wait);
		if (fdr_grow_take(g, due) == FDR_HOARD_FULL && due == g->target)
			break;
		fdr_wait(inj, wait);
	}
	return 0;
}

static void fdr_grow_stop(struct fdr_injection *inj)
{
	struct fdr_grow *g = fdr_priv(inj);

	fdr_hoard_empty(&g->hoard);
}

static void fdr_grow_release(struct fdr_injection *inj)
{
	struct fdr_grow *g = fdr_priv(inj);

	fdr_hoard_empty(&g->hoard);
	fdr_set_priv(inj, NULL);
	kfree(g);
}

static void fdr_grow_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_grow *g = fdr_priv(inj);

	emit(arg, "held_bytes", fdr_hoard_held(&g->hoard) << PAGE_SHIFT);
	emit(arg, "peak_bytes", READ_ONCE(g->hoard.peak) << PAGE_SHIFT);
	emit(arg, "batches", READ_ONCE(g->hoard.batches));
	emit(arg, "at_reserve", READ_ONCE(g->hoard.at_reserve));
	emit(arg, "refused", READ_ONCE(g->hoard.refused));
}

const struct fdr_fault_ops fdr_mem_pressure_ops = {
	.prepare = fdr_pressure_prepare,
	.start = fdr_grow_start,
	.stop = fdr_grow_stop,
	.release = fdr_grow_release,
	.counters = fdr_grow_counters,
};

const struct fdr_fault_ops fdr_mem_leak_ops = {
	.prepare = fdr_leak_prepare,
	.start = fdr_grow_start,
	.stop = fdr_grow_stop,
	.release = fdr_grow_release,
	.counters = fdr_grow_counters,
};
