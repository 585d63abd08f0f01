// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign's sections that are mappings of names and lists of them. */
#include "campaign-matrix.h"

#include <string.h>

/* They are in the name of each combination, of which there may be many. */
#define VALUE_MAX	1000

void fdr_pairs_clear(struct fdr_pairs *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->v[i].name);
		free(p->v[i].value);
	}
	free(p->v);
	*p = (struct fdr_pairs){ 0 };
}

const struct fdr_pair *fdr_pairs_find(const struct fdr_pairs *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->v[i].name, name))
			return &p->v[i];
	return NULL;
}

/* @name and @value are copied; @name may be NULL. */
static void add_pair(struct fdr_bind *b, struct fdr_pair **v, size_t *n, const char *name,
		     const char *value, struct fdr_place place)
{
	char *name_copy FDR_CLEANUP_FREE = name ? strdup(name) : NULL;
	char *value_copy FDR_CLEANUP_FREE = strdup(value);
	struct fdr_pair *more = reallocarray(*v, *n + 1, sizeof(*more));

	if (strlen(value) > VALUE_MAX)
		fdr_plan_error(b->errors, place, "a value of more than %d characters", VALUE_MAX);
	if (more)
		*v = more;
	if (!more || !value_copy || (name && !name_copy)) {
		b->errors->failed = true;
		return;
	}
	more[(*n)++] = (struct fdr_pair){ FDR_TAKE_PTR(name_copy), FDR_TAKE_PTR(value_copy),
					  place };
}

static void bind_pair(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		      yaml_node_t *value, void *userdata)
{
	struct fdr_pairs *p = userdata;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, key, value);

	if (text && fdr_bind_check_name(b, "variable", key, fdr_yaml_place(key_node)))
		add_pair(b, &p->v, &p->n, key, text, fdr_yaml_place(value));
}

static void bind_pairs(struct fdr_bind *b, const char *what, yaml_node_t *value,
		       struct fdr_pairs *p)
{
	p->place = fdr_yaml_place(value);
	if (fdr_bind_each(b, what, value, bind_pair, p) &&
	    value->data.mapping.pairs.start == value->data.mapping.pairs.top)
		fdr_plan_error(b->errors, p->place, "%s is empty", what);
}

void fdr_bind_campaign_vars(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_campaign *c = target;

	bind_pairs(b, "vars", value, &c->vars);
	for (size_t i = 0; i < c->vars.n; i++)
		if (!strcmp(c->vars.v[i].name, "plan"))
			fdr_plan_error(b->errors, c->vars.v[i].place, "\"plan\" names the plan of a "
				       "combination, and cannot be a variable");
}

void fdr_bind_campaign_plans(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_campaign *c = target;

	bind_pairs(b, "plans", value, &c->plans);
}

static void bind_axis(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		      yaml_node_t *value, void *userdata)
{
	struct fdr_campaign *c = userdata;
	struct fdr_campaign_axis *more, axis = { .place = fdr_yaml_place(key_node) };

	if (!fdr_bind_check_name(b, "variable", key, axis.place))
		return;
	if (value->type != YAML_SEQUENCE_NODE ||
	    value->data.sequence.items.start == value->data.sequence.items.top) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "%s: a list of one or more values "
			       "is wanted, as in [node1, node2]", key);
		return;
	}
	more = reallocarray(c->axes, c->n_axes + 1, sizeof(*more));
	axis.name = strdup(key);
	if (more)
		c->axes = more;
	if (!more || !axis.name) {
		free(axis.name);
		b->errors->failed = true;
		return;
	}
	for (yaml_node_item_t *i = value->data.sequence.items.start;
	     i < value->data.sequence.items.top; i++) {
		yaml_node_t *item = fdr_bind_node(b, *i);
		char *text FDR_CLEANUP_FREE = fdr_bind_text(b, key, item);

		for (size_t j = 0; text && j < axis.n; j++)
			if (!strcmp(axis.v[j].value, text))
				fdr_plan_error(b->errors, fdr_yaml_place(item),
					       "%s: \"%.64s\" is there twice", key, text);
		if (text)
			add_pair(b, &axis.v, &axis.n, NULL, text, fdr_yaml_place(item));
	}
	more[c->n_axes++] = axis;
}

void fdr_bind_campaign_matrix(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "matrix", value, bind_axis, target);
}

static void bind_list(struct fdr_bind *b, const char *what, yaml_node_t *value,
		      struct fdr_pairs **v, size_t *n)
{
	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "%s: a list of combinations is "
			       "wanted, as in [{node: node1}], not %s", what, fdr_bind_shape(value));
		return;
	}
	for (yaml_node_item_t *i = value->data.sequence.items.start;
	     i < value->data.sequence.items.top; i++) {
		struct fdr_pairs *more = reallocarray(*v, *n + 1, sizeof(*more));

		if (!more) {
			b->errors->failed = true;
			return;
		}
		*v = more;
		more[*n] = (struct fdr_pairs){ 0 };
		bind_pairs(b, what, fdr_bind_node(b, *i), &more[(*n)++]);
	}
}

void fdr_bind_campaign_exclude(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_campaign *c = target;

	bind_list(b, "exclude", value, &c->exclude, &c->n_exclude);
}

void fdr_bind_campaign_include(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_campaign *c = target;

	bind_list(b, "include", value, &c->include, &c->n_include);
}
