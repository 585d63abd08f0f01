// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "command.h"
#include "engine/engine.h"
#include "print.h"
#include "report/report.h"
#include "vocabulary.h"

#define TRIALS_MAX	10000

static struct {
	const char *out;
	struct fdr_strings sets;
	uint64_t trials, seed;
	bool json, force, yes, dry_run, resume;
} opt;

static const struct fdr_option options[] = {
	{ .name = "out", .letter = 'o', .type = FDR_OPTION_STRING, .value = &opt.out, .arg = "DIR",
	  .help = "where the results go; made if it is not there" },
	{ .name = "set", .type = FDR_OPTION_LIST, .value = &opt.sets, .arg = "NAME=VALUE",
	  .help = "override a variable of the plan; may be given again" },
	{ .name = "trials", .letter = 'n', .type = FDR_OPTION_U64, .value = &opt.trials,
	  .arg = "N", .help = "so many trials, whatever the plan says" },
	{ .name = "seed", .type = FDR_OPTION_U64, .value = &opt.seed, .arg = "N",
	  .help = "seed of the onset phases, to repeat a run" },
	{ .name = "json", .type = FDR_OPTION_FLAG, .value = &opt.json,
	  .help = "end with the result as JSON on standard output; progress on standard error" },
	{ .name = "force", .type = FDR_OPTION_FLAG, .value = &opt.force,
	  .help = "overwrite the run that is in DIR" },
	{ .name = "dry-run", .type = FDR_OPTION_FLAG, .value = &opt.dry_run,
	  .help = "go to the nodes and ask each kernel whether it would accept; nothing fires" },
	{ .name = "resume", .type = FDR_OPTION_FLAG, .value = &opt.resume,
	  .help = "go on with the run in DIR that was cut short, by the plan that it holds" },
	{ .name = "yes", .letter = 'y', .type = FDR_OPTION_FLAG, .value = &opt.yes,
	  .help = "do not ask before a node is killed" },
};

static const char *const files[] = { "run.db", "run.db-wal", "run.db-shm", "result.json",
				     "report.html", "report.txt" };

static char *path_in(const char *dir, const char *file)
{
	char *path;

	return asprintf(&path, "%s/%s", dir, file) < 0 ? NULL : path;
}

/* An empty place for the run's files; the run that is there only goes with --force. */
static int prepare_dir(struct fdr_error *e)
{
	if (mkdir(opt.out, 0777) < 0 && errno != EEXIST)
		return fdr_err(e, -errno, "cannot make %s: %s", opt.out, strerror(errno));
	for (size_t i = 0; i < FDR_ARRAY_LEN(files); i++) {
		char *path FDR_CLEANUP_FREE = path_in(opt.out, files[i]);

		if (!path)
			return fdr_err(e, -ENOMEM, "out of memory");
		if (access(path, F_OK) < 0)
			continue;
		if (!opt.force)
			return fdr_err(e, -EEXIST, "%s holds a run already (%s): give another "
				       "directory, or --force to overwrite it", opt.out, files[i]);
		if (unlink(path) < 0)
			return fdr_err(e, -errno, "cannot remove %s: %s", path, strerror(errno));
	}
	return 0;
}

/* Killing a node is asked about once, where there is somebody to ask. */
static bool agreed(const struct fdr_plan *plan)
{
	char answer[16] = "";

	if (opt.yes || !plan->safety.allow_fatal || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO) || !plan->inject.node)
		return true;
	fprintf(stderr, "%s on %s, %llu times: the node dies each time. Go on? [y/N] ",
		plan->inject.fault.kind->name, plan->inject.node,
		(unsigned long long)plan->trials.count);
	return fgets(answer, sizeof(answer), stdin) && (*answer == 'y' || *answer == 'Y');
}

static void print_paths(void)
{
	printf("\nresult   %s/result.json\nreport   %s/report.html\n"
	       "text     %s/report.txt\nevents   %s/run.db\n", opt.out, opt.out, opt.out, opt.out);
}

static int exit_status(enum fdr_verdict v)
{
	static const int statuses[] = {
		[FDR_PASS] = FDR_EXIT_PASS, [FDR_FAIL] = FDR_EXIT_FAIL,
		[FDR_INCONCLUSIVE] = FDR_EXIT_INCONCLUSIVE, [FDR_ABORTED] = FDR_EXIT_ABORTED,
	};

	return statuses[v];
}

static int report(struct fdr_store *store)
{
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
	struct fdr_error e = { "" };
	int r;

	r = fdr_analyse(store, &result, &e);
	if (r >= 0)
		r = fdr_report_write_dir(result, opt.out, &e);
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_ABORTED;
	}
	if (opt.json) {
		fdr_report_json(stdout, result);
	} else {
		putchar('\n');
		fdr_report_text(stdout, result, fdr_print_color(stdout));
		print_paths();
	}
	return exit_status(result->verdict);
}

static FILE *progress_file(void)
{
	return opt.json ? stderr : stdout;
}

/* Carries it out and tells what there is, also of a run that did not come to its end. */
static int carry_out(const struct fdr_plan *plan, struct fdr_store *store)
{
	struct fdr_run_options o = { .plan = plan, .store = store, .progress = progress_file(),
				     .colour = fdr_print_color(progress_file()),
				     .resume = opt.resume };
	struct fdr_error e = { "" };
	int r;

	r = fdr_engine_run(&o, &e);
	if (r < 0)
		fdr_fail(r, &e);
	/* What cannot be kept cannot be reported; it has been said. */
	if (fdr_store_flush(store, NULL) < 0)
		return FDR_EXIT_ABORTED;
	return report(store);
}

/* What a resumed run needs besides the plan's text. */
static int record_sets(struct fdr_store *store)
{
	json_t *sets = json_array();
	char *text FDR_CLEANUP_FREE = NULL;

	for (size_t i = 0; i < opt.sets.n; i++)
		json_array_append_new(sets, json_string(opt.sets.v[i]));
	text = json_dumps(sets, JSON_COMPACT);
	json_decref(sets);
	return text ? fdr_store_put_meta(store, "sets", text) : -ENOMEM;
}

static int start(const struct fdr_plan *plan)
{
	struct fdr_store *store FDR_CLEANUP(fdr_store_closep) = NULL;
	struct fdr_error e = { "" };
	char *db FDR_CLEANUP_FREE = path_in(opt.out, "run.db");
	int r;

	if (!agreed(plan))
		return FDR_EXIT_ABORTED;
	r = db ? prepare_dir(&e) : fdr_err(&e, -ENOMEM, "out of memory");
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_USAGE;
	}
	r = fdr_store_create(db, &store, &e);
	if (r >= 0 && record_sets(store) < 0)
		r = fdr_err(&e, -ENOMEM, "out of memory");
	return r < 0 ? fdr_fail(r, &e) : carry_out(plan, store);
}

static int dry_run(const struct fdr_plan *plan)
{
	struct fdr_run_options o = { .plan = plan, .progress = progress_file(),
				     .colour = fdr_print_color(progress_file()) };
	struct fdr_error e = { "" };
	int r = fdr_engine_dry_run(&o, &e);

	/* As the run itself would have ended. */
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_ABORTED;
	}
	if (!opt.json)
		printf("nothing was injected\n");
	return FDR_EXIT_PASS;
}

static const char *kept(struct fdr_store *store, const char *key, struct fdr_error *e)
{
	const char *text = fdr_store_meta(store, key);

	if (!text)
		fdr_err(e, -EBADMSG, "%s: the run does not hold its %s: it was cut short before it "
			"began; start it anew", opt.out, key);
	return text;
}

/* Reads the plan that the run holds, as it was given then.  0 or an exit status. */
static int read_kept_plan(struct fdr_store *store, const struct fdr_words *words,
			  struct fdr_plan **ret)
{
	const char *path, *text, *seed, *sets_text, *plan_json;
	const char *sets[64];
	json_t *list, *resolved, *item;
	struct fdr_error e = { "" };
	size_t i, n = 0;
	int r;

	path = kept(store, "plan_path", &e);
	text = kept(store, "plan", &e);
	seed = kept(store, "seed", &e);
	sets_text = kept(store, "sets", &e);
	plan_json = kept(store, "plan_json", &e);
	if (!path || !text || !seed || !sets_text || !plan_json)
		return fdr_fail(-EBADMSG, &e);
	list = json_loads(sets_text, 0, NULL);
	json_array_foreach(list, i, item)
		if (json_is_string(item) && n < FDR_ARRAY_LEN(sets))
			sets[n++] = json_string_value(item);
	r = fdr_read_plan_text(path, text, words, sets, n, ret);
	json_decref(list);
	if (r)
		return r;
	resolved = json_loads(plan_json, 0, NULL);
	item = json_object_get(json_object_get(resolved, "trials"), "count");
	if (json_is_integer(item) && json_integer_value(item) > 0)
		(*ret)->trials.count = (uint64_t)json_integer_value(item);
	json_decref(resolved);
	(*ret)->trials.seed = strtoull(seed, NULL, 10);
	return 0;
}

static int resume(const struct fdr_words *words)
{
	struct fdr_store *store FDR_CLEANUP(fdr_store_closep) = NULL;
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	struct fdr_error e = { "" };
	char *db FDR_CLEANUP_FREE = path_in(opt.out, "run.db");
	const char *outcome;
	int r;

	r = db ? fdr_store_resume(db, &store, &e) : fdr_err(&e, -ENOMEM, "out of memory");
	if (r < 0)
		return fdr_fail(r, &e);
	outcome = fdr_store_meta(store, "outcome");
	if (outcome && !strcmp(outcome, "complete"))
		return report(store);
	r = read_kept_plan(store, words, &plan);
	if (r)
		return r;
	return agreed(plan) ? carry_out(plan, store) : FDR_EXIT_ABORTED;
}

static int usage(int argc)
{
	if (opt.resume && (argc || opt.sets.n || opt.trials || opt.seed || opt.force || opt.dry_run))
		return fdr_usage_error(&fdr_cmd_run, "--resume takes the plan and everything else "
				       "from DIR: give --out DIR alone");
	if (!opt.resume && !argc)
		return fdr_usage_error(&fdr_cmd_run, "PLAN is needed");
	if (!opt.out && !opt.dry_run)
		return fdr_usage_error(&fdr_cmd_run, "--out DIR is needed: where the results go");
	if (opt.trials > TRIALS_MAX)
		return fdr_usage_error(&fdr_cmd_run, "--trials: at most %d", TRIALS_MAX);
	return 0;
}

static int run(int argc, char **argv)
{
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	struct fdr_error e = { "" };
	struct fdr_words words;
	int r;

	r = usage(argc);
	if (r)
		return r;
	r = fdr_words_gather(&words, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	if (opt.resume) {
		r = resume(&words);
		fdr_words_clear(&words);
		return r;
	}
	r = fdr_read_plan(argv[0], &words, opt.sets.v, opt.sets.n, &plan);
	if (!r) {
		if (opt.trials)
			plan->trials.count = opt.trials;
		if (opt.seed)
			plan->trials.seed = opt.seed;
		r = opt.dry_run ? dry_run(plan) : start(plan);
	}
	/* The plan's options point into the words. */
	plan = fdr_plan_free(plan);
	fdr_words_clear(&words);
	return r;
}

const struct fdr_command fdr_cmd_run = {
	.name = "run", .args = "[PLAN]", .summary = "Carry out a drill and measure the reaction.",
	.details = "Waits for the steady state, injects the fault, watches the milestones and the "
		   "recovery, and repeats it as often as the plan says. DIR gets run.db (every raw "
		   "event), result.json, report.html and report.txt.\n\n"
		   "A run whose controller died or was interrupted is gone on with by --resume "
		   "--out DIR: trials that had ended stay, the one that was cut short is done "
		   "again, and what it left broken is cleared first.\n\n"
		   "Ctrl-C clears every fault before it exits. Exit status: 0 pass, 1 fail, 2 usage "
		   "or plan, 3 inconclusive, 4 aborted.",
	.options = options, .n_options = FDR_ARRAY_LEN(options), .min_args = 0, .max_args = 1,
	.run = run,
};
