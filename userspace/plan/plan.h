/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_PLAN_H
#define FDR_PLAN_PLAN_H

#include "base/clock.h"
#include "base/milestone.h"
#include "base/opts.h"

/*
 * A drill's plan, as read from strict YAML (apiVersion: faultdrill/v1).  The
 * format is in Documentation/plan.md.  Everything is checked here, with line
 * and column, before any node is touched.
 */

/* What a plan may name; the caller fills it in from the layers above. */
struct fdr_vocabulary {
	const struct fdr_kind *const *transports;
	size_t n_transports;
	const struct fdr_kind *const *probes;
	const char *const *probe_states;	/* parallel: "up|suspect|down" or NULL */
	size_t n_probes;
	const struct fdr_kind *const *workloads;
	size_t n_workloads;
	const struct fdr_kind *faults;		/* the catalogue */
	const unsigned int *fault_flags;	/* parallel: FAULTDRILL_F_* */
	size_t n_faults;
};

struct fdr_plan_node {
	char *name;
	struct fdr_opts transport;		/* .kind tells which */
	struct fdr_place place;
};

struct fdr_plan_part {				/* a probe or a workload */
	char *name;
	struct fdr_opts opts;
	struct fdr_place place;
};

/* A condition on a probe's view ("lb says web/node1 is down") or a workload. */
struct fdr_plan_cond {
	char *probe;				/* or NULL */
	char *subject;				/* NULL = any */
	char *state;
	char *workload;				/* or NULL: "ok" for the hold time */
	struct fdr_place place;
};

/* Plan code's name for the list that it shares with results. */
#define fdr_plan_milestones fdr_milestone_names

struct fdr_plan_inject {
	char *node;
	struct fdr_opts fault;			/* .kind is the fault */
	uint64_t duration_ns, lease_ns;		/* 0 = none given */
	bool force;
	struct fdr_place place;
};

struct fdr_plan {
	char *path;
	char *text;				/* as read, for the record */
	char *name, *description;
	struct fdr_plan_node *nodes;
	size_t n_nodes;
	struct fdr_plan_part *probes, *workloads;
	size_t n_probes, n_workloads;
	struct fdr_plan_cond *steady;
	size_t n_steady;
	uint64_t steady_hold_ns, steady_deadline_ns;
	struct fdr_plan_inject inject;
	struct fdr_plan_cond milestones[FDR_MILESTONE_COUNT];	/* none: all NULL */
	struct {
		uint64_t count;
		uint64_t phase_ns;		/* onset phase drawn over this period */
		uint64_t seed;			/* 0 = draw one and record it */
		uint64_t observe_ns;		/* deadline for the milestones */
		uint64_t recover_ns;		/* deadline for the node's return */
		uint64_t served_hold_ns;
	} trials;
	struct {
		bool allow_fatal;		/* a plan must say so itself */
		uint64_t max_clock_bound_ns;	/* warn beyond it */
		char *beacon;			/* "auto", "off" or ADDRESS[:PORT] to be told to victims */
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
};
void fdr_plan_errors_clear(struct fdr_plan_errors *e);

/*
 * Reads and checks a plan.  All problems are collected, not only the first:
 * -EINVAL with @errors filled.  -ENOENT, -EACCES ...: cannot read @path.
 * @sets ("name=value") override the plan's vars.
 */
int fdr_plan_load(const char *path, const struct fdr_vocabulary *vocabulary,
		  const char *const *sets, size_t n_sets, struct fdr_plan **ret,
		  struct fdr_plan_errors *errors);
struct fdr_plan *fdr_plan_free(struct fdr_plan *p);
FDR_DEFINE_CLEANUP(struct fdr_plan *, fdr_plan_free);

#endif /* FDR_PLAN_PLAN_H */
