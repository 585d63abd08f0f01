/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_CATALOGUE_H
#define FDR_SYS_CATALOGUE_H

#include <jansson.h>

#include "base/opts.h"

/*
 * The faults that can be asked for: compiled in (what this release knows) or
 * as a live node describes them.  kinds[] and flags[] are parallel, in the
 * registry's order, as a plan's vocabulary wants them.
 */
struct fdr_faults {
	struct fdr_kind *kinds;
	unsigned int *flags;		/* FAULTDRILL_F_* */
	size_t n;
	json_t *json;			/* array of descriptions, as the agent's "catalogue" */
	char **texts;			/* owned by the descriptions above */
	size_t n_texts;
};

/* The compiled-in catalogue. */
int fdr_faults_offline(struct fdr_faults **ret, struct fdr_error *e);
/* From an array of descriptions; -EPROTO: not such an array. */
int fdr_faults_from_json(json_t *array, struct fdr_faults **ret, struct fdr_error *e);
struct fdr_faults *fdr_faults_free(struct fdr_faults *f);
FDR_DEFINE_CLEANUP(struct fdr_faults *, fdr_faults_free);

/* The compiled-in rows as an array of descriptions; NULL: out of memory. */
json_t *fdr_faults_rows_json(void);

/* Index of the fault of that name, or -ENOENT with the nearest name in the text. */
int fdr_faults_find(const struct fdr_faults *f, const char *name, struct fdr_error *e);

#endif /* FDR_SYS_CATALOGUE_H */
