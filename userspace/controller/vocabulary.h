/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_VOCABULARY_H
#define FDR_CONTROLLER_VOCABULARY_H

#include "plan/plan.h"
#include "sys/catalogue.h"

/* What plans may name, gathered from the registries of the layers below. */
struct fdr_words {
	struct fdr_vocabulary v;
	struct fdr_faults *faults;
	const struct fdr_kind **kinds;	/* transports, probes, workloads ..., in one array */
	const char **states;
};

int fdr_words_gather(struct fdr_words *ret, struct fdr_error *e);
void fdr_words_clear(struct fdr_words *w);

/*
 * Reads the plan with these words.  0, or an exit status after having printed
 * every problem as FILE:LINE:COLUMN: text.
 */
int fdr_read_plan(const char *path, const struct fdr_words *words, const char *const *sets,
		  size_t n_sets, struct fdr_plan **ret);
/* The same of a text in memory, and of those it includes; @path is what it is called. */
int fdr_read_plan_text(const char *path, const char *text, const json_t *included,
		       const struct fdr_words *words, const char *const *sets, size_t n_sets,
		       struct fdr_plan **ret);

/* FILE:LINE:COLUMN: error: text, to standard error. */
void fdr_print_problem(const char *path, const struct fdr_plan_error *p);
/* Prints and clears what was found in @path, which gave @r; an exit status, or 0. */
int fdr_tell_problems(int r, const char *path, struct fdr_plan_errors *errors);

#endif /* FDR_CONTROLLER_VOCABULARY_H */
