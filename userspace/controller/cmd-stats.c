// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "command.h"
#include "print.h"
#include "report/figures.h"
#include "series.h"

static struct fdr_strings gates;
static bool json;

static const struct fdr_option options[] = {
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL, "print the figures as JSON instead" },
	{ "gate", 0, FDR_OPTION_LIST, &gates, "pQ=TIME",
	  "a quantile must be at most TIME in every group: p90=2s, median=500ms; may be given "
	  "again" },
};

static int exit_of(enum fdr_gate g)
{
	static const int statuses[] = {
		[FDR_GATE_PASS] = FDR_EXIT_PASS, [FDR_GATE_FAIL] = FDR_EXIT_FAIL,
		[FDR_GATE_INCONCLUSIVE] = FDR_EXIT_INCONCLUSIVE,
	};

	return statuses[g];
}

static int show(const struct fdr_figures *x)
{
	struct fdr_error e = { "" };

	if (!json)
		fdr_figures_text(stdout, x, fdr_print_color(stdout));
	else if (fdr_figures_json(stdout, x) == -ENOMEM)
		return fdr_fail(-ENOMEM, &e);
	return exit_of(fdr_figures_judge(x));
}

static int run(int argc, char **argv)
{
	FDR_CLEANUP_FREE struct fdr_figures_gate *v = calloc(gates.n + 1, sizeof(*v));
	struct fdr_series_set set;
	struct fdr_error e = { "" };
	int r;

	(void)argc;
	if (!v)
		return fdr_fail(-ENOMEM, &e);
	for (size_t i = 0; i < gates.n; i++)
		if (fdr_parse_gate(gates.v[i], &v[i].p, &v[i].limit_ns) < 0)
			return fdr_usage_error(&fdr_cmd_stats, "--gate: \"%s\" is no quantile and "
					       "time, like p90=2s or median=500ms", gates.v[i]);
	r = fdr_series_load_csv(argv[0], &set, &e);
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_USAGE;
	}
	r = show(&(struct fdr_figures){ .file = argv[0], .groups = &set, .gates = v,
					.n_gates = gates.n });
	fdr_series_clear(&set);
	return r;
}

const struct fdr_command fdr_cmd_stats = {
	.name = "stats",
	.args = "FILE",
	.summary = "Judge times from anywhere by the statistics that drills are judged by.",
	.details =
		"FILE is a CSV of lines lo,hi,event[,group]; '-' is standard input. The value lies "
		"in [lo, hi], in seconds: both the same where it is known exactly. Event 1: it was "
		"seen; 0: it was given up at lo and had not come (hi may be empty). A heading, blank "
		"lines and lines that begin with '#' may be there.\n\n"
		"Prints median, p90, p95 and p99 of each group with their 95 % intervals and the "
		"confidence that these reach, the share that was seen, and how much later each "
		"group is than the first. '≥': there are too few values for more than a lower "
		"bound.\n\n"
		"With --gate the exit status is that of a test: 0 the interval's upper end is "
		"within the limit, 1 its lower end is not, 3 the limit lies between. 2: FILE cannot "
		"be read; the message names line and column.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
