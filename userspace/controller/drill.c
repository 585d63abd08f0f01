// SPDX-License-Identifier: GPL-2.0-or-later
#include "drill.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "engine/engine.h"
#include "plan-show.h"
#include "plan/target.h"
#include "print.h"
#include "report/report.h"

static const char *const files[] = { "run.db", "run.db-wal", "run.db-shm", "result.json",
				     "report.html", "report.txt", "junit.xml" };

char *fdr_path_in(const char *dir, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

int fdr_exit_status(enum fdr_verdict v)
{
	static const int statuses[] = {
		[FDR_PASS] = FDR_EXIT_PASS, [FDR_FAIL] = FDR_EXIT_FAIL,
		[FDR_INCONCLUSIVE] = FDR_EXIT_INCONCLUSIVE, [FDR_ABORTED] = FDR_EXIT_ABORTED,
	};

	return statuses[v];
}

/* An empty place for the run's files; the run that is there only goes with --force. */
static int prepare_dir(const struct fdr_drill *d, struct fdr_error *e)
{
	if (mkdir(d->dir, 0777) < 0 && errno != EEXIST)
		return fdr_err(e, -errno, "cannot make %s: %s", d->dir, strerror(errno));
	for (size_t i = 0; i < FDR_ARRAY_LEN(files); i++) {
		char *path FDR_CLEANUP_FREE = fdr_path_in(d->dir, files[i]);

		if (!path)
			return fdr_err(e, -ENOMEM, "out of memory");
		if (access(path, F_OK) < 0)
			continue;
		if (!d->force)
			return fdr_err(e, -EEXIST, "%s holds a run already (%s): give another "
				       "directory, or --force to overwrite it", d->dir, files[i]);
		if (unlink(path) < 0)
			return fdr_err(e, -errno, "cannot remove %s: %s", path, strerror(errno));
	}
	return 0;
}

bool fdr_drill_agreed(const struct fdr_plan *plan)
{
	char answer[16] = "";

	if (plan->trials.watch_ns || !fdr_plan_kills(plan) || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return true;
	fdr_show_deaths(stderr, plan);
	fprintf(stderr, ", %llu times: the node%s each time. Go on? [y/N] ",
		(unsigned long long)plan->trials.count,
		plan->safety.max_nodes > 1 ? "s die" : " dies");
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static int report(const struct fdr_drill *d, struct fdr_store *store, struct fdr_result **ret)
{
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
	struct fdr_error e = { "" };
	int r;

	r = fdr_analyse(store, &result, &e);
	if (r >= 0)
		r = fdr_report_write_dir(result, d->dir, &e);
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_ABORTED;
	}
	*ret = FDR_TAKE_PTR(result);
	return 0;
}

/* Carries it out and tells what there is, also of a run that did not come to its end. */
static int carry_out(const struct fdr_drill *d, const struct fdr_plan *plan,
		     struct fdr_store *store, bool resume, struct fdr_result **ret)
{
	struct fdr_run_options o = { .plan = plan, .store = store, .progress = d->progress,
				     .colour = fdr_print_color(d->progress), .resume = resume };
	struct fdr_error e = { "" };
	int r;

	r = fdr_engine_run(&o, &e);
	if (r < 0)
		fdr_fail(r, &e);
	/* What cannot be kept cannot be reported; it has been said. */
	if (fdr_store_flush(store, NULL) < 0)
		return FDR_EXIT_ABORTED;
	return report(d, store, ret);
}

/* What a resumed run needs besides the plan's text. */
static int record_sets(const struct fdr_drill *d, struct fdr_store *store)
{
	json_t *sets = json_array();
	char *text FDR_CLEANUP_FREE = NULL;

	for (size_t i = 0; i < d->n_sets; i++)
		json_array_append_new(sets, json_string(d->sets[i]));
	text = json_dumps(sets, JSON_COMPACT);
	json_decref(sets);
	return text ? fdr_store_put_meta(store, "sets", text) : -ENOMEM;
}

int fdr_drill_start(const struct fdr_drill *d, const struct fdr_plan *plan,
		    struct fdr_result **ret)
{
	struct fdr_store *store FDR_CLEANUP(fdr_store_closep) = NULL;
	struct fdr_error e = { "" };
	char *db FDR_CLEANUP_FREE = fdr_path_in(d->dir, "run.db");
	int r;

	if (!d->yes && !fdr_drill_agreed(plan))
		return FDR_EXIT_ABORTED;
	r = db ? prepare_dir(d, &e) : fdr_err(&e, -ENOMEM, "out of memory");
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_USAGE;
	}
	r = fdr_store_create(db, &store, &e);
	if (r >= 0 && record_sets(d, store) < 0)
		r = fdr_err(&e, -ENOMEM, "out of memory");
	return r < 0 ? fdr_fail(r, &e) : carry_out(d, plan, store, false, ret);
}

int fdr_drill_dry_run(const struct fdr_drill *d, const struct fdr_plan *plan)
{
	struct fdr_run_options o = { .plan = plan, .progress = d->progress,
				     .colour = fdr_print_color(d->progress) };
	struct fdr_error e = { "" };
	int r = fdr_engine_dry_run(&o, &e);

	/* As the run itself would have ended. */
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_ABORTED;
	}
	return FDR_EXIT_PASS;
}

static const char *kept(const struct fdr_drill *d, struct fdr_store *store, const char *key,
			struct fdr_error *e)
{
	const char *text = fdr_store_meta(store, key);

	if (!text)
		fdr_err(e, -EBADMSG, "%s: the run does not hold its %s: it was cut short before it "
			"began; start it anew", d->dir, key);
	return text;
}

/* Reads the plan that the run holds, as it was given then.  0 or an exit status. */
static int read_kept_plan(const struct fdr_drill *d, struct fdr_store *store,
			  const struct fdr_words *words, struct fdr_plan **ret)
{
	const char *path, *text, *seed, *sets_text, *plan_json;
	const char **sets FDR_CLEANUP_FREE = NULL;
	json_t *list, *resolved, *item, *included;
	struct fdr_error e = { "" };
	size_t i, n = 0;
	int r;

	path = kept(d, store, "plan_path", &e);
	text = kept(d, store, "plan", &e);
	seed = kept(d, store, "seed", &e);
	sets_text = kept(d, store, "sets", &e);
	plan_json = kept(d, store, "plan_json", &e);
	if (!path || !text || !seed || !sets_text || !plan_json)
		return fdr_fail(-EBADMSG, &e);
	list = json_loads(sets_text, 0, NULL);
	sets = calloc(json_array_size(list) + 1, sizeof(*sets));
	json_array_foreach(list, i, item)
		if (sets && json_is_string(item))
			sets[n++] = json_string_value(item);
	/* The files as they were then, and not what the disk holds now. */
	included = fdr_store_meta(store, "plan_files") ?
		   json_loads(fdr_store_meta(store, "plan_files"), 0, NULL) : NULL;
	r = fdr_read_plan_text(path, text, included, words, sets, n, ret);
	json_decref(included);
	json_decref(list);
	if (r)
		return r;
	resolved = json_loads(plan_json, 0, NULL);
	item = json_object_get(json_object_get(resolved, "trials"), "count");
	if (json_is_integer(item) && json_integer_value(item) > 0)
		(*ret)->trials.count = (uint64_t)json_integer_value(item);
	/* Without it, a run that was to inject nothing would break its nodes. */
	item = json_object_get(json_object_get(resolved, "trials"), "watch_ns");
	(*ret)->trials.watch_ns = (uint64_t)json_integer_value(item);
	json_decref(resolved);
	(*ret)->trials.seed = strtoull(seed, NULL, 10);
	return 0;
}

int fdr_drill_resume(const struct fdr_drill *d, const struct fdr_words *words,
		     struct fdr_result **ret)
{
	struct fdr_store *store FDR_CLEANUP(fdr_store_closep) = NULL;
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	struct fdr_error e = { "" };
	char *db FDR_CLEANUP_FREE = fdr_path_in(d->dir, "run.db");
	const char *outcome;
	int r;

	r = db ? fdr_store_resume(db, &store, &e) : fdr_err(&e, -ENOMEM, "out of memory");
	if (r < 0)
		return fdr_fail(r, &e);
	outcome = fdr_store_meta(store, "outcome");
	if (outcome && !strcmp(outcome, "complete"))
		return report(d, store, ret);
	r = read_kept_plan(d, store, words, &plan);
	if (r)
		return r;
	if (!d->yes && !fdr_drill_agreed(plan))
		return FDR_EXIT_ABORTED;
	return carry_out(d, plan, store, true, ret);
}
