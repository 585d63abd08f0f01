// SPDX-License-Identifier: GPL-2.0-or-later
#include "kinds.h"

#include <errno.h>
#include <string.h>

static const struct fdr_opt_desc *find_desc(const struct fdr_kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->n_opts; i++)
		if (!strcmp(kind->opts[i].name, name))
			return &kind->opts[i];
	return NULL;
}

static void add(struct fdr_bind *b, struct fdr_opts *o, const char *name, const char *key,
		const char *text, struct fdr_place place)
{
	struct fdr_error e = { "" };
	int r = fdr_opts_add(o, name, key, text, place, &e);

	if (r == -ENOMEM)
		b->errors->failed = true;
	else if (r < 0)
		fdr_plan_error(b->errors, place, "%s", e.text);
}

struct option {
	struct fdr_opts *opts;
	const char *name;
};

static void add_map_entry(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			  yaml_node_t *value, void *userdata)
{
	struct option *o = userdata;
	char *text FDR_CLEANUP_FREE = fdr_bind_text(b, key, value);

	(void)key_node;
	if (text)
		add(b, o->opts, o->name, key, text, fdr_yaml_place(value));
}

/* [a, b] is another way to write "a,b" where commas join. */
static char *join_list(struct fdr_bind *b, const char *name, yaml_node_t *node)
{
	char *out = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&out, &size);
	bool good = true;

	if (!f) {
		b->errors->failed = true;
		return NULL;
	}
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top; i++) {
		char *text FDR_CLEANUP_FREE = fdr_bind_text(b, name, fdr_bind_node(b, *i));

		good = good && text;
		fprintf(f, "%s%s", i == node->data.sequence.items.start ? "" : ",",
			text ? text : "");
	}
	fclose(f);
	if (!good) {
		free(out);
		return NULL;
	}
	return out;
}

static void add_items(struct fdr_bind *b, struct fdr_opts *o, const char *name, yaml_node_t *list)
{
	if (list->data.sequence.items.start == list->data.sequence.items.top)
		fdr_plan_error(b->errors, fdr_yaml_place(list), "%s is empty", name);
	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++) {
		yaml_node_t *item = fdr_bind_node(b, *i);
		char *text FDR_CLEANUP_FREE = fdr_bind_text(b, name, item);

		if (text)
			add(b, o, name, NULL, text, fdr_yaml_place(item));
	}
}

static void bind_option(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			yaml_node_t *value, void *userdata)
{
	struct fdr_opts *o = userdata;
	const struct fdr_opt_desc *d = find_desc(o->kind, key);
	struct option option = { o, key };
	char *text FDR_CLEANUP_FREE = NULL;

	if (!d) {
		add(b, o, key, NULL, "", fdr_yaml_place(key_node));	/* says what there is */
		return;
	}
	if (d->type == FDR_OPT_MAP) {
		if (fdr_bind_each(b, key, value, add_map_entry, &option) &&
		    value->data.mapping.pairs.start == value->data.mapping.pairs.top)
			fdr_plan_error(b->errors, fdr_yaml_place(value), "%s is empty", key);
		return;
	}
	if (value->type == YAML_SEQUENCE_NODE && d->type == FDR_OPT_TARGETS) {
		add_items(b, o, key, value);
		return;
	}
	if (value->type == YAML_SEQUENCE_NODE &&
	    (d->type == FDR_OPT_CHOICES || d->type == FDR_OPT_CPULIST ||
	     d->type == FDR_OPT_LIST))
		text = join_list(b, key, value);
	else
		text = fdr_bind_text(b, key, value);
	if (text)
		add(b, o, key, NULL, text, fdr_yaml_place(value));
}

static bool has_key(struct fdr_bind *b, yaml_node_t *map, const char *name)
{
	if (map->type != YAML_MAPPING_NODE)
		return false;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *key = fdr_bind_node(b, p->key);

		if (key->type == YAML_SCALAR_NODE &&
		    !strcmp((const char *)key->data.scalar.value, name))
			return true;
	}
	return false;
}

/* @options may be a null scalar: a kind without options. */
static void bind_options(struct fdr_bind *b, yaml_node_t *options, struct fdr_place place,
			 struct fdr_opts *o)
{
	const struct fdr_kind *kind = o->kind;
	struct fdr_error e = { "" };
	bool missing = false;

	if (!fdr_bind_is_null(options) &&
	    !fdr_bind_each(b, kind->name, options, bind_option, o))
		return;
	for (size_t i = 0; i < kind->n_opts; i++) {
		if (!kind->opts[i].required || has_key(b, options, kind->opts[i].name))
			continue;
		fdr_plan_error(b->errors, place, "%s needs the option \"%s\" (%s)", kind->name,
			       kind->opts[i].name, kind->opts[i].summary);
		missing = true;
	}
	/* An option that was given and refused is no missing one. */
	if (!missing && fdr_opts_finish(o, &e) == -ENOMEM)
		b->errors->failed = true;
}

/* "soft-lockup cpus=1 task=yes", behind the name: what a variable can hold. */
static void bind_words(struct fdr_bind *b, char *words, struct fdr_place place,
		       struct fdr_opts *o)
{
	const struct fdr_kind *kind = o->kind;
	size_t before = b->errors->n;
	struct fdr_error e = { "" };
	char *rest = NULL;

	for (char *w = strtok_r(words, " \t", &rest); w; w = strtok_r(NULL, " \t", &rest)) {
		char *eq = strchr(w, '=');

		if (!eq || eq == w) {
			fdr_plan_error(b->errors, place, "%s: \"%.64s\" is no option: in one text "
				       "each is NAME=VALUE, without blanks", kind->name, w);
			return;
		}
		*eq = '\0';
		add(b, o, w, NULL, eq + 1, place);
	}
	for (size_t i = 0; b->errors->n == before && i < kind->n_opts; i++)
		if (kind->opts[i].required && !fdr_opts_given(o, kind->opts[i].name))
			fdr_plan_error(b->errors, place, "%s needs the option \"%s\" (%s)",
				       kind->name, kind->opts[i].name, kind->opts[i].summary);
	if (b->errors->n == before && fdr_opts_finish(o, &e) == -ENOMEM)
		b->errors->failed = true;
}

static bool find_kind(struct fdr_bind *b, const char *what, const char *name,
		      const struct fdr_kind *const *kinds, size_t n, struct fdr_place place,
		      size_t *ret)
{
	const char **names FDR_CLEANUP_FREE = calloc(n + 1, sizeof(*names));

	if (!names) {
		b->errors->failed = true;
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!strcmp(kinds[i]->name, name)) {
			*ret = i;
			return true;
		}
		names[i] = kinds[i]->name;
	}
	fdr_bind_unknown(b, place, what, name, names, n);
	return false;
}

static yaml_node_t empty_options(void)
{
	static unsigned char nothing[] = "";

	return (yaml_node_t){ .type = YAML_SCALAR_NODE,
			      .data.scalar = { .value = nothing, .length = 0,
					       .style = YAML_PLAIN_SCALAR_STYLE } };
}

bool fdr_bind_kind(struct fdr_bind *b, const char *what, const struct fdr_kind *const *kinds,
		   size_t n_kinds, yaml_node_t *node, struct fdr_opts *ret, size_t *ret_index,
		   struct fdr_place *ret_place)
{
	yaml_node_t nothing = empty_options(), *options = &nothing, *name = node;
	char *text FDR_CLEANUP_FREE = NULL, *words = NULL;
	size_t before = b->errors->n;

	if (node->type == YAML_MAPPING_NODE) {
		yaml_node_pair_t *p = node->data.mapping.pairs.start;

		if (node->data.mapping.pairs.top - p != 1) {
			fdr_plan_error(b->errors, fdr_yaml_place(node),
				       "give one %s here, as in \"%s: {...}\", not %td", what,
				       kinds[0]->name, node->data.mapping.pairs.top - p);
			return false;
		}
		name = fdr_bind_node(b, p->key);
		options = fdr_bind_node(b, p->value);
	}
	text = fdr_bind_text(b, what, name);
	*ret_place = fdr_yaml_place(name);
	/* In one text, or as a mapping, but not in both ways at once. */
	words = text && name == node ? strpbrk(text, " \t") : NULL;
	if (words)
		*words++ = '\0';
	if (!text || !find_kind(b, what, text, kinds, n_kinds, *ret_place, ret_index))
		return false;
	ret->kind = kinds[*ret_index];
	if (words)
		bind_words(b, words, *ret_place, ret);
	else
		bind_options(b, options, *ret_place, ret);
	return b->errors->n == before;
}

const struct fdr_kind **fdr_fault_kinds(const struct fdr_vocabulary *v)
{
	const struct fdr_kind **kinds = calloc(v->n_faults + 1, sizeof(*kinds));

	for (size_t i = 0; kinds && i < v->n_faults; i++)
		kinds[i] = &v->faults[i];
	return kinds;
}
