// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign's plans: read with the variables of each cell, checked, shown, tried dry. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "campaign.h"
#include "command.h"
#include "drill.h"
#include "plan-show.h"
#include "plan/target.h"

#include <linux/faultdrill.h>

void fdr_work_clear(struct fdr_work *w)
{
	fdr_campaign_free(w->campaign);
	free(w->dir);
	free(w->trials);
	free(w->steps);
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	*w = (struct fdr_work){ .lock_fd = -1 };
}

int fdr_work_read(struct fdr_work *w, const char *path, const struct fdr_strings *sets)
{
	struct fdr_plan_errors errors = { 0 };

	return fdr_tell_problems(fdr_campaign_load(path, sets->v, sets->n, &w->campaign, &errors),
				 path, &errors);
}

/* Beside the campaign's file, or the copy in its folder. */
static char *plan_path(const struct fdr_work *w, const struct fdr_pair *plan)
{
	const char *slash = strrchr(w->campaign->path, '/');
	char *path;

	if (w->copied)
		return asprintf(&path, "%s/plans/%s.yaml", w->dir, plan->name) < 0 ? NULL : path;
	if (*plan->value == '/' || !slash)
		return strdup(plan->value);
	return asprintf(&path, "%.*s%s", (int)(slash + 1 - w->campaign->path), w->campaign->path,
			plan->value) < 0 ? NULL : path;
}

/* What is wrong with a variable stands in the campaign, and not in the plan. */
static void tell(const struct fdr_work *w, const struct fdr_campaign_cell *cell, const char *path,
		 const struct fdr_plan_errors *errors)
{
	for (size_t i = 0; i < errors->n; i++) {
		struct fdr_plan_error p = errors->v[i];
		char *text FDR_CLEANUP_FREE = NULL;

		if (p.place.line) {
			fdr_print_problem(path, &p);
			continue;
		}
		if (asprintf(&text, "%s: %s", path, p.text) < 0)
			text = NULL;
		p = (struct fdr_plan_error){ cell->place, text ? text : p.text };
		fdr_print_problem(w->campaign->path, &p);
	}
	if (errors->n)
		fprintf(stderr, "faultdrill: %zu error%s in %s with %s: nothing was touched\n",
			errors->n, errors->n == 1 ? "" : "s", path, cell->label);
}

int fdr_work_plan(const struct fdr_work *w, size_t cell, struct fdr_plan **ret)
{
	const struct fdr_campaign_cell *c = &w->campaign->cells[cell];
	const struct fdr_pair *plan = &w->campaign->plans.v[c->plan];
	char *path FDR_CLEANUP_FREE = plan_path(w, plan);
	struct fdr_plan_errors errors = { 0 };
	struct fdr_error e = { "" };
	int r;

	if (!path)
		return fdr_fail(-ENOMEM, &e);
	r = fdr_plan_load(path, &w->words->v, (const char *const *)c->sets, c->n_sets, ret, &errors);
	if (r < 0 && !errors.n) {
		struct fdr_plan_error p = { plan->place, NULL };
		char text[512];

		snprintf(text, sizeof(text), "%.400s: %s", path, strerror(-r));
		p.text = text;
		fdr_print_problem(w->campaign->path, &p);
	}
	tell(w, c, path, &errors);
	fdr_plan_errors_clear(&errors);
	if (r < 0)
		return FDR_EXIT_USAGE;
	if (w->campaign->trials)
		(*ret)->trials.count = w->campaign->trials;
	return 0;
}

static int draw_seed(struct fdr_work *w, struct fdr_error *e)
{
	if (!w->seed)
		w->seed = w->campaign->seed;
	while (!w->seed) {
		if (getrandom(&w->seed, sizeof(w->seed), 0) != sizeof(w->seed))
			return fdr_err(e, -errno, "no random numbers: %s", strerror(errno));
		w->seed %= 1000000000;
	}
	return 0;
}

int fdr_work_prepare(struct fdr_work *w)
{
	const struct fdr_campaign *c = w->campaign;
	bool *wrong FDR_CLEANUP_FREE = calloc(c->plans.n + 1, sizeof(*wrong));
	struct fdr_error e = { "" };
	int r = 0;

	w->trials = calloc(c->n_cells + 1, sizeof(*w->trials));
	if (!wrong || !w->trials)
		return fdr_fail(-ENOMEM, &e);
	for (size_t i = 0; i < c->n_cells; i++) {
		struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;

		/* The same mistakes are told once. */
		if (wrong[c->cells[i].plan])
			continue;
		if (fdr_work_plan(w, i, &plan)) {
			wrong[c->cells[i].plan] = true;
			r = FDR_EXIT_USAGE;
			continue;
		}
		if (!fdr_campaign_soaks(c))
			w->trials[i] = plan->trials.count;
	}
	if (r)
		return r;
	if (draw_seed(w, &e) < 0 || fdr_work_order(w, &e) < 0) {
		fdr_fail(-EINVAL, &e);
		return FDR_EXIT_USAGE;
	}
	return 0;
}

static const char *danger(unsigned int flags)
{
	return flags & FAULTDRILL_F_FATAL ? "the node dies each time" :
	       flags & FAULTDRILL_F_DAMAGING ? "data may be harmed for good" :
	       flags & FAULTDRILL_F_REVERSIBLE ? "its kernel undoes it" :
	       "the kernel lives on, and nothing undoes it";
}

/* "panic on node1: the node dies each time", a line a step */
static void show_inject(FILE *f, const struct fdr_plan *p)
{
	for (size_t i = 0; i < p->inject.n_steps; i++) {
		const struct fdr_plan_step *s = &p->inject.steps[i];

		if (i)
			fputs("      ", f);
		if (s->command) {
			fprintf(f, "a command on this host: %s\n", s->command);
			continue;
		}
		fprintf(f, "%s on ", s->fault.kind->name);
		fdr_step_print_target(f, s);
		fprintf(f, ": %s\n", danger(s->fault_flags));
	}
}

static void show_cells(FILE *f, const struct fdr_work *w, uint64_t *least, uint64_t *most)
{
	const struct fdr_campaign *c = w->campaign;

	for (size_t i = 0; i < c->n_cells; i++) {
		struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
		uint64_t lo, hi;

		if (fdr_work_plan(w, i, &plan))
			return;
		fprintf(f, "%4zu  %s", i + 1, c->cells[i].label);
		if (!fdr_campaign_soaks(c))
			fprintf(f, ", %" PRIu64 " trial%s", w->trials[i], w->trials[i] == 1 ? "" : "s");
		fprintf(f, "\n      %s: ", plan->name);
		show_inject(f, plan);
		fdr_plan_length(plan, &lo, &hi);
		*least += lo;
		*most += hi;
	}
}

static void show_soak(FILE *f, const struct fdr_campaign *c)
{
	char text[32];

	fputs("\nSoak: chosen at random, until\n", f);
	if (c->soak.time_ns)
		fprintf(f, "  %s have passed\n", fdr_format_time(c->soak.time_ns, text, sizeof(text)));
	if (c->soak.trials)
		fprintf(f, "  %" PRIu64 " trials are done\n", c->soak.trials);
	if (c->soak.failures)
		fprintf(f, "  %" PRIu64 " trials have failed\n", c->soak.failures);
	fputs("  the steady state does not come back\n", f);
}

void fdr_work_show(FILE *f, const struct fdr_work *w)
{
	const struct fdr_campaign *c = w->campaign;
	uint64_t least = 0, most = 0;

	fprintf(f, "%s: campaign %s\n", c->path, c->name);
	if (c->description)
		fprintf(f, "%s%s", c->description,
			c->description[strlen(c->description) - 1] == '\n' ? "" : "\n");
	fprintf(f, "\nCombinations:\n");
	show_cells(f, w, &least, &most);
	if (fdr_campaign_soaks(c)) {
		show_soak(f, c);
		return;
	}
	fprintf(f, "\n%zu runs, %s", w->n_steps, c->order == FDR_ORDER_RANDOM ?
		"in random order" : "in the order above");
	if (c->block)
		fprintf(f, ", a block of %" PRIu64 " trial%s of each before the next of any",
			c->block, c->block == 1 ? "" : "s");
	fputs(".\n", f);
	fdr_print_takes(f, least, most);
}

int fdr_work_dry_run(const struct fdr_work *w)
{
	struct fdr_drill d = { .progress = w->progress };
	int worst = 0;

	for (size_t i = 0; i < w->campaign->n_cells; i++) {
		struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
		int r = fdr_work_plan(w, i, &plan);

		fprintf(w->progress, "%s\n", w->campaign->cells[i].label);
		fflush(w->progress);
		if (!r)
			r = fdr_drill_dry_run(&d, plan);
		if (r > worst)
			worst = r;
	}
	return worst;
}

bool fdr_work_agreed(const struct fdr_work *w)
{
	char answer[16] = "";
	size_t fatal = 0;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	for (size_t i = 0; i < w->campaign->n_cells; i++) {
		struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;

		if (!fdr_work_plan(w, i, &plan))
			fatal += fdr_plan_kills(plan);
	}
	if (!fatal)
		return true;
	fprintf(stderr, "%zu of %zu combinations may kill a node, each time. Go on? [y/N] ", fatal,
		w->campaign->n_cells);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}
