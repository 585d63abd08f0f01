/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_WATCH_H
#define FDR_ENGINE_WATCH_H

#include "base/obs.h"
#include "plan/plan.h"

/*
 * What the engine knows live: whether the plan's conditions hold, and which
 * milestones of the trial have been seen.  It steers the run and feeds the
 * progress lines; the figures of the result are computed afterwards, from the
 * raw events, by analysis.
 */
struct fdr_watch;

struct fdr_watch_ops {
	/* A milestone was seen, at an instant about @at_ns. */
	void (*milestone)(void *userdata, enum fdr_milestone m, int64_t at_ns, const char *what);
};

int fdr_watch_new(const struct fdr_plan *plan, const struct fdr_watch_ops *ops, void *userdata,
		  struct fdr_watch **ret);
struct fdr_watch *fdr_watch_free(struct fdr_watch *w);
FDR_DEFINE_CLEANUP(struct fdr_watch *, fdr_watch_free);

/* The number of each workload's first request, before any has ended. */
void fdr_watch_first_seq(struct fdr_watch *w, uint64_t seq);
int fdr_watch_obs(struct fdr_watch *w, const struct fdr_obs *obs);
int fdr_watch_request(struct fdr_watch *w, const struct fdr_request *r);

/*
 * Since when all conditions of the steady state hold; 0: they do not.  @why
 * gets the first that does not, and how things are instead.
 */
int64_t fdr_watch_steady_since(const struct fdr_watch *w, int64_t now_ns, char *why, size_t size);

/*
 * The same of any one condition, of all subjects that it does not name (@every), or of
 * at least one.  What is not known does not hold, and neither does its opposite.
 */
int64_t fdr_watch_since(const struct fdr_watch *w, const struct fdr_plan_cond *c, bool every,
			int64_t now_ns, char *why, size_t size);

/* A new trial: forget the milestones.  Until the onset is set, none is seen. */
void fdr_watch_trial(struct fdr_watch *w);
/* The fault's (planned, later its better known) onset. */
void fdr_watch_onset(struct fdr_watch *w, int64_t onset_ns);
bool fdr_watch_seen(const struct fdr_watch *w, enum fdr_milestone m);
/* All that the fault causes has been seen, or can no longer come. */
bool fdr_watch_caused(const struct fdr_watch *w);
/* So has what follows the repair. */
bool fdr_watch_restored(const struct fdr_watch *w);
/* When that came to hold, if it does; 0: nothing of it was asked for. */
int64_t fdr_watch_restored_at(const struct fdr_watch *w);
/* "detected, served": what has not been seen, for a message. */
const char *fdr_watch_missing(const struct fdr_watch *w, bool caused, char *buf, size_t size);

#endif /* FDR_ENGINE_WATCH_H */
