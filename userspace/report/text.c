// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "findings.h"
#include "report.h"
#include "show.h"

#define WIDTH	80
#define BOLD	"1"
#define DIM	"2"
#define RED	"31"
#define GREEN	"32"
#define YELLOW	"33"

struct out {
	FILE *f;
	bool color;
};

static void start(struct out *o, const char *sgr)
{
	if (o->color && *sgr)
		fprintf(o->f, "\033[%sm", sgr);
}

static void stop(struct out *o, const char *sgr)
{
	if (o->color && *sgr)
		fputs("\033[0m", o->f);
}

static void spaces(struct out *o, size_t n)
{
	fprintf(o->f, "%*s", (int)n, "");
}

/* @width columns: negative is flush left, positive flush right, 0 as it comes. */
static void cell(struct out *o, int width, const char *sgr, const char *text)
{
	size_t want = (size_t)abs(width), has = fdr_utf8_width(text);
	size_t pad = has < want ? want - has : 0;

	if (width > 0)
		spaces(o, pad);
	start(o, sgr);
	fdr_put_plain(o->f, text);
	stop(o, sgr);
	if (width < 0)
		spaces(o, pad);
}

/* The next word and, where it is a number, the unit after it. */
static size_t word_length(const char *text)
{
	size_t n = strcspn(text, " ");

	if (!n || text[n] != ' ' || text[n - 1] < '0' || text[n - 1] > '9' ||
	    !fdr_unit_length(text + n + 1))
		return n;
	return n + 1 + strcspn(text + n + 1, " ");
}

/* Words to the margin, continued at @indent. */
static void paragraph(struct out *o, size_t indent, size_t column, const char *text)
{
	char word[256];

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t n = word_length(text), width;

		if (n >= sizeof(word))
			n = sizeof(word) - 1;
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		width = fdr_utf8_width(word);
		if (column > indent && column + 1 + width > WIDTH) {
			fputc('\n', o->f);
			spaces(o, indent);
			column = indent;
		} else if (column > indent) {
			fputc(' ', o->f);
			column++;
		}
		fdr_put_plain(o->f, word);
		column += width;
		text += n;
	}
	fputc('\n', o->f);
}

static const char *verdict_color(enum fdr_verdict v)
{
	return v == FDR_PASS ? GREEN : v == FDR_FAIL ? RED : YELLOW;
}

static void rule(struct out *o, size_t width)
{
	start(o, DIM);
	fputs("  ", o->f);
	while (width--)
		fputs("─", o->f);
	stop(o, DIM);
	fputc('\n', o->f);
}

static void title(struct out *o, const char *text, const char *note)
{
	fputs("\n  ", o->f);
	cell(o, 0, BOLD, text);
	if (*note) {
		fputs("  ", o->f);
		cell(o, 0, DIM, note);
	}
	fputc('\n', o->f);
}

static void FDR_PRINTF(3, 4) fact(struct out *o, const char *name, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fputs("  ", o->f);
	cell(o, -9, DIM, name);
	paragraph(o, 11, 11, text);
}

static void header(struct out *o, const struct fdr_result *r)
{
	const char *name = r->name ? r->name : "(no name)";
	const char *verdict = fdr_verdict_names[r->verdict];
	size_t used = 2 + fdr_utf8_width(name) + strlen(verdict);
	const char *node = r->n_trials ? r->trials[0].node : "";
	const char *fault = r->n_trials ? r->trials[0].fault : "";
	char planned[24] = "";

	fputs("\n  ", o->f);
	cell(o, 0, BOLD, name);
	spaces(o, used < WIDTH ? WIDTH - used : 1);
	cell(o, 0, verdict_color(r->verdict), verdict);
	fputc('\n', o->f);
	if (r->description && *r->description) {
		fputs("  ", o->f);
		paragraph(o, 2, 2, r->description);
	}
	fputc('\n', o->f);
	if (*node)
		fact(o, "victim", "%s", node);
	if (*fault)
		fact(o, "fault", "%s", fault);
	if (r->n_planned)
		snprintf(planned, sizeof(planned), " of %u", r->n_planned);
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

static void trial_row(struct out *o, const struct fdr_result *r, const struct fdr_result_trial *t,
		      const struct fdr_scale *scale, const int *width)
{
	struct fdr_shown onset = { "–" };
	char n[16];

	snprintf(n, sizeof(n), "%u", t->n);
	if (t->milestones[FDR_ONSET].present)
		onset = fdr_show_time_of_day(t->onset_real_ns, 0);
	fputs("  ", o->f);
	cell(o, 3, "", n);
	fputs("  ", o->f);
	cell(o, 8, "", onset.s);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		const struct fdr_result_milestone *ms = &t->milestones[m];

		if (!fdr_show_has(r, m))
			continue;
		fputs("  ", o->f);
		cell(o, width[m], !ms->present ? DIM : ms->censored ? YELLOW :
		     m == FDR_DETECTED ? BOLD : "", fdr_show_when(scale, ms).s);
	}
	fputs("  ", o->f);
	cell(o, 0, verdict_color(t->verdict), fdr_verdict_names[t->verdict]);
	fputc('\n', o->f);
	if (t->verdict != FDR_PASS && *t->reason) {
		fputs("       ", o->f);
		paragraph(o, 7, 7, t->reason);
	}
}

static void trials(struct out *o, const struct fdr_result *r, const struct fdr_scale *scale)
{
	int width[FDR_MILESTONES_MAX];
	size_t total = 3 + 2 + 8 + 2 + 7;
	char note[64];

	widths(r, scale, width);
	snprintf(note, sizeof(note), "%s after onset, ± in ms; onset in UTC", scale->unit);
	title(o, "Trials", note);
	fputs("  ", o->f);
	cell(o, 3, DIM, "#");
	fputs("  ", o->f);
	cell(o, 8, DIM, "onset");
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
		if (!fdr_show_has(r, m))
			continue;
		fputs("  ", o->f);
		cell(o, width[m], DIM, fdr_show_milestone(m));
		total += 2 + (size_t)width[m];
	}
	fputs("  ", o->f);
	cell(o, 0, DIM, "verdict");
	fputc('\n', o->f);
	rule(o, total);
	for (size_t i = 0; i < r->n_trials; i++)
		trial_row(o, r, &r->trials[i], scale, width);
	if (!r->n_trials)
		fputs("  (none)\n", o->f);
}

static void summary_row(struct out *o, const struct fdr_result_summary *s, size_t m,
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
	cell(o, -12, "", fdr_show_milestone(m));
	cell(o, 4, "", n.s);
	cell(o, 11, BOLD, fdr_show_value(scale, q).s);
	cell(o, 18, "", interval.s);
	cell(o, 18, "", extremes.s);
	cell(o, 11, "", fdr_show_value(scale, fdr_show_quantile(s, 0.9)).s);
	fputc('\n', o->f);
}

static void summary(struct out *o, const struct fdr_result *r, const struct fdr_scale *scale)
{
	static const struct {
		const char *name;
		int width;
	} head[] = {
		{ "", -12 }, { "n", 4 }, { "median", 11 }, { "95 % interval", 18 },
		{ "least – greatest", 18 }, { "p90", 11 },
	};
	char note[32];

	snprintf(note, sizeof(note), "%s after onset", scale->unit);
	title(o, "Summary", note);
	fputs("  ", o->f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(head); i++)
		cell(o, head[i].width, DIM, head[i].name);
	fputc('\n', o->f);
	rule(o, 74);
	for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++)
		if (fdr_show_has(r, m))
			summary_row(o, &r->summary[m], m, scale);
}

static void findings(struct out *o, const struct fdr_findings *f)
{
	static const struct {
		const char *mark, *color;
	} look[] = {
		[FDR_FINDING_GOOD] = { "✓", GREEN },
		[FDR_FINDING_NOTE] = { "·", DIM },
		[FDR_FINDING_WARN] = { "!", YELLOW },
	};

	title(o, "What it says", "");
	for (size_t i = 0; i < f->n; i++) {
		fputs("  ", o->f);
		cell(o, 0, look[f->v[i].level].color, look[f->v[i].level].mark);
		fputc(' ', o->f);
		paragraph(o, 4, 4, f->v[i].text);
	}
}

void fdr_report_text(FILE *f, const struct fdr_result *r, bool color)
{
	struct out o = { f, color };
	struct fdr_scale scale = fdr_scale_of(r);
	struct fdr_findings said;

	fdr_findings(r, &said);
	header(&o, r);
	fputs("\n  ", f);
	start(&o, BOLD);
	paragraph(&o, 2, 2, said.headline);
	stop(&o, BOLD);
	fputs("  ", f);
	paragraph(&o, 2, 2, said.subline);
	trials(&o, r, &scale);
	if (r->n_trials)
		summary(&o, r, &scale);
	if (said.n)
		findings(&o, &said);
	fputc('\n', f);
}
