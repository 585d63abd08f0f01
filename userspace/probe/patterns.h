/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_PATTERNS_H
#define FDR_PROBE_PATTERNS_H

#include <regex.h>

#include "base/opts.h"

/* "patterns:" of a plan: which line means which state. */
struct fdr_pattern {
	const char *state;
	regex_t re;
};

struct fdr_patterns {
	struct fdr_pattern *v;
	size_t n;
};

/* Compiles the MAP option @name (state: POSIX extended regular expression).  -EINVAL. */
int fdr_patterns_init(struct fdr_patterns *p, const struct fdr_opts *opts, const char *name,
		      struct fdr_error *e);
void fdr_patterns_clear(struct fdr_patterns *p);

/*
 * The state of the first pattern, in the plan's order, that matches @line; NULL if
 * none does.  @subject gets what its first group matched, or "" without a group.
 */
const char *fdr_patterns_match(const struct fdr_patterns *p, const char *line, char *subject,
			       size_t size);

#endif /* FDR_PROBE_PATTERNS_H */
