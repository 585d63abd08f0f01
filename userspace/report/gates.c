// SPDX-License-Identifier: GPL-2.0-or-later
#include "gates.h"

#include <inttypes.h>
#include <string.h>

#include "show.h"

/* The rule, and what became of it. */
static void stop_words(const struct fdr_result *r, char *buf, size_t size)
{
	const struct fdr_result_stop *s = &r->stop;
	const struct fdr_quantile *q = &s->q;
	char knows[256] = "it has no interval yet", ends[80];

	snprintf(ends, sizeof(ends), "the plan's %u trials were carried out", r->n_planned);
	if (s->stopped)
		snprintf(ends, sizeof(ends), "they stopped after %zu of at most %u", r->n_trials,
			 r->n_planned);
	if (q->known && q->has_interval && q->hi_ns != FDR_STATS_UNBOUNDED)
		snprintf(knows, sizeof(knows), "%s, interval %s to %s", fdr_show_ns(q->value_ns).s,
			 fdr_show_ns(q->lo_ns).s, fdr_show_ns(q->hi_ns).s);
	snprintf(buf, size, "Trials stop once half the interval of %s p%g is at most %.4g %% of it, "
		 "asked at 20, 30, 45 … trials, at least %u: %s (%s). All intervals of this run "
		 "are made for a run that is looked at again and again: they are wider, and hold "
		 "with 95 %%.", s->milestone, s->p * 100, s->within * 100, s->min, ends, knows);
}

void fdr_text_gates(struct fdr_out *o, const struct fdr_result *r)
{
	static const char *const colors[] = {
		[FDR_GATE_PASS] = FDR_GREEN, [FDR_GATE_FAIL] = FDR_RED,
		[FDR_GATE_INCONCLUSIVE] = FDR_YELLOW,
	};
	char asks[80], knows[136], stop[768];

	if (r->n_gates) {
		fdr_title(o, "Gates", "pass: the whole 95 % interval is within the limit");
		fdr_rule(o, 78);
	}
	for (size_t i = 0; i < r->n_gates; i++) {
		const struct fdr_result_gate *g = &r->gates[i];

		fdr_gate_asks(g, asks, sizeof(asks));
		fdr_gate_knows(g, knows, sizeof(knows));
		fputs("  ", o->f);
		fdr_cell(o, -40, "", asks);
		fdr_cell(o, -13, colors[g->gate], fdr_gate_names[g->gate]);
		fdr_cell(o, 0, "", knows);
		fputc('\n', o->f);
	}
	if (!r->stop.milestone)
		return;
	stop_words(r, stop, sizeof(stop));
	fputs("\n  ", o->f);
	fdr_paragraph(o, 2, 2, stop);
}

void fdr_html_gates(FILE *f, const struct fdr_result *r)
{
	static const char *const classes[] = {
		[FDR_GATE_PASS] = "pass", [FDR_GATE_FAIL] = "fail",
		[FDR_GATE_INCONCLUSIVE] = "inconclusive",
	};
	char asks[80], knows[136], stop[768];

	if (!r->n_gates && !r->stop.milestone)
		return;
	fputs("<h2 id=\"gates\">Gates</h2>\n", f);
	if (r->n_gates)
		fputs("<p class=\"lead\">A gate passes when the whole 95 % interval is within the "
		      "limit, fails when none of it is, and is inconclusive between.</p>\n"
		      "<div class=\"card scroll\"><table><thead><tr><th>Gate</th><th>Verdict</th>"
		      "<th>What is known</th></tr></thead><tbody>\n", f);
	for (size_t i = 0; i < r->n_gates; i++) {
		const struct fdr_result_gate *g = &r->gates[i];

		fdr_gate_asks(g, asks, sizeof(asks));
		fdr_gate_knows(g, knows, sizeof(knows));
		fputs("<tr><th scope=\"row\">", f);
		fdr_put_prose(f, asks);
		fprintf(f, "</th><td><span class=\"badge %s\">%s</span></td><td>",
			classes[g->gate], fdr_gate_names[g->gate]);
		fdr_put_prose(f, knows);
		fputs("</td></tr>\n", f);
	}
	if (r->n_gates)
		fputs("</tbody></table></div>\n", f);
	if (!r->stop.milestone)
		return;
	stop_words(r, stop, sizeof(stop));
	fputs("<p class=\"lead\">", f);
	fdr_put_prose(f, stop);
	fputs("</p>\n", f);
}
