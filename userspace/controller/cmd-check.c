// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "plan-show.h"
#include "predict-show.h"
#include "print.h"
#include "vocabulary.h"

static struct {
	struct fdr_strings sets;
	bool json, schema;
} opt;

static const struct fdr_option options[] = {
	{ .name = "set", .type = FDR_OPTION_LIST, .value = &opt.sets, .arg = "NAME=VALUE",
	  .help = "override a variable of the plan; may be given again" },
	{ .name = "json", .type = FDR_OPTION_FLAG, .value = &opt.json,
	  .help = "print the resolved plan as JSON, times in ns" },
	{ .name = "schema", .type = FDR_OPTION_FLAG, .value = &opt.schema,
	  .help = "print the JSON Schema of plans instead, for editors" },
};

static int print_owned(json_t *j)
{
	int r = fdr_print_json(j);

	json_decref(j);
	return r;
}

static int check(const char *path, const struct fdr_words *words)
{
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	int r;

	r = fdr_read_plan(path, words, opt.sets.v, opt.sets.n, &plan);
	if (r)
		return r;
	if (opt.json)
		return print_owned(fdr_plan_to_json(plan));
	fdr_plan_show(stdout, plan);
	fdr_predict_show_plan(stdout, plan);
	return FDR_EXIT_PASS;
}

static int run(int argc, char **argv)
{
	struct fdr_error e = { "" };
	struct fdr_words words;
	int r;

	if (!opt.schema && argc != 1)
		return fdr_usage_error(&fdr_cmd_check, "which plan?");
	r = fdr_words_gather(&words, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	r = opt.schema ? print_owned(fdr_plan_schema(&words.v)) : check(argv[0], &words);
	fdr_words_clear(&words);
	return r;
}

const struct fdr_command fdr_cmd_check = {
	.name = "check", .args = "PLAN", .summary = "Check a plan and say what it would do.",
	.details = "Reads the plan as \"run\" does and touches no node. Every problem is told "
		   "with its line and column; the exit status is then 2.",
	.options = options, .n_options = FDR_ARRAY_LEN(options), .min_args = 0, .max_args = 1,
	.run = run,
};
