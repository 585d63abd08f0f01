// SPDX-License-Identifier: GPL-2.0-or-later
/* Transactions held against processor time: before, during and after the fault. */
#include <string.h>

#include "html.h"
#include "out.h"
#include "show.h"
#include "usage.h"

bool fdr_show_usage(const struct fdr_result *r)
{
	for (size_t i = 0; i < r->n_trials; i++)
		if (r->trials[i].usage.present)
			return true;
	return false;
}

/* All trials together: where a period is not known, its trial is left out of the sums. */
static struct fdr_result_usage_period pooled(const struct fdr_result *r, size_t period)
{
	struct fdr_result_usage_period all = { 0 };
	double covered_ns = 0, ns = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_usage_period *p = &r->trials[i].usage.period[period];

		if (!p->known)
			continue;
		all.known = true;
		all.ok += p->ok;
		all.cpu_ns += p->cpu_ns;
		ns += (double)(p->to_ns - p->from_ns);
		covered_ns += p->covered * (double)(p->to_ns - p->from_ns);
	}
	all.to_ns = (int64_t)ns;
	all.covered = ns > 0 ? covered_ns / ns : 0;
	return all;
}

static struct fdr_shown rate(const struct fdr_result_usage_period *p)
{
	struct fdr_shown s = { "–" };
	double v = fdr_usage_rate(p);

	if (p->known && v >= 100)
		s = fdr_show_count((uint64_t)(v + 0.5));
	else if (p->known)
		snprintf(s.s, sizeof(s.s), "%.*f", v < 1 ? 3 : 1, v);
	return s;
}

static struct fdr_shown share(const struct fdr_result_usage_period *p)
{
	struct fdr_shown s = { "–" };

	if (p->to_ns > p->from_ns)
		snprintf(s.s, sizeof(s.s), "%.0f %%", p->covered * 100);
	return s;
}

static void text_row(struct fdr_out *o, const char *name,
		     const struct fdr_result_usage_period *v, const char *until)
{
	fputs("  ", o->f);
	fdr_cell(o, 3, "", name);
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++) {
		fdr_cell(o, 12, i == FDR_USAGE_DURING ? FDR_BOLD : "", rate(&v[i]).s);
		fdr_cell(o, 8, FDR_DIM, share(&v[i]).s);
	}
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_DIM, until);
	fputc('\n', o->f);
}

void fdr_usage_text(struct fdr_out *o, const struct fdr_result *r)
{
	struct fdr_result_usage_period all[FDR_USAGE_PERIODS];
	char note[256], n[16];

	if (!fdr_show_usage(r))
		return;
	snprintf(note, sizeof(note), "successes per second of processor time%s%.120s",
		 r->usage_of ? " of " : "", r->usage_of ? r->usage_of : "");
	fdr_title(o, "Work", note);
	fputs("  ", o->f);
	fdr_cell(o, 3, FDR_DIM, "#");
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++) {
		fdr_cell(o, 12, FDR_DIM, fdr_usage_period_names[i]);
		fdr_cell(o, 8, FDR_DIM, "covered");
	}
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_DIM, "during: until");
	fputc('\n', o->f);
	fdr_rule(o, 78);
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];

		snprintf(n, sizeof(n), "%u", t->n);
		if (t->usage.present)
			text_row(o, n, t->usage.period, t->usage.until);
	}
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++)
		all[i] = pooled(r, i);
	if (r->n_trials > 1)
		text_row(o, "all", all, "");
}

static void html_row(FILE *f, const char *name, const struct fdr_result_usage_period *v,
		     const char *until)
{
	fprintf(f, "<tr><th scope=\"row\">%s</th>", name);
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++)
		fprintf(f, "<td>%s</td><td>%s</td><td>%s</td><td class=\"strong\">%s</td>"
			"<td>%s</td>", fdr_show_ns(v[i].to_ns - v[i].from_ns).s,
			fdr_show_count(v[i].ok).s, fdr_show_ns(v[i].cpu_ns).s, rate(&v[i]).s,
			share(&v[i]).s);
	fputs("<td>", f);
	fdr_put_html(f, until);
	fputs("</td></tr>\n", f);
}

void fdr_html_usage(FILE *f, const struct fdr_result *r)
{
	struct fdr_result_usage_period all[FDR_USAGE_PERIODS];
	char n[16];

	if (!fdr_show_usage(r))
		return;
	fputs("<div class=\"card scroll\"><table><caption>Requests that succeeded, per second of "
	      "processor time that ", f);
	fdr_put_html(f, r->usage_of ? r->usage_of : "the nodes");
	fputs(" used: in the steady state before the fault, from its onset until service was back "
	      "(served), the fault was undone or the trial ended, and from then to the trial's "
	      "end. Covered: the share of nodes and time that the samples span.</caption>"
	      "<thead><tr><th></th>", f);
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++)
		fprintf(f, "<th scope=\"colgroup\" colspan=\"5\">%s</th>", fdr_usage_period_names[i]);
	fputs("<th></th></tr><tr><th scope=\"col\">trial</th>", f);
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++)
		fputs("<th scope=\"col\">time</th><th scope=\"col\">ok</th><th scope=\"col\">CPU</th>"
		      "<th scope=\"col\">per CPU-second</th><th scope=\"col\">covered</th>", f);
	fputs("<th scope=\"col\">during: until</th></tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];

		snprintf(n, sizeof(n), "%u", t->n);
		if (t->usage.present)
			html_row(f, n, t->usage.period, t->usage.until);
	}
	for (size_t i = 0; i < FDR_USAGE_PERIODS; i++)
		all[i] = pooled(r, i);
	if (r->n_trials > 1)
		html_row(f, "all", all, "");
	fputs("</tbody></table></div>\n", f);
}
