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
	bool json, force, yes;
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

static int carry_out(const struct fdr_plan *plan)
{
	struct fdr_store *store FDR_CLEANUP(fdr_store_closep) = NULL;
	FILE *progress = opt.json ? stderr : stdout;
	struct fdr_run_options o = { .plan = plan, .progress = progress,
				     .colour = fdr_print_color(progress) };
	struct fdr_error e = { "" };
	char *db FDR_CLEANUP_FREE = path_in(opt.out, "run.db");
	int r;

	r = db ? prepare_dir(&e) : fdr_err(&e, -ENOMEM, "out of memory");
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_USAGE;
	}
	r = fdr_store_create(db, &store, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	o.store = store;
	r = fdr_engine_run(&o, &e);
	if (r < 0)
		fdr_fail(r, &e);
	/* What cannot be kept cannot be reported; it has been said. */
	if (fdr_store_flush(store, NULL) < 0)
		return FDR_EXIT_ABORTED;
	/* What there is is told, also of a run that did not come to its end. */
	return report(store);
}

static int run(int argc, char **argv)
{
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	struct fdr_error e = { "" };
	struct fdr_words words;
	int r;

	(void)argc;
	if (!opt.out)
		return fdr_usage_error(&fdr_cmd_run, "--out DIR is needed: where the results go");
	if (opt.trials > TRIALS_MAX)
		return fdr_usage_error(&fdr_cmd_run, "--trials: at most %d", TRIALS_MAX);
	r = fdr_words_gather(&words, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	r = fdr_read_plan(argv[0], &words, opt.sets.v, opt.sets.n, &plan);
	if (!r) {
		if (opt.trials)
			plan->trials.count = opt.trials;
		if (opt.seed)
			plan->trials.seed = opt.seed;
		r = agreed(plan) ? carry_out(plan) : FDR_EXIT_ABORTED;
	}
	/* The plan's options point into the words. */
	plan = fdr_plan_free(plan);
	fdr_words_clear(&words);
	return r;
}

const struct fdr_command fdr_cmd_run = {
	.name = "run", .args = "PLAN", .summary = "Carry out a drill and measure the reaction.",
	.details = "Waits for the steady state, injects the fault, watches the milestones and the "
		   "recovery, and repeats it as often as the plan says. DIR gets run.db (every raw "
		   "event), result.json, report.html and report.txt.\n\n"
		   "Ctrl-C clears every fault before it exits. Exit status: 0 pass, 1 fail, 2 usage "
		   "or plan, 3 inconclusive, 4 aborted.",
	.options = options, .n_options = FDR_ARRAY_LEN(options), .min_args = 1, .max_args = 1,
	.run = run,
};
