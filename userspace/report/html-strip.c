// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "findings.h"
#include "html.h"
#include "stats/stats.h"

#define ROW	52		/* px */
#define AXIS	20

/* Later ends than the plot shows, and the unbounded one, stop at its edge. */
static double at(const struct fdr_axis *a, int64_t ns)
{
	return ns > a->hi_ns ? 100 : ns < a->lo_ns ? 0 : fdr_axis_at(a, ns);
}

static bool shown(const struct fdr_result *r, const struct fdr_axis *a, size_t m)
{
	const struct fdr_description *s = &r->summary[m];

	return s->n > s->n_censored && s->min_ns <= a->hi_ns;
}

static void ranges(FILE *f, const struct fdr_result *r, const struct fdr_axis *a, size_t m, int y)
{
	const struct fdr_quantile *q = fdr_show_quantile(&r->summary[m], 0.5);
	struct fdr_interval expected;
	const char *why;

	if (fdr_expected(r, m, &expected, &why))
		fprintf(f, "<rect class=\"exp\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%d\" "
			"height=\"%d\" rx=\"3\"/>", at(a, expected.lo_ns),
			at(a, expected.hi_ns) - at(a, expected.lo_ns),
			y - 21, 42);
	if (q && q->has_interval)
		fprintf(f, "<rect class=\"band\" x=\"%.2f%%\" width=\"%.2f%%\" y=\"%d\" "
			"height=\"%d\"/>",
			at(a, q->lo_ns), at(a, q->hi_ns) - at(a, q->lo_ns), y - 15, 30);
	if (q && q->known && !q->at_least)
		fprintf(f, "<line class=\"med %s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" "
			"y2=\"%d\"/>",
			fdr_html_class(m), at(a, q->value_ns), at(a, q->value_ns), y - 18, y + 18);
}

static void dots(FILE *f, const struct fdr_result *r, const struct fdr_axis *a, size_t m, int y)
{
	for (size_t i = 0; i < r->n_trials; i++) {
		const struct fdr_result_milestone *ms = &r->trials[i].milestones[m];
		/* Spread a little, so that equal values do not hide one another. */
		int dy = y + (int)(i * 3 % 7) * 3 - 9;

		if (!fdr_was_seen(ms))
			continue;
		fprintf(f, "<line class=\"whisk %s\" x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"%d\" "
			"y2=\"%d\"/><circle class=\"%s\" fill-opacity=\".35\" cx=\"%.2f%%\" "
			"cy=\"%d\" r=\"4\"/>",
			fdr_html_class(m), at(a, ms->when.lo_ns), at(a, ms->when.hi_ns), dy, dy,
			fdr_html_class(m), at(a, fdr_middle(&ms->when)), dy);
	}
	fputc('\n', f);
}

static void value(FILE *f, const struct fdr_description *s)
{
	const struct fdr_quantile *q = fdr_show_quantile(s, 0.5);

	fputs("<div class=\"two\">", f);
	if (q && q->known)
		fprintf(f, "<b>%s%s</b> <span class=\"src\">median</span><br>",
			q->at_least ? "≥ " : "", fdr_show_ns(q->value_ns).s);
	fprintf(f, "<span class=\"pm\">%s – %s", fdr_show_ns(s->min_ns).s,
		fdr_show_ns(s->max_ns).s);
	if (s->n_censored)
		fprintf(f, "; %u not seen", s->n_censored);
	fputs("</span></div>", f);
}

void fdr_html_strip(FILE *f, const struct fdr_result *r)
{
	struct fdr_axis a = fdr_axis_for(r, false);
	int rows = 0, y = ROW / 2;

	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		rows += shown(r, &a, m);
	if (!rows)
		return;
	fputs("<figure class=\"card dist\"><figcaption>One dot a trial; time from "
	      "onset.</figcaption><div class=\"plot\"><div class=\"names\">", f);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (shown(r, &a, m))
			fprintf(f, "<div class=\"two\">%s</div>", fdr_show_milestone(m));
	fprintf(f, "</div><svg class=\"p\" height=\"%d\" role=\"img\" aria-label=\"Reaction times "
		"of all trials; the table below holds the same figures.\">", rows * ROW + AXIS);
	fdr_axis_draw(f, &a, 0, rows * ROW);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		if (!shown(r, &a, m))
			continue;
		ranges(f, r, &a, m, y);
		dots(f, r, &a, m, y);
		y += ROW;
	}
	fputs("</svg><div class=\"vals\">", f);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (shown(r, &a, m))
			value(f, &r->summary[m]);
	fputs("</div></div><p class=\"key\"><span><svg aria-hidden=\"true\"><line class=\"med "
	      "det\" x1=\"7\" x2=\"7\" y1=\"0\" y2=\"14\"/></svg>median</span><span><i "
	      "class=\"bandkey\"></i>its 95&nbsp;% interval (from 6 trials on)</span>", f);
	if (r->expected)
		fputs("<span><i class=\"expkey\"></i>expected</span>", f);
	fputs("</p></figure>\n", f);
}
