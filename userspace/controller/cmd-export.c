// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "engine/engine.h"
#include "open-run.h"
#include "report/bundle.h"
#include "report/report.h"

static const char *out;

static const struct fdr_option options[] = {
	{ "out", 'o', FDR_OPTION_STRING, &out, "FILE", "the bundle, a .tar.gz; never overwritten" },
};

static const char readme[] =
	"One run of faultdrill, sealed.\n"
	"\n"
	"run.db            every raw event, from which all figures are computed\n"
	"result.json       the figures; report.html, report.txt: the same for people\n"
	"plan.yaml         the plan, as it was read; plan-included/: the files it includes\n"
	"facts.json        versions, seed, the plan with its defaults, the nodes\n"
	"kernel-log/       what each node's kernel said during each trial\n"
	"config/           configuration files of the nodes, as they were read\n"
	"MANIFEST.sha256   the SHA-256 of each of these; its own is the seal\n"
	"\n"
	"'faultdrill report FILE' checks the hashes and computes the result anew;\n"
	"'sha256sum -c MANIFEST.sha256' checks what was unpacked.\n";

static int add_text(struct fdr_bundle *b, const char *name, const char *text, struct fdr_error *e)
{
	char *copy = strdup(text);

	return !copy || fdr_bundle_add(b, name, copy, strlen(copy)) < 0 ?
	       fdr_err(e, -ENOMEM, "out of memory") : 0;
}

static int add_json(struct fdr_bundle *b, const char *name, json_t *j, struct fdr_error *e)
{
	char *text FDR_CLEANUP_FREE = j ? json_dumps(j, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;

	json_decref(j);
	return text ? add_text(b, name, text, e) : fdr_err(e, -ENOMEM, "out of memory");
}

static int add_rendered(struct fdr_bundle *b, const char *name, const struct fdr_result *r,
			int (*render)(FILE *f, const struct fdr_result *r), struct fdr_error *e)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int err = f ? render(f, r) : -ENOMEM;

	if (f && fclose(f))
		err = -ENOMEM;
	if (err < 0) {
		free(text);
		return fdr_err(e, err, "cannot render %s", name);
	}
	return fdr_bundle_add(b, name, text, size) < 0 ? fdr_err(e, -ENOMEM, "out of memory") : 0;
}

/* A consistent copy, also of a run that is still being written. */
static int add_database(struct fdr_bundle *b, struct fdr_store *store, struct fdr_error *e)
{
	char dir[] = "/tmp/faultdrill-export-XXXXXX", path[sizeof(dir) + 8];
	char *data = NULL;
	size_t size;
	int r;

	if (!mkdtemp(dir))
		return fdr_err(e, -errno, "%s: %s", dir, strerror(errno));
	snprintf(path, sizeof(path), "%s/run.db", dir);
	r = fdr_store_snapshot(store, path, e);
	if (r == 0)
		r = fdr_read_file(path, &data, &size, e);
	if (r == 0 && fdr_bundle_add(b, "run.db", data, size) < 0)
		r = fdr_err(e, -ENOMEM, "out of memory");
	unlink(path);
	rmdir(dir);
	return r;
}

static int add_facts(struct fdr_bundle *b, struct fdr_store *store, struct fdr_error *e)
{
	static const struct { const char *key; bool json; } facts[] = {
		{ "version", false }, { "seed", false }, { "plan_path", false },
		{ "plan_sha256", false }, { "outcome", false }, { "reason", false },
		{ "started_real_ns", false }, { "ended_real_ns", false }, { "plan_json", true },
		{ "nodes", true }, { "sets", true }, { "predictions", true },
		{ "plan_files", true },
	};
	json_t *all = json_object();

	for (size_t i = 0; i < FDR_ARRAY_LEN(facts); i++) {
		const char *text = fdr_store_meta(store, facts[i].key);
		json_t *j = !text ? NULL : facts[i].json ? json_loads(text, 0, NULL) :
							   json_string(text);

		if (j)
			json_object_set_new(all, facts[i].key, j);
	}
	return add_json(b, "facts.json", all, e);
}

struct log_writer {
	struct fdr_bundle *b;
	unsigned int trial;
	struct fdr_error *e;
};

/* One file a node and trial: the lines, and above them what one has to know of them. */
static int add_log(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	struct log_writer *w = userdata;
	const json_t *lines = json_object_get(data, "lines"), *line;
	const char *why = json_string_value(json_object_get(data, "error"));
	char name[128], *text = NULL;
	size_t size, i;
	FILE *f = open_memstream(&text, &size);

	(void)at_ns;
	if (!f)
		return fdr_err(w->e, -ENOMEM, "out of memory");
	fprintf(f, "# boot %s%s\n", json_string_value(json_object_get(data, "boot_id")),
		json_is_true(json_object_get(data, "restarted")) ? ", which began in this trial" : "");
	if (why)
		fprintf(f, "# not read: %s\n", why);
	if (json_is_true(json_object_get(data, "lost")))
		fprintf(f, "# lines are missing: the kernel had overwritten them, or they were too many\n");
	json_array_foreach((json_t *)lines, i, line)
		fprintf(f, "%s\n", json_string_value(line));
	if (fclose(f))
		return fdr_err(w->e, -ENOMEM, "out of memory");
	snprintf(name, sizeof(name), "kernel-log/trial-%u-%.64s.txt", w->trial, node);
	return fdr_bundle_add(w->b, name, text, size) < 0 ?
	       fdr_err(w->e, -ENOMEM, "out of memory") : 0;
}

/* The plan's own file, and each that it includes. */
static int add_plan(struct fdr_bundle *b, struct fdr_store *store, const struct fdr_result *result,
		    struct fdr_error *e)
{
	const char *own = fdr_store_meta(store, "plan"), *files = fdr_store_meta(store, "plan_files");
	json_t *list = files ? json_loads(files, 0, NULL) : NULL, *item;
	int r = add_text(b, "plan.yaml", own ? own : result->plan_text, e);
	size_t i;

	json_array_foreach(list, i, item) {
		const char *path = json_string_value(json_object_get(item, "path"));
		const char *text = json_string_value(json_object_get(item, "text"));
		char name[128];

		if (r < 0 || !path || !text)
			continue;
		snprintf(name, sizeof(name), "plan-included/%zu-%.64s", i + 1,
			 strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
		r = add_text(b, name, text, e);
	}
	json_decref(list);
	return r;
}

struct config_writer {
	struct fdr_bundle *b;
	struct fdr_error *e;
};

/* config/NODE/etc/x.conf; what changed later is beside it, with a part of its hash. */
static int add_config(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	struct config_writer *w = userdata;
	const char *path = json_string_value(json_object_get(data, "path"));
	const char *sum = json_string_value(json_object_get(data, "sha256"));
	const char *text = json_string_value(json_object_get(data, "text"));
	char name[512];
	size_t n;

	(void)at_ns;
	if (!path || !sum || !text)
		return 0;
	snprintf(name, sizeof(name), "config/%.64s%s%.300s", node && *node ? node : "here",
		 *path == '/' ? "" : "/", path);
	/* Nobody's path leaves the bundle when it is unpacked. */
	for (char *dots; (dots = strstr(name, "..")); )
		memset(dots, '_', 2);
	n = strlen(name);
	if (fdr_bundle_find(w->b, name))
		snprintf(name + n, sizeof(name) - n, ".%.12s", sum);
	return fdr_bundle_find(w->b, name) ? 0 : add_text(w->b, name, text, w->e);
}

static int add_configs(struct fdr_bundle *b, struct fdr_store *store,
		       const struct fdr_result *result, struct fdr_error *e)
{
	struct config_writer w = { b, e };
	int r = fdr_store_each_event(store, 0, "config", add_config, &w);

	for (size_t i = 0; r == 0 && i < result->n_trials; i++)
		r = fdr_store_each_event(store, result->trials[i].n, "config", add_config, &w);
	return r;
}

static int collect(struct fdr_bundle *b, struct fdr_store *store, const struct fdr_result *result,
		   struct fdr_error *e)
{
	struct log_writer w = { .b = b, .e = e };
	int r;

	r = add_text(b, "README", readme, e);
	if (r == 0)
		r = add_plan(b, store, result, e);
	if (r == 0)
		r = add_facts(b, store, e);
	if (r == 0)
		r = add_rendered(b, "result.json", result, fdr_report_json, e);
	if (r == 0)
		r = add_rendered(b, "report.html", result, fdr_report_render_html, e);
	if (r == 0)
		r = add_rendered(b, "report.txt", result, fdr_report_render_text, e);
	for (size_t i = 0; r == 0 && i < result->n_trials; i++) {
		w.trial = result->trials[i].n;
		r = fdr_store_each_event(store, w.trial, "kernel-log", add_log, &w);
	}
	if (r == 0)
		r = add_configs(b, store, result, e);
	return r == 0 ? add_database(b, store, e) : r;
}

static int run(int argc, char **argv)
{
	struct fdr_open_run run FDR_CLEANUP(fdr_close_run) = { 0 };
	struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
	struct fdr_error e = { "" };
	int r;

	(void)argc;
	if (!out)
		return fdr_usage_error(&fdr_cmd_export, "--out FILE is needed: where the bundle goes");
	r = fdr_open_run(argv[0], &run, &e);
	if (r == 0)
		r = fdr_analyse(run.store, &result, &e);
	if (r == 0)
		r = collect(&b, run.store, result, &e);
	if (r == 0)
		r = fdr_bundle_write(out, &b, result->started_real_ns, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	printf("%s: %zu files, seal %s\n", out, b.n + 1, b.seal);
	return FDR_EXIT_PASS;
}

const struct fdr_command fdr_cmd_export = {
	.name = "export",
	.args = "DIR|RUN.DB",
	.summary = "Put a run with all its evidence into one sealed file.",
	.details =
		"The bundle holds the raw events, the plan, versions, the nodes' kernel logs of each "
		"trial, the result and the reports, and a manifest of hashes. The hash of the "
		"manifest is the seal: who has noted it can tell later that nothing was changed. "
		"'faultdrill report FILE' checks a bundle and computes its result anew, on any "
		"machine.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
