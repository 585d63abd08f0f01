// SPDX-License-Identifier: GPL-2.0-or-later
#include "figures.h"

#include <math.h>
#include <string.h>

#include "out.h"
#include "show.h"

static enum fdr_gate worse(enum fdr_gate a, enum fdr_gate b)
{
	if (a == FDR_GATE_FAIL || b == FDR_GATE_FAIL)
		return FDR_GATE_FAIL;
	return a == FDR_GATE_PASS ? b : a;
}

enum fdr_gate fdr_figures_judge(const struct fdr_figures *x)
{
	enum fdr_gate worst = FDR_GATE_PASS;

	for (size_t i = 0; i < x->groups->n; i++) {
		const struct fdr_series *s = &x->groups->v[i];

		for (size_t g = 0; g < x->n_gates; g++) {
			struct fdr_quantile q;

			/* Out of memory: nothing is known. */
			if (fdr_stats_quantile(s->v, s->n, x->gates[g].p, &q) < 0)
				q.known = false;
			worst = worse(worst, fdr_stats_gate_quantile(&q, x->gates[g].limit_ns));
		}
	}
	return worst;
}

enum fdr_gate fdr_comparisons_judge(const struct fdr_comparisons *x)
{
	enum fdr_gate worst = x->n || !x->limit.given ? FDR_GATE_PASS : FDR_GATE_INCONCLUSIVE;

	for (size_t i = 0; i < x->n; i++)
		if (x->v[i].gated)
			worst = worse(worst, x->v[i].gate);
	return worst;
}

static const char *gate_color(enum fdr_gate g)
{
	return g == FDR_GATE_PASS ? FDR_GREEN : g == FDR_GATE_FAIL ? FDR_RED : FDR_YELLOW;
}

/* "+0.203 s", "-12 ms"; "any time later" where there is no bound. */
static struct fdr_shown signed_ns(double ns)
{
	struct fdr_shown shown;

	if (isfinite(ns))
		snprintf(shown.s, sizeof(shown.s), "%s%.50s", ns > 0 ? "+" : "",
			 fdr_show_ns(llround(ns)).s);
	else
		strcpy(shown.s, ns < 0 ? "any time earlier" : "any time later");
	return shown;
}

static struct fdr_shown times(double v)
{
	struct fdr_shown shown;

	if (isfinite(v))
		snprintf(shown.s, sizeof(shown.s), "%.3g", v);
	else
		strcpy(shown.s, "no bound");
	return shown;
}

void fdr_comparison_words(const struct fdr_comparison *c, char *buf, size_t size)
{
	const struct fdr_shift *s = &c->shift, *r = &c->ratio;
	char text[512] = "";
	size_t n = 0;

#define ADD(...) \
	do { \
		if (n < sizeof(text)) \
			n += (size_t)snprintf(text + n, sizeof(text) - n, __VA_ARGS__); \
	} while (0)
	if (!s->known)
		ADD("nothing to compare");
	else if (!isnan(s->value))
		ADD("%s", signed_ns(s->value).s);
	if (s->has_interval)
		ADD("%s%s to %s with %.1f %%%s", isnan(s->value) ? "" : " (", signed_ns(s->lo).s,
		    signed_ns(s->hi).s, floor(s->confidence * 1000) / 10,
		    isnan(s->value) ? "" : ")");
	else if (s->known)
		ADD("%stoo few values for a 95 %% interval", n ? "; " : "");
	if (r->known && r->has_interval && !isnan(r->value))
		ADD(", %s times as long (%s to %s)", times(r->value).s, times(r->lo).s,
		    times(r->hi).s);
	if (c->censored && c->logrank.known)
		ADD("; log-rank: %s, p = %.2g", c->logrank.observed < c->logrank.expected ?
		    "later" : "earlier", c->logrank.p);
#undef ADD
	snprintf(buf, size, "%s", text);
}

static int64_t largest(const struct fdr_description *d)
{
	int64_t most = d->max_ns;

	for (size_t i = 0; i < d->n_q; i++)
		if (d->q[i].known && d->q[i].value_ns > most)
			most = d->q[i].value_ns;
	return most;
}

static void quantile_row(struct fdr_out *o, const struct fdr_quantile *q,
			 const struct fdr_scale *scale, const struct fdr_figures *x)
{
	struct fdr_shown name, interval = { "–" };

	snprintf(name.s, sizeof(name.s), "p%g", q->p * 100);
	if (q->has_interval)
		interval = fdr_show_range(scale, q->lo_ns, q->hi_ns);
	fputs("  ", o->f);
	fdr_cell(o, -8, "", fabs(q->p - 0.5) < 1e-9 ? "median" : name.s);
	fdr_cell(o, 12, FDR_BOLD, fdr_show_value(scale, q).s);
	fdr_cell(o, 20, "", interval.s);
	fdr_cell(o, 9, FDR_DIM, fdr_show_confidence(q).s);
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_DIM, !q->known ? "too few values" : q->survival ? "Kaplan-Meier" :
		 q->has_interval || q->at_least ? "ranks" : "too few for an interval");
	for (size_t g = 0; g < x->n_gates; g++) {
		enum fdr_gate gate = fdr_stats_gate_quantile(q, x->gates[g].limit_ns);

		if (fabs(x->gates[g].p - q->p) > 1e-12)
			continue;
		fprintf(o->f, "  at most %s: ", fdr_show_ns(x->gates[g].limit_ns).s);
		fdr_cell(o, 0, gate_color(gate), fdr_gate_names[gate]);
	}
	fputc('\n', o->f);
}

/* A quantile that only a gate asks for. */
static void gate_rows(struct fdr_out *o, const struct fdr_series *s,
		      const struct fdr_description *d, const struct fdr_scale *scale,
		      const struct fdr_figures *x)
{
	for (size_t g = 0; g < x->n_gates; g++) {
		struct fdr_quantile q;
		bool shown = false;

		for (size_t i = 0; i < d->n_q; i++)
			shown |= fabs(d->q[i].p - x->gates[g].p) <= 1e-12;
		for (size_t i = 0; i < g; i++)
			shown |= fabs(x->gates[i].p - x->gates[g].p) <= 1e-12;
		if (!shown && fdr_stats_quantile(s->v, s->n, x->gates[g].p, &q) >= 0)
			quantile_row(o, &q, scale, x);
	}
}

static void group(struct fdr_out *o, const struct fdr_series *s, const struct fdr_figures *x)
{
	static const struct {
		const char *name;
		int width;
	} head[] = {
		{ "", -8 }, { "estimate", 12 }, { "95 % interval", 20 }, { "reached", 9 },
	};
	struct fdr_description d;
	struct fdr_scale scale;
	char note[64];

	if (fdr_stats_describe(s->v, s->n, &d) < 0)
		return;
	scale = fdr_scale_for(largest(&d));
	snprintf(note, sizeof(note), "%s", fdr_show_number_of(d.n, "value").s);
	fdr_title(o, s->name, note);
	fdr_rule(o, 62);
	fputs("  ", o->f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(head); i++)
		fdr_cell(o, head[i].width, FDR_DIM, i ? head[i].name : scale.unit);
	fputs("  ", o->f);
	fdr_cell(o, 0, FDR_DIM, "by");
	fputc('\n', o->f);
	for (size_t i = 0; i < d.n_q; i++)
		quantile_row(o, &d.q[i], &scale, x);
	gate_rows(o, s, &d, &scale, x);
	if (d.n > d.n_censored)
		fprintf(o->f, "  seen    %s %s, each known to %s\n",
			fdr_show_range(&scale, d.min_ns, d.max_ns).s, scale.unit,
			fdr_show_bound(d.bound_ns).s);
	fprintf(o->f, "          %llu of %u: %.1f %% (95 %% interval %.1f to %.1f %%)\n",
		(unsigned long long)d.seen.k, d.n, d.seen.value * 100, d.seen.lo * 100,
		d.seen.hi * 100);
}

void fdr_figures_text(FILE *f, const struct fdr_figures *x, bool color)
{
	struct fdr_out o = { f, color };
	const struct fdr_series_set *set = x->groups;

	for (size_t i = 0; i < set->n; i++)
		group(&o, &set->v[i], x);
	if (set->n > 1)
		fdr_title(&o, "Compared", "how much later than the first group");
	for (size_t i = 1; i < set->n; i++) {
		struct fdr_comparison c;
		char words[512], line[640];

		if (fdr_stats_compare(&set->v[0], &set->v[i], NULL, &c) < 0)
			continue;
		fdr_comparison_words(&c, words, sizeof(words));
		snprintf(line, sizeof(line), "%.63s: %s", set->v[i].name, words);
		fputs("  ", f);
		fdr_paragraph(&o, 4, 2, line);
	}
	fputc('\n', f);
}

static void comparison_row(struct fdr_out *o, const struct fdr_comparison *c)
{
	struct fdr_scale scale = fdr_scale_for(largest(&c->of_a) > largest(&c->of_b) ?
					       largest(&c->of_a) : largest(&c->of_b));
	char words[512], n[32];

	fputs("  ", o->f);
	fdr_cell(o, -18, FDR_BOLD, c->a->name);
	snprintf(n, sizeof(n), "%u, %u", c->of_a.n, c->of_b.n);
	fdr_cell(o, 9, "", n);
	fdr_cell(o, 12, "", fdr_show_value(&scale, fdr_show_quantile(&c->of_a, 0.5)).s);
	fdr_cell(o, 12, "", fdr_show_value(&scale, fdr_show_quantile(&c->of_b, 0.5)).s);
	fdr_cell(o, -5, FDR_DIM, *scale.unit == 's' ? " s" : " ms");
	if (c->gated)
		fdr_cell(o, 0, gate_color(c->gate), fdr_gate_names[c->gate]);
	fputs("\n    ", o->f);
	fdr_comparison_words(c, words, sizeof(words));
	fdr_paragraph(o, 4, 4, words);
}

static void only(struct fdr_out *o, const char *which, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(o->f, "%s%s", i ? ", " : "  ", names[i]);
	if (n)
		fprintf(o->f, ": in %s only\n", which);
}

void fdr_comparisons_text(FILE *f, const struct fdr_comparisons *x, bool color)
{
	struct fdr_out o = { f, color };
	enum fdr_gate gate = fdr_comparisons_judge(x);

	fputs("\n  ", f);
	fdr_cell(&o, -4, FDR_DIM, "A");
	fdr_cell(&o, 0, "", x->a);
	fputs("\n  ", f);
	fdr_cell(&o, -4, FDR_DIM, "B");
	fdr_cell(&o, 0, "", x->b);
	fputc('\n', f);
	fdr_title(&o, "How much later B is than A", "");
	fputs("  ", f);
	fdr_cell(&o, -18, FDR_DIM, "");
	fdr_cell(&o, 9, FDR_DIM, "n");
	fdr_cell(&o, 12, FDR_DIM, "median A");
	fdr_cell(&o, 12, FDR_DIM, "median B");
	fputc('\n', f);
	fdr_rule(&o, 66);
	for (size_t i = 0; i < x->n; i++)
		comparison_row(&o, &x->v[i]);
	if (!x->n)
		fputs("  (nothing that both have)\n", f);
	only(&o, "A", x->only_a, x->n_only_a);
	only(&o, "B", x->only_b, x->n_only_b);
	if (x->limit.given) {
		fputs("\n  ", f);
		if (x->limit.ratio)
			fprintf(f, "B at most %.4g %% longer than A: ", (x->limit.value - 1) * 100);
		else
			fprintf(f, "B at most %s later than A: ",
				fdr_show_ns(llround(x->limit.value)).s);
		fdr_cell(&o, 0, gate_color(gate), fdr_gate_names[gate]);
		fputc('\n', f);
	}
	fputc('\n', f);
}
