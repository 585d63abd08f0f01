// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "html.h"
#include "stats/stats.h"

static void head(FILE *f, const char *const *names, size_t n)
{
	fputs("<thead><tr>", f);
	for (size_t i = 0; i < n; i++)
		fprintf(f, "<th scope=\"col\">%s</th>", names[i]);
	fputs("</tr></thead>\n<tbody>\n", f);
}

static void when(FILE *f, const struct fdr_scale *scale, const struct fdr_result_milestone *m,
		 bool strong)
{
	struct fdr_shown shown = fdr_show_when(scale, m);
	char *bound = strstr(shown.s, " ±");

	if (!m->present) {
		fputs("<td class=\"nil\">–</td>", f);
		return;
	}
	if (bound)
		*bound = '\0';
	fputs("<td title=\"", f);
	fdr_put_html(f, m->source);
	fputs(*m->source && *m->detail ? ": " : "", f);
	fdr_put_html(f, m->detail);
	fprintf(f, "\"><span class=\"%s\">", strong ? "strong" : "");
	fdr_put_html(f, shown.s);
	fputs("</span>", f);
	if (bound)
		fprintf(f, " <span class=\"pm\">%s</span>", bound + 1);
	fputs("</td>", f);
}

void fdr_html_trials(FILE *f, const struct fdr_result *r)
{
	struct fdr_scale scale = fdr_scale_of(r);

	fprintf(f, "<div class=\"card scroll\"><table><caption>Each trial: %s after onset, ± in "
		"ms. Onset in UTC.</caption><thead><tr><th scope=\"col\">trial</th><th "
		"scope=\"col\">onset</th>",
		scale.unit);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_show_has(r, m))
			fprintf(f, "<th scope=\"col\">%s</th>", fdr_show_milestone(m));
	fputs("<th scope=\"col\">verdict</th></tr></thead>\n<tbody>\n", f);
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];
		struct fdr_shown onset = { "–" };

		if (t->milestones[FDR_ONSET].present)
			onset = fdr_show_time_of_day(t->onset_real_ns, 3);
		fprintf(f, "<tr><th scope=\"row\">%u</th><td>%s</td>", t->n, onset.s);
		for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
			if (fdr_show_has(r, m))
				when(f, &scale, &t->milestones[m], m == FDR_DETECTED);
		fprintf(f, "<td><span class=\"badge %s\">%s</span></td></tr>\n",
			fdr_verdict_names[t->verdict], fdr_verdict_names[t->verdict]);
	}
	fputs("</tbody></table></div>\n", f);
}

static void quantile(FILE *f, const struct fdr_scale *scale, const struct fdr_quantile *q)
{
	fprintf(f, "<td%s>%s</td>", q && q->known ? "" : " class=\"nil\"",
		fdr_show_value(scale, q).s);
}

static void summary_row(FILE *f, const struct fdr_scale *scale, const char *name,
			const struct fdr_description *s)
{
	const struct fdr_quantile *q = fdr_show_quantile(s, 0.5);
	struct fdr_shown interval = { "–" }, extremes = { "–" };

	if (q && q->has_interval)
		interval = fdr_show_range(scale, q->lo_ns, q->hi_ns);
	if (s->n > s->n_censored)
		extremes = fdr_show_range(scale, s->min_ns, s->max_ns);
	fprintf(f, "<tr><th scope=\"row\">%s</th><td>%u</td><td class=\"strong\">%s</td>"
		"<td>%s</td><td>%s</td><td>%s</td>", name, s->n, fdr_show_value(scale, q).s,
		interval.s, fdr_show_confidence(q).s, extremes.s);
	quantile(f, scale, fdr_show_quantile(s, 0.9));
	quantile(f, scale, fdr_show_quantile(s, 0.95));
	quantile(f, scale, fdr_show_quantile(s, 0.99));
	fprintf(f, "<td>%u</td><td>%u</td></tr>\n", s->n_censored, s->n_absent);
}

void fdr_html_summary(FILE *f, const struct fdr_result *r)
{
	static const char *const names[] = {
		"milestone", "trials", "median", "95&nbsp;% interval", "confidence<br>reached", "least – greatest", "p90",
		"p95", "p99", "not seen by<br>the deadline", "did not<br>happen",
	};
	struct fdr_scale scale = fdr_scale_of(r);

	fprintf(f, "<div class=\"card scroll\"><table><caption>All trials: %s after onset. ≥ marks "
		"a quantile that so few trials bound from below only. Lost time, longest gap and "
		"undetected are lengths.</caption>", scale.unit);
	head(f, names, FDR_ARRAY_LEN(names));
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_show_has(r, m))
			summary_row(f, &scale, fdr_show_milestone(m), &r->summary[m]);
	if (r->users.noticed.k) {
		summary_row(f, &scale, "lost time", &r->users.lost_time);
		summary_row(f, &scale, "longest gap", &r->users.longest_gap);
		summary_row(f, &scale, "undetected", &r->users.undetected);
	}
	fputs("</tbody></table></div>\n", f);
}

void fdr_html_workload(FILE *f, const struct fdr_result *r)
{
	static const char *const names[] = {
		"trial", "requests", "ok", "late", "failed", "timed out", "lost time<br>(by rate)",
		"longest gap", "gaps", "suffered<br>undetected", "our own<br>lateness",
		"probes'<br>lateness", "clock<br>bound", "host<br>load",
	};

	fputs("<div class=\"card scroll\"><table><caption>What users saw, and how well we watched. "
	      "Latency and loss count from each request's intended time.</caption>", f);
	head(f, names, FDR_ARRAY_LEN(names));
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];

		fprintf(f, "<tr><th scope=\"row\">%u</th><td>%s</td><td>%s</td><td>%s</td>", t->n,
			fdr_show_count(t->workload.requests).s, fdr_show_count(t->workload.ok).s,
			fdr_show_count(t->workload.late).s);
		fprintf(f, "<td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%u</td>",
			fdr_show_count(t->workload.errors).s,
			fdr_show_count(t->workload.timeouts).s,
			fdr_show_ns(t->workload.outage_ns).s,
			fdr_show_ns(t->workload.longest_gap_ns).s, t->workload.gaps);
		fprintf(f, "<td>%s</td><td>%s</td><td>%s</td><td>%s</td>",
			fdr_show_ns(t->workload.undetected_ns).s,
			fdr_show_ns(t->workload.max_send_late_ns).s,
			fdr_show_ns(t->probes.max_late_ns).s,
			fdr_show_bound(t->clock_bound_ns).s);
		if (t->load1 >= 0)
			fprintf(f, "<td>%.2f</td></tr>\n", t->load1);
		else
			fputs("<td class=\"nil\">–</td></tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

static void plain(FILE *f, const json_t *v)
{
	char *text;

	if (json_is_string(v)) {
		fdr_put_html(f, json_string_value(v));
		return;
	}
	text = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	fdr_put_html(f, text);
	free(text);
}

/* Whatever the engine noted of each node: one row a fact. */
void fdr_html_nodes(FILE *f, const struct fdr_result *r)
{
	const char *node, *key;
	json_t *facts, *v;

	if (!json_object_size(r->nodes))
		return;
	fputs("<h2 id=\"nodes\">Nodes</h2><div class=\"card scroll\"><table><thead><tr>"
	      "<th scope=\"col\">node</th><th scope=\"col\" class=\"l\">fact</th>"
	      "<th scope=\"col\" class=\"l\">value</th></tr></thead>\n<tbody>\n", f);
	json_object_foreach(r->nodes, node, facts) {
		bool first = true;

		json_object_foreach(facts, key, v) {
			fputs("<tr><th scope=\"row\">", f);
			fdr_put_html(f, first ? node : "");
			fputs("</th><td class=\"l nil\">", f);
			fdr_put_html(f, key);
			fputs("</td><td class=\"l mono\">", f);
			plain(f, v);
			fputs("</td></tr>\n", f);
			first = false;
		}
	}
	fputs("</tbody></table></div>\n", f);
}
