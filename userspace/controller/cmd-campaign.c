// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "campaign.h"
#include "drill.h"
#include "print.h"
#include "report/figures.h"

static struct {
	const char *out, *into, *html, *junit, *csv, *when;
	struct fdr_strings sets;
	uint64_t seed;
	bool json, schema, resume, dry_run, yes, write;
} opt;

enum action { CHECK = 1, RUN = 2, REPORT = 4, SCHEDULE = 8 };
static const char *const actions[] = { "check", "run", "report", "schedule" };

static const struct fdr_option options[] = {
	{ "out", 'o', FDR_OPTION_STRING, &opt.out, "DIR",
	  "run: where everything goes; schedule: write the drop-ins below DIR" },
	{ "into", 0, FDR_OPTION_STRING, &opt.into, "DIR",
	  "run: into a new folder in DIR, named by the time" },
	{ "resume", 0, FDR_OPTION_FLAG, &opt.resume, NULL,
	  "run: go on with the campaign in --out DIR" },
	{ "dry-run", 0, FDR_OPTION_FLAG, &opt.dry_run, NULL,
	  "run: go to the nodes and ask each kernel whether it would accept; nothing fires" },
	{ "set", 0, FDR_OPTION_LIST, &opt.sets, "NAME=VALUE",
	  "override one of the campaign's vars; may be given again" },
	{ "seed", 0, FDR_OPTION_U64, &opt.seed, "N", "of the order and the onset phases" },
	{ "yes", 'y', FDR_OPTION_FLAG, &opt.yes, NULL, "do not ask before nodes are killed" },
	{ "json", 0, FDR_OPTION_FLAG, &opt.json, NULL,
	  "run, report: the result as JSON on standard output" },
	{ "html", 0, FDR_OPTION_STRING, &opt.html, "FILE", "report: write the page to FILE" },
	{ "junit", 0, FDR_OPTION_STRING, &opt.junit, "FILE",
	  "report: write JUnit XML, a test case for each combination" },
	{ "csv", 0, FDR_OPTION_STRING, &opt.csv, "FILE",
	  "report: write a line for each combination and milestone" },
	{ "write", 'w', FDR_OPTION_FLAG, &opt.write, NULL,
	  "report: write report.html and the like into DIR anew" },
	{ "schema", 0, FDR_OPTION_FLAG, &opt.schema, NULL,
	  "check: print the JSON Schema of campaigns instead" },
	{ "on-calendar", 0, FDR_OPTION_STRING, &opt.when, "WHEN",
	  "schedule: as in systemd.time(7): 'Mon..Fri 02:00'" },
};

#define RENDER(format) \
	static int render_##format(FILE *f, const void *x) \
	{ \
		return fdr_campaign_##format(f, x); \
	}
RENDER(junit)
RENDER(csv)

static int render_html(FILE *f, const void *x)
{
	fdr_campaign_html(f, x);
	return 0;
}

static int write_files(const struct fdr_campaign_results *x, struct fdr_error *e)
{
	const struct {
		const char *path;
		int (*render)(FILE *f, const void *x);
	} files[] = {
		{ opt.html, render_html }, { opt.junit, render_junit }, { opt.csv, render_csv },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(files); i++) {
		int r = files[i].path ? fdr_write_whole(files[i].path, files[i].render, x, e) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

/* Computes, writes and prints what there is.  0 and the verdict, or an exit status. */
static int tell(const struct fdr_work *w, bool write, enum fdr_verdict *ret)
{
	struct fdr_work_results results = { 0 };
	struct fdr_error e = { "" };
	int r = fdr_work_gather(w, &results, &e);

	if (r >= 0 && write)
		r = fdr_work_write(w, &results, &e);
	if (r >= 0)
		r = write_files(&results.v, &e);
	if (r >= 0 && opt.json)
		r = fdr_campaign_json(stdout, &results.v);
	else if (r >= 0)
		fdr_campaign_text(stdout, &results.v, fdr_print_color(stdout));
	*ret = results.v.verdict;
	fdr_work_results_clear(&results);
	return r < 0 ? fdr_fail(r, &e) : 0;
}

static int print_schema(void)
{
	json_t *j = fdr_campaign_schema();
	int r = fdr_print_json(j);

	json_decref(j);
	return r;
}

static int check(struct fdr_work *w, const char *path)
{
	int r = fdr_work_read(w, path, &opt.sets);

	if (!r)
		r = fdr_work_prepare(w);
	if (!r)
		fdr_work_show(stdout, w);
	return r;
}

/* DIR/20261128T020000Z */
static char *new_folder(const char *dir)
{
	time_t now = time(NULL);
	char stamp[32], *path;
	struct tm tm;

	mkdir(dir, 0777);
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	return asprintf(&path, "%s/%s", dir, stamp) < 0 ? NULL : path;
}

/* Reads the campaign from its file, or from the folder in which it was begun. */
static int begin(struct fdr_work *w, const char *path)
{
	char *dir FDR_CLEANUP_FREE = opt.into ? new_folder(opt.into) : NULL;
	struct fdr_error e = { "" };
	int r;

	if (opt.resume) {
		r = fdr_work_open(w, opt.out, false, &e);
		return r < 0 ? fdr_fail(r, &e) : fdr_work_prepare(w);
	}
	w->seed = opt.seed;
	r = fdr_work_read(w, path, &opt.sets);
	if (!r)
		r = fdr_work_prepare(w);
	if (r || opt.dry_run)
		return r;
	if (!opt.yes && !fdr_work_agreed(w))
		return FDR_EXIT_ABORTED;
	if (fdr_work_create(w, dir ? dir : opt.out, &e) < 0) {
		fdr_fail(-EINVAL, &e);
		return FDR_EXIT_USAGE;
	}
	return 0;
}

static int carry_out(struct fdr_work *w, const char *path)
{
	enum fdr_verdict verdict;
	int r = begin(w, path), told;

	if (r)
		return r;
	if (opt.dry_run) {
		r = fdr_work_dry_run(w);
		if (!r)
			fprintf(w->progress, "nothing was injected\n");
		return r;
	}
	r = fdr_work_run(w);
	told = tell(w, true, &verdict);
	if (!opt.json && !told)
		printf("report   %s/report.html\n", w->dir);
	return r ? FDR_EXIT_ABORTED : told ? told : fdr_exit_status(verdict);
}

static int report(struct fdr_work *w, const char *dir)
{
	enum fdr_verdict verdict;
	struct fdr_error e = { "" };
	int r = fdr_work_open(w, dir, true, &e);

	if (r < 0)
		return fdr_fail(r, &e);
	r = fdr_work_prepare(w);
	return r ? r : tell(w, opt.write, &verdict);
}

static int schedule(struct fdr_work *w, const char *path)
{
	int r = fdr_work_read(w, path, &opt.sets);

	if (!r)
		r = fdr_work_prepare(w);
	return r ? r : fdr_work_schedule(w, opt.when, opt.out);
}

/* Which of the options go with which action. */
static const struct {
	const void *value;
	bool flag;
	int with;
	const char *name;
} rules[] = {
	{ &opt.out, false, RUN | SCHEDULE, "--out" }, { &opt.into, false, RUN, "--into" },
	{ &opt.resume, true, RUN, "--resume" }, { &opt.dry_run, true, RUN, "--dry-run" },
	{ &opt.sets.v, false, CHECK | RUN | SCHEDULE, "--set" }, { &opt.yes, true, RUN, "--yes" },
	{ &opt.json, true, RUN | REPORT, "--json" }, { &opt.html, false, REPORT, "--html" },
	{ &opt.junit, false, REPORT, "--junit" }, { &opt.csv, false, REPORT, "--csv" },
	{ &opt.write, true, REPORT, "--write" }, { &opt.schema, true, CHECK, "--schema" },
	{ &opt.when, false, SCHEDULE, "--on-calendar" },
};

static int check_run(int argc)
{
	if (opt.resume && (argc || opt.into || opt.sets.n || opt.seed || opt.dry_run))
		return fdr_usage_error(&fdr_cmd_campaign, "--resume takes everything from the folder: "
				       "give --out DIR alone");
	if (opt.dry_run ? opt.out || opt.into : !opt.out == !opt.into)
		return fdr_usage_error(&fdr_cmd_campaign, opt.dry_run ? "--dry-run writes nothing: it "
				       "takes neither --out nor --into" : "run needs --out DIR or "
				       "--into DIR: where the results go");
	return 0;
}

static int usage(int argc, enum action action, const char *word)
{
	bool operand = !opt.schema && !opt.resume;

	for (size_t i = 0; i < FDR_ARRAY_LEN(rules); i++) {
		bool given = rules[i].flag ? *(const bool *)rules[i].value :
					     *(void *const *)rules[i].value != NULL;

		if (given && !(rules[i].with & action))
			return fdr_usage_error(&fdr_cmd_campaign, "%s does not go with \"%s\"",
					       rules[i].name, word);
	}
	if (action == SCHEDULE && (!opt.when || !*opt.when || strchr(opt.when, '\n')))
		return fdr_usage_error(&fdr_cmd_campaign, "schedule needs --on-calendar WHEN");
	if (operand && !argc)
		return fdr_usage_error(&fdr_cmd_campaign, "%s needs %s", word, action == REPORT ?
				       "the campaign's folder" : "the campaign's file");
	return action == RUN ? check_run(argc) : 0;
}

static int act(enum action action, const char *operand)
{
	struct fdr_words words;
	struct fdr_work w = { .words = &words, .lock_fd = -1,
			      .progress = opt.json ? stderr : stdout };
	struct fdr_error e = { "" };
	int r = fdr_words_gather(&words, &e);

	if (r < 0)
		return fdr_fail(r, &e);
	switch (action) {
	case CHECK:
		r = opt.schema ? print_schema() : check(&w, operand);
		break;
	case RUN:
		r = carry_out(&w, operand);
		break;
	case REPORT:
		r = report(&w, operand);
		break;
	case SCHEDULE:
		r = schedule(&w, operand);
		break;
	}
	fdr_work_clear(&w);
	fdr_words_clear(&words);
	return r;
}

static int run(int argc, char **argv)
{
	for (unsigned int i = 0; i < FDR_ARRAY_LEN(actions); i++) {
		enum action action = 1 << i;
		int r;

		if (strcmp(argv[0], actions[i]))
			continue;
		r = usage(argc - 1, action, argv[0]);
		return r ? r : act(action, argv[1]);
	}
	return fdr_usage_error(&fdr_cmd_campaign, "\"%s\" is none of check, run, report and schedule",
			       argv[0]);
}

const struct fdr_command fdr_cmd_campaign = {
	.name = "campaign",
	.args = "check|run|report|schedule [FILE|DIR]",
	.words = "check run report schedule",
	.summary = "Carry out many drills: a matrix of plans and variables, or a soak.",
	.details =
		"check FILE: reads the campaign and each plan with each combination of variables, "
		"and says what would be done to which node; no node is touched.\n\n"
		"run FILE --out DIR: carries it out, in the order that the seed draws; run --resume "
		"--out DIR goes on with one that was interrupted or whose controller died. What was "
		"done stays, and each trial is there exactly once. Ctrl-C clears every fault first.\n\n"
		"report DIR: computes the combinations' results anew from the runs' raw events.\n\n"
		"schedule FILE --on-calendar WHEN: prints the drop-ins by which systemd's timer "
		"carries it out.\n\n"
		"Exit status: 0 pass, 1 fail, 2 usage or a plan that is wrong, 3 inconclusive, 4 "
		"aborted: that of the worst combination. report: whether it could be made.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 1,
	.max_args = 2,
	.run = run,
};
