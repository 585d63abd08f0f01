/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_POWER_POWER_H
#define FDR_POWER_POWER_H

#include "base/clock.h"
#include "base/opts.h"

/*
 * The power of a node, from outside: by its BMC, its hypervisor, or commands.  One file
 * a driver, one row in drivers[] (power.c).
 */
enum fdr_power_state { FDR_POWER_UNKNOWN, FDR_POWER_OFF, FDR_POWER_ON };
enum fdr_power_op { FDR_POWER_STATUS, FDR_POWER_TURN_ON, FDR_POWER_TURN_OFF, FDR_POWER_RESET };

/* "unknown", "off", "on" */
const char *fdr_power_state_name(enum fdr_power_state s);
/* "status", "on", "off", "reset", as of @op; of a word: false, it is none. */
const char *fdr_power_op_name(enum fdr_power_op op);
bool fdr_power_op_parse(const char *word, enum fdr_power_op *ret);

/* What a driver needs while it works: how long it may, and a way to be called off. */
struct fdr_power_limits {
	int64_t deadline_ns;
	int stop_fd;			/* readable: called off; -1 = never is */
};

struct fdr_power_ops {
	struct fdr_kind kind;
	/*
	 * Carries out @op, in a thread of its own: it may wait, within @limits.  *ret_state is
	 * what "status" found.  -EOPNOTSUPP: this driver cannot do that; -ETIMEDOUT, -ECANCELED.
	 */
	int (*act)(const struct fdr_power_limits *limits, const struct fdr_opts *opts,
		   enum fdr_power_op op, enum fdr_power_state *ret_state, struct fdr_error *e);
};

/* The drivers, for the plan checker and the manual. */
const struct fdr_power_ops *const *fdr_power_kinds(size_t *ret_n);
/* NULL if there is none of that name. */
const struct fdr_power_ops *fdr_power_kind(const char *name);

/* Carries @op out and waits for it.  For commands; not for what has an event loop. */
int fdr_power_run(const struct fdr_opts *opts, enum fdr_power_op op,
		  enum fdr_power_state *ret_state, struct fdr_error *e);

/* The same in a thread; @opts must outlive it. */
struct fdr_power;
int fdr_power_begin(const struct fdr_opts *opts, enum fdr_power_op op, struct fdr_power **ret,
		    struct fdr_error *e);
/* Becomes readable when it is over. */
int fdr_power_fd(const struct fdr_power *p);
bool fdr_power_over(const struct fdr_power *p);
/* Its outcome, as of fdr_power_ops.act, and frees it.  Before it is over: calls it off. */
int fdr_power_end(struct fdr_power *p, enum fdr_power_state *ret_state, struct fdr_error *e);

#endif /* FDR_POWER_POWER_H */
