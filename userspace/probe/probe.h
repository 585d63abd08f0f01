/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_PROBE_H
#define FDR_PROBE_PROBE_H

#include "base/lateness.h"
#include "base/obs.h"
#include "base/opts.h"
#include "base/poller.h"

/*
 * A probe reads what a detector or a service says of itself and reports each
 * change through the sink.  One file a kind, one row in probe_kinds[]
 * (probe.c).
 */
struct fdr_probe_env {
	const char *name;		/* the probe's name in the plan */
	struct fdr_poller *poller;
	const struct fdr_sink *sink;
	/* Where the probe counts how late it asks, where it asks; fdr_probe_start() fills it in. */
	struct fdr_lateness *lateness;
	/* The power driver of a node of the plan, which outlives the probe; NULL: it has none. */
	const struct fdr_opts *(*power_of)(const void *userdata, const char *node);
	const void *userdata;		/* of power_of, which may be NULL */
};

struct fdr_canary;
struct fdr_canary_env;

struct fdr_probe_ops {
	struct fdr_kind kind;
	const char *states;	/* "up|suspect|down": the words it reports; NULL = the plan's */
	/* *ret_state is the probe's own; both pointers outlive it. */
	int (*start)(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		     void **ret_state, struct fdr_error *e);
	void (*stop)(void *state);
	/* Proves that a change would be seen; canary.h. */
	int (*canary)(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		      struct fdr_canary *ret, struct fdr_error *e);
};

struct fdr_probe;

/* The kinds, for the plan checker and the manual. */
const struct fdr_probe_ops *const *fdr_probe_kinds(size_t *ret_n);
/* NULL if there is none of that name. */
const struct fdr_probe_ops *fdr_probe_kind(const char *name);

/*
 * Starts a probe; @opts and @sink must outlive it.  A target that does not
 * answer is no error here: that is an observation.
 */
int fdr_probe_start(const struct fdr_probe_ops *ops, const struct fdr_probe_env *env,
		    const struct fdr_opts *opts, struct fdr_probe **ret, struct fdr_error *e);
/* How late it has asked since it was started, or since the counters were reset. */
struct fdr_lateness *fdr_probe_lateness(struct fdr_probe *p);
struct fdr_probe *fdr_probe_stop(struct fdr_probe *p);

#endif /* FDR_PROBE_PROBE_H */
