/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_PLAN_H
#define FDR_PLAN_PLAN_H

#include <jansson.h>

#include "base/clock.h"
#include "base/milestone.h"
#include "base/opts.h"
#include "cond.h"

/*
 * A drill's plan, as read from strict YAML (apiVersion: faultdrill/v1).  The
 * format is in Documentation/plan.md.  Everything is checked here, with line
 * and column, before any node is touched.
 */

/* What a plan may name; the caller fills it in from the layers above. */
struct fdr_vocabulary {
	const struct fdr_kind *const *transports;
	size_t n_transports;
	const struct fdr_kind *const *powers;	/* drivers of nodes' power */
	size_t n_powers;
	const struct fdr_kind *const *probes;
	/* Parallel: "up|suspect|down", or NULL: the words of the probe's own map in the plan. */
	const char *const *probe_states;
	size_t n_probes;
	const struct fdr_kind *const *workloads;
	size_t n_workloads;
	const struct fdr_kind *const *predicts;	/* whose configuration is understood */
	size_t n_predicts;
	const struct fdr_kind *faults;		/* the catalogue */
	const unsigned int *fault_flags;	/* parallel: FAULTDRILL_F_* */
	size_t n_faults;
};

struct fdr_plan_word {
	char *text;
	struct fdr_place place;
};

struct fdr_plan_words {
	struct fdr_plan_word *v;
	size_t n;
};

/* A name with a text of its own: a probe's name for a node. */
struct fdr_plan_pair {
	char *key, *text;
	struct fdr_place place;
};

struct fdr_plan_node {
	char *name;
	struct fdr_opts transport;		/* .kind tells which */
	struct fdr_plan_words roles;
	struct fdr_plan_pair *subjects;		/* how probes call it, where not by its name */
	size_t n_subjects;
	struct fdr_opts power;			/* .kind tells which driver; NULL: none */
	struct fdr_place place;
};

struct fdr_plan_group {
	char *name;
	struct fdr_plan_words nodes;
	struct fdr_place place;
};

struct fdr_plan_part {				/* a probe, a workload or a prediction */
	char *name;
	struct fdr_opts opts;			/* .kind tells which */
	const char *states;			/* a probe's, as in the vocabulary */
	struct fdr_place place;
};

struct fdr_plan_name {				/* a reference to something of the plan */
	char *name;
	struct fdr_place place;
};

/* Where a milestone is expected, from onset; the plan's own claim. */
struct fdr_plan_expect {
	bool given;
	uint64_t lo_ns, hi_ns;
	struct fdr_place place;
};

/* Trials stop once the interval of a quantile is narrow; count is then the most of them. */
struct fdr_plan_stop {
	char *milestone;		/* as written */
	enum fdr_milestone m;
	char *quantile;
	double p;			/* 0: no such rule */
	uint64_t within_ppm;		/* half the interval, of the estimate */
	uint64_t min;			/* trials */
	struct fdr_place milestone_at, quantile_at;
};

enum fdr_plan_gate_kind {
	FDR_GATE_OF_MILESTONE, FDR_GATE_OF_USERS, FDR_GATE_OF_LOSS, FDR_GATE_OF_ALARMS,
	FDR_GATE_OF_SHARE,
};

/* A limit that the run's figures must keep, with confidence. */
struct fdr_plan_gate {
	enum fdr_plan_gate_kind kind;
	/* One of these, as written; @alarms for false positives. */
	char *milestone, *users, *loss, *alarms, *share;
	char *quantile, *at_most;
	double p;			/* of milestones and users */
	double limit;			/* ns, a share from 0 to 1, or a number */
	struct fdr_place place, milestone_at, quantile_at, at_most_at;
};

/* A configuration file that is kept with the run. */
struct fdr_plan_file {
	char *node, *path;
	struct fdr_place place;			/* of the node's name */
};

/* What somebody else records, as in a round-robin database. */
struct fdr_plan_graph {
	char *name;
	char *rrd, *ds, *cf, *unit, *daemon;	/* ds, unit, daemon may be NULL */
	struct fdr_place rrd_at;
};

/* Plan code's name for the list that it shares with results. */
#define fdr_plan_milestones fdr_milestone_names

enum fdr_plan_how { FDR_HOW_ONE, FDR_HOW_MINORITY, FDR_HOW_MAJORITY, FDR_HOW_ALL };
extern const char *const fdr_plan_how_names[];

/* Victims that are drawn anew for each trial. */
struct fdr_plan_select {
	bool given;
	uint64_t how;				/* enum fdr_plan_how */
	char *role, *group;			/* at most one of these and of nodes */
	struct fdr_plan_words nodes;		/* none of them: all nodes */
	char *probe, *state;			/* of these, whom the probe now says to be so */
	struct fdr_place place, role_at, group_at, probe_at, state_at;
};

/* Either a fault on a node, or a command on the controller's own host. */
struct fdr_plan_step {
	char *node;				/* or a selection */
	struct fdr_plan_select select;
	struct fdr_opts fault;			/* .kind is the fault */
	unsigned int fault_flags;		/* FAULTDRILL_F_* */
	uint64_t duration_ns, lease_ns;		/* 0 = none given */
	bool force;
	char *command, *undo;			/* for sh -c; undo may be NULL */
	uint64_t at_ns;				/* after T0 */
	struct fdr_place place, node_at, fault_at, duration_at, lease_at, at_at;
};

#define FDR_PLAN_STEPS_MAX	64

struct fdr_plan_inject {
	struct fdr_plan_step *steps;		/* in the order of their instants */
	size_t n_steps;
	bool listed;				/* written as a list of steps */
	int64_t start_real_ns;			/* CLOCK_REALTIME of the first T0; 0 = soon */
	struct fdr_place place, start_at;
};

/* When trials may start. */
struct fdr_plan_window {
	char *text;				/* as written */
	unsigned int days;			/* bit 0 = Sunday */
	unsigned int from_min, to_min;		/* of the day; to <= from: over midnight */
	bool local;				/* this host's zone; else UTC */
};

/* So many nodes of a role stay unbroken at any time. */
struct fdr_plan_min {
	char *role;
	uint64_t n;
	struct fdr_place place;
};

struct fdr_plan_conds {
	struct fdr_plan_cond *v;
	size_t n;
};

struct fdr_plan {
	char *path;
	char *text;				/* as read, for the record */
	json_t *included;			/* array of {path, text}: files that it includes */
	char *api_version;
	char *name, *description;
	struct fdr_plan_node *nodes;
	size_t n_nodes;
	struct fdr_plan_group *groups;
	size_t n_groups;
	struct fdr_plan_part *probes, *workloads;
	size_t n_probes, n_workloads;
	struct fdr_plan_part *predicts;
	size_t n_predicts;
	struct fdr_plan_file *files;
	size_t n_files;
	struct fdr_plan_graph *graphs;
	size_t n_graphs;
	struct {
		struct fdr_plan_cond *conds;
		size_t n;
		uint64_t hold_ns, deadline_ns;
		struct fdr_place place, deadline_at;
	} steady;
	struct fdr_plan_inject inject;
	struct fdr_plan_cond milestones[FDR_MILESTONE_COUNT];
	struct fdr_plan_expect expect[FDR_MILESTONE_COUNT];
	struct fdr_place milestones_at;
	struct fdr_plan_gate *gates;
	size_t n_gates;
	struct {
		uint64_t count;
		uint64_t phase_ns;		/* onset phase drawn over this period */
		uint64_t seed;			/* 0 = draw one and record it */
		uint64_t observe_ns;		/* deadline for what the fault causes */
		uint64_t recover_ns;		/* deadline for the return to the steady state */
		uint64_t served_hold_ns;
		uint64_t max_late_ns;		/* of our own asking and sending; beyond it no evidence */
		uint64_t rescue_ns;		/* a victim that is not back by then is reset; 0: never */
		uint64_t cooldown_ns;		/* on top of the steady state, after a trial */
		uint64_t watch_ns;		/* not 0: nothing is injected, and the detectors
						 * are watched for so long; no key of plans */
		char *draw;			/* "stratified" or "uniform" */
		struct fdr_plan_stop stop;
		struct fdr_place observe_at, served_hold_at, stop_at, rescue_at;
	} trials;
	struct {
		struct fdr_plan_name *nodes;	/* whose processor time is measured */
		size_t n;
		uint64_t every_ns;
		char *unit, *cgroup;		/* of what on them; both NULL: the whole node */
		struct fdr_place place, unit_at, cgroup_at;
	} usage;				/* no nodes: not asked for */
	struct {
		bool allow_fatal;		/* a plan must say so itself */
		bool allow_irreversible;	/* the same, where the kernel lives on */
		bool allow_power;		/* the same, of nodes' power drivers */
		uint64_t max_clock_bound_ns;	/* warn beyond it */
		char *beacon;			/* "auto", "off" or ADDRESS[:PORT] to be told to victims */
		char *module;			/* a .ko on the node, instead of the installed one */
		uint64_t max_nodes;		/* broken at once */
		uint64_t lease_ns;		/* of steps that state none; 0 = the default */
		struct fdr_plan_min *min_healthy;
		size_t n_min_healthy;
		struct fdr_plan_words never;	/* names or globs of nodes that are not to break */
		struct fdr_plan_window *windows;
		size_t n_windows;		/* 0 = at any time */
		struct fdr_plan_conds stop_on;	/* one of them holds: clear everything, end */
		struct fdr_plan_conds require;	/* each must hold, or no trial starts */
		struct fdr_place beacon_at, max_nodes_at;
	} safety;
};

/* One problem of a plan, in the order of the file. */
struct fdr_plan_error {
	struct fdr_place place;
	char *text;
};
struct fdr_plan_errors {
	struct fdr_plan_error *v;
	size_t n;
	bool failed;				/* out of memory: the list is not complete */
	char **files;				/* by place.file: what the plan's files are called */
	size_t n_files;
};
void fdr_plan_errors_clear(struct fdr_plan_errors *e);

/*
 * Reads and checks a plan.  All problems are collected, not only the first:
 * -EINVAL with @errors filled.  -ENOENT, -EACCES ...: cannot read @path.
 * @sets ("name=value") override the plan's vars; @errors says what is wrong with
 * them, without a place.
 */
int fdr_plan_load(const char *path, const struct fdr_vocabulary *vocabulary,
		  const char *const *sets, size_t n_sets, struct fdr_plan **ret,
		  struct fdr_plan_errors *errors);
/*
 * The same of a text in memory; @path is what it is called.  It includes nothing from
 * the disk, but what is in @kept (an array of {path, text}; may be NULL).
 */
int fdr_plan_parse_kept(const char *path, const char *text, size_t size, const json_t *kept,
			const struct fdr_vocabulary *vocabulary, const char *const *sets,
			size_t n_sets, struct fdr_plan **ret, struct fdr_plan_errors *errors);
int fdr_plan_parse(const char *path, const char *text, size_t size,
		   const struct fdr_vocabulary *vocabulary, const char *const *sets,
		   size_t n_sets, struct fdr_plan **ret, struct fdr_plan_errors *errors);
/*
 * The texts of all its files, one after the other: what its hash is of.  Without
 * includes it is the plan's own.  NULL: no memory.
 */
char *fdr_plan_whole_text(const struct fdr_plan *p);
struct fdr_plan *fdr_plan_free(struct fdr_plan *p);
FDR_DEFINE_CLEANUP(struct fdr_plan *, fdr_plan_free);

/* The resolved plan, times in ns; what analysis needs is read back from it.  NULL: no memory. */
json_t *fdr_plan_to_json(const struct fdr_plan *p);

/* The JSON Schema of plans that use @vocabulary, made from the parser's own tables. */
json_t *fdr_plan_schema(const struct fdr_vocabulary *vocabulary);

#endif /* FDR_PLAN_PLAN_H */
