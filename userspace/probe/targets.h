/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_TARGETS_H
#define FDR_PROBE_TARGETS_H

#include "probe.h"

/* A probe's targets: at most so many, and so many questions to each under way. */
#define FDR_TARGETS_MAX		10000
#define FDR_UNDER_WAY_MAX	256

/*
 * What all probes with a list of targets need beside the targets: their names, which are
 * the subjects ("" where there is one, written without a range), and the bound of questions
 * under way, for which descriptors are reserved.
 */
struct fdr_targets {
	char **names;
	size_t n;
	size_t under_way_max;		/* of all targets together */
	size_t each_max;		/* of one */
	size_t reserved;
};

/*
 * Reads the TARGETS option @option.  -EINVAL: one is given twice; -EMFILE: too many for the
 * descriptors that there may be.  fdr_targets_clear() also after a failure.
 */
int fdr_targets_init(struct fdr_targets *t, const struct fdr_opts *opts, const char *option,
		     int64_t interval_ns, int64_t timeout_ns, struct fdr_error *e);
void fdr_targets_clear(struct fdr_targets *t);
/* The target's own text, also where its name is "". */
const char *fdr_targets_text(const struct fdr_targets *t, const struct fdr_opts *opts,
			     const char *option, size_t i);

#endif /* FDR_PROBE_TARGETS_H */
