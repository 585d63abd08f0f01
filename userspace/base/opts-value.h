/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_OPTS_VALUE_H
#define FDR_BASE_OPTS_VALUE_H

#include "opts.h"

/*
 * Converts the text of one value as @desc says and checks its range.
 * -EINVAL: not of the type; -ERANGE: too small or too large.  *ret_num is 0
 * for the types that have no number.
 */
int fdr_opt_value(const struct fdr_opt_desc *desc, const char *text, uint64_t *ret_num,
		  struct fdr_error *e);

#endif /* FDR_BASE_OPTS_VALUE_H */
