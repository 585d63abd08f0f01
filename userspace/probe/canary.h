/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_CANARY_H
#define FDR_PROBE_CANARY_H

#include "probe.h"

/*
 * A harmless proof, before anything breaks, that a probe would see a change: its
 * own code is run by its own options against something made up on this host.  It
 * reports to a sink of the canary's, so that nothing of it is an observation.
 */
struct fdr_canary_env {
	const char *name;			/* the probe's */
	struct fdr_poller *poller;
	const char *const *subjects;		/* that the plan's conditions name */
	size_t n_subjects;
	/* 0 when @cond holds, -ETIMEDOUT, -ECANCELED; lets @poller work meanwhile. */
	int (*wait)(void *userdata, bool (*cond)(void *data), void *data, int64_t deadline_ns);
	void *userdata;
	/* As of struct fdr_probe_env. */
	const struct fdr_opts *(*power_of)(const void *userdata, const char *node);
	const void *power_userdata;
};

struct fdr_canary {
	char proven[240];			/* what was seen */
	char missing[240];			/* what could not be proven; "" = nothing */
};

/* The option that each kind has: "canary: off" takes the probe's word unproven. */
#define FDR_CANARY_OPTION \
	{ .name = "canary", .type = FDR_OPT_BOOL, .def = "yes", \
	  .summary = "prove before the first fault that it can see a change" }

typedef int fdr_canary_fn(const struct fdr_canary_env *env, const struct fdr_opts *opts,
			  struct fdr_canary *ret, struct fdr_error *e);
fdr_canary_fn fdr_canary_tcp, fdr_canary_http;			/* canary-net.c */
fdr_canary_fn fdr_canary_log, fdr_canary_exec;			/* canary-lines.c */
fdr_canary_fn fdr_canary_haproxy;				/* canary-haproxy.c */
fdr_canary_fn fdr_canary_drbd;					/* canary-drbd.c */
fdr_canary_fn fdr_canary_vrrp;					/* canary-vrrp.c */
fdr_canary_fn fdr_canary_nagios;				/* canary-nagios.c */
fdr_canary_fn fdr_canary_pacemaker;				/* canary-pacemaker.c */
fdr_canary_fn fdr_canary_sentinel;				/* canary-sentinel.c */
fdr_canary_fn fdr_canary_power;					/* power.c */

/*
 * canary.c.  A probe of @ops that runs for the canary: what it says of @subject
 * (NULL: of anything) is awaited.
 */
struct fdr_canary_probe {
	const struct fdr_canary_env *env;
	const struct fdr_probe_ops *ops;
	struct fdr_opts opts;
	struct fdr_sink sink;
	struct fdr_probe *probe;
	const char *subject, *state, *detail;	/* awaited; NULL: any, but state "" is none */
	bool seen;
	char last[160];				/* what it said last, for an error */
	char first_state[64];
};

/* Options as given, but for those in @over: "name", "value", ..., NULL; value NULL drops it. */
int fdr_canary_start(struct fdr_canary_probe *c, const struct fdr_canary_env *env,
		     const struct fdr_probe_ops *ops, const struct fdr_opts *opts,
		     const char *const over[], struct fdr_error *e);
/* -ETIMEDOUT: it did not say so within @limit_ns; the text tells what it said instead. */
int fdr_canary_await(struct fdr_canary_probe *c, const char *subject, const char *state,
		     const char *detail, int64_t limit_ns, struct fdr_error *e);
/* Gets ready for what will be said from now on; fdr_canary_await() waits for it. */
void fdr_canary_expect(struct fdr_canary_probe *c, const char *subject, const char *state,
		       const char *detail);
void fdr_canary_stop(struct fdr_canary_probe *c);
/*
 * Something is said of each subject that the plan names, by another probe for each: what
 * was said already is not said again.  @c runs before and is stopped; start no more with
 * it.  -ETIMEDOUT: nothing was, and the text begins with @none, such as "HAProxy has no server".
 */
int fdr_canary_knows(struct fdr_canary_probe *c, const struct fdr_opts *opts, int64_t limit_ns,
		     const char *none, struct fdr_error *e);

/*
 * canary-nodes.c.  The probe says "reachable" of each node of its option "nodes", and something
 * of each subject that the plan names; a connection for each is made once.  -ETIMEDOUT: not so.
 */
int fdr_canary_nodes(const struct fdr_canary_env *env, const struct fdr_probe_ops *ops,
		     const struct fdr_opts *opts, int64_t limit_ns, struct fdr_error *e);

/* Sends a line to the probe's own "udp:" source; -EINVAL where @source is another. */
int fdr_canary_send(const char *source, const char *line, struct fdr_error *e);
/* The file of a "file:" source is there and can be followed. */
int fdr_canary_file(const char *source, struct fdr_error *e);

#endif /* FDR_PROBE_CANARY_H */
