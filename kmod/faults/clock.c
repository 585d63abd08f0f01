// SPDX-License-Identifier: GPL-2.0-only
/*
 * The wall clock jumps, or runs at the wrong speed.  Only the wall clock does:
 * the monotonic clocks, and with them all deadlines, go on as before.
 *
 * Setting the clock makes the kernel forget what NTP told it of the phase and
 * marks it unsynchronised, and wakes timers that asked to be cancelled when the
 * clock is set.  That is what a wrong clock does to a node.
 */
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "clock-set.h"
#include "faults.h"

/* Nothing that is wrong on purpose should look like a broken clock chip. */
#define LATEST_S	4102444800LL		/* 2100-01-01 */
#define LATEST_NS	(LATEST_S * NSEC_PER_SEC)
#define DRIFT_PERIOD_NS	(10 * NSEC_PER_MSEC)
#define DRIFT_MIN_NS	NSEC_PER_USEC		/* smaller steps are below the error of setting */
#define DAY_NS		(86400LL * NSEC_PER_SEC)

struct fdr_clock_fault {
	struct fdr_clock clock;
	s64 step_ns;
	s64 rate_ppm;
	u64 residual_ns;
};

/* The kernel's own rule: the wall clock cannot be before the machine's start in 1970. */
static bool too_early(s64 by)
{
	return by < 0 && fdr_clock_offset() + by < 0;
}

static bool too_late(s64 by)
{
	return by > 0 && (s64)ktime_get_real_ns() > LATEST_NS - by;
}

static int new_fault(struct fdr_injection *inj, s64 step_ns, s64 rate_ppm)
{
	struct fdr_clock_fault *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return -ENOMEM;
	f->step_ns = step_ns;
	f->rate_ppm = rate_ppm;
	fdr_set_priv(inj, f);
	return 0;
}

static int fdr_step_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	s64 step = fdr_arg_s64(inj, "step");

	if (too_early(step))
		return fdr_refuse(extack, -ERANGE,
				  "step: %lld s would set the wall clock to before 1970 and the time since boot: at most %lld s back",
				  div_s64(step, NSEC_PER_SEC),
				  div_s64(fdr_clock_offset(), NSEC_PER_SEC));
	if (too_late(step))
		return fdr_refuse(extack, -ERANGE,
				  "step: %lld s would set the wall clock to after 2099: at most %lld s ahead",
				  div_s64(step, NSEC_PER_SEC),
				  div_s64(LATEST_NS - (s64)ktime_get_real_ns(), NSEC_PER_SEC));
	return new_fault(inj, step, 0);
}

static int fdr_step_start(struct fdr_injection *inj)
{
	struct fdr_clock_fault *f = fdr_priv(inj);
	int err;

	/* The clock may have been set since the request. */
	if (too_early(f->step_ns) || too_late(f->step_ns))
		return fdr_fail(inj, -ERANGE, "the wall clock would leave the years 1970 to 2099");
	fdr_clock_open(&f->clock);
	/* With the stamps as they are on the clock that the start was stated on. */
	fdr_onset(inj);
	err = fdr_clock_shift(&f->clock, f->step_ns, true);
	if (err)
		return fdr_fail(inj, err, "the kernel does not take that time (error %d)", err);
	f->residual_ns = fdr_clock_residual_ns(&f->clock, f->step_ns);
	return 0;
}

static void fdr_clock_stop(struct fdr_injection *inj)
{
	struct fdr_clock_fault *f = fdr_priv(inj);

	/*
	 * Cannot fail but where somebody has set the clock to 1970 meanwhile: then
	 * it stays as they set it.
	 */
	fdr_clock_shift(&f->clock, 0, true);
	f->residual_ns = fdr_clock_residual_ns(&f->clock, 0);
}

static int fdr_drift_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	s64 rate = fdr_arg_s64(inj, "rate");
	s64 most = rate < 0 ? -DAY_NS : DAY_NS;	/* it lasts a day at most, at half the speed */

	if (too_early(most) || too_late(most))
		return fdr_refuse(extack, -ERANGE,
				  "rate: the wall clock is less than a day away from %s: set it right first",
				  rate < 0 ? "1970 and the time since boot" : "the year 2100");
	return new_fault(inj, 0, rate);
}

/* From the onset on; what is due after @ns. */
static s64 drifted(const struct fdr_clock_fault *f, u64 ns)
{
	u64 by = mul_u64_u32_div(ns, abs(f->rate_ppm), 1000000);

	return f->rate_ppm < 0 ? -(s64)by : (s64)by;
}

/*
 * A step each time; its error is made good for by the next one, as each aims at
 * where the clock should be by now.
 */
static int fdr_drift_start(struct fdr_injection *inj)
{
	struct fdr_clock_fault *f = fdr_priv(inj);
	u64 begin, passed;
	s64 due;

	fdr_clock_open(&f->clock);
	fdr_onset(inj);
	begin = ktime_get_ns();
	while (!fdr_should_stop(inj)) {
		if (fdr_clock_look(&f->clock))
			begin = ktime_get_ns();
		due = drifted(f, ktime_get_ns() - begin);
		if (fdr_clock_residual_ns(&f->clock, due) >= DRIFT_MIN_NS &&
		    fdr_clock_shift(&f->clock, due, false))
			break;		/* somebody has set it to 1970: it is theirs */
		f->residual_ns = fdr_clock_residual_ns(&f->clock, due);
		div64_u64_rem(ktime_get_ns() - begin, DRIFT_PERIOD_NS, &passed);
		fdr_wait(inj, DRIFT_PERIOD_NS - passed);
	}
	return 0;
}

static void fdr_clock_release(struct fdr_injection *inj)
{
	kfree(fdr_priv(inj));
	fdr_set_priv(inj, NULL);
}

static void fdr_clock_counters(struct fdr_injection *inj,
			       void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_clock_fault *f = fdr_priv(inj);

	emit(arg, "sets", f->clock.sets);
	emit(arg, "residual_ns", f->residual_ns);
	emit(arg, "foreign_sets", f->clock.foreign_sets);
	emit(arg, "foreign_ns", f->clock.foreign_ns);
	emit(arg, "put_right", f->clock.put_right);
}

const struct fdr_fault_ops fdr_clock_step_ops = {
	.prepare = fdr_step_prepare,
	.start = fdr_step_start,
	.stop = fdr_clock_stop,
	.release = fdr_clock_release,
	.counters = fdr_clock_counters,
};

const struct fdr_fault_ops fdr_clock_drift_ops = {
	.prepare = fdr_drift_prepare,
	.start = fdr_drift_start,
	.stop = fdr_clock_stop,
	.release = fdr_clock_release,
	.counters = fdr_clock_counters,
};
