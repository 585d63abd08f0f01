// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>

#include "html.h"

/* A milestone later than so many reactions does not set the scale. */
#define FAR	3

double fdr_axis_at(const struct fdr_axis *a, int64_t ns)
{
	return 100.0 * (double)(ns - a->lo_ns) / (double)(a->hi_ns - a->lo_ns);
}

bool fdr_axis_holds(const struct fdr_axis *a, int64_t ns)
{
	return ns >= a->lo_ns && ns <= a->hi_ns;
}

/* 1, 2 or 5 times a power of ten, so that there are about five ticks. */
static int64_t step_of(const struct fdr_axis *a)
{
	double raw = (double)(a->hi_ns - a->lo_ns) / 5, power = pow(10, floor(log10(raw)));
	double lead = raw / power;

	return (int64_t)((lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * power);
}

void fdr_axis_draw(FILE *f, const struct fdr_axis *a, int top, int bottom)
{
	int64_t step = step_of(a), t;
	const char *class;

	if (step < 1)
		return;
	t = a->lo_ns / step * step;
	if (t < a->lo_ns)
		t += step;
	for (; t <= a->hi_ns; t += step) {
		double x = fdr_axis_at(a, t);

		fprintf(f, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\"/>",
			t ? "grid" : "zero", x, x, top, bottom);
		/* A narrow screen has room for every other label. */
		class = t / step % 2 ? "tick odd" : "tick";
		if (x > 4 && x < 96)
			fprintf(f, "<text class=\"%s\" x=\"%.2f%%\" y=\"%d\">%s</text>", class, x,
				bottom + 14, t ? fdr_show_ns(t).s : "onset");
	}
	fputc('\n', f);
}

/* The latest of what is @late (users whole again) or not. */
static int64_t latest(const struct fdr_result *r, bool late)
{
	int64_t most = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
			const struct fdr_result_milestone *ms = &r->trials[i].milestones[m];
			int64_t at = ms->censored ? ms->when.lo_ns : ms->when.hi_ns;

			if (ms->present && (m >= FDR_REDUNDANT) == late && at > most)
				most = at;
		}
	}
	return most;
}

struct fdr_axis fdr_axis_for(const struct fdr_result *r, bool with_lead_in)
{
	int64_t end = latest(r, false), after = latest(r, true);

	if (!end || after < end * FAR)
		end = after > end ? after : end;
	if (!end)
		end = FDR_NS_PER_S;
	return (struct fdr_axis){ with_lead_in ? -end / 8 : 0, end + end / 8 };
}

const char *fdr_html_class(size_t milestone)
{
	static const char *const names[FDR_MILESTONES_MAX] = {
		[FDR_ONSET] = "ons", [FDR_FIRST_ERROR] = "err", [FDR_SUSPECTED] = "sus",
		[FDR_DETECTED] = "det", [FDR_ISOLATED] = "iso", [FDR_PROMOTED] = "pro",
		[FDR_SERVED] = "ser", [FDR_REDUNDANT] = "red", [FDR_FAILED_BACK] = "fab",
	};

	return names[milestone];
}
