// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of words, and of what else comes in lists. */
#include "lists.h"

#include <string.h>

#include "sections.h"

#define ITEMS_MAX	256

void *fdr_bind_grow(void **v, size_t *n, size_t size, struct fdr_plan_errors *errors)
{
	void *more = reallocarray(*v, *n + 1, size);
	void *last;

	if (!more) {
		errors->failed = true;
		return NULL;
	}
	*v = more;
	last = (char *)more + (*n)++ * size;
	memset(last, 0, size);
	return last;
}

bool fdr_bind_items(struct fdr_bind *b, const char *what, yaml_node_t *value, size_t max,
		    void (*cb)(struct fdr_bind *b, yaml_node_t *item, void *userdata),
		    void *userdata)
{
	struct fdr_place place = fdr_yaml_place(value);
	size_t n;

	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, place, "%s: a list is wanted, not %s", what,
			       fdr_bind_shape(value));
		return false;
	}
	n = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
	if (!n || n > max) {
		if (n)
			fdr_plan_error(b->errors, place, "%s: more than %zu in a list", what, max);
		else
			fdr_plan_error(b->errors, place, "%s: the list is empty", what);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		cb(b, fdr_bind_node(b, value->data.sequence.items.start[i]), userdata);
	return true;
}

struct words {
	const char *what;
	struct fdr_plan_words *to;
};

static void bind_word(struct fdr_bind *b, yaml_node_t *item, void *userdata)
{
	struct words *w = userdata;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, w->what, item);
	void *v = w->to->v;
	struct fdr_plan_word *word;

	if (!text)
		return;
	for (size_t i = 0; i < w->to->n; i++) {
		if (strcmp(w->to->v[i].text, text))
			continue;
		fdr_plan_error(b->errors, fdr_yaml_place(item), "%s: \"%.64s\" is given twice",
			       w->what, text);
		return;
	}
	word = fdr_bind_grow(&v, &w->to->n, sizeof(*word), b->errors);
	w->to->v = v;
	if (word)
		*word = (struct fdr_plan_word){ FDR_TAKE_PTR(text), fdr_yaml_place(item) };
}

void fdr_bind_words(struct fdr_bind *b, const char *what, yaml_node_t *value,
		    struct fdr_plan_words *ret)
{
	struct words w = { what, ret };

	fdr_bind_items(b, what, value, ITEMS_MAX, bind_word, &w);
}

static void bind_cond(struct fdr_bind *b, yaml_node_t *item, void *userdata)
{
	struct fdr_plan_conds *to = userdata;
	void *v = to->v;
	struct fdr_plan_cond *c = fdr_bind_grow(&v, &to->n, sizeof(*c), b->errors);

	to->v = v;
	if (c)
		fdr_bind_cond(b, item, c);
}

void fdr_bind_cond_list(struct fdr_bind *b, const char *what, yaml_node_t *value,
			struct fdr_plan_conds *ret)
{
	fdr_bind_items(b, what, value, ITEMS_MAX, bind_cond, ret);
}

void fdr_plan_words_clear(struct fdr_plan_words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->v[i].text);
	free(w->v);
	*w = (struct fdr_plan_words){ 0 };
}
