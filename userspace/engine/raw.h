/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_RAW_H
#define FDR_ENGINE_RAW_H

#include <jansson.h>

#include "base/milestone.h"
#include "base/obs.h"
#include "result/result.h"
#include "result/store.h"
#include "views.h"

/* The raw rows of one trial, in memory, and what analysis makes of them. */

struct fdr_raw_obs {
	char *source, *subject, *state, *detail;
	bool pushed;
	struct fdr_interval when;
};

struct fdr_raw_request {
	int64_t intended_ns, sent_ns, done_ns;
	enum fdr_request_status status;
};

struct fdr_raw_event {
	char *node;			/* "" = none */
	int64_t at_ns;
	json_t *data;
};

enum fdr_raw_kind {
	FDR_RAW_PHASE, FDR_RAW_INJECT, FDR_RAW_EXEC, FDR_RAW_CLOCK, FDR_RAW_BEACON,
	FDR_RAW_KERNEL, FDR_RAW_LOAD, FDR_RAW_USAGE, FDR_RAW_LATENESS, FDR_RAW_RESCUE,
	FDR_RAW_GRAPH, FDR_RAW_KINDS
};

struct fdr_raw {
	unsigned int trial;
	const struct fdr_views *before;	/* what was known when it began; NULL: nothing */
	struct fdr_raw_obs *obs;
	size_t n_obs;
	struct fdr_raw_request *requests;	/* of one workload, by intended time */
	size_t n_requests;
	struct fdr_raw_event *events[FDR_RAW_KINDS];
	size_t n_events[FDR_RAW_KINDS];
};

/* @workload: whose requests are wanted; NULL = none. */
int fdr_raw_read(struct fdr_store *store, unsigned int trial, const char *workload,
		 struct fdr_raw *ret);
void fdr_raw_clear(struct fdr_raw *raw);

/* When the trial took @step ("begin", "steady" ...); 0: it did not. */
int64_t fdr_raw_step(const struct fdr_raw *raw, const char *step);

/* Integers and texts of an event; 0 and "" where absent. */
int64_t fdr_raw_num(const json_t *data, const char *key);
const char *fdr_raw_text(const json_t *data, const char *key);

/* rescued.c: notes with the victims which of them their power drivers had to bring back. */
void fdr_raw_rescues(const struct fdr_raw *raw, struct fdr_result_trial *t);

/* graphed.c: puts what others recorded relative to the onset.  -ENOMEM. */
int fdr_raw_graphs(const struct fdr_raw *raw, struct fdr_result_trial *t);

/* The onset, on the controller's CLOCK_MONOTONIC. */
struct fdr_onset {
	bool known;
	struct fdr_interval at;
	char source[64], detail[160];
	char why_not[160];		/* where it is not known */
};

/*
 * Relative drift of two hosts' clocks that is allowed for, in ns per s: beyond
 * what crystals do, and beyond NTP's slewing of CLOCK_MONOTONIC in normal use.
 */
#define FDR_DRIFT_NS_PER_S	100000

/* One step of a trial on one of its victims; texts are the rows'. */
struct fdr_hit {
	const char *node, *fault;	/* node "": a command on the controller's host */
	unsigned int step;		/* from 1 */
	int64_t at_ns;			/* its own instant, after T0 */
	struct fdr_interval planned;	/* by the clock exchanges */
	struct fdr_onset onset;
	size_t n_exchanges;		/* clock exchanges of that boot in this trial */
	bool has_drift;			/* they are far enough apart to tell: */
	double drift_ppm, drift_bound_ppm;
};

#define FDR_HITS_MAX	64

struct fdr_hits {
	struct fdr_hit v[FDR_HITS_MAX];
	size_t n;
	struct fdr_onset first;		/* of the trial: the earliest */
	bool has_spread;		/* of two kernels at least */
	struct fdr_interval spread;
};

void fdr_hits_find(const struct fdr_raw *raw, struct fdr_hits *ret);
/* The trial's alone. */
void fdr_onset_find(const struct fdr_raw *raw, struct fdr_onset *ret);

/* A milestone as found in the raw rows, on the controller's clock. */
struct fdr_found {
	bool found;
	bool left;			/* of a return: it did not hold at some time after the onset */
	struct fdr_interval at;
	const struct fdr_raw_obs *obs;	/* the first witness */
};

/* The first time after the onset that the condition came to hold.  -ENOMEM. */
int fdr_find_first(const struct fdr_raw *raw, const struct fdr_plan_cond *c,
		   const struct fdr_interval *onset, struct fdr_found *ret);
/*
 * The return, after @from_ns and after having been otherwise: the first, or, with @until_ns,
 * the one that lasted until then.  -ENOMEM.
 */
int fdr_find_return(const struct fdr_raw *raw, const struct fdr_plan_cond *c,
		    const struct fdr_interval *onset, int64_t from_ns, int64_t until_ns,
		    struct fdr_found *ret);
/* A probe of the condition that said, after the onset, that it could not see; or NULL. */
const char *fdr_was_blind(const struct fdr_raw *raw, const struct fdr_plan_cond *c,
			  int64_t from_ns);
/* How often something made the condition hold in [from, to).  -ENOMEM. */
int fdr_count_onsets(const struct fdr_raw *raw, const struct fdr_plan_cond *c, int64_t from_ns,
		     int64_t to_ns, unsigned int *ret);
/* Adds what the trial's probes said to what is known. */
int fdr_views_tell_raw(struct fdr_views *views, const struct fdr_raw *raw);

/*
 * Requests as observations of the workloads that expressions among @conds name: that
 * they all succeed, once they have done so for @hold_ns, or that they do not.  Clears
 * @raw where it fails.
 */
int fdr_raw_add_flows(struct fdr_store *store, struct fdr_raw *raw,
		      const struct fdr_plan_cond *conds, size_t n, int64_t hold_ns);
/* Puts an observation into its place among the others, by when it was known.  -ENOMEM. */
int fdr_raw_insert_obs(struct fdr_raw *raw, const struct fdr_obs *obs);

/* What the users saw. */
struct fdr_suffering {
	bool any;			/* a request failed or came late */
	int64_t first_error_ns;		/* its intended send time */
	bool in_flight;			/* it was under way at the onset */
	bool served;			/* and service came back, for the hold time */
	struct fdr_interval served_at;
};

/* Fills t->workload and t->points from the rows since the onset until @end_ns. */
int fdr_measure_workload(const struct fdr_raw *raw, const struct fdr_interval *onset,
			 int64_t end_ns, int64_t hold_ns, struct fdr_result_trial *t,
			 struct fdr_suffering *ret);

#endif /* FDR_ENGINE_RAW_H */
