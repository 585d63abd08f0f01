/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_RESULT_H
#define FDR_RESULT_RESULT_H

#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/milestone.h"
#include "base/obs.h"
#include "stats/stats.h"
#include "usage.h"

/*
 * What a run came to, computed from the raw events by engine/analyse.c and
 * rendered by report/.  Its JSON form (Documentation/result.md) is
 * build/demo/result.json.
 */
#define FDR_MILESTONES_MAX	FDR_MILESTONE_COUNT

/*
 * Three cases: !present: there was nothing to see (no request failed, so there
 * is no first error), or the plan does not ask for it.  present: it happened
 * within @when.  present && censored: it was waited for and had not come by the
 * deadline when.lo_ns; when.hi_ns is then meaningless.
 */
struct fdr_result_milestone {
	bool present;
	bool censored;
	struct fdr_interval when;	/* relative to onset */
	char source[64];	/* "beacon", "haproxy log", ... */
	char detail[160];
};

enum fdr_verdict { FDR_PASS, FDR_FAIL, FDR_INCONCLUSIVE, FDR_ABORTED };
extern const char *const fdr_verdict_names[];

/* One request of the workload, for plotting. */
struct fdr_result_point {
	int64_t at_ns;			/* intended send time, relative to onset */
	int64_t latency_ns;		/* from the intended send time */
	enum fdr_request_status status;
};

/* One step of the trial on one of its victims. */
struct fdr_result_victim {
	char node[64];			/* "" = a command on the controller's host */
	char fault[32];
	unsigned int step;		/* from 1 */
	int64_t at_ns;			/* its own instant, after the trial's first */
	bool known;			/* something tells of its onset */
	struct fdr_interval onset;	/* relative to the middle of the trial's onset */
	char source[64], detail[160];	/* of it; where it is not known, why not */
	bool has_drift;			/* of its clock against the controller's */
	double drift_ppm, drift_bound_ppm;
	char rescue[96];		/* by what it was reset, for it did not come back; "" = it was not */
};

/*
 * What a trial did to acknowledged data (Documentation/ledger.md); all ledgers of the
 * plan together, each of them and its copies in @ledgers.
 */
struct fdr_result_loss {
	bool wanted;			/* the plan has a ledger */
	bool judged;			/* the service was read back, for every ledger */
	char why_not[160];		/* what was not read back; "" = every copy was */
	uint64_t acknowledged;		/* since the run began, and judged here */
	uint64_t unknown;		/* the same of those neither acknowledged nor never sent */
	/* Each record is counted in the trial in which it was first found to be so. */
	uint64_t lost, recoverable;	/* recoverable: another copy still has it */
	uint64_t phantom, corrupt, duplicate;
	unsigned int diverged;		/* pairs of copies, each with records the other lacks */
	struct fdr_interval rpo;	/* the achieved one, in time; 0, 0 if nothing is lost */
	json_t *ledgers;		/* array, as in Documentation/result.md */
};

struct fdr_result_trial {
	unsigned int n;
	enum fdr_verdict verdict;
	char reason[256];		/* why not pass */
	char node[64], fault[32];
	int64_t phase_ns;		/* the drawn onset phase */
	int64_t onset_mono_ns;		/* middle of the onset interval, controller's clock */
	int64_t onset_real_ns;
	int64_t clock_bound_ns;
	struct fdr_result_milestone milestones[FDR_MILESTONES_MAX];
	struct {
		uint64_t requests, ok, late, errors, timeouts;
		int64_t longest_gap_ns;	/* between successes, by completion */
		unsigned int gaps;
		int64_t outage_ns;	/* lost or late requests, divided by the rate */
		int64_t undetected_ns;	/* users suffered and nothing was detected */
		int64_t max_send_late_ns;	/* our own lateness in sending */
		int64_t p99_send_late_ns;
	} workload;
	struct fdr_result_usage usage;
	struct {			/* all of them, from the steady state to the end */
		uint64_t asked;
		uint64_t skipped;	/* left out: too late, or too many under way */
		int64_t max_late_ns, p99_late_ns;	/* of the one that was latest */
		char latest[64];
	} probes;
	struct fdr_result_victim *victims;
	size_t n_victims;
	bool has_spread;		/* of the onsets of two kernels at least, each less its */
	struct fdr_interval spread;	/* step's own instant */
	struct fdr_result_loss loss;
	json_t *graphs;			/* array or NULL: what others recorded; graphs.h */
	double load1;			/* of the controller's host, at onset; -1 = not known */
	struct fdr_result_point *points;	/* in any order; not part of the JSON form */
	size_t n_points;
};

/* What users saw, over the trials in which requests were sent. */
struct fdr_result_users {
	struct fdr_share noticed;	/* trials in which a request failed or came late */
	struct fdr_description lost_time, longest_gap, undetected;
	uint64_t gaps;			/* in all of them */
	unsigned int most_gaps;		/* in one */
};

/*
 * A limit that the plan sets, judged by the confidence interval of what it is of.
 * Figures are ns, a share from 0 to 1, or a number.
 */
struct fdr_result_gate {
	char kind[20];			/* milestone, users, loss, share, false_positives */
	char of[20];			/* "detected", "lost_time", "records", "noticed"; "" */
	double p;			/* of a quantile; 0 = none */
	double limit;
	double value, lo, hi;		/* NAN: not known */
	enum fdr_gate gate;
};

/* The plan's rule by which trials stop early; milestone NULL: it has none. */
struct fdr_result_stop {
	const char *milestone;
	double p, within;		/* half the interval, of the estimate */
	unsigned int min;
	bool stopped;			/* it did: there are fewer trials than planned */
	struct fdr_quantile q;		/* made for being looked at again and again */
};

/* What became of acknowledged data, over the trials whose ledgers were read back. */
struct fdr_result_data {
	bool wanted;
	uint64_t acknowledged, lost, recoverable, most_lost;	/* most_lost: in one trial */
	uint64_t phantom, corrupt, duplicate;
	unsigned int n_unread;		/* trials with a ledger of which a copy was not read back */
	unsigned int n_diverged;
	struct fdr_share lossy;		/* trials that lost a record, of those judged */
	struct fdr_description rpo;
};

struct fdr_result {
	char *name, *description;
	char *version, *plan_path, *plan_sha256, *plan_text;
	uint64_t seed;
	int64_t started_real_ns;
	int64_t elapsed_ns;
	json_t *nodes;			/* object: name -> {kernel, boot_id, ...} */
	/* object or NULL: predicted ranges, milestone -> {lo_ns, hi_ns, why} */
	json_t *expected;
	/* object or NULL: from configuration, by name; engine/config.c */
	json_t *predictions;
	json_t *canaries;		/* object or NULL: by probe, what it proved; engine/canary.c */
	unsigned int false_positives;	/* detections in steady state */
	int64_t quiet_ns;		/* watched so long with nothing injected, over the trials */
	enum fdr_verdict verdict;
	char reason[256];
	struct fdr_result_trial *trials;
	size_t n_trials;
	char *usage_of;			/* whose processor time trials[].usage is of; NULL: none */
	unsigned int n_planned;		/* trials asked for; 0 = not known */
	unsigned int n_runs;		/* several, merged into one; 0 = it is of one run */
	struct fdr_description summary[FDR_MILESTONES_MAX];
	struct fdr_result_users users;
	struct fdr_result_gate *gates;
	size_t n_gates;
	struct fdr_result_stop stop;
	char draw[16];			/* of onset phases: "stratified", "uniform"; "" = not known */
	struct fdr_result_data data;
};

struct fdr_result *fdr_result_free(struct fdr_result *r);
FDR_DEFINE_CLEANUP(struct fdr_result *, fdr_result_free);
/* -ENOMEM.  fdr_result_free() frees them. */
int fdr_result_add_point(struct fdr_result_trial *t, const struct fdr_result_point *p);
/*
 * Fills in summary[], users and data from trials[].  A trial without an onset, or one
 * that was aborted, measured nothing and is left out.
 */
void fdr_result_summarise(struct fdr_result *r);
/*
 * The values that the summaries are of: a milestone's by its name, and
 * "users.lost_time", "users.longest_gap", "users.undetected", "data.rpo".  -ENOMEM.
 */
int fdr_result_series(const struct fdr_result *r, struct fdr_series_set *ret);
/* The plan's gates and stopping rule, from its JSON or a result's.  -ENOMEM, -EBADMSG. */
int fdr_result_take_gates(struct fdr_result *r, const json_t *gates);
int fdr_result_take_stop(struct fdr_result *r, const json_t *stop);
/* Judges the gates, by summaries that are there. */
void fdr_result_judge_gates(struct fdr_result *r);
/* "detected p50 at most 2s": what is asked; "1.1s (1.05s to 1.2s)": what is known. */
void fdr_gate_asks(const struct fdr_result_gate *g, char *buf, size_t size);
void fdr_gate_knows(const struct fdr_result_gate *g, char *buf, size_t size);
/*
 * Moves @from's trials behind those of @into, as if all were of one run, without their
 * points; numbers, verdict and summaries are made anew.  -ENOMEM: @into is as it was.
 */
int fdr_result_merge(struct fdr_result *into, struct fdr_result *from);
void fdr_result_drop_points(struct fdr_result *r);
/* Negative, 0 or positive: how a compares to b from pass over inconclusive and fail to aborted. */
int fdr_verdict_compare(enum fdr_verdict a, enum fdr_verdict b);
json_t *fdr_result_to_json(const struct fdr_result *r);
int fdr_result_from_json(const json_t *j, struct fdr_result **ret, struct fdr_error *e);

#endif /* FDR_RESULT_RESULT_H */
