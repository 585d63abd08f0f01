// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections nodes and groups. */
#include "kinds.h"
#include "lists.h"
#include "sections.h"

#include <string.h>

/* What may stand beside a node's transport; no transport has such a name. */
static const char roles_key[] = "roles", subjects_key[] = "subjects", power_key[] = "power";

static char *copy_name(struct fdr_bind *b, const char *what, const char *name,
		       struct fdr_place place)
{
	char *copy;

	fdr_bind_check_name(b, what, name, place);
	copy = strdup(name);
	if (!copy)
		b->errors->failed = true;
	return copy;
}

static void bind_roles(struct fdr_bind *b, yaml_node_t *value, struct fdr_plan_node *node)
{
	size_t before = b->errors->n;

	fdr_bind_words(b, roles_key, value, &node->roles);
	if (b->errors->n > before)
		return;
	for (size_t i = 0; i < node->roles.n; i++)
		fdr_bind_check_name(b, "role", node->roles.v[i].text, node->roles.v[i].place);
}

static void bind_subject(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			 yaml_node_t *value, void *userdata)
{
	struct fdr_plan_node *node = userdata;
	char *text = fdr_bind_text(b, subjects_key, value);
	void *v = node->subjects;
	struct fdr_plan_pair *pair;

	if (!text)
		return;
	pair = fdr_bind_grow(&v, &node->n_subjects, sizeof(*pair), b->errors);
	node->subjects = v;
	if (!pair) {
		free(text);
		return;
	}
	*pair = (struct fdr_plan_pair){ strdup(key), text, fdr_yaml_place(key_node) };
	if (!pair->key)
		b->errors->failed = true;
}

static void bind_power(struct fdr_bind *b, yaml_node_t *value, struct fdr_plan_node *node)
{
	const struct fdr_vocabulary *words = b->vocabulary;
	struct fdr_place at;
	size_t i;

	fdr_bind_kind(b, "power driver", words->powers, words->n_powers, value, &node->power, &i,
		      &at);
}

static bool is_key(const yaml_node_t *node, const char *word)
{
	return node->type == YAML_SCALAR_NODE &&
	       !strcmp((const char *)node->data.scalar.value, word);
}

/* The mapping without what stands beside the transport; the pairs are in @pairs. */
static yaml_node_t transport_of(struct fdr_bind *b, yaml_node_t *value, yaml_node_pair_t *pairs,
				struct fdr_plan_node *node)
{
	yaml_node_t rest = *value;
	size_t n = 0;

	for (yaml_node_pair_t *p = value->data.mapping.pairs.start;
	     p < value->data.mapping.pairs.top; p++) {
		yaml_node_t *key = fdr_bind_node(b, p->key), *to = fdr_bind_node(b, p->value);

		if (is_key(key, roles_key) && !node->roles.n)
			bind_roles(b, to, node);
		else if (is_key(key, subjects_key) && !node->n_subjects)
			fdr_bind_each(b, subjects_key, to, bind_subject, node);
		else if (is_key(key, power_key) && !node->power.kind && b->vocabulary->n_powers)
			bind_power(b, to, node);
		else
			pairs[n++] = *p;
	}
	rest.data.mapping.pairs.start = pairs;
	rest.data.mapping.pairs.top = pairs + n;
	return rest;
}

static void bind_transport(struct fdr_bind *b, yaml_node_t *value, struct fdr_plan_node *node)
{
	const struct fdr_vocabulary *words = b->vocabulary;
	yaml_node_pair_t *pairs FDR_CLEANUP_FREE = NULL;
	yaml_node_t rest;
	struct fdr_place at;
	size_t i;

	if (value->type != YAML_MAPPING_NODE) {
		fdr_bind_kind(b, "transport", words->transports, words->n_transports, value,
			      &node->transport, &i, &at);
		return;
	}
	pairs = calloc((size_t)(value->data.mapping.pairs.top -
				value->data.mapping.pairs.start) + 1, sizeof(*pairs));
	if (!pairs) {
		b->errors->failed = true;
		return;
	}
	rest = transport_of(b, value, pairs, node);
	fdr_bind_kind(b, "transport", words->transports, words->n_transports, &rest,
		      &node->transport, &i, &at);
}

static void bind_node(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		      yaml_node_t *value, void *userdata)
{
	struct fdr_plan *p = userdata;
	void *v = p->nodes;
	struct fdr_plan_node *node = fdr_bind_grow(&v, &p->n_nodes, sizeof(*node), b->errors);

	p->nodes = v;
	if (!node)
		return;
	node->place = fdr_yaml_place(key_node);
	node->name = copy_name(b, "node", key, node->place);
	bind_transport(b, value, node);
}

void fdr_bind_nodes(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "nodes", value, bind_node, target);
}

static void bind_group(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		       yaml_node_t *value, void *userdata)
{
	struct fdr_plan *p = userdata;
	void *v = p->groups;
	struct fdr_plan_group *group = fdr_bind_grow(&v, &p->n_groups, sizeof(*group), b->errors);

	p->groups = v;
	if (!group)
		return;
	group->place = fdr_yaml_place(key_node);
	group->name = copy_name(b, "group", key, group->place);
	fdr_bind_words(b, key, value, &group->nodes);
}

void fdr_bind_groups(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "groups", value, bind_group, target);
}
