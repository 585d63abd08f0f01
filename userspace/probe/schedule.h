/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_SCHEDULE_H
#define FDR_PROBE_SCHEDULE_H

#include "probe.h"

/*
 * When a probe asks its targets: each once an interval, at instants fixed beforehand, all
 * spread evenly over it.  One timer for all, and no memory for each.  Turns that we are
 * too late for (the same target is due again) are left out, and counted; so are those in
 * which @ask says that it could not.
 */
struct fdr_schedule {
	struct fdr_lateness *lateness;
	struct fdr_poll_timer *timer;
	int64_t start_ns, interval_ns;
	size_t n;			/* targets */
	uint64_t turn;			/* the next */
	bool (*ask)(void *userdata, size_t target);
	void *userdata;
};

/* Starts at once.  -ENOMEM. */
int fdr_schedule_start(struct fdr_schedule *s, const struct fdr_probe_env *env,
		       int64_t interval_ns, size_t n, bool (*ask)(void *userdata, size_t target),
		       void *userdata);
void fdr_schedule_stop(struct fdr_schedule *s);

#endif /* FDR_PROBE_SCHEDULE_H */
