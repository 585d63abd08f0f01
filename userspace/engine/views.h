/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_VIEWS_H
#define FDR_ENGINE_VIEWS_H

#include "base/clock.h"
#include "plan/cond.h"

/*
 * What the probes said last, and whether a condition holds by it: for the live
 * run and for analysis alike.  Times are intervals: a change lies in (lo, hi].
 */
struct fdr_said {
	char *state;
	struct fdr_interval since;	/* when it came to be so */
	bool fresh;			/* told since the mark */
};

/* So many states back one can tell since when a condition on several has held. */
#define FDR_SAID_MAX	8

struct fdr_view {
	char *source, *subject;
	struct fdr_said said[FDR_SAID_MAX];	/* the newest first */
	size_t n_said;
	uint64_t told;			/* number of the last word about it */
};

struct fdr_views {
	struct fdr_view *v;
	size_t n;
	uint64_t n_told;
};

/*
 * A word about @subject; *@ret_changed tells whether it says something new.  @fresh:
 * it counts as told since the mark.  -ENOMEM.
 */
int fdr_views_tell(struct fdr_views *s, const char *source, const char *subject, const char *state,
		   const struct fdr_interval *when, bool fresh, bool *ret_changed);
/* The mark: nothing is fresh, or only what is known of one subject. */
void fdr_views_mark(struct fdr_views *s);
void fdr_views_mark_all_but(struct fdr_views *s, const char *source, const char *subject);
void fdr_views_clear(struct fdr_views *s);

/* What views of a workload, whose subject is "", say while all of its requests succeed. */
#define FDR_VIEW_OK	"ok"

enum fdr_truth { FDR_UNKNOWN, FDR_NO, FDR_YES };

/* Which subjects a condition without one speaks of. */
enum fdr_scope {
	FDR_EVERY,		/* all that the probe names: the steady state */
	FDR_FIRST,		/* any of them: milestones that the fault causes */
	FDR_AGAIN,		/* all that anything was told of since the mark: returns */
};

struct fdr_held {
	enum fdr_truth truth;
	struct fdr_interval since;	/* not of what is not known */
	bool fresh;			/* it rests on something told since the mark */
};

struct fdr_asking {
	const struct fdr_views *views;
	enum fdr_scope scope;
	/* Whether all requests of a workload succeed; NULL: as views of that source say. */
	void (*workload)(void *userdata, const char *name, struct fdr_held *ret, char *why,
			 size_t size);
	void *userdata;
	char *why;			/* gets what speaks against it; NULL: not wanted */
	size_t why_size;
};

/*
 * Three-valued: what a probe has not said, or cannot see, is not known, and neither
 * is its opposite.  "all" came to hold with the last of its parts and "any" with the
 * first; "not" turns round what is said of each subject.
 */
void fdr_cond_ask(const struct fdr_asking *q, const struct fdr_plan_cond *c, struct fdr_held *ret);

/* Does the leaf speak of this view? */
bool fdr_cond_concerns(const struct fdr_views *s, const struct fdr_plan_cond *leaf,
		       const char *source, const char *subject);

#endif /* FDR_ENGINE_VIEWS_H */
