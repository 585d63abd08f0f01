/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_CAMPAIGN_H
#define FDR_CONTROLLER_CAMPAIGN_H

#include "command.h"
#include "plan/campaign.h"
#include "report/campaign.h"
#include "vocabulary.h"

/*
 * A campaign and, once it runs, its folder:
 *	campaign.json	seed and start, written once, when all else is there
 *	campaign.yaml, plans/	copies, so that a resumed one is the same
 *	runs/0001 ...	one folder a run, as 'faultdrill run' makes it
 *	cells/01 ...	the report of a combination that has several runs
 * What has been done is told by the runs alone.
 */
struct fdr_work {
	const struct fdr_words *words;
	struct fdr_campaign *campaign;
	char *dir;			/* NULL: none yet */
	bool copied;			/* the plans are those in the folder */
	int lock_fd;
	uint64_t seed;
	int64_t started_real_ns;
	uint64_t *trials;		/* planned for each cell; a soak: 0 */
	struct fdr_turn {
		size_t cell;
		uint64_t trials;
	} *steps;			/* all runs in their order; a soak: none */
	size_t n_steps;
	FILE *progress;
};
void fdr_work_clear(struct fdr_work *w);

/* campaign-plans.c.  An exit status after having told what is wrong, or 0. */
int fdr_work_read(struct fdr_work *w, const char *path, const struct fdr_strings *sets);
/* The plan of a cell with its variables. */
int fdr_work_plan(const struct fdr_work *w, size_t cell, struct fdr_plan **ret);
/* Reads the plans of all cells, and draws the order of the runs. */
int fdr_work_prepare(struct fdr_work *w);
void fdr_work_show(FILE *f, const struct fdr_work *w);
int fdr_work_dry_run(const struct fdr_work *w);
/* How many cells kill a node, where there is somebody to ask: false, they are not meant. */
bool fdr_work_agreed(const struct fdr_work *w);

/* campaign-order.c */
int fdr_work_order(struct fdr_work *w, struct fdr_error *e);
/* The @index-th run, from 0.  False: there are no more; a soak has no end of its own. */
bool fdr_work_step(const struct fdr_work *w, size_t index, struct fdr_turn *ret);
/* Of the onset phases of the @index-th run. */
uint64_t fdr_work_seed(const struct fdr_work *w, size_t index);

/* campaign-files.c */
int fdr_work_create(struct fdr_work *w, const char *dir, struct fdr_error *e);
/* Finds the campaign in @dir, to go on with it or only to @read it. */
int fdr_work_open(struct fdr_work *w, const char *dir, bool read, struct fdr_error *e);
/* DIR/runs/0001, to be freed. */
char *fdr_work_run_dir(const struct fdr_work *w, size_t index);
enum fdr_run_state { FDR_RUN_NONE, FDR_RUN_BEGUN, FDR_RUN_COMPLETE };
/* What there is of a run; one that cannot be read is moved aside if @repair. */
int fdr_work_look(const struct fdr_work *w, size_t index, bool repair, enum fdr_run_state *ret,
		  struct fdr_result **ret_result, struct fdr_error *e);

/* campaign-run.c: carries it out, and goes on with it; an exit status if it could not, or 0. */
int fdr_work_run(struct fdr_work *w);
/* Is a soak's budget used up by what was done? */
bool fdr_work_budget_used(const struct fdr_work *w, uint64_t trials, uint64_t failures);

/* campaign-results.c */
struct fdr_work_results {
	struct fdr_campaign_results v;
	struct fdr_campaign_row *rows;
};
int fdr_work_gather(const struct fdr_work *w, struct fdr_work_results *ret, struct fdr_error *e);
void fdr_work_results_clear(struct fdr_work_results *r);
/* report.html, report.txt and result.json, and the pages of cells with several runs. */
int fdr_work_write(const struct fdr_work *w, const struct fdr_work_results *r,
		   struct fdr_error *e);

/* campaign-schedule.c: systemd's drop-ins; into @dir, or printed.  An exit status. */
int fdr_work_schedule(const struct fdr_work *w, const char *when, const char *dir);

#endif /* FDR_CONTROLLER_CAMPAIGN_H */
