// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan.h"

#include <errno.h>
#include <string.h>

#include "include.h"
#include "lists.h"
#include "sections.h"

static void free_parts(struct fdr_plan_part *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].name);
		fdr_opts_clear(&v[i].opts);
	}
	free(v);
}

void fdr_plan_step_clear(struct fdr_plan_step *s)
{
	free(s->node);
	free(s->select.role);
	free(s->select.group);
	fdr_plan_words_clear(&s->select.nodes);
	free(s->select.probe);
	free(s->select.state);
	fdr_opts_clear(&s->fault);
	free(s->command);
	free(s->undo);
	*s = (struct fdr_plan_step){ 0 };
}

static void free_nodes(struct fdr_plan *p)
{
	for (size_t i = 0; i < p->n_nodes; i++) {
		struct fdr_plan_node *n = &p->nodes[i];

		free(n->name);
		fdr_opts_clear(&n->transport);
		fdr_opts_clear(&n->power);
		fdr_plan_words_clear(&n->roles);
		for (size_t k = 0; k < n->n_subjects; k++) {
			free(n->subjects[k].key);
			free(n->subjects[k].text);
		}
		free(n->subjects);
	}
	free(p->nodes);
	for (size_t i = 0; i < p->n_groups; i++) {
		free(p->groups[i].name);
		fdr_plan_words_clear(&p->groups[i].nodes);
	}
	free(p->groups);
}

static void free_conds(struct fdr_plan_conds *c)
{
	for (size_t i = 0; i < c->n; i++)
		fdr_cond_clear(&c->v[i]);
	free(c->v);
}

static void free_safety(struct fdr_plan *p)
{
	for (size_t i = 0; i < p->safety.n_min_healthy; i++)
		free(p->safety.min_healthy[i].role);
	free(p->safety.min_healthy);
	fdr_plan_words_clear(&p->safety.never);
	for (size_t i = 0; i < p->safety.n_windows; i++)
		free(p->safety.windows[i].text);
	free(p->safety.windows);
	free_conds(&p->safety.stop_on);
	free_conds(&p->safety.require);
	free(p->safety.beacon);
	free(p->safety.module);
}

struct fdr_plan *fdr_plan_free(struct fdr_plan *p)
{
	if (!p)
		return NULL;
	free_nodes(p);
	free_parts(p->probes, p->n_probes);
	free_parts(p->workloads, p->n_workloads);
	fdr_plan_free_predicts(p);
	for (size_t i = 0; i < p->steady.n; i++)
		fdr_cond_clear(&p->steady.conds[i]);
	free(p->steady.conds);
	for (size_t i = 0; i < FDR_MILESTONE_COUNT; i++)
		fdr_cond_clear(&p->milestones[i]);
	fdr_gates_clear(p);
	fdr_usage_clear(p);
	fdr_graphs_clear(p);
	for (size_t i = 0; i < p->inject.n_steps; i++)
		fdr_plan_step_clear(&p->inject.steps[i]);
	free(p->inject.steps);
	free_safety(p);
	free(p->path);
	free(p->text);
	json_decref(p->included);
	free(p->api_version);
	free(p->name);
	free(p->description);
	free(p);
	return NULL;
}

static void declare_var(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			yaml_node_t *value, void *userdata)
{
	/* Variables are not made of variables: @b has none yet. */
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, key, value);

	if (text && fdr_bind_check_name(b, "variable", key, fdr_yaml_place(key_node)) &&
	    fdr_vars_add(userdata, key, text) < 0)
		b->errors->failed = true;
}

/* Variables first: every other section may use them. */
static void read_vars(struct fdr_bind *b, yaml_node_t *root, const char *const *sets,
		      size_t n_sets, struct fdr_vars *vars)
{
	if (root->type == YAML_MAPPING_NODE) {
		for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
		     p < root->data.mapping.pairs.top; p++) {
			yaml_node_t *key = fdr_bind_node(b, p->key);

			if (key->type == YAML_SCALAR_NODE &&
			    !strcmp((const char *)key->data.scalar.value, "vars")) {
				fdr_bind_each(b, "vars", fdr_bind_node(b, p->value), declare_var,
					      vars);
				break;
			}
		}
	}
	for (size_t i = 0; i < n_sets; i++)
		fdr_vars_override(vars, sets[i], b->errors);
}

static int bind_document(yaml_document_t *doc, const struct fdr_vocabulary *vocabulary,
			 const char *const *sets, size_t n_sets, struct fdr_plan *p,
			 struct fdr_plan_errors *errors)
{
	struct fdr_vars none = { 0 }, vars = { 0 };
	struct fdr_bind b = { .doc = doc, .vocabulary = vocabulary, .vars = &none,
			      .errors = errors };
	yaml_node_t *root = yaml_document_get_root_node(doc);

	if (!root) {
		fdr_plan_error(errors, (struct fdr_place){ 1, 1, 0 }, "the plan is empty");
		return -EINVAL;
	}
	read_vars(&b, root, sets, n_sets, &vars);
	b.vars = &vars;
	fdr_bind_table(&b, &fdr_plan_table, root, p);
	/* Nodes that are no mapping at all give no references to check. */
	if (root->type == YAML_MAPPING_NODE)
		fdr_plan_check(p, &b);
	fdr_vars_clear(&vars);
	return errors->failed ? -ENOMEM : errors->n ? -EINVAL : 0;
}

static int parse(const char *path, const char *text, size_t size, bool from_disk,
		 const json_t *kept, const struct fdr_vocabulary *vocabulary,
		 const char *const *sets, size_t n_sets, struct fdr_plan **ret,
		 struct fdr_plan_errors *errors)
{
	struct fdr_plan *p FDR_CLEANUP(fdr_plan_freep) = calloc(1, sizeof(*p));
	yaml_document_t doc;
	int r;

	if (!p)
		return -ENOMEM;
	p->path = strdup(path);
	p->text = strndup(text, size);
	if (!p->path || !p->text)
		return -ENOMEM;
	r = fdr_yaml_read(text, size, &doc, errors);
	if (r >= 0) {
		r = fdr_plan_include(&doc, p, from_disk, kept, errors);
		if (r >= 0)
			r = bind_document(&doc, vocabulary, sets, n_sets, p, errors);
		yaml_document_delete(&doc);
	}
	fdr_plan_errors_sort(errors);
	if (r < 0)
		return r;
	/* Nothing was wrong: nothing is left to be cleared. */
	fdr_plan_errors_clear(errors);
	*ret = FDR_TAKE_PTR(p);
	return 0;
}

int fdr_plan_parse_kept(const char *path, const char *text, size_t size, const json_t *kept,
			const struct fdr_vocabulary *vocabulary, const char *const *sets,
			size_t n_sets, struct fdr_plan **ret, struct fdr_plan_errors *errors)
{
	return parse(path, text, size, false, kept, vocabulary, sets, n_sets, ret, errors);
}

int fdr_plan_parse(const char *path, const char *text, size_t size,
		   const struct fdr_vocabulary *vocabulary, const char *const *sets,
		   size_t n_sets, struct fdr_plan **ret, struct fdr_plan_errors *errors)
{
	return parse(path, text, size, false, NULL, vocabulary, sets, n_sets, ret, errors);
}

int fdr_plan_load(const char *path, const struct fdr_vocabulary *vocabulary,
		  const char *const *sets, size_t n_sets, struct fdr_plan **ret,
		  struct fdr_plan_errors *errors)
{
	char *text FDR_CLEANUP_FREE = NULL;
	size_t size;
	int r;

	r = fdr_yaml_slurp(path, &text, &size, errors);
	if (r < 0)
		return r;
	return parse(path, text, size, true, NULL, vocabulary, sets, n_sets, ret, errors);
}

char *fdr_plan_whole_text(const struct fdr_plan *p)
{
	const json_t *item;
	char *out = NULL;
	size_t size, i;
	FILE *f = open_memstream(&out, &size);

	if (!f)
		return NULL;
	fputs(p->text, f);
	json_array_foreach(p->included, i, item)
		fprintf(f, "\n# ---- included: %s ----\n%s",
			json_string_value(json_object_get(item, "path")),
			json_string_value(json_object_get(item, "text")));
	if (!fclose(f))
		return out;
	free(out);
	return NULL;
}
