// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <string.h>

#include "html.h"

#define LANE		26		/* px, as in the style sheet */
#define STRIP		72
#define AXIS		20
#define OPEN_TRIALS	12		/* further ones are folded away */
/* Points that a page may hold without becoming heavy. */
#define POINTS_MAX	20000

struct view {
	FILE *f;
	const struct fdr_result *r;
	struct fdr_axis axis;
	double decade_lo, decade_hi;	/* of latency, log10 of ns */
	size_t bins;			/* per trial */
	bool requests;
};

static int64_t clamped(const struct fdr_axis *a, int64_t ns)
{
	return ns < a->lo_ns ? a->lo_ns : ns > a->hi_ns ? a->hi_ns : ns;
}

static void lane_mark(const struct view *v, const struct fdr_result_milestone *m, size_t which,
		      int y)
{
	const char *class = fdr_html_class(which);
	int64_t mid;

	if (!m->present)
		return;
	if (m->censored) {
		/* Waited for until the deadline, and still open there. */
		double end = fdr_axis_at(&v->axis, clamped(&v->axis, m->when.lo_ns));

		fprintf(v->f, "<line class=\"wait %s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" "
			"y2=\"%d\"/><use class=\"%s\" href=\"#later\" x=\"%.2f%%\" "
			"y=\"%d\"/>", class,
			fdr_axis_at(&v->axis, 0), end, y, y, class, end, y);
		return;
	}
	mid = fdr_middle(&m->when);
	if (!fdr_axis_holds(&v->axis, mid)) {
		fprintf(v->f, "<use class=\"%s\" href=\"#later\" x=\"%s\" y=\"%d\"/>", class,
			mid > v->axis.hi_ns ? "100%" : "0%", y);
		return;
	}
	fprintf(v->f, "<line class=\"whisk %s\" x1=\"%.3f%%\" x2=\"%.3f%%\" y1=\"%d\" y2=\"%d\"/>"
		"<use class=\"%s\" href=\"#%s\" x=\"%.2f%%\" y=\"%d\"/>", class,
		fdr_axis_at(&v->axis, clamped(&v->axis, m->when.lo_ns)),
		fdr_axis_at(&v->axis, clamped(&v->axis, m->when.hi_ns)), y, y, class, class,
		fdr_axis_at(&v->axis, mid), y);
}

static double strip_y(const struct view *v, int64_t latency_ns)
{
	double level = log10(latency_ns > 1 ? (double)latency_ns : 1);
	double part = (level - v->decade_lo) / (v->decade_hi - v->decade_lo);

	return STRIP - 8 - fmin(fmax(part, 0), 1) * (STRIP - 18);
}

static void point(const struct view *v, const struct fdr_result_point *p, int top)
{
	double x = fdr_axis_at(&v->axis, p->at_ns), y = top + strip_y(v, p->latency_ns);

	if (p->status == FDR_REQUEST_OK)
		fprintf(v->f, "<circle class=\"ok\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"1.5\"/>", x, y);
	else if (p->status == FDR_REQUEST_LATE)
		fprintf(v->f, "<circle class=\"late\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"2.6\"/>", x, y);
	else
		fprintf(v->f, "<use class=\"lost\" href=\"#lost\" x=\"%.2f%%\" y=\"%.1f\"/>", x, y);
}

/* Of the requests of one bin: the slowest good one, and the slowest bad one. */
struct bin {
	const struct fdr_result_point *slow, *quick, *bad;
};

static void bin_add(struct bin *b, const struct fdr_result_point *p)
{
	if (p->status != FDR_REQUEST_OK) {
		if (!b->bad || p->status > b->bad->status ||
		    (p->status == b->bad->status && p->latency_ns > b->bad->latency_ns))
			b->bad = p;
		return;
	}
	if (!b->slow || p->latency_ns > b->slow->latency_ns)
		b->slow = p;
	if (!b->quick || p->latency_ns < b->quick->latency_ns)
		b->quick = p;
}

static void strip(const struct view *v, const struct fdr_result_trial *t, int top)
{
	FDR_CLEANUP_FREE struct bin *bins = calloc(v->bins, sizeof(*bins));

	for (double d = ceil(v->decade_lo); d <= v->decade_hi; d += 1) {
		double y = top + strip_y(v, (int64_t)pow(10, d));
		bool label = fmod(d, 3) == 0 || v->decade_hi - v->decade_lo < 3;

		fprintf(v->f, "<line class=\"lane\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" "
			"y2=\"%.1f\"/>", y, y);
		if (label)
			fprintf(v->f, "<text class=\"ylab\" x=\"0\" y=\"%.1f\">%s</text>", y + 3.5,
				fdr_show_ns((int64_t)pow(10, d)).s);
	}
	for (size_t i = 0; bins && i < t->n_points; i++) {
		const struct fdr_result_point *p = &t->points[i];
		size_t at;

		if (!fdr_axis_holds(&v->axis, p->at_ns))
			continue;
		at = (size_t)(fdr_axis_at(&v->axis, p->at_ns) / 100 * (double)v->bins);
		bin_add(&bins[at < v->bins ? at : v->bins - 1], p);
	}
	for (size_t i = 0; bins && i < v->bins; i++) {
		if (bins[i].quick && bins[i].quick != bins[i].slow)
			point(v, bins[i].quick, top);
		if (bins[i].slow)
			point(v, bins[i].slow, top);
		if (bins[i].bad)
			point(v, bins[i].bad, top);
	}
	fputc('\n', v->f);
}

/* From the first request that failed until service was back, or was given up. */
static void outage(const struct view *v, const struct fdr_result_trial *t, int bottom)
{
	const struct fdr_result_milestone *from = &t->milestones[FDR_FIRST_ERROR];
	const struct fdr_result_milestone *to = &t->milestones[FDR_SERVED];
	double x, end = 100;

	if (!fdr_was_seen(from))
		return;
	x = fdr_axis_at(&v->axis, clamped(&v->axis, fdr_middle(&from->when)));
	if (to->present)
		end = fdr_axis_at(&v->axis, clamped(&v->axis, to->censored ? to->when.lo_ns :
							      fdr_middle(&to->when)));
	if (end > x)
		fprintf(v->f, "<rect class=\"out\" x=\"%.2f%%\" y=\"0\" width=\"%.2f%%\" "
			"height=\"%d\"/>",
			x, end - x, bottom);
}

static void values(const struct view *v, const struct fdr_result_trial *t)
{
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		const struct fdr_result_milestone *ms = &t->milestones[m];

		if (!fdr_show_has(v->r, m))
			continue;
		if (!ms->present)
			fputs("<div class=\"nil\">–</div>", v->f);
		else if (ms->censored)
			fprintf(v->f, "<div>not by %s</div>", fdr_show_ns(ms->when.lo_ns).s);
		else
			fprintf(v->f, "<div><b>%s</b> <span class=\"pm\">%s</span></div>",
				fdr_show_ns(fdr_middle(&ms->when)).s,
				fdr_show_bound(fdr_half(&ms->when)).s);
	}
	if (!v->requests)
		return;
	fprintf(v->f, "<div class=\"tall\">%s ok", fdr_show_count(t->workload.ok).s);
	if (t->workload.late)
		fprintf(v->f, ", %s late", fdr_show_count(t->workload.late).s);
	if (t->workload.errors + t->workload.timeouts)
		fprintf(v->f, ", <b>%s failed</b>",
			fdr_show_count(t->workload.errors + t->workload.timeouts).s);
	fputs("</div>", v->f);
}

/* The picture in words, for those who cannot see it. */
static void alternative(const struct view *v, const struct fdr_result_trial *t)
{
	fprintf(v->f, "Timeline of trial %u.", t->n);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_was_seen(&t->milestones[m]))
			fprintf(v->f, " %s %s after onset.", fdr_show_milestone(m),
				fdr_show_ns(fdr_middle(&t->milestones[m].when)).s);
}

static void trial(const struct view *v, const struct fdr_result_trial *t)
{
	int lanes = 0, top, bottom, y = LANE / 2;

	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		lanes += fdr_show_has(v->r, m);
	top = lanes * LANE + (v->requests ? STRIP : 0);
	bottom = top + fdr_html_graphs_height(t);

	fprintf(v->f, "<figure class=\"card\"><figcaption><b>Trial %u</b>", t->n);
	if (t->milestones[FDR_ONSET].present)
		fprintf(v->f, "<span>onset %s UTC</span>",
			fdr_show_time_of_day(t->onset_real_ns, 3).s);
	fprintf(v->f, "<span class=\"badge %s\">%s</span>", fdr_verdict_names[t->verdict],
		fdr_verdict_names[t->verdict]);
	fputs("<span>", v->f);
	fdr_put_html(v->f, t->reason);
	fputs("</span></figcaption><div class=\"plot\"><div class=\"names\">", v->f);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_show_has(v->r, m))
			fprintf(v->f, "<div>%s</div>", fdr_show_milestone(m));
	fputs(v->requests ? "<div class=\"tall\">requests, by latency</div>" : "", v->f);
	fdr_html_graphs_names(v->f, t);
	fprintf(v->f, "</div><svg class=\"p\" height=\"%d\" role=\"img\" aria-label=\"",
		bottom + AXIS);
	alternative(v, t);
	fputs("\">", v->f);
	outage(v, t, bottom);
	fdr_axis_draw(v->f, &v->axis, 0, bottom);
	if (v->requests)
		strip(v, t, lanes * LANE);
	fdr_html_graphs_draw(v->f, &v->axis, t, top);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		if (!fdr_show_has(v->r, m))
			continue;
		lane_mark(v, &t->milestones[m], m, y);
		y += LANE;
	}
	fputs("</svg><div class=\"vals\">", v->f);
	values(v, t);
	fdr_html_graphs_values(v->f, t);
	fputs("</div></div></figure>\n", v->f);
}

static void latencies(struct view *v)
{
	double lo = 1e18, hi = 0;

	for (size_t i = 0; i < v->r->n_trials; i++) {
		for (size_t k = 0; k < v->r->trials[i].n_points; k++) {
			double l = fmax((double)v->r->trials[i].points[k].latency_ns, 1);

			lo = fmin(lo, l);
			hi = fmax(hi, l);
			v->requests = true;
		}
	}
	v->decade_lo = v->requests ? floor(log10(lo)) : 0;
	v->decade_hi = v->requests ? fmax(ceil(log10(hi)), v->decade_lo + 1) : 1;
}

static void keys(const struct view *v)
{
	static const struct {
		const char *class, *what;
	} requests[] = {
		{ "outkey", "users without service" },
	};

	fputs("<p class=\"key\">", v->f);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_show_has(v->r, m))
			fprintf(v->f, "<span><svg aria-hidden=\"true\"><use class=\"%s\" "
				"href=\"#%s\" x=\"7\" y=\"7\"/></svg>%s</span>", fdr_html_class(m),
				fdr_html_class(m), fdr_show_milestone(m));
	for (size_t i = 0; i < FDR_ARRAY_LEN(requests); i++)
		fprintf(v->f, "<span><i class=\"%s\"></i>%s</span>", requests[i].class,
			requests[i].what);
	if (v->requests)
		fputs("<span><svg aria-hidden=\"true\"><circle class=\"ok\" cx=\"7\" cy=\"7\" "
		      "r=\"2.5\"/></svg>request ok</span><span><svg aria-hidden=\"true\"><circle "
		      "class=\"late\" cx=\"7\" cy=\"7\" r=\"3.2\"/></svg>late</span><span><svg "
		      "aria-hidden=\"true\"><use class=\"lost\" href=\"#lost\" x=\"7\" "
		      "y=\"7\"/></svg>failed</span>", v->f);
	fputs("</p>\n", v->f);
}

void fdr_html_timelines(FILE *f, const struct fdr_result *r)
{
	struct view v = { .f = f, .r = r, .axis = fdr_axis_for(r, true) };

	latencies(&v);
	v.bins = POINTS_MAX / 3 / (r->n_trials ? r->n_trials : 1);
	v.bins = v.bins > 400 ? 400 : v.bins < 40 ? 40 : v.bins;
	fputs("<h2 id=\"timelines\">Trial by trial</h2><p class=\"lead\">Time runs to the right "
	      "from the fault's onset, on the same scale in every trial. A bar through a mark is "
	      "its uncertainty; an arrow at the edge means later than the plot shows.</p>\n", f);
	keys(&v);
	for (size_t i = 0; i < r->n_trials; i++) {
		if (i == OPEN_TRIALS)
			fprintf(f, "<details><summary>%s more</summary>\n",
				fdr_show_number_of(r->n_trials - i, "trial").s);
		trial(&v, &r->trials[i]);
	}
	if (r->n_trials > OPEN_TRIALS)
		fputs("</details>\n", f);
}
