// SPDX-License-Identifier: GPL-2.0-or-later
/* The onsets of several victims, and how far apart they lie. */
#include "onsets.h"

#include <inttypes.h>
#include <string.h>

#include "html.h"

static const char caption[] = "Onsets of several victims: each kernel's own, in ms after the "
			      "earliest. Spread: how far apart those lie that are to come together";

static bool has_several(const struct fdr_result *r)
{
	for (size_t i = 0; i < r->n_trials; i++)
		if (r->trials[i].n_victims > 1)
			return true;
	return false;
}

struct fdr_victims fdr_victims_of(const struct fdr_result *r)
{
	struct fdr_victims v = { 0 };
	size_t kinds = 0, n = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		const char *nodes = r->trials[i].node;
		bool again = !*nodes;

		for (size_t k = 0; !again && k < i; k++)
			again = !strcmp(r->trials[k].node, nodes);
		if (again)
			continue;
		if (n < sizeof(v.text))
			n += (size_t)snprintf(v.text + n, sizeof(v.text) - n, "%s%s",
					      kinds ? "; " : "", nodes);
		kinds++;
	}
	if (kinds > 1 && n < sizeof(v.text))
		snprintf(v.text + n, sizeof(v.text) - n, " (drawn for each trial)");
	v.several = kinds > 1 || strchr(v.text, ',');
	return v;
}

static struct fdr_shown shown(const struct fdr_result_victim *v, double *ret_bound_ms)
{
	struct fdr_shown s = { "–" };

	*ret_bound_ms = (double)(v->onset.hi_ns - v->onset.lo_ns) / 2e6;
	if (v->known)
		snprintf(s.s, sizeof(s.s), "%.3f ±%.3f",
			 (double)(v->onset.lo_ns + v->onset.hi_ns) / 2e6, *ret_bound_ms);
	return s;
}

static struct fdr_shown drift(const struct fdr_result_victim *v)
{
	struct fdr_shown s = { "–" };

	if (v->has_drift)
		snprintf(s.s, sizeof(s.s), "%+.1f ±%.1f", v->drift_ppm, v->drift_bound_ppm);
	return s;
}

static struct fdr_shown spread(const struct fdr_result_trial *t)
{
	struct fdr_shown s = { "–" };

	if (t->has_spread)
		snprintf(s.s, sizeof(s.s), "%.3f to %.3f ms", (double)t->spread.lo_ns / 1e6,
			 (double)t->spread.hi_ns / 1e6);
	return s;
}

static void text_victim(struct fdr_out *o, const struct fdr_result_victim *v, unsigned int n)
{
	char number[16] = "", at[32];
	double bound_ms;

	if (n)
		snprintf(number, sizeof(number), "%u", n);
	snprintf(at, sizeof(at), "%.3f", (double)v->at_ns / 1e9);
	fputs("  ", o->f);
	fdr_cell(o, 3, "", number);
	fputs("  ", o->f);
	fdr_cell(o, -10, "", *v->node ? v->node : "this host");
	fdr_cell(o, -13, "", v->fault);
	fdr_cell(o, 7, FDR_DIM, at);
	fdr_cell(o, 17, v->known ? "" : FDR_YELLOW, shown(v, &bound_ms).s);
	fdr_cell(o, 12, FDR_DIM, drift(v).s);
	fputs("  ", o->f);
	fdr_cell(o, 0, "", v->known ? v->source : "not known");
	fputc('\n', o->f);
}

void fdr_text_onsets(struct fdr_out *o, const struct fdr_result *r)
{
	if (!has_several(r))
		return;
	fdr_title(o, "Onsets", "ms after the trial's earliest; drift in ppm");
	fputs("  ", o->f);
	fdr_cell(o, 3, FDR_DIM, "#");
	fputs("  ", o->f);
	fdr_cell(o, -10, FDR_DIM, "victim");
	fdr_cell(o, -13, FDR_DIM, "fault");
	fdr_cell(o, 7, FDR_DIM, "at, s");
	fdr_cell(o, 17, FDR_DIM, "onset");
	fdr_cell(o, 12, FDR_DIM, "drift");
	fdr_cell(o, 0, FDR_DIM, "  source");
	fputc('\n', o->f);
	fdr_rule(o, 78);
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_trial *t = &r->trials[i];

		for (size_t k = 0; k < t->n_victims; k++)
			text_victim(o, &t->victims[k], k ? 0 : t->n);
		if (!t->has_spread)
			continue;
		fputs("       ", o->f);
		fdr_cell(o, 0, FDR_DIM, "apart: ");
		fdr_cell(o, 0, FDR_BOLD, spread(t).s);
		fputc('\n', o->f);
	}
}

static void html_victim(FILE *f, const struct fdr_result_trial *t, size_t k)
{
	const struct fdr_result_victim *v = &t->victims[k];
	double bound_ms;

	if (k)
		fputs("<tr><th scope=\"row\"></th><td class=\"l\">", f);
	else
		fprintf(f, "<tr><th scope=\"row\">%u</th><td class=\"l\">", t->n);
	fdr_put_html(f, *v->node ? v->node : "this host");
	fputs("</td><td class=\"l\">", f);
	fdr_put_html(f, v->fault);
	fprintf(f, "</td><td>%.3f s</td><td>%s</td><td>%s</td><td class=\"l\" title=\"",
		(double)v->at_ns / 1e9, shown(v, &bound_ms).s, drift(v).s);
	fdr_put_html(f, v->detail);
	fputs("\">", f);
	fdr_put_html(f, v->known ? v->source : "not known");
	fprintf(f, "</td><td>%s</td></tr>\n", k ? "" : spread(t).s);
}

void fdr_html_onsets(FILE *f, const struct fdr_result *r)
{
	if (!has_several(r))
		return;
	fprintf(f, "<div class=\"card scroll\"><table><caption>%s.</caption><thead><tr>"
		"<th scope=\"col\">trial</th><th scope=\"col\" class=\"l\">victim</th>"
		"<th scope=\"col\" class=\"l\">fault</th><th scope=\"col\">to come at</th>"
		"<th scope=\"col\">onset, ms</th><th scope=\"col\">its clock's<br>drift, ppm</th>"
		"<th scope=\"col\" class=\"l\">source</th><th scope=\"col\">spread</th></tr></thead>\n"
		"<tbody>\n", caption);
	for (size_t i = 0; i < r->n_trials; i++)
		for (size_t k = 0; k < r->trials[i].n_victims; k++)
			html_victim(f, &r->trials[i], k);
	fputs("</tbody></table></div>\n", f);
}
