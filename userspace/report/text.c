// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "loss.h"
#include "findings.h"
#include "gates.h"
#include "onsets.h"
#include "out.h"
#include "report.h"
#include "show.h"
#include "usage.h"

static const char *verdict_color(enum fdr_verdict v)
{
	return v == FDR_PASS ? FDR_GREEN : v == FDR_FAIL ? FDR_RED : FDR_YELLOW;
}

static void FDR_PRINTF(3, 4) fact(struct fdr_out *o, const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("  ", o->f);
	fdr_cell(o, -9, FDR_DIM, name);
	fdr_paragraph(o, 11, 11, text);
}

static void header(struct fdr_out *o, const struct fdr_result *r)
{
	const char *name = r->name ? r->name : "(no name)";
	const char *verdict = fdr_verdict_names[r->verdict];
	size_t used = 2 + fdr_utf8_width(name) + strlen(verdict);
	struct fdr_victims node = fdr_victims_of(r);
	const char *fault = r->n_trials ? r->trials[0].fault : "";
	char planned[24] = "";

	fputs("\n  ", o->f);
	fdr_cell(o, 0, FDR_BOLD, name);
	fdr_spaces(o, used < FDR_WIDTH ? FDR_WIDTH - used : 1);
	fdr_cell(o, 0, verdict_color(r->verdict), verdict);
	fputc('\n', o->f);
	if (r->description && *r->description) {
		fputs("  ", o->f);
		fdr_paragraph(o, 2, 2, r->description);
	}
	fputc('\n', o->f);
	if (*node.text)
		fact(o, node.several ? "victims" : "victim", "%s", node.text);
	if (*fault)
		fact(o, "fault", "%s", fault);
	if (r->n_planned)
		snprintf(planned, sizeof(planned), " of %u", r->n_planned);
	if (r->n_runs)
		fact(o, "trials", "%zu%s, in %u runs of a campaign", r->n_trials, planned, r->n_runs);
	else
		fact(o, "trials", "%zu%s, seed %" PRIu64, r->n_trials, planned, r->seed);
	/* A run that was killed did not note when it ended. */
	if (r->started_real_ns && r->elapsed_ns)
		fact(o, "started", "%s UTC, took %s", fdr_show_date(r->started_real_ns).s,
		     fdr_show_ns(r->elapsed_ns).s);
	else if (r->started_real_ns)
		fact(o, "started", "%s UTC", fdr_show_date(r->started_real_ns).s);
	if (*r->reason)
		fact(o, "verdict", "%s: %s", verdict, r->reason);
}

/* Each column as wide as its widest cell. */
static void widths(const struct fdr_result *r, const struct fdr_scale *scale, int *ret)
{
	for (size_t m = 0; m < FDR_MILESTONES_MAX; m++) {
		ret[m] = (int)strlen(fdr_show_milestone(m));
		for (size_t i = 0; i < r->n_trials; i++) {
			struct fdr_shown shown = fdr_show_when(scale, &r->trials[i].milestones[m]);
			int width = (int)fdr_utf8_width(shown.s);

			if (width > ret[m])
				ret[m] = width;
		}
	}
}

static void trial_row(struct fdr_out *o, const struct fdr_result *r, const struct fdr_result_trial *t,
		      const struct fdr_scale *scale, const int *width)
{
	struct fdr_shown onset = { "–" };
	char n[16];

	snprintf(n, sizeof(n), "%u", t->n);
	if (t->milestones[FDR_ONSET].present)
		onset = fdr_show_time_of_day(t->onset_real_ns, 0);
	fputs("  ", o->f);
	fdr_cell(o, 3, "", n);
	fputs("  ", o->f);
	fdr_cell(o, 8, "", onset.s);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		const struct fdr_result_milestone *ms = &t->milestones[m];

		if (!fdr_show_has(r, m))
			continue;
		fputs("  ", o->f);
		fdr_cell(o, width[m], !ms->present ? FDR_DIM : ms->censored ? FDR_YELLOW :
		     m == FDR_DETECTED ? FDR_BOLD : "", fdr_show_when(scale, ms).s);
	}
	fputs("  ", o->f);
	fdr_cell(o, 0, verdict_color(t->verdict), fdr_verdict_names[t->verdict]);
	fputc('\n', o->f);
	if (t->verdict != FDR_PASS && *t->reason) {
		fputs("       ", o->f);
		fdr_paragraph(o, 7, 7, t->reason);
	}
}

static void trials(struct fdr_out *o, const struct fdr_result *r, const struct fdr_scale *scale)
{
	int width[FDR_MILESTONES_MAX];
	size_t total = 3 + 2 + 8 + 2 + 7;
	char note[64];

	widths(r, scale, width);
	snprintf(note, sizeof(note), "%s after onset, ± in ms; onset in UTC", scale->unit);
	fdr_title(o, "Trials", note);
	fputs("  ", o->f);
	fdr_cell(o, 3, FDR_DIM, "#");
	fputs("  ", o->f);
	fdr_cell(o, 8, FDR_DIM, "onset");
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		if (!fdr_show_has(r, m))
			continue;
		fputs("  ", o->f);
		fdr_cell(o, width[m], FDR_DIM, fdr_show_milestone(m));
		total += 2 + (size_t)width[m];
	}
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_DIM, "verdict");
	fputc('\n', o->f);
	fdr_rule(o, total);
	for (size_t i = 0; i < r->n_trials; i++)
		trial_row(o, r, &r->trials[i], scale, width);
	if (!r->n_trials)
		fputs("  (none)\n", o->f);
}

static void summary_row(struct fdr_out *o, const struct fdr_description *s, const char *name,
			const struct fdr_scale *scale)
{
	const struct fdr_quantile *q = fdr_show_quantile(s, 0.5);
	struct fdr_shown n, interval = { "–" }, extremes = { "–" };

	snprintf(n.s, sizeof(n.s), "%u", s->n);
	if (q && q->has_interval)
		interval = fdr_show_range(scale, q->lo_ns, q->hi_ns);
	if (s->n > s->n_censored)
		extremes = fdr_show_range(scale, s->min_ns, s->max_ns);
	fputs("  ", o->f);
	fdr_cell(o, -11, "", name);
	fdr_cell(o, 4, "", n.s);
	fdr_cell(o, 10, FDR_BOLD, fdr_show_value(scale, q).s);
	fdr_cell(o, 18, "", interval.s);
	fdr_cell(o, 8, FDR_DIM, fdr_show_confidence(q).s);
	fdr_cell(o, 17, "", extremes.s);
	fdr_cell(o, 10, "", fdr_show_value(scale, fdr_show_quantile(s, 0.9)).s);
	fputc('\n', o->f);
}

static void summary(struct fdr_out *o, const struct fdr_result *r, const struct fdr_scale *scale)
{
	static const struct {
		const char *name;
		int width;
	} head[] = {
		{ "", -11 }, { "n", 4 }, { "median", 10 }, { "95 % interval", 18 },
		{ "reached", 8 }, { "least – greatest", 17 }, { "p90", 10 },
	};
	char note[64];

	snprintf(note, sizeof(note), "%s after onset; the confidence that the interval reaches",
		 scale->unit);
	fdr_title(o, "Summary", note);
	fputs("  ", o->f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(head); i++)
		fdr_cell(o, head[i].width, FDR_DIM, head[i].name);
	fputc('\n', o->f);
	fdr_rule(o, 78);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_show_has(r, m))
			summary_row(o, &r->summary[m], fdr_show_milestone(m), scale);
	/* Not times after onset but lengths; told where somebody noticed. */
	if (!r->users.noticed.k)
		return;
	summary_row(o, &r->users.lost_time, "lost time", scale);
	summary_row(o, &r->users.longest_gap, "longest gap", scale);
	summary_row(o, &r->users.undetected, "undetected", scale);
}

static void findings(struct fdr_out *o, const struct fdr_findings *f)
{
	static const struct {
		const char *mark, *color;
	} look[] = {
		[FDR_FINDING_GOOD] = { "✓", FDR_GREEN },
		[FDR_FINDING_NOTE] = { "·", FDR_DIM },
		[FDR_FINDING_WARN] = { "!", FDR_YELLOW },
	};

	fdr_title(o, "What it says", "");
	for (size_t i = 0; i < f->n; i++) {
		fputs("  ", o->f);
		fdr_cell(o, 0, look[f->v[i].level].color, look[f->v[i].level].mark);
		fputc(' ', o->f);
		fdr_paragraph(o, 4, 4, f->v[i].text);
	}
}

void fdr_report_text(FILE *f, const struct fdr_result *r, bool color)
{
	struct fdr_out o = { f, color };
	struct fdr_scale scale = fdr_scale_of(r);
	struct fdr_findings said;

	fdr_findings(r, &said);
	header(&o, r);
	fputs("\n  ", f);
	fdr_sgr_start(&o, FDR_BOLD);
	fdr_paragraph(&o, 2, 2, said.headline);
	fdr_sgr_stop(&o, FDR_BOLD);
	fputs("  ", f);
	fdr_paragraph(&o, 2, 2, said.subline);
	trials(&o, r, &scale);
	fdr_text_onsets(&o, r);
	if (r->n_trials && !r->quiet_ns)
		summary(&o, r, &scale);
	fdr_text_gates(&o, r);
	fdr_loss_text(&o, r);
	fdr_usage_text(&o, r);
	if (said.n)
		findings(&o, &said);
	fputc('\n', f);
}
