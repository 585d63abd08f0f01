// SPDX-License-Identifier: GPL-2.0-or-later
/* Statistics and comparisons for programs: JSON, CSV, JUnit XML, OpenMetrics text. */
#include "figures.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "data.h"
#include "result/describe-json.h"
#include "show.h"

static int dump(FILE *f, json_t *o)
{
	int r = !o ? -ENOMEM :
		json_dumpf(o, f, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0 ? -EIO : 0;

	json_decref(o);
	fputc('\n', f);
	return r;
}

static json_t *group_json(const struct fdr_series *s, const struct fdr_figures *x)
{
	json_t *o, *gates = json_array();
	struct fdr_description d;

	if (fdr_stats_describe(s->v, s->n, &d) < 0) {
		json_decref(gates);
		return NULL;
	}
	o = fdr_description_json(&d);
	json_object_set_new(o, "name", json_string(s->name));
	json_object_set_new(o, "gates", gates);
	for (size_t g = 0; g < x->n_gates; g++) {
		struct fdr_quantile q;

		if (fdr_stats_quantile(s->v, s->n, x->gates[g].p, &q) < 0) {
			json_decref(o);
			return NULL;
		}
		json_array_append_new(gates, json_pack("{s:f, s:I, s:s}", "p", q.p, "limit_ns",
			(json_int_t)x->gates[g].limit_ns, "gate",
			fdr_gate_names[fdr_stats_gate_quantile(&q, x->gates[g].limit_ns)]));
	}
	return o;
}

int fdr_figures_json(FILE *f, const struct fdr_figures *x)
{
	json_t *o = json_object(), *groups = json_array(), *comparisons = json_array();
	const struct fdr_series_set *set = x->groups;

	json_object_set_new(o, "format", json_string("faultdrill-stats/1"));
	json_object_set_new(o, "version", json_string(FDR_VERSION));
	json_object_set_new(o, "groups", groups);
	json_object_set_new(o, "comparisons", comparisons);
	json_object_set_new(o, "verdict", json_string(fdr_gate_names[fdr_figures_judge(x)]));
	for (size_t i = 0; i < set->n; i++) {
		struct fdr_comparison c;
		json_t *g = group_json(&set->v[i], x);

		if (!g)
			goto err;
		json_array_append_new(groups, g);
		if (!i)
			continue;
		if (fdr_stats_compare(&set->v[0], &set->v[i], NULL, &c) < 0)
			goto err;
		json_array_append_new(comparisons, fdr_comparison_json(&c, NULL));
	}
	return dump(f, o);

err:
	json_decref(o);
	return -ENOMEM;
}

static json_t *names(const char *const *v, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(a, json_string(v[i]));
	return a;
}

int fdr_comparisons_json(FILE *f, const struct fdr_comparisons *x)
{
	json_t *o = json_object(), *all = json_array();

	json_object_set_new(o, "format", json_string("faultdrill-compare/1"));
	json_object_set_new(o, "version", json_string(FDR_VERSION));
	json_object_set_new(o, "a", json_string(x->a));
	json_object_set_new(o, "b", json_string(x->b));
	json_object_set_new(o, "verdict", json_string(fdr_gate_names[fdr_comparisons_judge(x)]));
	json_object_set_new(o, "comparisons", all);
	json_object_set_new(o, "only_a", names(x->only_a, x->n_only_a));
	json_object_set_new(o, "only_b", names(x->only_b, x->n_only_b));
	for (size_t i = 0; i < x->n; i++) {
		json_t *c = fdr_comparison_json(&x->v[i], &x->limit);

		json_object_set_new(c, "of_a", fdr_description_json(&x->v[i].of_a));
		json_object_set_new(c, "of_b", fdr_description_json(&x->v[i].of_b));
		json_array_append_new(all, c);
	}
	return dump(f, o);
}

static void median(FILE *f, const struct fdr_description *d)
{
	const struct fdr_quantile *q = fdr_show_quantile(d, 0.5);

	fdr_csv_number(f, q && q->known && !q->at_least, q ? (double)q->value_ns / 1e9 : NAN);
}

int fdr_comparisons_csv(FILE *f, const struct fdr_comparisons *x)
{
	fputs("series,n_a,n_b,censored_a,censored_b,median_a_s,median_b_s,shift_s,shift_lo_s,"
	      "shift_hi_s,shift_confidence,ratio,ratio_lo,ratio_hi,logrank_p,limit,gate\n", f);
	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_comparison *c = &x->v[i];
		const struct fdr_shift *s = &c->shift, *r = &c->ratio;

		fprintf(f, "%s,%u,%u,%u,%u", c->a->name, c->of_a.n, c->of_b.n,
			c->of_a.n_censored, c->of_b.n_censored);
		median(f, &c->of_a);
		median(f, &c->of_b);
		fdr_csv_number(f, s->known, s->value / 1e9);
		fdr_csv_number(f, s->has_interval, s->lo / 1e9);
		fdr_csv_number(f, s->has_interval, s->hi / 1e9);
		fdr_csv_number(f, s->has_interval, s->confidence);
		fdr_csv_number(f, r->known, r->value);
		fdr_csv_number(f, r->has_interval, r->lo);
		fdr_csv_number(f, r->has_interval, r->hi);
		fdr_csv_number(f, c->censored && c->logrank.known, c->logrank.p);
		fdr_csv_number(f, c->gated, x->limit.ratio ? x->limit.value : x->limit.value / 1e9);
		fprintf(f, ",%s\n", c->gated ? fdr_gate_names[c->gate] : "");
	}
	return 0;
}

static void testcase(FILE *f, const struct fdr_comparison *c)
{
	char words[512];

	fdr_comparison_words(c, words, sizeof(words));
	fputs("    <testcase classname=\"faultdrill.compare\" name=\"", f);
	fdr_put_html(f, c->a->name);
	fputs("\">\n", f);
	/* Without data nothing has passed: an error, and not a skipped test. */
	if (c->gated && c->gate != FDR_GATE_PASS) {
		const char *tag = c->gate == FDR_GATE_FAIL ? "failure" : "error";

		fprintf(f, "      <%s type=\"%s\" message=\"", tag,
			c->gate == FDR_GATE_FAIL ? "regression" : "inconclusive");
		fdr_put_html(f, words);
		fputs("\"/>\n", f);
	}
	fputs("      <system-out>", f);
	fdr_put_html(f, words);
	fputs("</system-out>\n    </testcase>\n", f);
}

int fdr_comparisons_junit(FILE *f, const struct fdr_comparisons *x)
{
	size_t failures = 0, errors = 0;

	for (size_t i = 0; i < x->n; i++) {
		failures += x->v[i].gated && x->v[i].gate == FDR_GATE_FAIL;
		errors += x->v[i].gated && x->v[i].gate == FDR_GATE_INCONCLUSIVE;
	}
	/* Nothing to compare is no pass. */
	errors += !x->n && x->limit.given;
	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
		"  <testsuite name=\"faultdrill compare\" tests=\"%zu\" failures=\"%zu\" "
		"errors=\"%zu\">\n", x->n ? x->n : errors, failures, errors);
	fputs("    <properties>\n      <property name=\"a\" value=\"", f);
	fdr_put_html(f, x->a);
	fputs("\"/>\n      <property name=\"b\" value=\"", f);
	fdr_put_html(f, x->b);
	fputs("\"/>\n    </properties>\n", f);
	for (size_t i = 0; i < x->n; i++)
		testcase(f, &x->v[i]);
	if (!x->n && errors)
		fputs("    <testcase classname=\"faultdrill.compare\" name=\"anything\">\n"
		      "      <error type=\"inconclusive\" message=\"A and B have no series in common\""
		      "/>\n    </testcase>\n", f);
	fputs("  </testsuite>\n</testsuites>\n", f);
	return 0;
}

static void sample(FILE *f, const char *metric, const struct fdr_comparison *c, const char *key,
		   const char *value, double v)
{
	fprintf(f, "%s{series=\"", metric);
	fdr_om_label(f, c->a->name);
	fprintf(f, "\",%s=\"%s\"} ", key, value);
	fdr_om_value(f, v);
}

static double median_of(const struct fdr_description *d)
{
	const struct fdr_quantile *q = fdr_show_quantile(d, 0.5);

	return q && q->known && !q->at_least ? (double)q->value_ns / 1e9 : NAN;
}

static void shift_metric(FILE *f, const char *metric, const struct fdr_comparison *c,
			 const struct fdr_shift *s, double unit)
{
	sample(f, metric, c, "end", "estimate", s->known ? s->value / unit : NAN);
	sample(f, metric, c, "end", "lower", s->has_interval ? s->lo / unit : NAN);
	sample(f, metric, c, "end", "upper", s->has_interval ? s->hi / unit : NAN);
}

int fdr_comparisons_openmetrics(FILE *f, const struct fdr_comparisons *x)
{
	fdr_om_head(f, "faultdrill_values", "gauge", NULL, "Trials with a value, seen or given up.");
	for (size_t i = 0; i < x->n; i++) {
		sample(f, "faultdrill_values", &x->v[i], "run", "a", x->v[i].of_a.n);
		sample(f, "faultdrill_values", &x->v[i], "run", "b", x->v[i].of_b.n);
	}
	fdr_om_head(f, "faultdrill_median_seconds", "gauge", "seconds", "The median from onset.");
	for (size_t i = 0; i < x->n; i++) {
		sample(f, "faultdrill_median_seconds", &x->v[i], "run", "a",
		       median_of(&x->v[i].of_a));
		sample(f, "faultdrill_median_seconds", &x->v[i], "run", "b",
		       median_of(&x->v[i].of_b));
	}
	fdr_om_head(f, "faultdrill_shift_seconds", "gauge", "seconds",
	     "How much later b is than a (Hodges-Lehmann), with its 95 % interval.");
	for (size_t i = 0; i < x->n; i++)
		shift_metric(f, "faultdrill_shift_seconds", &x->v[i], &x->v[i].shift, 1e9);
	fdr_om_head(f, "faultdrill_shift_ratio", "gauge", "ratio",
	     "How many times as long b takes as a, with its 95 % interval.");
	for (size_t i = 0; i < x->n; i++)
		shift_metric(f, "faultdrill_shift_ratio", &x->v[i], &x->v[i].ratio, 1);
	fdr_om_head(f, "faultdrill_gate", "stateset", NULL, "Whether b is within the limit.");
	for (size_t i = 0; i < x->n; i++)
		for (int g = FDR_GATE_PASS; x->v[i].gated && g <= FDR_GATE_INCONCLUSIVE; g++)
			sample(f, "faultdrill_gate", &x->v[i], "faultdrill_gate",
			       fdr_gate_names[g], (int)x->v[i].gate == g);
	fputs("# EOF\n", f);
	return 0;
}
