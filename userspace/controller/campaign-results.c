// SPDX-License-Identifier: GPL-2.0-or-later
/* What a campaign came to: computed from its runs alone. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "campaign.h"
#include "drill.h"
#include "report/figures.h"
#include "report/report.h"

static int add_run(struct fdr_work_results *x, size_t index,
		   const struct fdr_turn *turn, struct fdr_result *result, bool complete,
		   struct fdr_error *e)
{
	struct fdr_campaign_row *row = &x->rows[turn->cell];

	x->v.trials += (unsigned int)result->n_trials;
	for (size_t i = 0; i < result->n_trials; i++)
		x->v.failures += result->trials[i].verdict == FDR_FAIL;
	x->v.runs += complete;
	row->runs += complete;
	if (!row->result) {
		fdr_result_drop_points(result);
		row->result = result;
		snprintf(row->page, sizeof(row->page), "runs/%04zu/report.html", index + 1);
		return 0;
	}
	snprintf(row->page, sizeof(row->page), "cells/%02zu/report.html", turn->cell + 1);
	if (fdr_result_merge(row->result, result) < 0) {
		fdr_result_free(result);
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	fdr_result_free(result);
	return 0;
}

static int add_runs(const struct fdr_work *w, struct fdr_work_results *x, bool *ret_all,
		    struct fdr_error *e)
{
	bool soak = fdr_campaign_soaks(w->campaign);
	struct fdr_turn turn;
	int r = 0;

	*ret_all = true;
	for (size_t i = 0; r >= 0 && fdr_work_step(w, i, &turn); i++) {
		struct fdr_result *result = NULL;
		enum fdr_run_state state;

		r = fdr_work_look(w, i, false, &state, &result, e);
		if (r == -EBADMSG) {
			fprintf(stderr, "faultdrill: warning: %s\n", e->text);
			state = FDR_RUN_NONE;
			r = 0;
		}
		if (r < 0)
			return r;
		if (state != FDR_RUN_COMPLETE)
			*ret_all = soak && state == FDR_RUN_NONE && *ret_all;
		/* A soak's runs follow each other without a gap. */
		if (soak && state == FDR_RUN_NONE)
			break;
		if (result)
			r = add_run(x, i, &turn, result, state == FDR_RUN_COMPLETE, e);
	}
	return r;
}

int fdr_work_gather(const struct fdr_work *w, struct fdr_work_results *ret, struct fdr_error *e)
{
	const struct fdr_campaign *c = w->campaign;
	bool all;
	int r;

	*ret = (struct fdr_work_results){ .rows = calloc(c->n_cells + 1, sizeof(*ret->rows)) };
	if (!ret->rows)
		return fdr_err(e, -ENOMEM, "out of memory");
	ret->v = (struct fdr_campaign_results){
		.name = c->name, .description = c->description, .version = FDR_VERSION,
		.seed = w->seed, .soak = fdr_campaign_soaks(c),
		.started_real_ns = w->started_real_ns, .rows = ret->rows, .n = c->n_cells,
		.runs_planned = (unsigned int)w->n_steps,
	};
	for (size_t i = 0; i < c->n_cells; i++) {
		ret->rows[i].label = c->cells[i].label;
		ret->rows[i].plan = c->plans.v[c->cells[i].plan].name;
		ret->rows[i].trials_planned = (unsigned int)w->trials[i];
	}
	r = add_runs(w, ret, &all, e);
	if (r < 0) {
		fdr_work_results_clear(ret);
		return r;
	}
	fdr_campaign_judge(&ret->v, all && (!ret->v.soak ||
			   fdr_work_budget_used(w, ret->v.trials, ret->v.failures)));
	return 0;
}

void fdr_work_results_clear(struct fdr_work_results *r)
{
	for (size_t i = 0; i < r->v.n; i++)
		fdr_result_free(r->rows[i].result);
	free(r->rows);
	*r = (struct fdr_work_results){ 0 };
}

static int render_html(FILE *f, const void *x)
{
	fdr_campaign_html(f, x);
	return 0;
}

static int render_text(FILE *f, const void *x)
{
	fdr_campaign_text(f, x, false);
	return 0;
}

static int render_json(FILE *f, const void *x)
{
	return fdr_campaign_json(f, x);
}

static int write_cells(const struct fdr_work *w, const struct fdr_work_results *r,
		       struct fdr_error *e)
{
	for (size_t i = 0; i < r->v.n; i++) {
		const struct fdr_result *result = r->rows[i].result;
		char *cells FDR_CLEANUP_FREE = fdr_path_in(w->dir, "cells");
		char *dir FDR_CLEANUP_FREE = NULL;
		int err;

		if (!result || !result->n_runs)
			continue;
		if (!cells || asprintf(&dir, "%s/%02zu", cells, i + 1) < 0) {
			dir = NULL;
			return fdr_err(e, -ENOMEM, "out of memory");
		}
		if (mkdir(cells, 0777) < 0 && errno != EEXIST)
			return fdr_err(e, -errno, "cannot make %s: %s", cells, strerror(errno));
		err = fdr_report_write_dir(result, dir, e);
		if (err < 0)
			return err;
	}
	return 0;
}

int fdr_work_write(const struct fdr_work *w, const struct fdr_work_results *r,
		   struct fdr_error *e)
{
	static const struct {
		const char *name;
		int (*render)(FILE *f, const void *x);
	} files[] = {
		{ "report.html", render_html }, { "report.txt", render_text },
		{ "result.json", render_json },
	};
	int err = write_cells(w, r, e);

	for (size_t i = 0; err >= 0 && i < FDR_ARRAY_LEN(files); i++) {
		char *path FDR_CLEANUP_FREE = fdr_path_in(w->dir, files[i].name);

		err = path ? fdr_write_whole(path, files[i].render, &r->v, e) :
			     fdr_err(e, -ENOMEM, "out of memory");
	}
	return err;
}
