/* SPDX-License-Identifier: GPL-2.0-only */
/* The text grammar of parameters (see enum faultdrill_param_type), and their values. */
#ifndef FDR_PARAMS_H
#define FDR_PARAMS_H

#include <linux/cpumask.h>
#include "fault.h"

/* A parameter as it was written. */
struct fdr_text_param {
	const char *name;
	const char *value;
};

/* A parameter as it was understood.  One for each in the fault's row, in order. */
struct fdr_arg {
	bool given;
	u64 num;			/* U64, TIME, PPM, SIZE, BOOL, CHOICE, CHOICES; S64, STIME as s64;
					 * PORTS: low | high << 16
					 */
	struct fdr_addr addr;		/* ADDR */
	cpumask_var_t cpus;		/* CPULIST; allocated only then */
	char text[FAULTDRILL_VALUE_MAX + 1];
};

/* "1.5s" -> nanoseconds.  The unit is required.  0 or -EINVAL, -ERANGE. */
int fdr_parse_time(const char *text, u64 *ret_ns);

/* "1.5M" -> bytes.  0 or -EINVAL, -ERANGE. */
int fdr_parse_size(const char *text, u64 *ret_bytes);

/* "yes" -> true.  0 or -EINVAL. */
int fdr_parse_bool(const char *text, bool *ret);

/*
 * Parse arg->text as @param says, and check its range.  0, -EINVAL (not
 * understood), -ERANGE, or -ENODEV (a CPU that is not online).
 */
int fdr_value_parse(const struct fdr_param *param, struct fdr_arg *arg);

/*
 * Parse @n parameters against @fault's row: unknown, repeated, missing and
 * malformed ones are refused with a message.  0 with *ret_args to be freed
 * with fdr_args_free() (NULL for a fault without parameters), or -errno.
 */
int fdr_args_parse(const struct fdr_fault *fault, const struct fdr_text_param *params,
		   unsigned int n, struct fdr_arg **ret_args, struct netlink_ext_ack *extack);
void fdr_args_free(const struct fdr_fault *fault, struct fdr_arg *args);

#endif /* FDR_PARAMS_H */
