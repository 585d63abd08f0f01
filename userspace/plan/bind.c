// SPDX-License-Identifier: GPL-2.0-or-later
#include "bind.h"

#include <ctype.h>
#include <string.h>

#include "base/opts-value.h"

yaml_node_t *fdr_bind_node(struct fdr_bind *b, int id)
{
	return yaml_document_get_node(b->doc, id);
}

bool fdr_bind_is_null(const yaml_node_t *node)
{
	const char *v = (const char *)node->data.scalar.value;

	return node->type == YAML_SCALAR_NODE &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	       (!*v || !strcmp(v, "~") || !strcmp(v, "null"));
}

const char *fdr_bind_shape(const yaml_node_t *node)
{
	switch (node->type) {
	case YAML_MAPPING_NODE:
		return "a mapping";
	case YAML_SEQUENCE_NODE:
		return "a list";
	default:
		return fdr_bind_is_null(node) ? "nothing" : "a single value";
	}
}

char *fdr_bind_text(struct fdr_bind *b, const char *what, yaml_node_t *node)
{
	struct fdr_place place = fdr_yaml_place(node);

	if (node->type != YAML_SCALAR_NODE || fdr_bind_is_null(node)) {
		fdr_plan_error(b->errors, place, "%s: a single value is wanted, not %s", what,
			       fdr_bind_shape(node));
		return NULL;
	}
	if (strlen((const char *)node->data.scalar.value) != node->data.scalar.length) {
		fdr_plan_error(b->errors, place, "%s: a NUL character is not allowed", what);
		return NULL;
	}
	return fdr_vars_expand(b->vars, (const char *)node->data.scalar.value, place, b->errors);
}

static void put_words(FILE *f, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%s%s", !i ? "" : i + 1 < n ? ", " : " or ", words[i]);
}

void fdr_bind_unknown(struct fdr_bind *b, struct fdr_place place, const char *what,
		      const char *word, const char *const *words, size_t n)
{
	const char *near = fdr_nearest(word, words, n);
	char *list FDR_CLEANUP_FREE = NULL;
	size_t size;
	FILE *f;

	if (near) {
		fdr_plan_error(b->errors, place, "unknown %s \"%.64s\": did you mean \"%s\"?",
			       what, word, near);
		return;
	}
	if (!n) {
		fdr_plan_error(b->errors, place, "unknown %s \"%.64s\": there are none", what, word);
		return;
	}
	f = open_memstream(&list, &size);
	if (!f) {
		b->errors->failed = true;
		return;
	}
	put_words(f, words, n);
	fclose(f);
	fdr_plan_error(b->errors, place, "unknown %s \"%.64s\": it can be %s", what, word, list);
}

bool fdr_bind_check_name(struct fdr_bind *b, const char *what, const char *name,
			 struct fdr_place place)
{
	size_t n = strlen(name);
	bool good = n > 0 && n < 64;

	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)name[i]) && !strchr("_.-", name[i]))
			good = false;
	if (!good)
		fdr_plan_error(b->errors, place, "\"%.64s\" cannot be the name of a %s: use up to 63 "
			       "letters, digits, \"_\", \".\" and \"-\"", name, what);
	return good;
}

static void given_twice(struct fdr_bind *b, const char *what, const yaml_node_t *key,
			const yaml_node_t *before)
{
	struct fdr_place at = fdr_yaml_place(key), first = fdr_yaml_place(before);
	const char *word = (const char *)key->data.scalar.value;

	if (first.file == at.file || first.file >= b->errors->n_files)
		fdr_plan_error(b->errors, at, "\"%.64s\" is given twice in %s, first in line %u", word,
			       what, first.line);
	else
		fdr_plan_error(b->errors, at, "\"%.64s\" is given twice in %s, first in %.200s:%u",
			       word, what, b->errors->files[first.file], first.line);
}

/* The earlier pair with the same key, or NULL. */
static yaml_node_t *same_key_before(struct fdr_bind *b, yaml_node_t *map, yaml_node_pair_t *pair)
{
	yaml_node_t *key = fdr_bind_node(b, pair->key);

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
		yaml_node_t *other = fdr_bind_node(b, p->key);

		if (other->type == YAML_SCALAR_NODE &&
		    !strcmp((const char *)other->data.scalar.value,
			    (const char *)key->data.scalar.value))
			return other;
	}
	return NULL;
}

bool fdr_bind_each(struct fdr_bind *b, const char *what, yaml_node_t *node,
		   void (*cb)(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			      yaml_node_t *value, void *userdata), void *userdata)
{
	if (node->type != YAML_MAPPING_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(node), "%s: a mapping is wanted, not %s",
			       what, fdr_bind_shape(node));
		return false;
	}
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top; p++) {
		yaml_node_t *key = fdr_bind_node(b, p->key), *before;

		if (key->type != YAML_SCALAR_NODE) {
			fdr_plan_error(b->errors, fdr_yaml_place(key),
				       "%s: a key must be a single word, not %s", what,
				       fdr_bind_shape(key));
			continue;
		}
		before = same_key_before(b, node, p);
		if (before) {
			given_twice(b, what, key, before);
			continue;
		}
		cb(b, (const char *)key->data.scalar.value, key, fdr_bind_node(b, p->value),
		   userdata);
	}
	return true;
}

static void bind_scalar(struct fdr_bind *b, const struct fdr_row *row, const char *text,
			struct fdr_place place, void *target)
{
	struct fdr_error e = { "" };
	uint64_t num = 0;
	char *copy;

	if (fdr_opt_value(&row->desc, text, &num, &e) < 0) {
		fdr_plan_error(b->errors, place, "%s", e.text);
		return;
	}
	switch (row->into) {
	case FDR_INTO_NUM:
		*(uint64_t *)target = num;
		break;
	case FDR_INTO_BOOL:
		*(bool *)target = num;
		break;
	default:
		copy = strdup(text);
		if (!copy) {
			b->errors->failed = true;
			return;
		}
		free(*(char **)target);
		*(char **)target = copy;
		break;
	}
}

static void bind_defaults(struct fdr_bind *b, const struct fdr_table *table, void *base)
{
	for (size_t i = 0; i < table->n; i++) {
		const struct fdr_row *row = &table->rows[i];
		void *target = (char *)base + row->at;

		if (row->into == FDR_INTO_TABLE)
			bind_defaults(b, row->table, target);
		else if (row->desc.def)
			bind_scalar(b, row, row->desc.def, (struct fdr_place){ 0 }, target);
	}
}

struct table_state {
	const struct fdr_table *table;
	uint64_t seen;			/* one bit a row */
	void *base;
};

static void unknown_key(struct fdr_bind *b, const struct fdr_table *table, const char *key,
			struct fdr_place place)
{
	const char *names[64];
	char what[96];

	for (size_t i = 0; i < table->n; i++)
		names[i] = table->rows[i].desc.name;
	snprintf(what, sizeof(what), "key in %s,", table->what);
	fdr_bind_unknown(b, place, what, key, names, table->n);
}

static void bind_key(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		     yaml_node_t *value, void *userdata)
{
	struct table_state *s = userdata;
	const struct fdr_row *row = NULL;
	char *text FDR_CLEANUP_FREE = NULL;
	void *target;

	for (size_t i = 0; i < s->table->n && !row; i++) {
		if (!strcmp(s->table->rows[i].desc.name, key)) {
			row = &s->table->rows[i];
			s->seen |= UINT64_C(1) << i;
		}
	}
	if (!row) {
		unknown_key(b, s->table, key, fdr_yaml_place(key_node));
		return;
	}
	target = (char *)s->base + row->at;
	if (row->place_at)
		*(struct fdr_place *)((char *)s->base + row->place_at) = fdr_yaml_place(value);
	if (row->into == FDR_INTO_CUSTOM) {
		row->bind(b, value, target);
	} else if (row->into == FDR_INTO_TABLE) {
		fdr_bind_table(b, row->table, value, target);
	} else {
		text = fdr_bind_text(b, key, value);
		if (text)
			bind_scalar(b, row, text, fdr_yaml_place(value), target);
	}
}

void fdr_bind_table(struct fdr_bind *b, const struct fdr_table *table, yaml_node_t *node,
		    void *base)
{
	struct table_state s = { .table = table, .base = base };

	bind_defaults(b, table, base);
	if (!node)
		return;
	if (table->place_at)
		*(struct fdr_place *)((char *)base + table->place_at) = fdr_yaml_place(node);
	if (!fdr_bind_each(b, table->what, node, bind_key, &s))
		return;
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].desc.required && !(s.seen & (UINT64_C(1) << i)))
			fdr_plan_error(b->errors, fdr_yaml_place(node), "%s needs \"%s\" (%s)",
				       table->what, table->rows[i].desc.name,
				       table->rows[i].desc.summary);
}
