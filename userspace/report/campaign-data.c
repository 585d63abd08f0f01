// SPDX-License-Identifier: GPL-2.0-or-later
/* A campaign's results for programs: JSON, CSV, JUnit XML. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "campaign.h"
#include "result/describe-json.h"
#include "show.h"

static const struct {
	const char *name;
	size_t at;
} users[] = {
	{ "lost_time", offsetof(struct fdr_result_users, lost_time) },
	{ "longest_gap", offsetof(struct fdr_result_users, longest_gap) },
	{ "undetected", offsetof(struct fdr_result_users, undetected) },
};

static const struct fdr_description *of_users(const struct fdr_result *r, size_t i)
{
	return (const void *)((const char *)&r->users + users[i].at);
}

static json_t *row_json(const struct fdr_campaign_row *c)
{
	const struct fdr_result *r = c->result;
	json_t *o = json_pack("{s:s, s:s, s:s*, s:i, s:i}", "label", c->label, "plan", c->plan,
			      "page", *c->page ? c->page : NULL, "trials_planned",
			      (int)c->trials_planned, "trials", r ? (int)r->n_trials : 0);
	json_t *milestones, *seen;
	char reason[256];

	if (!r)
		return o;
	fdr_text_clean(reason, sizeof(reason), r->reason);
	json_object_set_new(o, "verdict", json_string(fdr_verdict_names[r->verdict]));
	json_object_set_new(o, "reason", json_string(reason));
	json_object_set_new(o, "false_positives", json_integer(r->false_positives));
	milestones = json_object();
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		json_object_set_new(milestones, fdr_milestone_names[m],
				    fdr_description_json(&r->summary[m]));
	json_object_set_new(o, "summary", milestones);
	seen = json_pack("{s:o}", "noticed", fdr_share_json(&r->users.noticed));
	for (size_t i = 0; i < FDR_ARRAY_LEN(users); i++)
		json_object_set_new(seen, users[i].name, fdr_description_json(of_users(r, i)));
	json_object_set_new(o, "users", seen);
	return o;
}

int fdr_campaign_json(FILE *f, const struct fdr_campaign_results *x)
{
	json_t *cells = json_array(), *o;
	char seed[24];
	int r;

	snprintf(seed, sizeof(seed), "%" PRIu64, x->seed);
	for (size_t i = 0; i < x->n; i++)
		json_array_append_new(cells, row_json(&x->rows[i]));
	o = json_pack("{s:s, s:s, s:s, s:s*, s:s, s:b, s:I, s:s, s:s, s:i, s:i, s:i, s:i, s:o}",
		      "format", "faultdrill-campaign-result/1", "version", x->version, "name",
		      x->name, "description", x->description, "seed", seed, "soak", x->soak,
		      "started_real_ns", (json_int_t)x->started_real_ns, "verdict",
		      fdr_verdict_names[x->verdict], "reason", x->reason, "runs", (int)x->runs,
		      "runs_planned", (int)x->runs_planned, "trials", (int)x->trials, "failures",
		      (int)x->failures, "cells", cells);
	r = !o ? -ENOMEM :
		json_dumpf(o, f, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0 ? -EIO : 0;
	json_decref(o);
	fputc('\n', f);
	return r;
}

/* A field that may hold anything. */
static void quoted(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', f);
		fputc((unsigned char)*s < ' ' ? ' ' : *s, f);
	}
	fputc('"', f);
}

static void seconds(FILE *f, bool known, int64_t ns)
{
	fputc(',', f);
	if (known && ns != FDR_STATS_UNBOUNDED && ns != FDR_STATS_NOTHING)
		fprintf(f, "%.9g", (double)ns / 1e9);
	else if (known)
		fputs(ns < 0 ? "-inf" : "inf", f);
}

static void csv_line(FILE *f, const struct fdr_campaign_results *x, size_t i, const char *series,
		     const struct fdr_description *d)
{
	const struct fdr_quantile *q = fdr_show_quantile(d, 0.5);
	const struct fdr_campaign_row *c = &x->rows[i];

	if (!d->n)
		return;
	fprintf(f, "%zu,", i + 1);
	quoted(f, c->label);
	fputc(',', f);
	quoted(f, c->plan);
	fprintf(f, ",%s,%s,%u,%u", fdr_verdict_names[c->result->verdict], series, d->n,
		d->n_censored);
	seconds(f, q && q->known && !q->at_least, q ? q->value_ns : 0);
	seconds(f, q && q->has_interval, q ? q->lo_ns : 0);
	seconds(f, q && q->has_interval, q ? q->hi_ns : 0);
	seconds(f, d->n > d->n_censored, d->min_ns);
	seconds(f, d->n > d->n_censored, d->max_ns);
	fputc('\n', f);
}

int fdr_campaign_csv(FILE *f, const struct fdr_campaign_results *x)
{
	fputs("cell,label,plan,verdict,series,n,censored,median_s,lo_s,hi_s,least_s,greatest_s\n", f);
	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_result *r = x->rows[i].result;
		char name[40];

		for (size_t m = FDR_ONSET + 1; r && m < FDR_MILESTONES_MAX; m++)
			csv_line(f, x, i, fdr_milestone_names[m], &r->summary[m]);
		for (size_t u = 0; r && u < FDR_ARRAY_LEN(users); u++) {
			snprintf(name, sizeof(name), "users.%s", users[u].name);
			csv_line(f, x, i, name, of_users(r, u));
		}
	}
	return 0;
}

static bool unfinished(const struct fdr_campaign_row *c)
{
	return c->trials_planned && (!c->result || c->result->n_trials < c->trials_planned);
}

int fdr_campaign_junit(FILE *f, const struct fdr_campaign_results *x)
{
	size_t failures = 0, errors = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_result *r = x->rows[i].result;

		failures += r && r->verdict == FDR_FAIL;
		errors += r ? r->verdict == FDR_ABORTED || r->verdict == FDR_INCONCLUSIVE ||
			      (r->verdict == FDR_PASS && unfinished(&x->rows[i])) :
			      unfinished(&x->rows[i]);
	}
	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"");
	fdr_put_html(f, x->name);
	fprintf(f, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", x->n, failures, errors);
	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_campaign_row *c = &x->rows[i];
		enum fdr_verdict v = c->result ? c->result->verdict : FDR_PASS;
		char remarks[512];

		fdr_campaign_remarks(c, remarks, sizeof(remarks));
		fputs("    <testcase classname=\"faultdrill.campaign\" name=\"", f);
		fdr_put_html(f, c->label);
		fputs("\">\n", f);
		if (v != FDR_PASS || unfinished(c)) {
			fprintf(f, "      <%s type=\"%s\" message=\"", v == FDR_FAIL ? "failure" :
				"error", v != FDR_PASS ? fdr_verdict_names[v] : "unfinished");
			fdr_put_html(f, remarks);
			fputs("\"/>\n", f);
		}
		fputs("      <system-out>", f);
		fdr_put_html(f, remarks);
		fputs("</system-out>\n    </testcase>\n", f);
	}
	fputs("  </testsuite>\n</testsuites>\n", f);
	return 0;
}
