// SPDX-License-Identifier: GPL-2.0-or-later
#include "cond.h"

#include <errno.h>
#include <string.h>

static const char *const op_names[] = {
	[FDR_COND_ALL] = "all", [FDR_COND_ANY] = "any", [FDR_COND_NOT] = "not",
};

void fdr_cond_clear(struct fdr_plan_cond *c)
{
	for (size_t i = 0; i < c->n_parts; i++)
		fdr_cond_clear(&c->parts[i]);
	for (size_t i = 0; i < c->n_states; i++)
		free(c->states[i]);
	free(c->parts);
	free(c->states);
	free(c->probe);
	free(c->subject);
	free(c->state);
	free(c->workload);
	*c = (struct fdr_plan_cond){ 0 };
}

bool fdr_cond_names(const struct fdr_plan_cond *leaf, const char *state)
{
	for (size_t i = 0; i < leaf->n_states; i++)
		if (!strcmp(leaf->states[i], state))
			return true;
	return false;
}

int fdr_cond_each(const struct fdr_plan_cond *c,
		  int (*cb)(void *userdata, const struct fdr_plan_cond *leaf), void *userdata)
{
	int r = 0;

	if (!fdr_cond_given(c))
		return 0;
	if (c->op == FDR_COND_LEAF)
		return cb(userdata, c);
	for (size_t i = 0; !r && i < c->n_parts; i++)
		r = fdr_cond_each(&c->parts[i], cb, userdata);
	return r;
}

struct search {
	bool workload;
	const struct fdr_plan_cond *found;
};

static int is_it(void *userdata, const struct fdr_plan_cond *leaf)
{
	struct search *s = userdata;

	if (!(s->workload ? leaf->workload : leaf->probe))
		return 0;
	s->found = leaf;
	return 1;
}

const struct fdr_plan_cond *fdr_cond_first(const struct fdr_plan_cond *c, bool workload)
{
	struct search s = { workload, NULL };

	fdr_cond_each(c, is_it, &s);
	return s.found;
}

static void print_leaf(FILE *f, const struct fdr_plan_cond *c)
{
	if (c->workload) {
		fprintf(f, "all requests of %s succeed", c->workload);
		return;
	}
	fprintf(f, "%s says %s%s", c->probe, c->subject ? c->subject : "",
		c->subject && *c->subject ? " is " : "");
	for (size_t i = 0; i < c->n_states; i++)
		fprintf(f, "%s%s", i ? " or " : "", c->states[i]);
}

void fdr_cond_print(FILE *f, const struct fdr_plan_cond *c)
{
	if (c->op == FDR_COND_LEAF) {
		print_leaf(f, c);
		return;
	}
	fputs(c->op == FDR_COND_NOT ? "not (" : "(", f);
	for (size_t i = 0; i < c->n_parts; i++) {
		if (i)
			fputs(c->op == FDR_COND_ALL ? ", and " : ", or ", f);
		fdr_cond_print(f, &c->parts[i]);
	}
	fputc(')', f);
}

static json_t *leaf_json(const struct fdr_plan_cond *c)
{
	json_t *j = json_object(), *states;

	if (c->probe)
		json_object_set_new(j, "probe", json_string(c->probe));
	if (c->subject)
		json_object_set_new(j, "subject", json_string(c->subject));
	if (c->workload)
		json_object_set_new(j, "workload", json_string(c->workload));
	if (c->n_states == 1)
		json_object_set_new(j, "state", json_string(c->states[0]));
	if (c->n_states < 2)
		return j;
	states = json_array();
	for (size_t i = 0; i < c->n_states; i++)
		json_array_append_new(states, json_string(c->states[i]));
	json_object_set_new(j, "states", states);
	return j;
}

json_t *fdr_cond_to_json(const struct fdr_plan_cond *c)
{
	json_t *parts;

	if (c->op == FDR_COND_LEAF)
		return leaf_json(c);
	if (c->op == FDR_COND_NOT)
		return json_pack("{s:o}", "not", fdr_cond_to_json(c->parts));
	parts = json_array();
	for (size_t i = 0; i < c->n_parts; i++)
		json_array_append_new(parts, fdr_cond_to_json(&c->parts[i]));
	return json_pack("{s:o}", op_names[c->op], parts);
}

static int copy_text(const json_t *j, const char *key, char **ret)
{
	const char *text = json_string_value(json_object_get(j, key));

	*ret = text ? strdup(text) : NULL;
	return text && !*ret ? -ENOMEM : 0;
}

static int read_states(const json_t *j, struct fdr_plan_cond *c)
{
	const json_t *list = json_object_get(j, "states");
	size_t n = c->state ? 1 : json_array_size(list);

	c->states = calloc(n + 1, sizeof(*c->states));
	if (!c->states)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		const char *word = c->state ? c->state :
				   json_string_value(json_array_get(list, i));

		if (!word)
			return -EBADMSG;
		c->states[i] = strdup(word);
		if (!c->states[i])
			return -ENOMEM;
		c->n_states++;
	}
	return 0;
}

static int read_leaf(const json_t *j, struct fdr_plan_cond *c)
{
	int r = copy_text(j, "probe", &c->probe);

	if (r >= 0)
		r = copy_text(j, "subject", &c->subject);
	if (r >= 0)
		r = copy_text(j, "state", &c->state);
	if (r >= 0)
		r = copy_text(j, "workload", &c->workload);
	if (r >= 0 && c->probe)
		r = read_states(j, c);
	if (r >= 0 && ((c->probe && !c->n_states) || (!c->probe && !c->workload)))
		return -EBADMSG;
	return r;
}

static int read_cond(const json_t *j, unsigned int depth, struct fdr_plan_cond *c)
{
	const json_t *parts = NULL;
	int r = 0;

	c->depth = depth;
	for (int op = FDR_COND_ALL; !parts && op <= FDR_COND_NOT; op++) {
		parts = json_object_get(j, op_names[op]);
		if (parts)
			c->op = (enum fdr_cond_op)op;
	}
	if (!parts)
		return json_is_object(j) ? read_leaf(j, c) : -EBADMSG;
	c->n_parts = c->op == FDR_COND_NOT ? 1 : json_array_size(parts);
	if (!c->n_parts || depth > FDR_COND_DEPTH_MAX) {
		c->n_parts = 0;
		return -EBADMSG;
	}
	c->parts = calloc(c->n_parts, sizeof(*c->parts));
	if (!c->parts) {
		c->n_parts = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; r >= 0 && i < c->n_parts; i++)
		r = read_cond(c->op == FDR_COND_NOT ? parts : json_array_get(parts, i), depth + 1,
			      &c->parts[i]);
	return r;
}

int fdr_cond_from_json(const json_t *j, struct fdr_plan_cond *ret)
{
	int r;

	*ret = (struct fdr_plan_cond){ 0 };
	if (!json_is_object(j))
		return 0;
	r = read_cond(j, 0, ret);
	if (r < 0)
		fdr_cond_clear(ret);
	return r;
}
