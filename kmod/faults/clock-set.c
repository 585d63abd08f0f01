// SPDX-License-Identifier: GPL-2.0-only
/*
 * The clock can only be set to a time, not moved by an amount: between reading
 * it and do_settimeofday64() taking its own reading a moment passes, and that
 * moment is the error.  The offset tells afterwards exactly how long it was,
 * so the next attempt allows for it; an interrupt in between spoils one
 * attempt, not the result.
 *
 * do_settimeofday64() takes the CPU hotplug lock and allocates from 5.14 on, so
 * preemption stays on.
 */
#include <linux/math64.h>
#include <linux/timekeeping.h>

#include "clock-set.h"

/* Good enough after so many attempts; then less will do. */
static const struct {
	int attempts;
	s64 ns;
} tolerances[] = {
	{ 8, 200 }, { 8, 1000 }, { 8, 5000 },
};

s64 fdr_clock_offset(void)
{
	return ktime_to_ns(ktime_mono_to_any(0, TK_OFFS_REAL));
}

void fdr_clock_open(struct fdr_clock *c)
{
	*c = (struct fdr_clock) { .orig = fdr_clock_offset() };
}

bool fdr_clock_look(struct fdr_clock *c)
{
	s64 now = fdr_clock_offset(), moved = now - c->orig - c->injected;

	if (!moved)
		return false;
	c->foreign_sets++;
	c->foreign_ns += abs(moved);
	if (abs(now - c->orig) >= abs(c->injected) / 2) {
		c->orig += moved;
		return false;
	}
	c->put_right++;
	c->orig = now;
	c->injected = 0;
	return true;
}

/* What that moment will be: the median of the last three, as one may have been disturbed. */
static s64 expected_moment(const struct fdr_clock *c)
{
	s64 a = c->moments[0], b = c->moments[1], d = c->moments[2];

	return max(min(a, b), min(max(a, b), d));
}

static int set_once(struct fdr_clock *c, s64 want)
{
	s64 lead = expected_moment(c), off;
	struct timespec64 ts;
	int err;

	ts = ns_to_timespec64((s64)ktime_get_ns() + want + lead);
	err = do_settimeofday64(&ts);
	if (err)
		return err;
	off = fdr_clock_offset();
	c->injected = off - c->orig;
	c->moments[c->sets++ % ARRAY_SIZE(c->moments)] = lead - (off - want);
	return 0;
}

int fdr_clock_shift(struct fdr_clock *c, s64 injected, bool exact)
{
	unsigned int stage;
	int i, err;

	fdr_clock_look(c);
	if (!exact)
		return set_once(c, c->orig + injected);
	for (stage = 0; stage < ARRAY_SIZE(tolerances); stage++) {
		for (i = 0; i < tolerances[stage].attempts; i++) {
			if (fdr_clock_residual_ns(c, injected) <= tolerances[stage].ns)
				return 0;
			err = set_once(c, c->orig + injected);
			if (err)
				return err;
		}
	}
	return 0;
}

u64 fdr_clock_residual_ns(const struct fdr_clock *c, s64 injected)
{
	return abs(fdr_clock_offset() - c->orig - injected);
}
