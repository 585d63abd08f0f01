/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_TICK_H
#define FDR_PROBE_TICK_H

#include "base/clock.h"
#include "base/lateness.h"

/*
 * The next instant of the schedule that @when_ns is on and that lies after @now_ns:
 * a poll that we are too late for is left out, not made up for in a burst.
 */
static inline int64_t fdr_next_tick(int64_t when_ns, int64_t interval_ns, int64_t now_ns)
{
	if (when_ns + interval_ns > now_ns)
		return when_ns + interval_ns;
	return now_ns + interval_ns - (now_ns - when_ns) % interval_ns;
}

/* The same, and what is left out is counted. */
static inline int64_t fdr_next_tick_counted(struct fdr_lateness *l, int64_t when_ns,
					    int64_t interval_ns, int64_t now_ns)
{
	int64_t next = fdr_next_tick(when_ns, interval_ns, now_ns);

	if (next > when_ns + interval_ns)
		fdr_lateness_skipped(l, (uint64_t)((next - when_ns) / interval_ns - 1),
				     now_ns - when_ns - interval_ns);
	return next;
}

#endif /* FDR_PROBE_TICK_H */
