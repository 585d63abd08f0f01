// SPDX-License-Identifier: GPL-2.0-or-later
#include "html.h"

#include <inttypes.h>
#include <string.h>

#include "loss.h"
#include "findings.h"
#include "gates.h"
#include "report.h"

static void tile(FILE *f, const char *name, const char *value, const char *note)
{
	fprintf(f, "<div class=\"tile\"><dt>%s</dt><dd>", name);
	fdr_put_prose(f, value);
	fputs("</dd><dd>", f);
	fdr_put_prose(f, note);
	fputs("</dd></div>\n", f);
}

static void milestone_tile(FILE *f, const struct fdr_result *r, size_t m, const char *name,
			   const char *absent)
{
	const struct fdr_description *s = &r->summary[m];
	const struct fdr_quantile *q = fdr_show_quantile(s, 0.5);
	char value[80], note[160];

	if (!s->n) {
		tile(f, name, "–", absent);
		return;
	}
	if (q && q->known)
		snprintf(value, sizeof(value), "%s%s", q->at_least ? "≥ " : "",
			 fdr_show_ns(q->value_ns).s);
	else
		snprintf(value, sizeof(value), "not seen");
	if (s->n_censored)
		snprintf(note, sizeof(note), "not by the deadline in %u of %s", s->n_censored,
			 fdr_show_number_of(s->n, "trial").s);
	else if (s->n == 1)
		snprintf(note, sizeof(note), "one trial");
	else
		snprintf(note, sizeof(note), "median; %s to %s", fdr_show_ns(s->min_ns).s,
			 fdr_show_ns(s->max_ns).s);
	tile(f, name, value, note);
}

static void users_tile(FILE *f, const struct fdr_result *r)
{
	uint64_t requests = 0, bad = 0;
	int64_t gap = 0;
	char note[200];

	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];
		uint64_t here = t->workload.late + t->workload.errors + t->workload.timeouts;

		if (!t->milestones[FDR_ONSET].present || t->verdict == FDR_ABORTED)
			continue;
		requests += t->workload.requests;
		bad += here;
		if (here && t->workload.longest_gap_ns > gap)
			gap = t->workload.longest_gap_ns;
	}
	if (!requests)
		tile(f, "Outage for users", "–", "no workload ran");
	else if (!bad) {
		snprintf(note, sizeof(note), "none of %s failed or came late",
			 fdr_show_number_of(requests, "request").s);
		tile(f, "Outage for users", "none", note);
	} else {
		snprintf(note, sizeof(note), "longest without a success; %s of %s bad",
			 fdr_show_count(bad).s, fdr_show_number_of(requests, "request").s);
		tile(f, "Outage for users", fdr_show_ns(gap).s, note);
	}
}

static void bound_tile(FILE *f, const struct fdr_result *r)
{
	int64_t widest = 0;
	size_t which = FDR_DETECTED;

	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		if (r->summary[m].bound_ns > widest) {
			widest = r->summary[m].bound_ns;
			which = m;
		}
	}
	if (widest) {
		char note[80];

		snprintf(note, sizeof(note), "at worst, for '%s'", fdr_show_milestone(which));
		tile(f, "Uncertainty", fdr_show_bound(widest).s, note);
	} else {
		tile(f, "Uncertainty", "–", "nothing was seen");
	}
}

static void header(FILE *f, const struct fdr_result *r, const struct fdr_findings *said)
{
	const char *verdict = fdr_verdict_names[r->verdict];
	struct fdr_shown took = { "" };

	if (r->elapsed_ns)
		took = fdr_show_ns(r->elapsed_ns);
	fputs("<header><div class=\"kicker\"><span>faultdrill</span><b>", f);
	fdr_put_html(f, r->name);
	fprintf(f, "</b><span class=\"badge %s\">%s</span>", verdict, verdict);
	if (r->started_real_ns)
		fprintf(f, "<span>%s UTC</span>", fdr_show_date(r->started_real_ns).s);
	fprintf(f, "<span>%s%s%s</span></div>\n<h1>", fdr_show_number_of(r->n_trials, "trial").s,
		r->elapsed_ns ? " in " : "", took.s);
	fdr_put_prose(f, said->headline);
	fputs("</h1>\n<p class=\"sub\">", f);
	fdr_put_prose(f, said->subline);
	if (r->description && *r->description) {
		fputs("</p>\n<p class=\"sub about\">", f);
		fdr_put_html(f, r->description);
	}
	if (r->quiet_ns) {
		fputs("</p></header>\n", f);
		return;
	}
	fputs("</p>\n<dl class=\"tiles\">\n", f);
	milestone_tile(f, r, FDR_DETECTED, "Detected after", "the plan does not ask for it");
	users_tile(f, r);
	milestone_tile(f, r, FDR_REDUNDANT, "Redundant again after", "not seen, or not asked for");
	bound_tile(f, r);
	fputs("</dl></header>\n", f);
}

static void findings(FILE *f, const struct fdr_findings *said)
{
	static const struct {
		const char *class, *mark, *word;
	} look[] = {
		[FDR_FINDING_GOOD] = { "good", "✓", "Good" },
		[FDR_FINDING_NOTE] = { "note", "·", "Note" },
		[FDR_FINDING_WARN] = { "warn", "!", "Attention" },
	};

	if (!said->n)
		return;
	fputs("<h2 id=\"says\">What it says</h2>\n<ul class=\"says card\">\n", f);
	for (size_t i = 0; i < said->n; i++) {
		fprintf(f, "<li class=\"%s\"><span class=\"mark\" role=\"img\" "
			"aria-label=\"%s\">%s</span><span>",
			look[said->v[i].level].class, look[said->v[i].level].word,
			look[said->v[i].level].mark);
		fdr_put_prose(f, said->v[i].text);
		fputs("</span></li>\n", f);
	}
	fputs("</ul>\n", f);
}

static void reproduce(FILE *f, const struct fdr_result *r)
{
	/* Runs of a campaign, each with a seed of its own. */
	if (r->n_runs)
		return;
	fputs("<h2 id=\"again\">Run it again</h2><p class=\"lead\">The seed fixes the phase of "
	      "every onset; what the cluster does with it is its own.</p>\n"
	      "<pre>faultdrill run ", f);
	fdr_put_html(f, r->plan_path ? r->plan_path : "PLAN");
	fprintf(f, " --seed %" PRIu64 " --trials %zu", r->seed,
		r->n_planned ? r->n_planned : r->n_trials);
	if (r->quiet_ns)
		fprintf(f, " --watch %" PRId64 "ms",
			r->quiet_ns / (int64_t)r->n_trials / (int64_t)FDR_NS_PER_MS);
	fputs(" --out DIR</pre>\n", f);
	if (r->plan_text) {
		fputs("<details><summary>The plan as it was run", f);
		if (r->plan_sha256) {
			fputs(" (SHA-256 ", f);
			fdr_put_html(f, r->plan_sha256);
			fputs(")", f);
		}
		fputs("</summary><pre>", f);
		fdr_put_html(f, r->plan_text);
		fputs("</pre></details>\n", f);
	}
}

void fdr_report_html(FILE *f, const struct fdr_result *r)
{
	struct fdr_findings said;

	fdr_findings(r, &said);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", f);
	fdr_put_html(f, r->name ? r->name : "drill");
	fputs(" – faultdrill report</title>\n", f);
	fdr_html_style(f);
	fputs("</head>\n<body>\n", f);
	fdr_html_symbols(f);
	header(f, r, &said);
	fputs("<main>\n", f);
	findings(f, &said);
	fdr_html_gates(f, r);
	if (r->n_trials && !r->quiet_ns) {
		fputs("<h2 id=\"summary\">Reaction times</h2><p class=\"lead\">Every time counts "
		      "from the onset of the fault.</p>\n", f);
		fdr_html_strip(f, r);
		fdr_html_summary(f, r);
		fdr_html_timelines(f, r);
		fputs("<h2 id=\"figures\">All figures</h2>\n", f);
		fdr_html_trials(f, r);
		fdr_html_onsets(f, r);
		fdr_html_workload(f, r);
		fdr_html_usage(f, r);
		fdr_html_loss(f, r);
	}
	fdr_html_nodes(f, r);
	fdr_html_method(f, r);
	reproduce(f, r);
	fputs("</main>\n<footer>Written by faultdrill ", f);
	fdr_put_html(f, r->version);
	if (r->n_runs)
		fprintf(f, ". Made of %u runs of a campaign; 'faultdrill campaign report' computes "
			"it anew from their raw events.", r->n_runs);
	else
		fputs(". Every raw event is in run.db beside this page; 'faultdrill report' computes "
		      "it anew.", f);
	fputs("</footer>\n</body>\n</html>\n", f);
}
