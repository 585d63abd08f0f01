// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections on configuration: what is predicted from it, and what is gathered. */
#include "kinds.h"
#include "sections.h"

#include <string.h>

static void bind_predict(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			 yaml_node_t *value, void *userdata)
{
	struct fdr_plan *p = userdata;
	struct fdr_plan_part *part, *more = reallocarray(p->predicts, p->n_predicts + 1, sizeof(*more));
	struct fdr_place at;
	size_t i;

	if (!more) {
		b->errors->failed = true;
		return;
	}
	p->predicts = more;
	part = &more[p->n_predicts++];
	*part = (struct fdr_plan_part){ .place = fdr_yaml_place(key_node), .name = strdup(key) };
	b->errors->failed |= !part->name;
	fdr_bind_check_name(b, "prediction", key, part->place);
	fdr_bind_kind(b, "kind of prediction", b->vocabulary->predicts, b->vocabulary->n_predicts,
		      value, &part->opts, &i, &at);
}

void fdr_bind_predicts(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "predict", value, bind_predict, target);
}

static void add_file(struct fdr_bind *b, struct fdr_plan *p, const char *node, yaml_node_t *key,
		     yaml_node_t *value)
{
	struct fdr_plan_file *more;
	char *path FDR_CLEANUP_FREE = fdr_bind_text(b, "files", value);

	if (!path)
		return;
	if (*path != '/') {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "files: \"%.80s\" is no absolute path",
			       path);
		return;
	}
	more = reallocarray(p->files, p->n_files + 1, sizeof(*more));
	if (!more) {
		b->errors->failed = true;
		return;
	}
	p->files = more;
	more[p->n_files++] = (struct fdr_plan_file){ .node = strdup(node),
						     .path = FDR_TAKE_PTR(path),
						     .place = fdr_yaml_place(key) };
	b->errors->failed |= !more[p->n_files - 1].node;
}

static void bind_files_of(struct fdr_bind *b, const char *node, yaml_node_t *key_node,
			  yaml_node_t *value, void *userdata)
{
	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "files: a list of paths is wanted, not "
			       "%s", fdr_bind_shape(value));
		return;
	}
	for (yaml_node_item_t *i = value->data.sequence.items.start;
	     i < value->data.sequence.items.top; i++)
		add_file(b, userdata, node, key_node, fdr_bind_node(b, *i));
}

static void bind_files(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "files", value, bind_files_of, target);
}

static json_t *schema_files(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s, s:{s:s, s:{s:s, s:s}}}", "type", "object", "additionalProperties",
			 "type", "array", "items", "type", "string", "pattern", "^(/|.*\\$\\{).*$");
}

static const struct fdr_row evidence_rows[] = {
	{ .desc = { .name = "files",
		    .summary = "configuration files to keep with the run: node to paths" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_files, .schema = schema_files },
};

const struct fdr_table fdr_evidence_table = {
	.what = "evidence", .rows = evidence_rows, .n = FDR_ARRAY_LEN(evidence_rows),
};

static bool known_node(struct fdr_bind *b, const struct fdr_plan *p, const char *name,
		       struct fdr_place place)
{
	const char **names FDR_CLEANUP_FREE = calloc(p->n_nodes + 1, sizeof(*names));

	for (size_t i = 0; names && i < p->n_nodes; i++) {
		names[i] = p->nodes[i].name ? p->nodes[i].name : "";
		if (!strcmp(names[i], name))
			return true;
	}
	if (names)
		fdr_bind_unknown(b, place, "node", name, names, p->n_nodes);
	return false;
}

static void check_milestone(struct fdr_bind *b, const struct fdr_opt *o)
{
	const char *words[2] = { o->key, o->text };

	for (size_t w = 0; w < 2; w++) {
		bool known = false;

		for (size_t m = FDR_SUSPECTED; m < FDR_MILESTONE_COUNT; m++)
			known |= !strcmp(words[w], fdr_milestone_names[m]);
		if (!known)
			fdr_bind_unknown(b, o->place, "milestone", words[w],
					 &fdr_milestone_names[FDR_SUSPECTED],
					 FDR_MILESTONE_COUNT - FDR_SUSPECTED);
	}
}

static void check_predict(struct fdr_bind *b, const struct fdr_plan *p,
			  const struct fdr_plan_part *part)
{
	for (size_t i = 0; i < part->opts.n; i++) {
		const struct fdr_opt *o = &part->opts.v[i];

		if (o->key && !strcmp(o->desc->name, "milestones"))
			check_milestone(b, o);
		else if (!o->key && (!strcmp(o->desc->name, "node") ||
				     !strcmp(o->desc->name, "peer_node")))
			known_node(b, p, o->text, o->place);
	}
}

void fdr_plan_check_predicts(const struct fdr_plan *p, struct fdr_bind *b)
{
	for (size_t i = 0; i < p->n_predicts; i++)
		if (p->predicts[i].opts.kind)
			check_predict(b, p, &p->predicts[i]);
	for (size_t i = 0; i < p->n_files; i++)
		if (!i || strcmp(p->files[i].node, p->files[i - 1].node))
			known_node(b, p, p->files[i].node, p->files[i].place);
}

void fdr_plan_free_predicts(struct fdr_plan *p)
{
	for (size_t i = 0; i < p->n_predicts; i++) {
		free(p->predicts[i].name);
		fdr_opts_clear(&p->predicts[i].opts);
	}
	free(p->predicts);
	for (size_t i = 0; i < p->n_files; i++) {
		free(p->files[i].node);
		free(p->files[i].path);
	}
	free(p->files);
}

json_t *fdr_plan_files_json(const struct fdr_plan *p)
{
	json_t *j = json_object();

	for (size_t i = 0; i < p->n_files; i++) {
		json_t *list = json_object_get(j, p->files[i].node);

		if (!list) {
			list = json_array();
			json_object_set_new(j, p->files[i].node, list);
		}
		json_array_append_new(list, json_string(p->files[i].path));
	}
	return json_pack("{s:o}", "files", j);
}
