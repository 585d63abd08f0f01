/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_ERROR_H
#define FDR_BASE_ERROR_H

#include "macro.h"

/* What went wrong, for a person: what, where, and what to do. */
struct fdr_error {
	char text[1024];
};

/*
 * Sets the text and returns @err (a negative errno), so that a function can
 * say "return fdr_err(...)".  @e may be NULL.
 */
int fdr_err(struct fdr_error *e, int err, const char *fmt, ...) FDR_PRINTF(3, 4);
/* Puts "<prefix>: " before the text that is there. */
int fdr_err_prefix(struct fdr_error *e, int err, const char *fmt, ...) FDR_PRINTF(3, 4);

#endif /* FDR_BASE_ERROR_H */
