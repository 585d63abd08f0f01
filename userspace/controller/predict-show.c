// SPDX-License-Identifier: GPL-2.0-or-later
#include "predict-show.h"

#include <errno.h>

#include "base/file.h"
#include "plan/target.h"

#define BYTES_MAX	(4U << 20)

int fdr_predict_read_here(void *userdata, const char *node, const char *path, char **ret,
			  struct fdr_error *e)
{
	(void)userdata;
	if (node)
		return fdr_err(e, -EREMOTE, "%.200s is on %s and will be read when it is run", path,
			       node);
	return fdr_read_text(path, BYTES_MAX, ret, e);
}

void fdr_predict_show(FILE *f, const struct fdr_prediction *p, enum fdr_failure failure)
{
	for (int m = 0; m < FDR_MILESTONE_COUNT; m++) {
		const struct fdr_predicted *x = &p->v[failure][m];

		if (x->is == FDR_PREDICTED_NEVER)
			fprintf(f, "  %-8s %-10s never\n", fdr_failure_names[failure],
				fdr_milestone_names[m]);
		else if (x->is == FDR_PREDICTED_RANGE)
			fprintf(f, "  %-8s %-10s %.3f to %.3f s\n", fdr_failure_names[failure],
				fdr_milestone_names[m], (double)x->lo_ns / 1e9,
				(double)x->hi_ns / 1e9);
		if (x->is != FDR_PREDICTED_NOT)
			fprintf(f, "  %-19s   %s\n", "", x->why);
	}
}

void fdr_predict_show_remarks(FILE *f, const struct fdr_prediction *p)
{
	for (size_t i = 0; i < p->n_remarks; i++)
		fprintf(f, "  %s: %s\n", fdr_remark_names[p->remarks[i].level], p->remarks[i].text);
}

static enum fdr_failure failure_of(const struct fdr_plan *plan, const struct fdr_plan_part *part)
{
	return fdr_predict_failure(&part->opts, fdr_plan_first_fault(plan));
}

bool fdr_predict_show_plan(FILE *f, const struct fdr_plan *plan)
{
	bool good = true;

	if (plan->n_predicts)
		fprintf(f, "\nPredicted from configuration:\n");
	for (size_t i = 0; i < plan->n_predicts; i++) {
		const struct fdr_plan_part *part = &plan->predicts[i];
		struct fdr_error e = { "" };
		struct fdr_prediction p;
		int r = fdr_predict_read(&part->opts, fdr_predict_read_here, NULL, &p, &e);

		if (r < 0) {
			fprintf(f, "  %s (%s): %s\n", part->name, part->opts.kind->name, e.text);
			good &= r == -EREMOTE;
			continue;
		}
		fprintf(f, "  %s (%s):\n", part->name, part->opts.kind->name);
		fdr_predict_show(f, &p, failure_of(plan, part));
		fdr_predict_show_remarks(f, &p);
	}
	return good;
}

json_t *fdr_predict_plan_json(const struct fdr_plan *plan)
{
	json_t *all = json_object();

	for (size_t i = 0; i < plan->n_predicts; i++) {
		const struct fdr_plan_part *part = &plan->predicts[i];
		struct fdr_error e = { "" };
		struct fdr_prediction p;
		json_t *j;

		if (fdr_predict_read(&part->opts, fdr_predict_read_here, NULL, &p, &e) < 0)
			j = json_pack("{s:s}", "error", e.text);
		else
			j = fdr_prediction_json(&p, failure_of(plan, part));
		json_object_set_new(j, "kind", json_string(part->opts.kind->name));
		json_object_set_new(all, part->name, j);
	}
	return all;
}
