/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_WINDOW_H
#define FDR_PLAN_WINDOW_H

#include <time.h>

#include "plan.h"

/*
 * "Mon-Fri 22:00-06:00 UTC", "Sat,Sun 08:00-12:00 local", "00:00-24:00": days (all of
 * them where none is named), from and to, and the zone (UTC where none is named).  A
 * window over midnight belongs to the day on which it begins.  -EINVAL with the reason.
 */
int fdr_window_parse(const char *text, struct fdr_plan_window *ret, struct fdr_error *e);
bool fdr_window_holds(const struct fdr_plan_window *w, time_t now);
/* "2026-12-01T02:00:00Z" -> CLOCK_REALTIME in ns.  -EINVAL. */
int fdr_instant_parse(const char *text, int64_t *ret_real_ns);

#endif /* FDR_PLAN_WINDOW_H */
