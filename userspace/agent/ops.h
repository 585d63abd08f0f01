/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_AGENT_OPS_H
#define FDR_AGENT_OPS_H

#include "session.h"

/* An operation of the protocol: a row in ops.c, a function in ops-*.c. */
enum fdr_arg_type { FDR_ARG_INTEGER, FDR_ARG_STRING, FDR_ARG_BOOL, FDR_ARG_OBJECT };

struct fdr_arg {
	const char *name;
	enum fdr_arg_type type;
	bool required;
};

/*
 * @args has been checked: it is an object of known members of the right types,
 * and those that are required are there.  Integers are 0 or more, except
 * start_ns.  *ret_result may be left NULL.
 */
typedef int fdr_op_fn(struct fdr_session *s, const json_t *args, json_t **ret_result,
		      struct fdr_error *e);

struct fdr_op {
	const char *name;
	fdr_op_fn *run;
	const struct fdr_arg *args;
	size_t n_args;
};

/* -ENOSYS: no such operation; -EINVAL: bad arguments; else as the operation says. */
int fdr_ops_run(struct fdr_session *s, const char *op, const json_t *args, json_t **ret_result,
		struct fdr_error *e);

fdr_op_fn fdr_op_hello, fdr_op_clock, fdr_op_bye;			/* ops-node.c */
fdr_op_fn fdr_op_module_load, fdr_op_module_unload;			/* ops-module.c */
fdr_op_fn fdr_op_status, fdr_op_catalogue, fdr_op_arm, fdr_op_disarm;	/* ops-fault.c */
fdr_op_fn fdr_op_inject, fdr_op_renew, fdr_op_clear, fdr_op_injections;
fdr_op_fn fdr_op_beacon;						/* ops-beacon.c */
fdr_op_fn fdr_op_log;							/* ops-log.c */
fdr_op_fn fdr_op_usage;							/* ops-usage.c */

fdr_op_fn fdr_op_file;							/* ops-file.c */
fdr_op_fn fdr_op_records;						/* ops-record.c */

/* Arguments by name: 0 or NULL where they were not given. */
uint64_t fdr_arg_integer(const json_t *args, const char *name);
const char *fdr_arg_string(const json_t *args, const char *name);

#endif /* FDR_AGENT_OPS_H */
