// SPDX-License-Identifier: GPL-2.0-or-later
/* What is said of figures and comparisons, and in which form. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "common-result.h"
#include "report/figures.h"

struct fixture {
	struct fdr_series_set a, b;
	struct fdr_comparison c;
	struct fdr_comparisons x;
};

static void add(struct fdr_series_set *set, const char *name, int64_t ms, bool censored)
{
	struct fdr_sample s = { ms * FDR_NS_PER_MS, ms * FDR_NS_PER_MS, censored };

	assert_int_equal(fdr_series_add(set, name, &s), 0);
}

/* Twenty each; b is 200 ms later, with @censored of them given up. */
static void set_up(struct fixture *f, double limit_ms, int censored)
{
	*f = (struct fixture){ 0 };
	for (int i = 0; i < 20; i++) {
		add(&f->a, "a<&\"b", 1000 + 10 * i, false);
		add(&f->b, "a<&\"b", 1200 + 10 * i, i >= 20 - censored);
	}
	f->x = (struct fdr_comparisons){ .a = "old", .b = "new", .v = &f->c, .n = 1,
					 .limit = { .given = limit_ms > 0,
						    .value = limit_ms * 1e6 } };
	assert_int_equal(fdr_stats_compare(f->a.v, f->b.v, &f->x.limit, &f->c), 0);
}

static void tear_down(struct fixture *f)
{
	fdr_series_clear(&f->a);
	fdr_series_clear(&f->b);
}

static char *rendered(int (*render)(FILE *f, const struct fdr_comparisons *x),
		      const struct fdr_comparisons *x)
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(render(f, x), 0);
	fclose(f);
	return text;
}

static void expect(int (*render)(FILE *f, const struct fdr_comparisons *x),
		   const struct fdr_comparisons *x, const char *words)
{
	FDR_CLEANUP_FREE char *text = rendered(render, x);

	if (!strstr(text, words))
		fail_msg("no \"%s\" in:\n%s", words, text);
}

static void gates(void **state)
{
	static const struct {
		double limit_ms;
		enum fdr_gate gate;
		const char *junit, *metric;
	} cases[] = {
		{ 300, FDR_GATE_PASS, "failures=\"0\" errors=\"0\"", "=\"pass\"} 1\n" },
		{ 200, FDR_GATE_INCONCLUSIVE, "<error type=\"inconclusive\"",
		  "=\"inconclusive\"} 1\n" },
		{ 100, FDR_GATE_FAIL, "<failure type=\"regression\"", "=\"fail\"} 1\n" },
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		set_up(&f, cases[i].limit_ms, 0);
		assert_int_equal(f.c.gate, cases[i].gate);
		assert_int_equal(fdr_comparisons_judge(&f.x), cases[i].gate);
		expect(fdr_comparisons_junit, &f.x, cases[i].junit);
		expect(fdr_comparisons_junit, &f.x, "name=\"a&lt;&amp;&quot;b\"");
		expect(fdr_comparisons_openmetrics, &f.x, cases[i].metric);
		expect(fdr_comparisons_openmetrics, &f.x, "\n# EOF\n");
		expect(fdr_comparisons_openmetrics, &f.x,
		       "faultdrill_shift_seconds{series=\"a<&\\\"b\",end=\"estimate\"} 0.2\n");
		expect(fdr_comparisons_csv, &f.x, fdr_gate_names[cases[i].gate]);
		tear_down(&f);
	}
	/* A gate and nothing to judge. */
	f.x.n = 0;
	assert_int_equal(fdr_comparisons_judge(&f.x), FDR_GATE_INCONCLUSIVE);
	expect(fdr_comparisons_junit, &f.x, "errors=\"1\"");
	f.x.limit.given = false;
	assert_int_equal(fdr_comparisons_judge(&f.x), FDR_GATE_PASS);
}

static void as_json(void **state)
{
	struct fixture f;
	json_t *j, *c;
	char *text;

	(void)state;
	set_up(&f, 100, 2);
	text = rendered(fdr_comparisons_json, &f.x);
	j = json_loads(text, 0, NULL);
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "verdict")), "fail");
	c = json_array_get(json_object_get(j, "comparisons"), 0);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "shift"),
							    "value_ns")), 200 * FDR_NS_PER_MS);
	assert_true(json_real_value(json_object_get(json_object_get(c, "logrank"), "p")) < 0.01);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(c, "of_b"),
							    "n_censored")), 2);
	json_decref(j);
	free(text);
	tear_down(&f);
}

static void in_words(void **state)
{
	struct fixture f;
	char words[512];

	(void)state;
	set_up(&f, 0, 0);
	fdr_comparison_words(&f.c, words, sizeof(words));
	assert_non_null(strstr(words, "+200 ms (+160 ms to +240 ms with 95.0 %)"));
	assert_non_null(strstr(words, "1.18 times as long"));
	tear_down(&f);
	set_up(&f, 0, 20);
	fdr_comparison_words(&f.c, words, sizeof(words));
	assert_non_null(strstr(words, "to any time later with"));
	assert_non_null(strstr(words, "log-rank: later"));
	tear_down(&f);
	/* Three of each are too few. */
	set_up(&f, 0, 0);
	f.a.v->n = f.b.v->n = 3;
	assert_int_equal(fdr_stats_compare(f.a.v, f.b.v, &(struct fdr_limit){ true, false, 1e12 },
					   &f.c), 0);
	assert_int_equal(f.c.gate, FDR_GATE_INCONCLUSIVE);
	fdr_comparison_words(&f.c, words, sizeof(words));
	assert_non_null(strstr(words, "too few values"));
	tear_down(&f);
}

/* A run's own series: what its summary is of. */
static void of_a_run(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(7, SAMPLE_OUTAGE);
	struct fdr_series_set set;
	const struct fdr_series *s;
	struct fdr_description d;

	(void)state;
	assert_int_equal(fdr_result_series(r, &set), 0);
	s = fdr_series_find(&set, "detected");
	assert_non_null(s);
	assert_int_equal(s->n, 7);
	assert_int_equal(fdr_stats_describe(s->v, s->n, &d), 0);
	assert_int_equal(d.q[0].value_ns, r->summary[FDR_DETECTED].q[0].value_ns);
	assert_non_null(fdr_series_find(&set, "users.lost_time"));
	assert_null(fdr_series_find(&set, "onset"));
	assert_null(fdr_series_find(&set, "isolated"));
	assert_int_equal(r->users.noticed.k, 7);
	assert_int_equal(r->users.noticed.n, 7);
	assert_true(r->users.noticed.lo > 0.59 && r->users.noticed.lo < 0.60);
	assert_int_equal(r->users.gaps, 7);
	assert_int_equal(r->users.longest_gap.n, 7);
	fdr_series_clear(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gates),
		cmocka_unit_test(as_json),
		cmocka_unit_test(in_words),
		cmocka_unit_test(of_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
