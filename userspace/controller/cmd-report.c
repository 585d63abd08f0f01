// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "command.h"
#include "open-run.h"
#include "print.h"
#include "engine/engine.h"
#include "report/report.h"

static const char *html, *write_to, *junit, *openmetrics, *csv;
static bool json, text;

static const struct fdr_option options[] = {
	{ "text", 0, FDR_OPTION_FLAG, &text, NULL,
	  "print the report for a terminal (the default)" },
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL, "print the result as JSON instead" },
	{ "html", 0, FDR_OPTION_STRING, &html, "FILE", "write the page to FILE; '-' prints it" },
	{ "junit", 0, FDR_OPTION_STRING, &junit, "FILE",
	  "write JUnit XML: a test case for each trial and each gate" },
	{ "openmetrics", 0, FDR_OPTION_STRING, &openmetrics, "FILE", "write OpenMetrics text" },
	{ "csv", 0, FDR_OPTION_STRING, &csv, "FILE", "write a line for each trial" },
	{ "write", 'w', FDR_OPTION_STRING, &write_to, "DIR",
	  "write result.json, report.html, report.txt and junit.xml into DIR" },
};

/* That standard output took all of it is checked when the program ends. */
static int show(const struct fdr_result *r, struct fdr_error *e)
{
	const struct {
		const char *path;
		int (*render)(FILE *f, const struct fdr_result *r);
	} files[] = {
		{ junit, fdr_report_junit }, { openmetrics, fdr_report_openmetrics },
		{ csv, fdr_report_csv },
	};
	int err = 0;

	if (html && !strcmp(html, "-"))
		fdr_report_html(stdout, r);
	else if (html)
		err = fdr_report_write_file(html, fdr_report_render_html, r, e);
	for (size_t i = 0; err == 0 && i < FDR_ARRAY_LEN(files); i++)
		if (files[i].path)
			err = fdr_report_write_file(files[i].path, files[i].render, r, e);
	if (err == 0 && write_to)
		err = fdr_report_write_dir(r, write_to, e);
	if (err < 0)
		return err;
	if (json && fdr_report_json(stdout, r) == -ENOMEM)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (text || (!json && !html && !write_to && !junit && !openmetrics && !csv))
		fdr_report_text(stdout, r, fdr_print_color(stdout));
	return 0;
}

static int run(int argc, char **argv)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = NULL;
	struct fdr_open_run from FDR_CLEANUP(fdr_close_run) = { 0 };
	struct fdr_error e = { "" };
	int err;

	(void)argc;
	if (json && (text || (html && !strcmp(html, "-"))))
		return fdr_usage_error(&fdr_cmd_report, "only one report fits on standard output");
	err = fdr_open_run(argv[0], &from, &e);
	if (err == 0)
		err = fdr_analyse(from.store, &r, &e);
	/* Beside the report, which may be JSON. */
	if (err == 0 && *from.seal)
		fprintf(stderr, "%s: sound, seal %s\n", argv[0], from.seal);
	if (err == 0)
		err = show(r, &e);
	return err < 0 ? fdr_fail(err, &e) : FDR_EXIT_PASS;
}

const struct fdr_command fdr_cmd_report = {
	.name = "report",
	.args = "DIR|RUN.DB|BUNDLE",
	.summary = "Compute a run's result anew from its raw events and show it.",
	.details =
		"Reads the events that 'faultdrill run' kept and computes every figure from them; "
		"what an earlier report wrote is not looked at. A folder means the run.db in it; of a "
		"bundle that 'faultdrill export' wrote, every hash is checked first. "
		"The run may still be going on, or may have been killed: the report says how far "
		"it came.\n\n"
		"The exit status tells whether the report could be made, not the run's verdict; "
		"that is the member 'verdict' of the JSON.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
