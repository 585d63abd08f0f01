// SPDX-License-Identifier: GPL-2.0-or-later
/* Plans made of several files. */
#include "include.h"

#include <errno.h>
#include <string.h>

#define API_VERSION	"faultdrill/v1"

struct merge {
	yaml_document_t *doc;		/* the plan's own, which takes everything in */
	struct fdr_plan *plan;
	bool from_disk;
	const json_t *kept;
	struct fdr_plan_errors *errors;
};

/* A file whose include: list is being followed. */
struct file {
	const char *path;
	unsigned int number, depth;
	const struct file *by;		/* the one that includes it */
};

static yaml_node_t *node_of(yaml_document_t *doc, int id)
{
	return yaml_document_get_node(doc, id);
}

static bool is_word(const yaml_node_t *n, const char *word)
{
	return n->type == YAML_SCALAR_NODE && !strcmp((const char *)n->data.scalar.value, word);
}

/* The id of a mapping's value, 0: it has no such key. */
static int value_of(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++)
		if (is_word(node_of(doc, p->key), key))
			return p->value;
	return 0;
}

static int copy_node(yaml_document_t *to, yaml_document_t *from, int id);

static bool copy_items(yaml_document_t *to, int made, yaml_document_t *from, yaml_node_t *n)
{
	for (yaml_node_item_t *i = n->data.sequence.items.start;
	     i < n->data.sequence.items.top; i++) {
		int item = copy_node(to, from, *i);

		if (!item || !yaml_document_append_sequence_item(to, made, item))
			return false;
	}
	return true;
}

static bool copy_pair(yaml_document_t *to, int map, yaml_document_t *from,
		      const yaml_node_pair_t *pair)
{
	int key = copy_node(to, from, pair->key), value = key ? copy_node(to, from, pair->value) : 0;

	return value && yaml_document_append_mapping_pair(to, map, key, value);
}

/* The new node's id, which keeps its place; 0: no memory. */
static int copy_node(yaml_document_t *to, yaml_document_t *from, int id)
{
	yaml_node_t *n = node_of(from, id);
	bool good = true;
	int made;

	if (n->type == YAML_SCALAR_NODE)
		made = yaml_document_add_scalar(to, n->tag, n->data.scalar.value,
						(int)n->data.scalar.length, n->data.scalar.style);
	else if (n->type == YAML_SEQUENCE_NODE)
		made = yaml_document_add_sequence(to, n->tag, n->data.sequence.style);
	else
		made = yaml_document_add_mapping(to, n->tag, n->data.mapping.style);
	if (!made)
		return 0;
	node_of(to, made)->start_mark = n->start_mark;
	if (n->type == YAML_SEQUENCE_NODE)
		good = copy_items(to, made, from, n);
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start;
	     good && n->type == YAML_MAPPING_NODE && p < n->data.mapping.pairs.top; p++)
		good = copy_pair(to, made, from, p);
	return good ? made : 0;
}

/*
 * A section that both have becomes one; anything given twice stays there twice, and is
 * reported with both places when the sections are read.
 */
static int merge_section(struct merge *m, yaml_document_t *from, const yaml_node_pair_t *pair)
{
	yaml_node_t *root = yaml_document_get_root_node(m->doc), *value = node_of(from, pair->value);
	int root_id = (int)(root - m->doc->nodes.start) + 1;
	yaml_node_t *key = node_of(from, pair->key);
	int mine = key->type != YAML_SCALAR_NODE ? 0 :
		   value_of(m->doc, root, (const char *)key->data.scalar.value);

	if (!mine || node_of(m->doc, mine)->type != YAML_MAPPING_NODE ||
	    value->type != YAML_MAPPING_NODE)
		return copy_pair(m->doc, root_id, from, pair) ? 0 : -ENOMEM;
	for (yaml_node_pair_t *p = value->data.mapping.pairs.start;
	     p < value->data.mapping.pairs.top; p++)
		if (!copy_pair(m->doc, mine, from, p))
			return -ENOMEM;
	return 0;
}

static int merge_document(struct merge *m, yaml_document_t *from)
{
	yaml_node_t *root = yaml_document_get_root_node(from);
	int r = 0;

	for (yaml_node_pair_t *p = root->data.mapping.pairs.start;
	     r >= 0 && p < root->data.mapping.pairs.top; p++)
		if (!is_word(node_of(from, p->key), "include") &&
		    !is_word(node_of(from, p->key), "apiVersion"))
			r = merge_section(m, from, p);
	return r;
}

/* @name beside @by, "." and ".." taken out where that can be done by the text alone. */
static char *beside(const char *by, const char *name)
{
	const char *slash = strrchr(by, '/');
	char *path, *out, *save = NULL;
	size_t n = 0;

	if (asprintf(&path, "%.*s%s", slash ? (int)(slash - by) + 1 : 0, by, name) < 0)
		return NULL;
	out = calloc(strlen(path) + 2, 1);
	if (out && *path == '/')
		out[n++] = '/';
	for (char *w = out ? strtok_r(path, "/", &save) : NULL; w; w = strtok_r(NULL, "/", &save)) {
		char *last = strrchr(out, '/');
		const char *word = last ? last + 1 : out;

		if (!strcmp(w, "."))
			continue;
		if (!strcmp(w, "..") && *word && strcmp(word, "..")) {
			n = last && last != out ? (size_t)(last - out) : last ? 1 : 0;
			out[n] = '\0';
			continue;
		}
		n += (size_t)sprintf(out + n, "%s%s", n && out[n - 1] != '/' ? "/" : "", w);
	}
	free(path);
	return out;
}

static const char *kept_text(const json_t *kept, const char *path)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)kept, i, item) {
		const char *name = json_string_value(json_object_get(item, "path"));

		if (name && !strcmp(name, path))
			return json_string_value(json_object_get(item, "text"));
	}
	return NULL;
}

/* Whatever was reported of a file that was being read stands in that file. */
static void set_file(struct fdr_plan_errors *errors, size_t from, unsigned int number)
{
	for (size_t i = from; i < errors->n; i++)
		errors->v[i].place.file = number;
}

static int get_text(struct merge *m, const char *path, struct fdr_place at, unsigned int number,
		    char **ret, size_t *ret_size)
{
	const char *kept = kept_text(m->kept, path);
	size_t before = m->errors->n;
	int r;

	if (!m->from_disk && !kept) {
		fdr_plan_error(m->errors, at, "include: the run does not hold \"%.200s\"", path);
		return -EINVAL;
	}
	if (kept) {
		*ret = strdup(kept);
		*ret_size = strlen(kept);
		return *ret ? 0 : -ENOMEM;
	}
	r = fdr_yaml_slurp(path, ret, ret_size, m->errors);
	set_file(m->errors, before, number);
	if (r < 0 && r != -EINVAL && r != -ENOMEM) {
		fdr_plan_error(m->errors, at, "include: cannot read %.200s: %s", path, strerror(-r));
		return -EINVAL;
	}
	return r;
}

/* Each file says what it is. */
static void check_form(struct merge *m, yaml_document_t *doc, unsigned int number)
{
	yaml_node_t *root = yaml_document_get_root_node(doc);
	struct fdr_place top = { 1, 1, number };
	int version;

	if (!root || root->type != YAML_MAPPING_NODE) {
		fdr_plan_error(m->errors, root ? fdr_yaml_place(root) : top,
			       "a file that a plan includes is a mapping of sections");
		return;
	}
	version = value_of(doc, root, "apiVersion");
	if (!version)
		fdr_plan_error(m->errors, fdr_yaml_place(root), "the file needs \"apiVersion: "
			       API_VERSION "\", as each file of a plan does");
	else if (!is_word(node_of(doc, version), API_VERSION))
		fdr_plan_error(m->errors, fdr_yaml_place(node_of(doc, version)),
			       "apiVersion: it must be " API_VERSION);
}

static int follow(struct merge *m, yaml_document_t *doc, const struct file *file);

static int include_text(struct merge *m, const char *path, const char *text, size_t size,
			const struct file *by)
{
	struct file file = { path, (unsigned int)json_array_size(m->plan->included), by->depth + 1,
			     by };
	size_t before = m->errors->n;
	yaml_document_t doc;
	int r = fdr_yaml_read(text, size, &doc, m->errors);

	set_file(m->errors, before, file.number);
	if (r < 0)
		return r;
	fdr_yaml_mark_file(&doc, file.number);
	check_form(m, &doc, file.number);
	r = m->errors->n > before ? -EINVAL : merge_document(m, &doc);
	if (r >= 0)
		r = follow(m, &doc, &file);
	yaml_document_delete(&doc);
	return r;
}

/* Why a file may not be included here; NULL: it may. */
static const char *objection(const struct merge *m, const char *path, const struct file *by)
{
	const json_t *item;
	size_t i;

	for (const struct file *f = by; f; f = f->by)
		if (!strcmp(f->path, path))
			return "it includes this very file: a circle";
	json_array_foreach(m->plan->included, i, item)
		if (!strcmp(json_string_value(json_object_get(item, "path")), path))
			return "it is included twice";
	if (by->depth >= FDR_INCLUDE_DEPTH_MAX)
		return "files include each other too deep";
	if (json_array_size(m->plan->included) >= FDR_INCLUDES_MAX)
		return "too many files";
	return NULL;
}

static int include_one(struct merge *m, const yaml_node_t *name, const struct file *by)
{
	struct fdr_place at = fdr_yaml_place(name);
	const char *word = name->type == YAML_SCALAR_NODE ?
			   (const char *)name->data.scalar.value : "", *why;
	char *path FDR_CLEANUP_FREE = NULL, *text FDR_CLEANUP_FREE = NULL;
	size_t size;
	int r;

	if (!*word || *word == '/' || strlen(word) != name->data.scalar.length) {
		fdr_plan_error(m->errors, at, *word == '/' ? "include: give the file relative to this "
			       "one, so that the plan reads the same elsewhere" :
			       "include: the name of a file is wanted");
		return -EINVAL;
	}
	path = beside(by->path, word);
	if (!path)
		return -ENOMEM;
	why = objection(m, path, by);
	if (why) {
		fdr_plan_error(m->errors, at, "include: %.200s: %s", path, why);
		return -EINVAL;
	}
	r = get_text(m, path, at, (unsigned int)json_array_size(m->plan->included) + 1, &text,
		     &size);
	if (r < 0)
		return r;
	if (json_array_append_new(m->plan->included, json_pack("{s:s, s:s}", "path", path, "text",
							       text)) < 0 ||
	    fdr_plan_errors_add_file(m->errors, path) < 0)
		return -ENOMEM;
	return include_text(m, path, text, size, by);
}

static int follow(struct merge *m, yaml_document_t *doc, const struct file *file)
{
	yaml_node_t *root = yaml_document_get_root_node(doc), *list;
	int id = root && root->type == YAML_MAPPING_NODE ? value_of(doc, root, "include") : 0;
	int r = 0;

	if (!id)
		return 0;
	list = node_of(doc, id);
	if (list->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(m->errors, fdr_yaml_place(list), "include: a list of files is wanted, "
			       "as in [nodes.yaml]");
		return -EINVAL;
	}
	/* The list may move with the document that takes in what it names. */
	for (ptrdiff_t i = 0; r >= 0; i++) {
		list = node_of(doc, id);
		if (list->data.sequence.items.start + i >= list->data.sequence.items.top)
			break;
		r = include_one(m, node_of(doc, list->data.sequence.items.start[i]), file);
	}
	return r;
}

int fdr_plan_include(yaml_document_t *doc, struct fdr_plan *p, bool from_disk, const json_t *kept,
		     struct fdr_plan_errors *errors)
{
	struct merge m = { doc, p, from_disk, kept, errors };
	struct file top = { .path = p->path };

	p->included = json_array();
	if (!p->included || fdr_plan_errors_add_file(errors, p->path) < 0)
		return -ENOMEM;
	return follow(&m, doc, &top);
}
