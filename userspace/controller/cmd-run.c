// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "drill.h"
#include "options.h"
#include "print.h"
#include "report/report.h"

#define TRIALS_MAX	10000

static struct {
	const char *out, *watch;
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
	{ .name = "watch", .letter = 'w', .type = FDR_OPTION_STRING, .value = &opt.watch,
	  .arg = "TIME",
	  .help = "inject nothing: watch the steady state for so long, and count false positives" },
	{ .name = "force", .type = FDR_OPTION_FLAG, .value = &opt.force,
	  .help = "overwrite the run that is in DIR" },
	{ .name = "dry-run", .type = FDR_OPTION_FLAG, .value = &opt.dry_run,
	  .help = "go to the nodes and ask each kernel whether it would accept; nothing fires" },
	{ .name = "resume", .type = FDR_OPTION_FLAG, .value = &opt.resume,
	  .help = "go on with the run in DIR that was cut short, by the plan that it holds" },
	{ .name = "yes", .letter = 'y', .type = FDR_OPTION_FLAG, .value = &opt.yes,
	  .help = "do not ask before a node is killed" },
};

static void print_paths(void)
{
	printf("\nresult   %s/result.json\nreport   %s/report.html\n"
	       "text     %s/report.txt\nevents   %s/run.db\n", opt.out, opt.out, opt.out, opt.out);
}

static int show(const struct fdr_result *result)
{
	if (opt.json) {
		fdr_report_json(stdout, result);
	} else {
		putchar('\n');
		fdr_report_text(stdout, result, fdr_print_color(stdout));
		print_paths();
	}
	return fdr_exit_status(result->verdict);
}

static int dry_run(const struct fdr_drill *d, const struct fdr_plan *plan)
{
	int r = fdr_drill_dry_run(d, plan);

	if (!r && !opt.json)
		printf("nothing was injected\n");
	return r;
}

static int usage(int argc, uint64_t *ret_watch_ns)
{
	if (opt.watch && fdr_options_time(&fdr_cmd_run, "--watch", opt.watch, ret_watch_ns) < 0)
		return FDR_EXIT_USAGE;
	/* None at all would mean: inject. */
	if (opt.watch && !*ret_watch_ns)
		return fdr_usage_error(&fdr_cmd_run, "--watch: \"%s\" is no time to watch", opt.watch);
	if (opt.resume && (argc || opt.sets.n || opt.trials || opt.watch || opt.seed || opt.force ||
			   opt.dry_run))
		return fdr_usage_error(&fdr_cmd_run, "--resume takes the plan and everything else "
				       "from DIR: give --out DIR alone");
	if (!opt.resume && !argc)
		return fdr_usage_error(&fdr_cmd_run, "PLAN is needed");
	if (opt.watch && opt.dry_run)
		return fdr_usage_error(&fdr_cmd_run, "--watch and --dry-run: one or the other");
	if (!opt.out && !opt.dry_run)
		return fdr_usage_error(&fdr_cmd_run, "--out DIR is needed: where the results go");
	if (opt.trials > TRIALS_MAX)
		return fdr_usage_error(&fdr_cmd_run, "--trials: at most %d", TRIALS_MAX);
	return 0;
}

/* The plan is the command line's, or the one that the run in DIR holds. */
static int carry_out(const char *path, uint64_t watch_ns, const struct fdr_words *words)
{
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	struct fdr_result *result FDR_CLEANUP(fdr_result_freep) = NULL;
	struct fdr_drill d = { .dir = opt.out, .sets = opt.sets.v, .n_sets = opt.sets.n,
			       .progress = opt.json ? stderr : stdout, .force = opt.force,
			       .yes = opt.yes };
	int r;

	if (opt.resume) {
		r = fdr_drill_resume(&d, words, &result);
		return r ? r : show(result);
	}
	r = fdr_read_plan(path, words, opt.sets.v, opt.sets.n, &plan);
	if (r)
		return r;
	if (opt.trials)
		plan->trials.count = opt.trials;
	if (opt.seed)
		plan->trials.seed = opt.seed;
	if (opt.watch) {
		plan->trials.watch_ns = watch_ns;
		if (!opt.trials)
			plan->trials.count = 1;
	}
	if (opt.dry_run)
		return dry_run(&d, plan);
	r = fdr_drill_start(&d, plan, &result);
	return r ? r : show(result);
}

static int run(int argc, char **argv)
{
	struct fdr_error e = { "" };
	struct fdr_words words;
	uint64_t watch_ns = 0;
	int r;

	r = usage(argc, &watch_ns);
	if (r)
		return r;
	r = fdr_words_gather(&words, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	r = carry_out(argv[0], watch_ns, &words);
	fdr_words_clear(&words);
	return r;
}

const struct fdr_command fdr_cmd_run = {
	.name = "run", .args = "[PLAN]", .summary = "Carry out a drill and measure the reaction.",
	.details = "Waits for the steady state, injects the fault, watches the milestones and the "
		   "recovery, and repeats it as often as the plan says. DIR gets run.db (every raw "
		   "event), result.json, report.html, report.txt and junit.xml.\n\n"
		   "A run whose controller died or was interrupted is gone on with by --resume "
		   "--out DIR: trials that had ended stay, the one that was cut short is done "
		   "again, and what it left broken is cleared first.\n\n"
		   "With --watch, nothing is injected: once the steady state holds, probes and "
		   "workloads go on for that time, and whatever a detector reports is a false "
		   "positive.\n\n"
		   "Ctrl-C clears every fault before it exits. Exit status: 0 pass, 1 fail, 2 usage "
		   "or plan, 3 inconclusive, 4 aborted.",
	.options = options, .n_options = FDR_ARRAY_LEN(options), .min_args = 0, .max_args = 1,
	.run = run,
};
