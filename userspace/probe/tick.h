/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_TICK_H
#define FDR_PROBE_TICK_H

#include "base/clock.h"

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

#endif /* FDR_PROBE_TICK_H */
