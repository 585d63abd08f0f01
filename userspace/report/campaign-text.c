// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "campaign.h"
#include "out.h"
#include "show.h"

#define COLUMN	13

void fdr_campaign_judge(struct fdr_campaign_results *x, bool ended)
{
	const struct fdr_campaign_row *worst = NULL;
	char why[1024] = "";

	x->verdict = ended ? FDR_PASS : FDR_ABORTED;
	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_result *r = x->rows[i].result;

		if (!r || fdr_verdict_compare(r->verdict, worst ? worst->result->verdict :
					      FDR_PASS) <= 0)
			continue;
		worst = &x->rows[i];
	}
	if (worst && fdr_verdict_compare(worst->result->verdict, x->verdict) >= 0) {
		x->verdict = worst->result->verdict;
		snprintf(why, sizeof(why), "%s: %s", worst->label, worst->result->reason);
	} else if (!ended) {
		snprintf(why, sizeof(why), "it did not come to its end; go on with 'faultdrill "
			 "campaign run --resume'");
	}
	fdr_text_clean(x->reason, sizeof(x->reason), why);
}

bool fdr_campaign_has(const struct fdr_campaign_results *x, size_t milestone)
{
	for (size_t i = 0; milestone != FDR_ONSET && i < x->n; i++)
		if (x->rows[i].result && x->rows[i].result->summary[milestone].n)
			return true;
	return false;
}

static void consider(const struct fdr_description *d, int64_t *most)
{
	if (d->n > d->n_censored && d->max_ns > *most)
		*most = d->max_ns;
	for (size_t i = 0; i < d->n_q; i++)
		if (d->q[i].known && d->q[i].value_ns > *most)
			*most = d->q[i].value_ns;
}

int64_t fdr_campaign_longest(const struct fdr_campaign_results *x)
{
	int64_t most = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_result *r = x->rows[i].result;

		for (size_t m = FDR_ONSET + 1; r && m < FDR_MILESTONES_MAX; m++)
			consider(&r->summary[m], &most);
		if (r)
			consider(&r->users.lost_time, &most);
	}
	return most;
}

void fdr_campaign_trials(const struct fdr_campaign_row *row, char *buf, size_t size)
{
	size_t n = row->result ? row->result->n_trials : 0;

	if (row->trials_planned)
		snprintf(buf, size, "%zu of %u", n, row->trials_planned);
	else
		snprintf(buf, size, "%zu", n);
}

static void FDR_PRINTF(3, 4) remark(char *buf, size_t size, const char *fmt, ...)
{
	size_t n = strlen(buf);
	va_list ap;

	if (n && n + 3 < size) {
		strcat(buf, "; ");
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(buf + n, size - n, fmt, ap);
	va_end(ap);
}

void fdr_campaign_remarks(const struct fdr_campaign_row *row, char *buf, size_t size)
{
	const struct fdr_result *r = row->result;

	*buf = '\0';
	if (!r) {
		remark(buf, size, "not begun");
		return;
	}
	if (r->verdict != FDR_PASS && *r->reason)
		remark(buf, size, "%s", r->reason);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (r->summary[m].n_censored)
			remark(buf, size, "never %s in %u of %u", fdr_show_milestone(m),
			       r->summary[m].n_censored, r->summary[m].n);
	if (r->users.noticed.k)
		remark(buf, size, "users noticed in %" PRIu64 " of %" PRIu64 ", at worst %s without "
		       "a success", r->users.noticed.k, r->users.noticed.n,
		       fdr_show_ns(r->users.longest_gap.max_ns).s);
	if (r->users.undetected.n && r->users.undetected.max_ns > 0)
		remark(buf, size, "up to %s of it undetected",
		       fdr_show_ns(r->users.undetected.max_ns).s);
	if (r->false_positives)
		remark(buf, size, "%s", fdr_show_number_of(r->false_positives, "false alarm").s);
}

static const char *color_of(enum fdr_verdict v)
{
	return v == FDR_PASS ? FDR_GREEN : v == FDR_FAIL ? FDR_RED : FDR_YELLOW;
}

static void header(struct fdr_out *o, const struct fdr_campaign_results *x)
{
	const char *verdict = fdr_verdict_names[x->verdict];
	size_t used = 2 + fdr_utf8_width(x->name) + strlen(verdict);
	char line[512];

	fputs("\n  ", o->f);
	fdr_cell(o, 0, FDR_BOLD, x->name);
	fdr_spaces(o, used < FDR_WIDTH ? FDR_WIDTH - used : 1);
	fdr_cell(o, 0, color_of(x->verdict), verdict);
	fputc('\n', o->f);
	if (x->description && *x->description) {
		fputs("  ", o->f);
		fdr_paragraph(o, 2, 2, x->description);
	}
	if (x->soak)
		snprintf(line, sizeof(line), "%s, %s of %s in %u runs, seed %" PRIu64,
			 "soak", fdr_show_number_of(x->trials, "trial").s,
			 fdr_show_number_of(x->n, "combination").s, x->runs, x->seed);
	else
		snprintf(line, sizeof(line), "%s, %s, %u of %u runs, seed %" PRIu64,
			 fdr_show_number_of(x->n, "combination").s,
			 fdr_show_number_of(x->trials, "trial").s, x->runs, x->runs_planned, x->seed);
	fputs("\n  ", o->f);
	fdr_paragraph(o, 2, 2, line);
	if (*x->reason) {
		fputs("  ", o->f);
		fdr_paragraph(o, 2, 2, x->reason);
	}
}

/* Median or, below it, the interval of each column. */
static void figures(struct fdr_out *o, const struct fdr_campaign_results *x,
		    const struct fdr_result *r, const struct fdr_scale *scale, bool interval)
{
	for (size_t m = FDR_ONSET + 1; m <= FDR_MILESTONES_MAX; m++) {
		const struct fdr_description *d = m < FDR_MILESTONES_MAX ? &r->summary[m] :
								&r->users.lost_time;
		const struct fdr_quantile *q = fdr_show_quantile(d, 0.5);
		struct fdr_shown shown = { "–" };

		if (m < FDR_MILESTONES_MAX && !fdr_campaign_has(x, m))
			continue;
		if (!interval)
			shown = fdr_show_value(scale, q);
		else if (q && q->has_interval)
			shown = fdr_show_range(scale, q->lo_ns, q->hi_ns);
		fputs("  ", o->f);
		fdr_cell(o, COLUMN, interval ? FDR_DIM : FDR_BOLD, shown.s);
	}
}

static bool has_interval(const struct fdr_result *r)
{
	for (size_t m = FDR_ONSET + 1; m <= FDR_MILESTONES_MAX; m++) {
		const struct fdr_quantile *q = fdr_show_quantile(m < FDR_MILESTONES_MAX ?
								 &r->summary[m] :
								 &r->users.lost_time, 0.5);

		if (q && q->has_interval)
			return true;
	}
	return false;
}

static void row(struct fdr_out *o, const struct fdr_campaign_results *x, size_t i,
		const struct fdr_scale *scale)
{
	const struct fdr_campaign_row *c = &x->rows[i];
	char number[24], trials[40], remarks[512];

	snprintf(number, sizeof(number), "%zu", i + 1);
	fputs("  ", o->f);
	fdr_cell(o, 3, "", number);
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_BOLD, c->label);
	if (c->result) {
		fputs("  ", o->f);
		fdr_cell(o, 0, color_of(c->result->verdict), fdr_verdict_names[c->result->verdict]);
	}
	fputc('\n', o->f);
	fdr_campaign_trials(c, trials, sizeof(trials));
	if (c->result) {
		fdr_cell(o, 14, "", trials);
		figures(o, x, c->result, scale, false);
		fputc('\n', o->f);
		if (has_interval(c->result)) {
			fdr_spaces(o, 14);
			figures(o, x, c->result, scale, true);
			fputc('\n', o->f);
		}
	}
	fdr_campaign_remarks(c, remarks, sizeof(remarks));
	if (*remarks) {
		fdr_spaces(o, 7);
		fdr_paragraph(o, 7, 7, remarks);
	}
}

void fdr_campaign_text(FILE *f, const struct fdr_campaign_results *x, bool color)
{
	struct fdr_out o = { f, color };
	struct fdr_scale scale = fdr_scale_for(fdr_campaign_longest(x));
	char note[96];
	size_t width = 14;

	header(&o, x);
	snprintf(note, sizeof(note), "%s after onset: median, and below it its 95 %% interval",
		 scale.unit);
	fdr_title(&o, "Combinations", note);
	fdr_cell(&o, 14, FDR_DIM, "trials");
	for (size_t m = FDR_ONSET + 1; m <= FDR_MILESTONES_MAX; m++) {
		if (m < FDR_MILESTONES_MAX && !fdr_campaign_has(x, m))
			continue;
		fputs("  ", f);
		fdr_cell(&o, COLUMN, FDR_DIM, m < FDR_MILESTONES_MAX ? fdr_show_milestone(m) :
			 "lost time");
		width += 2 + COLUMN;
	}
	fputc('\n', f);
	fdr_rule(&o, width);
	for (size_t i = 0; i < x->n; i++)
		row(&o, x, i, &scale);
	fputc('\n', f);
}
