/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_PREDICT_SHOW_H
#define FDR_CONTROLLER_PREDICT_SHOW_H

#include "plan/plan.h"
#include "predict/predict.h"

/* Reads a file of this host; -EREMOTE where it is on a node: nothing is touched here. */
int fdr_predict_read_here(void *userdata, const char *node, const char *path, char **ret,
			  struct fdr_error *e);

/* What is predicted for one way to fail. */
void fdr_predict_show(FILE *f, const struct fdr_prediction *p, enum fdr_failure failure);
/* Contradictions and the like. */
void fdr_predict_show_remarks(FILE *f, const struct fdr_prediction *p);
/*
 * All predictions of the plan whose files are on this host, and which are not.  False if
 * one of them could not be made although its files are here.
 */
bool fdr_predict_show_plan(FILE *f, const struct fdr_plan *plan);
/* The same as one object, by name. */
json_t *fdr_predict_plan_json(const struct fdr_plan *plan);

#endif /* FDR_CONTROLLER_PREDICT_SHOW_H */
