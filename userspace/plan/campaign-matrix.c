// SPDX-License-Identifier: GPL-2.0-or-later
/* The cells of a campaign: each plan with each combination of the matrix. */
#include "campaign-matrix.h"

#include <string.h>

#define PLAN	"plan"

static bool plan_index(const struct fdr_campaign *c, const char *name, size_t *ret)
{
	for (size_t i = 0; i < c->plans.n; i++) {
		if (!strcmp(c->plans.v[i].name, name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static void unknown_plan(const struct fdr_campaign *c, struct fdr_bind *b, const char *name,
			 struct fdr_place place)
{
	const char **names FDR_CLEANUP_FREE = calloc(c->plans.n + 1, sizeof(*names));

	if (!names) {
		b->errors->failed = true;
		return;
	}
	for (size_t i = 0; i < c->plans.n; i++)
		names[i] = c->plans.v[i].name;
	fdr_bind_unknown(b, place, PLAN, name, names, c->plans.n);
}

static bool add_set(struct fdr_campaign_cell *cell, const char *name, const char *value)
{
	char *set;

	if (asprintf(&set, "%s=%s", name, value) < 0)
		return false;
	cell->sets[cell->n_sets++] = set;
	return true;
}

/* "fault=panic, node=node1"; the plan only where there are several. */
static char *make_label(const struct fdr_campaign *c, const struct fdr_pairs *with, size_t plan)
{
	bool several = c->plans.n > 1;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	if (several)
		fprintf(f, "plan=%s", c->plans.v[plan].name);
	for (size_t i = 0; i < with->n; i++) {
		if (!strcmp(with->v[i].name, PLAN))
			continue;
		fprintf(f, "%s%s=%s", several ? ", " : "", with->v[i].name, with->v[i].value);
		several = true;
	}
	if (!several)
		fputs(c->plans.v[plan].name, f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

static void free_cell(struct fdr_campaign_cell *cell)
{
	for (size_t i = 0; i < cell->n_sets; i++)
		free(cell->sets[i]);
	free(cell->sets);
	free(cell->label);
}

/* A cell of these values, unless the same is there. */
static void add_cell(struct fdr_campaign *c, struct fdr_bind *b, const struct fdr_pairs *with,
		     size_t plan, struct fdr_place place)
{
	struct fdr_campaign_cell *more, cell = { .plan = plan, .place = place };
	bool good = true;

	cell.label = make_label(c, with, plan);
	cell.sets = calloc(c->vars.n + with->n + 1, sizeof(*cell.sets));
	more = reallocarray(c->cells, c->n_cells + 1, sizeof(*more));
	if (more)
		c->cells = more;
	good = cell.label && cell.sets && more;
	for (size_t i = 0; good && i < c->vars.n; i++)
		good = add_set(&cell, c->vars.v[i].name, c->vars.v[i].value);
	for (size_t i = 0; good && i < with->n; i++)
		if (strcmp(with->v[i].name, PLAN))
			good = add_set(&cell, with->v[i].name, with->v[i].value);
	if (!good) {
		b->errors->failed = true;
		free_cell(&cell);
		return;
	}
	for (size_t i = 0; i < c->n_cells; i++) {
		if (strcmp(c->cells[i].label, cell.label))
			continue;
		fdr_plan_error(b->errors, place, "this combination is there already: %s", cell.label);
		free_cell(&cell);
		return;
	}
	more[c->n_cells++] = cell;
}

/* Every pair of @rule is in @with; a plan that @with does not name is @plan. */
static bool matches(const struct fdr_campaign *c, const struct fdr_pairs *rule,
		    const struct fdr_pairs *with, size_t plan)
{
	for (size_t i = 0; i < rule->n; i++) {
		const struct fdr_pair *p = fdr_pairs_find(with, rule->v[i].name);
		const char *value = p ? p->value : strcmp(rule->v[i].name, PLAN) ? NULL :
				    c->plans.v[plan].name;

		if (!value || strcmp(value, rule->v[i].value))
			return false;
	}
	return true;
}

static void combine(struct fdr_campaign *c, struct fdr_bind *b, const struct fdr_pairs *with,
		    size_t plan, bool *used)
{
	bool excluded = false;

	for (size_t i = 0; i < c->n_exclude; i++) {
		if (matches(c, &c->exclude[i], with, plan)) {
			used[i] = true;
			excluded = true;
		}
	}
	if (!excluded)
		add_cell(c, b, with, plan, c->matrix_at);
}

/* The @index-th combination of all axes: the last one turns fastest. */
static void combination(struct fdr_campaign *c, struct fdr_bind *b, size_t index,
			struct fdr_pair *v, bool *used)
{
	struct fdr_pairs with = { .v = v, .n = c->n_axes };
	size_t plan = 0;

	for (size_t i = c->n_axes; i-- > 0;) {
		const struct fdr_campaign_axis *a = &c->axes[i];

		v[i] = (struct fdr_pair){ a->name, a->v[index % a->n].value,
					  a->v[index % a->n].place };
		index /= a->n;
	}
	if (fdr_pairs_find(&with, PLAN)) {
		if (plan_index(c, fdr_pairs_find(&with, PLAN)->value, &plan))
			combine(c, b, &with, plan, used);
		return;
	}
	for (plan = 0; plan < c->plans.n; plan++)
		combine(c, b, &with, plan, used);
}

static bool check_axes(struct fdr_campaign *c, struct fdr_bind *b, size_t *ret)
{
	size_t n = 1, before = b->errors->n, plan;

	for (size_t i = 0; i < c->n_axes; i++) {
		struct fdr_campaign_axis *a = &c->axes[i];

		for (size_t j = 0; !strcmp(a->name, PLAN) && j < a->n; j++)
			if (!plan_index(c, a->v[j].value, &plan))
				unknown_plan(c, b, a->v[j].value, a->v[j].place);
		if (fdr_pairs_find(&c->vars, a->name))
			fdr_plan_error(b->errors, a->place, "\"%s\" is in vars, too: it has one "
				       "value there, and several here", a->name);
		n *= a->n ? a->n : 1;
		if (n * c->plans.n > FDR_CAMPAIGN_CELLS_MAX) {
			fdr_plan_error(b->errors, a->place, "more than %d combinations: split the "
				       "campaign", FDR_CAMPAIGN_CELLS_MAX);
			return false;
		}
	}
	*ret = n;
	return b->errors->n == before;
}

static void add_included(struct fdr_campaign *c, struct fdr_bind *b, const struct fdr_pairs *with)
{
	const struct fdr_pair *p = fdr_pairs_find(with, PLAN);
	size_t plan = 0;

	if (!p && c->plans.n > 1)
		fdr_plan_error(b->errors, with->place, "which plan? Several are listed: add \"plan\"");
	else if (p && !plan_index(c, p->value, &plan))
		unknown_plan(c, b, p->value, p->place);
	else if (c->n_cells < FDR_CAMPAIGN_CELLS_MAX)
		add_cell(c, b, with, plan, with->place);
	else
		fdr_plan_error(b->errors, with->place, "more than %d combinations: split the "
			       "campaign", FDR_CAMPAIGN_CELLS_MAX);
}

void fdr_campaign_expand(struct fdr_campaign *c, struct fdr_bind *b)
{
	struct fdr_pair *v FDR_CLEANUP_FREE = calloc(c->n_axes + 1, sizeof(*v));
	bool *used FDR_CLEANUP_FREE = calloc(c->n_exclude + 1, sizeof(*used));
	size_t n;

	if (!v || !used) {
		b->errors->failed = true;
		return;
	}
	if (!c->plans.n || !check_axes(c, b, &n))
		return;
	/* With a list of combinations and no matrix, they are all that there is. */
	for (size_t i = 0; (c->n_axes || !c->n_include) && i < n; i++)
		combination(c, b, i, v, used);
	for (size_t i = 0; i < c->n_exclude; i++)
		if (!used[i])
			fdr_plan_error(b->errors, c->exclude[i].place, "this excludes nothing: no "
				       "combination of the matrix has these values");
	for (size_t i = 0; i < c->n_include; i++)
		add_included(c, b, &c->include[i]);
	if (!c->n_cells && !b->errors->n)
		fdr_plan_error(b->errors, c->matrix_at, "nothing is left to do: every combination "
			       "is excluded");
}
