// SPDX-License-Identifier: GPL-2.0-or-later
#include "campaign.h"

#include <errno.h>
#include <string.h>

#include "campaign-matrix.h"
#include "sections.h"

static json_t *schema_list(json_t *items)
{
	return json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1, "items", items);
}

static json_t *schema_matrix(const struct fdr_vocabulary *v)
{
	json_t *values = schema_list(json_pack("{s:[sss]}", "type", "string", "number", "boolean"));

	(void)v;
	return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", values);
}

static json_t *schema_combinations(const struct fdr_vocabulary *v)
{
	return schema_list(fdr_schema_vars(v));
}

static const struct fdr_row about_rows[] = {
	FDR_ROW_TEXT("name", struct fdr_campaign, name, .required = true,
		     .summary = "what the campaign is called"),
	FDR_ROW_TEXT("description", struct fdr_campaign, description,
		     .summary = "what it is for, for the report"),
};

static const struct fdr_table about_table = {
	.what = "campaign", .rows = about_rows, .n = FDR_ARRAY_LEN(about_rows),
};

static const struct fdr_row budget_rows[] = {
	FDR_ROW_NUM("time", FDR_OPT_TIME, struct fdr_campaign, soak.time_ns, .min = FDR_NS_PER_S,
		    .max = 30 * 24 * 3600 * FDR_NS_PER_S,
		    .summary = "begin no run later than this after the soak began"),
	FDR_ROW_NUM("trials", FDR_OPT_U64, struct fdr_campaign, soak.trials, .min = 1,
		    .max = 10000, .summary = "so many trials, whichever combinations they are of"),
	FDR_ROW_NUM("failures", FDR_OPT_U64, struct fdr_campaign, soak.failures, .min = 1,
		    .max = 10000, .summary = "stop once so many trials have failed"),
};

static const struct fdr_table budget_table = {
	.what = "budget", .rows = budget_rows, .n = FDR_ARRAY_LEN(budget_rows),
};

static const struct fdr_row soak_rows[] = {
	{ .desc = { .name = "budget", .required = true, .summary = "when it is over" },
	  .into = FDR_INTO_TABLE, .table = &budget_table },
	FDR_ROW_NUM("pause", FDR_OPT_TIME, struct fdr_campaign, soak.pause_ns, .def = "0s",
		    .max = 24 * 3600 * FDR_NS_PER_S, .summary = "between two runs"),
};

static const struct fdr_table soak_table = {
	.what = "soak", .rows = soak_rows, .n = FDR_ARRAY_LEN(soak_rows),
	.place_at = offsetof(struct fdr_campaign, soak.place),
};

#define CUSTOM(n, fn, sch, ...) \
	{ .desc = { .name = (n), __VA_ARGS__ }, .into = FDR_INTO_CUSTOM, .bind = (fn), \
	  .schema = (sch) }
#define NUM_AT(n, m, at_, ...) \
	{ .desc = { .name = (n), __VA_ARGS__ }, .into = FDR_INTO_NUM, \
	  .at = offsetof(struct fdr_campaign, m), .place_at = offsetof(struct fdr_campaign, at_) }

static const struct fdr_row campaign_rows[] = {
	{ .desc = { .name = "apiVersion", .type = FDR_OPT_CHOICE, .choices = "faultdrill/v1",
		    .required = true, .summary = "the format's version" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_campaign, api_version) },
	{ .desc = { .name = "campaign", .required = true, .summary = "what this is" },
	  .into = FDR_INTO_TABLE, .table = &about_table },
	CUSTOM("plans", fdr_bind_campaign_plans, fdr_schema_vars, .required = true,
	       .summary = "name to file, which counts from the campaign's folder"),
	CUSTOM("vars", fdr_bind_campaign_vars, fdr_schema_vars,
	       .summary = "variables that every plan gets; --set overrides them"),
	CUSTOM("matrix", fdr_bind_campaign_matrix, schema_matrix,
	       .summary = "variables with all their values; \"plan\" chooses among the plans"),
	CUSTOM("exclude", fdr_bind_campaign_exclude, schema_combinations,
	       .summary = "combinations of the matrix that are left out"),
	CUSTOM("include", fdr_bind_campaign_include, schema_combinations,
	       .summary = "combinations besides those of the matrix"),
	NUM_AT("trials", trials, trials_at, .type = FDR_OPT_U64, .min = 1, .max = 10000,
	       .summary = "of each combination, whatever its plan says"),
	NUM_AT("block", block, block_at, .type = FDR_OPT_U64, .min = 1, .max = 10000,
	       .summary = "so many trials of a combination in one go; default: all, a soak's 1"),
	FDR_ROW_NUM("order", FDR_OPT_CHOICE, struct fdr_campaign, order, .def = "random",
		    .choices = "random|as-written",
		    .summary = "of the combinations, drawn anew for each round of blocks"),
	FDR_ROW_NUM("seed", FDR_OPT_U64, struct fdr_campaign, seed, .def = "0",
		    .summary = "of the order and the onset phases; 0: a new one, recorded"),
	NUM_AT("on_abort", on_abort, abort_at, .type = FDR_OPT_CHOICE, .def = "stop",
	       .choices = "stop|next", .summary = "what follows a run that could not be carried out"),
	{ .desc = { .name = "soak", .summary = "go on choosing at random until a budget is used up" },
	  .into = FDR_INTO_TABLE, .table = &soak_table },
};

static const struct fdr_table campaign_table = {
	.what = "the campaign", .rows = campaign_rows, .n = FDR_ARRAY_LEN(campaign_rows),
};

static void override_vars(struct fdr_campaign *c, const char *const *sets, size_t n_sets,
			  struct fdr_plan_errors *errors)
{
	struct fdr_vars vars = { 0 };

	for (size_t i = 0; i < c->vars.n; i++)
		if (fdr_vars_add(&vars, c->vars.v[i].name, c->vars.v[i].value) < 0)
			errors->failed = true;
	for (size_t i = 0; i < n_sets; i++)
		fdr_vars_override(&vars, sets[i], errors);
	for (size_t i = 0; !errors->failed && i < c->vars.n; i++) {
		free(c->vars.v[i].value);
		c->vars.v[i].value = FDR_TAKE_PTR(vars.v[i].value);
	}
	fdr_vars_clear(&vars);
}

static void check(struct fdr_campaign *c, struct fdr_plan_errors *errors)
{
	bool unread = errors->n;

	if (c->trials && c->block > c->trials)
		fdr_plan_error(errors, c->block_at, "block: a combination has %llu trials in all",
			       (unsigned long long)c->trials);
	if (!fdr_campaign_soaks(c))
		return;
	/* A budget that could not be read is no empty one. */
	if (!unread && !c->soak.time_ns && !c->soak.trials && !c->soak.failures)
		fdr_plan_error(errors, c->soak.place, "soak: the budget needs a time, trials or "
			       "failures, or it would never end");
	if (!unread && !c->soak.time_ns && !c->soak.trials && c->soak.failures)
		fdr_plan_error(errors, c->soak.place, "soak: where nothing fails it would never end: "
			       "give the budget a time or trials, too");
	if (c->trials)
		fdr_plan_error(errors, c->trials_at, "trials: a soak ends by its budget; \"block\" "
			       "says how many trials a run has");
	if (c->on_abort == FDR_ABORT_NEXT)
		fdr_plan_error(errors, c->abort_at, "on_abort: a soak stops where the steady state "
			       "does not come back");
}

static int bind_document(yaml_document_t *doc, const char *const *sets, size_t n_sets,
			 struct fdr_campaign *c, struct fdr_plan_errors *errors)
{
	struct fdr_vars none = { 0 };
	struct fdr_bind b = { .doc = doc, .vars = &none, .errors = errors };
	yaml_node_t *root = yaml_document_get_root_node(doc);

	if (!root) {
		fdr_plan_error(errors, (struct fdr_place){ .line = 1, .column = 1 }, "the campaign is empty");
		return -EINVAL;
	}
	c->matrix_at = fdr_yaml_place(root);
	if (root->type == YAML_MAPPING_NODE) {
		for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
		     p < root->data.mapping.pairs.top; p++) {
			yaml_node_t *key = fdr_bind_node(&b, p->key);

			if (key->type == YAML_SCALAR_NODE &&
			    !strcmp((const char *)key->data.scalar.value, "matrix"))
				c->matrix_at = fdr_yaml_place(key);
		}
	}
	fdr_bind_table(&b, &campaign_table, root, c);
	override_vars(c, sets, n_sets, errors);
	check(c, errors);
	/* Of what could not be bound no combinations can be made. */
	if (!errors->n)
		fdr_campaign_expand(c, &b);
	fdr_plan_errors_sort(errors);
	return errors->failed ? -ENOMEM : errors->n ? -EINVAL : 0;
}

int fdr_campaign_parse(const char *path, const char *text, size_t size, const char *const *sets,
		       size_t n_sets, struct fdr_campaign **ret, struct fdr_plan_errors *errors)
{
	struct fdr_campaign *c FDR_CLEANUP(fdr_campaign_freep) = calloc(1, sizeof(*c));
	yaml_document_t doc;
	int r;

	if (!c)
		return -ENOMEM;
	c->path = strdup(path);
	c->text = strndup(text, size);
	if (!c->path || !c->text)
		return -ENOMEM;
	r = fdr_yaml_read(text, size, &doc, errors);
	if (r < 0) {
		fdr_plan_errors_sort(errors);
		return r;
	}
	r = bind_document(&doc, sets, n_sets, c, errors);
	yaml_document_delete(&doc);
	if (r < 0)
		return r;
	*ret = FDR_TAKE_PTR(c);
	return 0;
}

int fdr_campaign_load(const char *path, const char *const *sets, size_t n_sets,
		      struct fdr_campaign **ret, struct fdr_plan_errors *errors)
{
	char *text FDR_CLEANUP_FREE = NULL;
	size_t size;
	int r = fdr_yaml_slurp(path, &text, &size, errors);

	return r < 0 ? r : fdr_campaign_parse(path, text, size, sets, n_sets, ret, errors);
}

struct fdr_campaign *fdr_campaign_free(struct fdr_campaign *c)
{
	if (!c)
		return NULL;
	for (size_t i = 0; i < c->n_axes; i++) {
		for (size_t j = 0; j < c->axes[i].n; j++)
			free(c->axes[i].v[j].value);
		free(c->axes[i].v);
		free(c->axes[i].name);
	}
	for (size_t i = 0; i < c->n_exclude; i++)
		fdr_pairs_clear(&c->exclude[i]);
	for (size_t i = 0; i < c->n_include; i++)
		fdr_pairs_clear(&c->include[i]);
	for (size_t i = 0; i < c->n_cells; i++) {
		for (size_t j = 0; j < c->cells[i].n_sets; j++)
			free(c->cells[i].sets[j]);
		free(c->cells[i].sets);
		free(c->cells[i].label);
	}
	fdr_pairs_clear(&c->vars);
	fdr_pairs_clear(&c->plans);
	free(c->axes);
	free(c->exclude);
	free(c->include);
	free(c->cells);
	free(c->path);
	free(c->text);
	free(c->api_version);
	free(c->name);
	free(c->description);
	free(c);
	return NULL;
}

json_t *fdr_campaign_schema(void)
{
	static const struct fdr_vocabulary none;
	json_t *j = fdr_schema_table(&campaign_table, &none);

	json_object_set_new(j, "$schema",
			    json_string("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(j, "title", json_string("faultdrill campaign"));
	return j;
}
