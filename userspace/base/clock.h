/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_CLOCK_H
#define FDR_BASE_CLOCK_H

#include <time.h>

#include "macro.h"

/* An instant known to lie in [lo, hi], ns on a clock that the context names. */
struct fdr_interval {
	int64_t lo_ns, hi_ns;
};

/* Reads @clock in ns.  Never fails for the clocks of this project. */
int64_t fdr_clock_ns(clockid_t clock);
/* A simulation's clocks in place of the system's, for the calling thread; NULL: the system's. */
void fdr_clock_simulate(int64_t (*read)(clockid_t clock));

static inline int64_t fdr_now_ns(void)
{
	return fdr_clock_ns(CLOCK_MONOTONIC);
}

/*
 * "1.5s", "200ms", "50us", "10ns", "2m", "1h" -> ns.  A number without a unit
 * is refused (-EINVAL), as are signs, overflow (-ERANGE) and a fraction that is no whole ns.
 */
int fdr_parse_time(const char *s, uint64_t *ret_ns);
/* The shortest exact text with one unit: 1500000000 -> "1.5s". */
const char *fdr_format_time(uint64_t ns, char *buf, size_t size);

#endif /* FDR_BASE_CLOCK_H */
