// SPDX-License-Identifier: GPL-2.0-or-later
/* A run as JUnit XML: each trial and each gate is a test case. */
#include "report.h"
#include "show.h"

/* What was not decided is an error: without data nothing has passed. */
static void put_case(FILE *f, const char *class, const char *name, const char *tag,
		     const char *type, const char *why, const char *says)
{
	fprintf(f, "    <testcase classname=\"faultdrill.%s\" name=\"", class);
	fdr_put_html(f, name);
	fputs("\">\n", f);
	if (tag) {
		fprintf(f, "      <%s type=\"%s\" message=\"", tag, type);
		fdr_put_html(f, why);
		fputs("\"/>\n", f);
	}
	if (*says) {
		fputs("      <system-out>", f);
		fdr_put_html(f, says);
		fputs("</system-out>\n", f);
	}
	fputs("    </testcase>\n", f);
}

static void put_trial(FILE *f, const struct fdr_result_trial *t)
{
	const char *tag = t->verdict == FDR_PASS ? NULL : t->verdict == FDR_FAIL ? "failure" :
			  "error";
	char name[160], says[1024] = "";
	size_t n = 0;

	snprintf(name, sizeof(name), "trial %u: %s%s%s", t->n, t->fault, *t->node ? " on " : "",
		 t->node);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX && n < sizeof(says); m++)
		if (t->milestones[m].present)
			n += (size_t)snprintf(says + n, sizeof(says) - n, "%s%s %s%s", n ? ", " : "",
					      fdr_show_milestone(m),
					      t->milestones[m].censored ? "not within " : "",
					      fdr_show_ns(fdr_middle(&t->milestones[m].when)).s);
	put_case(f, "trial", name, tag, fdr_verdict_names[t->verdict], t->reason, says);
}

static void put_gate(FILE *f, const struct fdr_result_gate *g)
{
	const char *tag = g->gate == FDR_GATE_PASS ? NULL : g->gate == FDR_GATE_FAIL ? "failure" :
			  "error";
	char asks[96], knows[160];

	fdr_gate_asks(g, asks, sizeof(asks));
	fdr_gate_knows(g, knows, sizeof(knows));
	put_case(f, "gate", asks, tag, fdr_gate_names[g->gate], knows, tag ? "" : knows);
}

int fdr_report_junit(FILE *f, const struct fdr_result *r)
{
	/* A run that was aborted, or in which nothing was tried, is no pass. */
	bool broken = r->verdict == FDR_ABORTED || (!r->n_trials && !r->n_gates);
	size_t failures = 0, errors = broken;

	for (size_t i = 0; i < r->n_trials; i++) {
		failures += r->trials[i].verdict == FDR_FAIL;
		errors += r->trials[i].verdict > FDR_FAIL;
	}
	for (size_t i = 0; i < r->n_gates; i++) {
		failures += r->gates[i].gate == FDR_GATE_FAIL;
		errors += r->gates[i].gate == FDR_GATE_INCONCLUSIVE;
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"", f);
	fdr_put_html(f, r->name ? r->name : "drill");
	fprintf(f, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n",
		r->n_trials + r->n_gates + broken, failures, errors, (double)r->elapsed_ns / 1e9);
	fputs("    <properties>\n      <property name=\"plan\" value=\"", f);
	fdr_put_html(f, r->plan_path);
	fprintf(f, "\"/>\n      <property name=\"seed\" value=\"%llu\"/>\n      <property name=\""
		"verdict\" value=\"%s\"/>\n    </properties>\n", (unsigned long long)r->seed,
		fdr_verdict_names[r->verdict]);
	for (size_t i = 0; i < r->n_trials; i++)
		put_trial(f, &r->trials[i]);
	for (size_t i = 0; i < r->n_gates; i++)
		put_gate(f, &r->gates[i]);
	if (broken)
		put_case(f, "run", "came to its end", "error", fdr_verdict_names[r->verdict],
			 *r->reason ? r->reason : "there was no trial", "");
	fputs("  </testsuite>\n</testsuites>\n", f);
	return 0;
}
