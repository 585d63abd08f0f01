// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "command.h"
#include "print.h"
#include "report/figures.h"
#include "series.h"

static struct fdr_strings chosen;
static const char *limit_text, *junit, *openmetrics, *csv;
static bool json;

static const struct fdr_option options[] = {
	{ "max-regression", 0, FDR_OPTION_STRING, &limit_text, "TIME|N%",
	  "B may be so much later than A (200ms), or so much longer (10%); the exit status tells" },
	{ "only", 0, FDR_OPTION_LIST, &chosen, "SERIES",
	  "compare this milestone or group alone; may be given again" },
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL, "print the comparison as JSON instead" },
	{ "junit", 0, FDR_OPTION_STRING, &junit, "FILE",
	  "write JUnit XML: an inconclusive series is an error" },
	{ "openmetrics", 0, FDR_OPTION_STRING, &openmetrics, "FILE", "write OpenMetrics text" },
	{ "csv", 0, FDR_OPTION_STRING, &csv, "FILE", "write a line for each series" },
};

static bool is_chosen(const char *name)
{
	for (size_t i = 0; i < chosen.n; i++)
		if (!strcmp(chosen.v[i], name))
			return true;
	return !chosen.n;
}

/* Every series that both have; what only one has is named. */
static int compare(const struct fdr_series_set *a, const struct fdr_series_set *b,
		   struct fdr_comparisons *x)
{
	for (size_t i = 0; i < a->n; i++) {
		const struct fdr_series *other = fdr_series_find(b, a->v[i].name);
		int r;

		if (!is_chosen(a->v[i].name))
			continue;
		if (!other) {
			x->only_a[x->n_only_a++] = a->v[i].name;
			continue;
		}
		r = fdr_stats_compare(&a->v[i], other, &x->limit, &x->v[x->n]);
		if (r < 0)
			return r;
		x->n++;
	}
	for (size_t i = 0; i < b->n; i++)
		if (is_chosen(b->v[i].name) && !fdr_series_find(a, b->v[i].name))
			x->only_b[x->n_only_b++] = b->v[i].name;
	return 0;
}

/* "csv: detected, served", for who asked for what is not there. */
static int check_chosen(const struct fdr_series_set *a, const struct fdr_series_set *b)
{
	char there[512] = "";
	size_t n = 0;

	for (size_t i = 0; i < a->n && n < sizeof(there); i++)
		n += (size_t)snprintf(there + n, sizeof(there) - n, "%s%s", i ? ", " : "",
				      a->v[i].name);
	for (size_t i = 0; i < chosen.n; i++)
		if (!fdr_series_find(a, chosen.v[i]) && !fdr_series_find(b, chosen.v[i]))
			return fdr_usage_error(&fdr_cmd_compare, "--only: neither has \"%s\"; there "
					       "are: %s", chosen.v[i], there);
	return 0;
}

#define RENDER(format) \
	static int render_##format(FILE *f, const void *x) \
	{ \
		return fdr_comparisons_##format(f, x); \
	}
RENDER(junit)
RENDER(openmetrics)
RENDER(csv)

static int write_files(const struct fdr_comparisons *x, struct fdr_error *e)
{
	const struct {
		const char *path;
		int (*render)(FILE *f, const void *x);
	} files[] = {
		{ junit, render_junit }, { openmetrics, render_openmetrics }, { csv, render_csv },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(files); i++) {
		int r = files[i].path ? fdr_write_whole(files[i].path, files[i].render, x, e) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int show(const struct fdr_comparisons *x)
{
	static const int statuses[] = {
		[FDR_GATE_PASS] = FDR_EXIT_PASS, [FDR_GATE_FAIL] = FDR_EXIT_FAIL,
		[FDR_GATE_INCONCLUSIVE] = FDR_EXIT_INCONCLUSIVE,
	};
	struct fdr_error e = { "" };
	int r = write_files(x, &e);

	/* No verdict without the file that was to hold it. */
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_USAGE;
	}
	if (!json)
		fdr_comparisons_text(stdout, x, fdr_print_color(stdout));
	else if (fdr_comparisons_json(stdout, x) == -ENOMEM)
		return fdr_fail(-ENOMEM, &e);
	return statuses[fdr_comparisons_judge(x)];
}

static int compare_sets(char **names, const struct fdr_series_set *a,
			const struct fdr_series_set *b, const struct fdr_limit *limit)
{
	FDR_CLEANUP_FREE struct fdr_comparison *v = calloc(a->n + 1, sizeof(*v));
	FDR_CLEANUP_FREE const char **only_a = calloc(a->n + 1, sizeof(*only_a));
	FDR_CLEANUP_FREE const char **only_b = calloc(b->n + 1, sizeof(*only_b));
	struct fdr_comparisons x = { .a = names[0], .b = names[1], .v = v, .limit = *limit,
				     .only_a = only_a, .only_b = only_b };
	struct fdr_error e = { "" };
	int r;

	if (!v || !only_a || !only_b)
		return fdr_fail(-ENOMEM, &e);
	r = check_chosen(a, b);
	if (r)
		return r;
	r = compare(a, b, &x);
	return r < 0 ? fdr_fail(r, &e) : show(&x);
}

static int run(int argc, char **argv)
{
	struct fdr_series_set a = { 0 }, b = { 0 };
	struct fdr_limit limit = { 0 };
	struct fdr_error e = { "" };
	int r;

	(void)argc;
	if (limit_text && fdr_parse_limit(limit_text, &limit) < 0)
		return fdr_usage_error(&fdr_cmd_compare, "--max-regression: \"%s\" is neither a "
				       "time (200ms) nor a part (10%%)", limit_text);
	r = fdr_series_load(argv[0], &a, &e);
	if (r >= 0)
		r = fdr_series_load(argv[1], &b, &e);
	if (r < 0) {
		fdr_fail(r, &e);
		r = FDR_EXIT_USAGE;
	} else {
		r = compare_sets(argv, &a, &b, &limit);
	}
	fdr_series_clear(&a);
	fdr_series_clear(&b);
	return r;
}

const struct fdr_command fdr_cmd_compare = {
	.name = "compare",
	.args = "A B",
	.summary = "Say how much later one run's milestones are than another's.",
	.details =
		"A and B are runs (a folder, run.db, result.json or bundle) or CSVs as 'faultdrill "
		"stats' reads them; A is the one before, B the one after. Each milestone, what users "
		"saw (users.lost_time, users.longest_gap, users.undetected), or each group of a CSV is "
		"compared by the Hodges-Lehmann shift with its 95 % interval, and by the log-rank test "
		"where something had not come by its deadline.\n\n"
		"With --max-regression it is a gate for CI. Exit status: 0 pass, the upper end of "
		"every interval is within the limit; 1 fail, the lower end of one is not; 3 "
		"inconclusive, more trials are needed to tell (or there is nothing to compare); 2 A or "
		"B cannot be read.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 2,
	.max_args = 2,
	.run = run,
};
