/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_ENGINE_H
#define FDR_ENGINE_ENGINE_H

#include "base/obs.h"
#include "plan/plan.h"
#include "result/result.h"
#include "result/store.h"

/*
 * A simulated world: what a run meets in place of probes, workloads and the command
 * of inject.exec.  Goes with fdr_clock_simulate() and fdr_loop_simulate().
 */
struct fdr_world {
	/* Probes and workloads start: what they see goes to @sink from now on. */
	void (*start)(const struct fdr_sink *sink);
	/* Carries out the command or its undo; @out gets what it prints. */
	int (*command)(const char *text, char *out, size_t size);
};

/* One run of a drill. */
struct fdr_run_options {
	const struct fdr_plan *plan;
	struct fdr_store *store;	/* new; gets every raw event */
	FILE *progress;			/* a line for each step; NULL = silent */
	bool colour;
	bool resume;			/* @store holds the beginning of this very run */
	const struct fdr_world *world;	/* NULL: the real one */
};

/*
 * Carries the plan out: 0, -ECANCELED (interrupted), or another negative errno
 * with the text saying what stopped it.  In every case no fault is left active
 * on a node that can be reached, and the store holds what happened.
 */
int fdr_engine_run(const struct fdr_run_options *options, struct fdr_error *e);

/*
 * Asks only: connects to every node, loads the module on the victim and lets its
 * kernel say whether it would accept the fault.  Nothing fires, and nothing is
 * left behind; a victim that somebody else has armed is left alone (-EBUSY).
 * @options->store may be NULL, for nothing is recorded.
 */
int fdr_engine_dry_run(const struct fdr_run_options *options, struct fdr_error *e);

/*
 * Computes the result from the store alone; the same store gives the same
 * result.  -EBADMSG: the store lacks what a run records.
 */
int fdr_analyse(struct fdr_store *store, struct fdr_result **ret, struct fdr_error *e);

#endif /* FDR_ENGINE_ENGINE_H */
