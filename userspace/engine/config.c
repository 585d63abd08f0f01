// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configuration in force: each file is kept with the run when it is first read
 * and whenever it has changed, and predictions are made from what was read.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "plan/target.h"
#include "predict/predict.h"

#define READ_NS		(5 * FDR_NS_PER_S)
#define BYTES_MAX	(160U << 10)

static struct fdr_run_node *find_node(struct fdr_run *run, const char *name)
{
	for (size_t i = 0; i < run->plan->n_nodes; i++)
		if (!strcmp(run->plan->nodes[i].name, name))
			return &run->nodes[i];
	return NULL;
}

static struct fdr_run_config *known(struct fdr_run *run, const char *node, const char *path)
{
	struct fdr_run_config *more;

	for (size_t i = 0; i < run->n_configs; i++)
		if (!strcmp(run->configs[i].node, node) && !strcmp(run->configs[i].path, path))
			return &run->configs[i];
	more = reallocarray(run->configs, run->n_configs + 1, sizeof(*more));
	if (!more)
		return NULL;
	run->configs = more;
	more = &run->configs[run->n_configs];
	*more = (struct fdr_run_config){ .node = strdup(node), .path = strdup(path) };
	if (!more->node || !more->path) {
		free(more->node);
		free(more->path);
		return NULL;
	}
	run->n_configs++;
	return more;
}

/* A change between trials is worth telling: they did not meet the same system. */
static void keep(struct fdr_run *run, const char *node, const char *path, const char *text)
{
	struct fdr_run_config *c = known(run, node ? node : "", path);
	char sum[FDR_SHA256_TEXT];

	fdr_sha256_text(text, strlen(text), sum);
	if (!c || !strcmp(c->sum, sum))
		return;
	if (*c->sum)
		fdr_run_warn(run, "%s:%s has changed since it was last read", node ? node : "here",
			     path);
	memcpy(c->sum, sum, sizeof(sum));
	fdr_run_event(run, "config", node, fdr_now_ns(),
		      json_pack("{s:s, s:s, s:s}", "path", path, "sha256", sum, "text", text));
}

static int read_on_node(struct fdr_run_node *node, const char *path, char **ret,
			struct fdr_error *e)
{
	json_t *result = NULL;
	const char *text;
	int r;

	if (!node->link || !fdr_link_alive(node->link))
		return fdr_err(e, -ENOTCONN, "%s is not connected", node->plan->name);
	r = fdr_link_call(node->link, "file", json_pack("{s:s}", "path", path),
			  fdr_now_ns() + READ_NS, &result, e);
	if (r < 0)
		return r;
	text = json_string_value(json_object_get(result, "text"));
	*ret = text ? strdup(text) : NULL;
	json_decref(result);
	return *ret ? 0 : fdr_err(e, -EPROTO, "%s: the agent gave no text of %.300s",
				  node->plan->name, path);
}

static int read_config(void *userdata, const char *node, const char *path, char **ret,
		       struct fdr_error *e)
{
	struct fdr_run *run = userdata;
	struct fdr_run_node *n = node ? find_node(run, node) : NULL;
	int r;

	if (node && !n)
		return fdr_err(e, -ENOENT, "there is no node %s", node);
	r = n ? read_on_node(n, path, ret, e) : fdr_read_text(path, BYTES_MAX, ret, e);
	if (r >= 0)
		keep(run, node, path, *ret);
	return r;
}

static void gather(struct fdr_run *run, const char *node, const char *path, bool first)
{
	char *text FDR_CLEANUP_FREE = NULL;
	struct fdr_error e = { "" };

	if (read_config(run, *node ? node : NULL, path, &text, &e) < 0 && first)
		fdr_run_warn(run, "not kept as evidence: %s", e.text);
}

void fdr_run_gather(struct fdr_run *run, bool first)
{
	size_t n = run->n_configs;

	if (run->world)
		return;
	/* What predictions were made from counts as named; gathering may add to the list. */
	for (size_t i = 0; i < n; i++) {
		char *node FDR_CLEANUP_FREE = strdup(run->configs[i].node);
		char *path FDR_CLEANUP_FREE = strdup(run->configs[i].path);

		if (node && path)
			gather(run, node, path, false);
	}
	for (size_t i = 0; first && i < run->plan->n_files; i++)
		gather(run, run->plan->files[i].node, run->plan->files[i].path, true);
}

void fdr_run_forget_configs(struct fdr_run *run)
{
	for (size_t i = 0; i < run->n_configs; i++) {
		free(run->configs[i].node);
		free(run->configs[i].path);
	}
	free(run->configs);
	run->configs = NULL;
	run->n_configs = 0;
}

/* The plan's word for the stack's milestone: the same where it names none. */
static const char *plan_word(const struct fdr_opts *o, const char *word)
{
	bool maps = false;

	for (size_t i = 0; i < o->n; i++) {
		if (!o->v[i].key || strcmp(o->v[i].desc->name, "milestones"))
			continue;
		maps = true;
		if (!strcmp(o->v[i].key, word))
			return o->v[i].text;
	}
	return maps ? NULL : word;
}

static void say_milestone(struct fdr_run *run, const char *name, const char *word, const json_t *m)
{
	const char *why = json_string_value(json_object_get(m, "why"));

	if (json_is_true(json_object_get(m, "never")))
		fdr_run_warn(run, "%s predicts that %s never comes: %s", name, word, why);
	else
		fdr_run_say(run, "%s predicts %s after %.3f to %.3f s: %s", name, word,
			    (double)json_integer_value(json_object_get(m, "lo_ns")) / 1e9,
			    (double)json_integer_value(json_object_get(m, "hi_ns")) / 1e9, why);
}

static json_t *told(struct fdr_run *run, const struct fdr_plan_part *part,
		    const struct fdr_prediction *p)
{
	const char *fault = fdr_plan_first_fault(run->plan);
	json_t *j = fdr_prediction_json(p, fdr_predict_failure(&part->opts, fault));
	json_t *mapped = json_object(), *m;
	const char *word;

	json_object_foreach(json_object_get(j, "milestones"), word, m) {
		const char *to = plan_word(&part->opts, word);

		if (!to)
			continue;
		say_milestone(run, part->name, to, m);
		json_object_set(mapped, to, m);
	}
	for (size_t i = 0; i < p->n_remarks; i++)
		if (p->remarks[i].level != FDR_REMARK_NOTE && p->remarks[i].level != FDR_REMARK_NEVER)
			fdr_run_warn(run, "%s: %s: %s", part->name,
				     fdr_remark_names[p->remarks[i].level], p->remarks[i].text);
	json_object_set_new(j, "milestones", mapped);
	json_object_set_new(j, "kind", json_string(part->opts.kind->name));
	json_object_set_new(j, "judge", json_boolean(fdr_opts_num(&part->opts, "judge")));
	return j;
}

int fdr_run_predict(struct fdr_run *run, struct fdr_error *e)
{
	json_t *all = json_object();
	char *text FDR_CLEANUP_FREE = NULL;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < run->plan->n_predicts; i++) {
		const struct fdr_plan_part *part = &run->plan->predicts[i];
		struct fdr_prediction p;
		json_t *j = NULL;

		r = fdr_predict_read(&part->opts, read_config, run, &p, e);
		if (r >= 0)
			j = told(run, part, &p);
		else if (fdr_opts_num(&part->opts, "judge") || r == -ECANCELED)
			fdr_err_prefix(e, r, "prediction %s, by which trials are judged", part->name);
		else
			j = json_pack("{s:s, s:s}", "kind", part->opts.kind->name, "error", e->text);
		if (r < 0 && j) {
			fdr_run_warn(run, "no prediction %s: %s", part->name, e->text);
			r = 0;
		}
		if (j)
			json_object_set_new(all, part->name, j);
	}
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	if (r >= 0 && run->store && run->plan->n_predicts &&
	    (!text || fdr_store_put_meta(run->store, "predictions", text) < 0))
		r = fdr_err(e, -ENOMEM, "out of memory");
	return r;
}
