// SPDX-License-Identifier: GPL-2.0-or-later
/* Gates and the stopping rule: judged, written, read back, shown. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common-result.h"
#include "common-run.h"
#include "report/report.h"

static struct fdr_result *gated(size_t n, enum sample_kind kind, const char *gates,
				const char *stop)
{
	struct fdr_result *r = sample_result(n, kind);
	json_t *g = json_loads(gates, 0, NULL), *s = stop ? json_loads(stop, 0, NULL) : NULL;

	assert_non_null(g);
	assert_int_equal(fdr_result_take_gates(r, g), 0);
	assert_int_equal(fdr_result_take_stop(r, s), 0);
	json_decref(g);
	json_decref(s);
	fdr_result_summarise(r);
	fdr_result_judge_gates(r);
	return r;
}

static const char all_gates[] =
	"[{\"kind\": \"milestone\", \"of\": \"detected\", \"p\": 0.5, \"limit\": 1200000000},"
	" {\"kind\": \"milestone\", \"of\": \"detected\", \"p\": 0.5, \"limit\": 900000000},"
	" {\"kind\": \"milestone\", \"of\": \"detected\", \"p\": 0.9, \"limit\": 1500000000},"
	" {\"kind\": \"milestone\", \"of\": \"isolated\", \"p\": 0.5, \"limit\": 1500000000},"
	" {\"kind\": \"users\", \"of\": \"longest_gap\", \"p\": 0.5, \"limit\": 0},"
	" {\"kind\": \"share\", \"of\": \"noticed\", \"limit\": 0.1},"
	" {\"kind\": \"share\", \"of\": \"noticed\", \"limit\": 0.9},"
	" {\"kind\": \"false_positives\", \"of\": \"\", \"limit\": 0},"
	" {\"kind\": \"loss\", \"of\": \"records\", \"limit\": 0}]";

static void test_judged(void **state)
{
	static const struct {
		size_t n;
		enum sample_kind kind;
		enum fdr_gate gates[9];
	} cases[] = {
#define P FDR_GATE_PASS
#define F FDR_GATE_FAIL
#define I FDR_GATE_INCONCLUSIVE
		/* Too few for p90; noticed in none of 20: at most 17 %. */
		{ 20, SAMPLE_QUIET, { P, F, I, I, P, I, P, P, I } },
		{ 40, SAMPLE_QUIET, { P, F, P, I, P, P, P, P, I } },
		{ 40, SAMPLE_OUTAGE, { P, F, P, I, F, F, F, P, I } },
		{ 40, SAMPLE_BLIND, { F, F, F, I, P, P, P, P, I } },
		{ 0, SAMPLE_QUIET, { I, I, I, I, I, I, I, I, I } },
#undef P
#undef F
#undef I
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct fdr_result *r = gated(cases[i].n, cases[i].kind, all_gates, NULL);

		assert_int_equal(r->n_gates, 9);
		for (size_t g = 0; g < 9; g++)
			if (r->gates[g].gate != cases[i].gates[g])
				fail_msg("case %zu, gate %zu: %s", i, g,
					 fdr_gate_names[r->gates[g].gate]);
		/* Nothing measured a loss: that is no pass. */
		assert_true(isnan(r->gates[8].hi));
		fdr_result_free(r);
	}
}

static char *rendered(int (*render)(FILE *f, const struct fdr_result *r),
		      const struct fdr_result *r)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	assert_int_equal(render(f, r), 0);
	fclose(f);
	return text;
}

static void test_shown(void **state)
{
	struct fdr_result *r = gated(40, SAMPLE_OUTAGE, all_gates,
				     "{\"milestone\": \"detected\", \"p\": 0.5, \"within\": 0.1, "
				     "\"min\": 20, \"stopped\": true}");
	struct fdr_result *again = NULL;
	struct fdr_error e = { "" };
	char *text;
	json_t *j;

	(void)state;
	r->n_planned = 200;
	text = rendered(fdr_report_render_text, r);
	assert_non_null(strstr(text, "detected p50 at most 1.2 s"));
	assert_non_null(strstr(text, "records lost at most 0"));
	assert_non_null(strstr(text, "nothing is known"));
	assert_non_null(strstr(text, "Trials stop once half the interval"));
	free(text);
	text = rendered(fdr_report_render_html, r);
	assert_non_null(strstr(text, "id=\"gates\""));
	assert_non_null(strstr(text, "<span class=\"badge fail\">fail</span>"));
	free(text);
	/* What is read back is judged anew and comes out the same. */
	j = fdr_result_to_json(r);
	assert_int_equal(fdr_result_from_json(j, &again, &e), 0);
	assert_int_equal(again->n_gates, 9);
	assert_true(again->stop.stopped);
	for (size_t i = 0; i < 9; i++)
		assert_int_equal(again->gates[i].gate, r->gates[i].gate);
	assert_int_equal(again->stop.q.hi_ns, r->stop.q.hi_ns);
	json_decref(j);
	fdr_result_free(again);
	fdr_result_free(r);
}

/* The interval of a run that may have stopped is the wider one, everywhere. */
static void test_stopping(void **state)
{
	static const char stop[] = "{\"milestone\": \"detected\", \"p\": 0.5, \"within\": 0.1}";
	struct fdr_result *plain = gated(45, SAMPLE_QUIET, "[]", NULL);
	struct fdr_result *r = gated(45, SAMPLE_QUIET, all_gates, stop);
	const struct fdr_quantile *a = &plain->summary[FDR_DETECTED].q[0];
	const struct fdr_quantile *b = &r->summary[FDR_DETECTED].q[0];

	(void)state;
	assert_true(a->has_interval && b->has_interval);
	assert_true(b->hi_ns - b->lo_ns > a->hi_ns - a->lo_ns);
	assert_int_equal(b->hi_ns, r->stop.q.hi_ns);
	assert_true(r->gates[0].hi == (double)b->hi_ns);
	fdr_result_free(plain);
	fdr_result_free(r);
}

static void test_bad_rules(void **state)
{
	static const char *const gates[] = {
		"[{}]", "[1]", "[{\"kind\": \"milestone\", \"of\": \"detected\"}]",
		"[{\"kind\": \"milestone\", \"of\": \"a name that is far too long\", \"limit\": 1}]",
		"[{\"kind\": \"milestone\", \"of\": \"detected\", \"limit\": 1, \"p\": 1}]",
	};
	static const char *const stops[] = {
		"{}", "{\"milestone\": \"onset\", \"p\": 0.5, \"within\": 0.1}",
		"{\"milestone\": \"detected\", \"p\": 2, \"within\": 0.1}",
		"{\"milestone\": \"detected\", \"p\": 0.5}",
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(gates); i++) {
		struct fdr_result *r = sample_result(1, SAMPLE_QUIET);
		json_t *j = json_loads(gates[i], 0, NULL);

		assert_int_equal(fdr_result_take_gates(r, j), -EBADMSG);
		json_decref(j);
		fdr_result_free(r);
	}
	for (size_t i = 0; i < FDR_ARRAY_LEN(stops); i++) {
		struct fdr_result *r = sample_result(1, SAMPLE_QUIET);
		json_t *j = json_loads(stops[i], 0, NULL);

		assert_int_equal(fdr_result_take_stop(r, j), -EBADMSG);
		json_decref(j);
		fdr_result_free(r);
	}
}

/* The verdict of the run, from trials that all pass. */
static void verdict_of(const char *gates, enum fdr_verdict verdict, const char *reason)
{
	const struct fdr_result *r;
	struct test_run run;
	char plan[1024];

	test_run_begin(&run, 1, "{}");
	snprintf(plan, sizeof(plan), "{\"name\": \"x\", \"workloads\": {}, \"inject\": "
		 "{\"node\": \"node1\", \"fault\": \"panic\"}, \"milestones\": {\"detected\": "
		 "{\"probe\": \"lb\", \"subject\": \"a\", \"state\": \"down\"}}, "
		 "\"gates\": %s, \"trials\": {\"count\": 8, \"observe_ns\": 10000000000}}", gates);
	test_run_meta(&run, "plan_json", plan);
	for (unsigned int n = 1; n <= 8; n++) {
		int64_t t0 = n * 10000;

		test_run_inject(&run, n, t0);
		test_run_clock(&run, t0, 0, 100000);
		test_run_kernel(&run, "onset", t0 * FDR_NS_PER_MS, (t0 + 1) * FDR_NS_PER_MS);
		test_run_obs(&run, "a", "down", t0 + 200 + n, t0 + 210 + n);
		test_run_obs(&run, "a", "up", t0 + 3000, t0 + 3010);
		test_run_end_trial(&run, t0 + 500, t0 + 4000);
	}
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->n_trials, 8);
	if (r->verdict != verdict || !strstr(r->reason, reason))
		fail_msg("%s: %s", fdr_verdict_names[r->verdict], r->reason);
	test_run_clear(&run);
}

static void test_verdict(void **state)
{
	(void)state;
#define DETECTED(p, limit) "{\"kind\": \"milestone\", \"of\": \"detected\", \"p\": " p ", \"limit\": " limit "}"
	verdict_of("[]", FDR_PASS, "");
	verdict_of("[" DETECTED("0.5", "3e8") "]", FDR_PASS, "");
	verdict_of("[" DETECTED("0.9", "3e8") "]", FDR_INCONCLUSIVE,
		   "gate: detected p90 at most 300 ms: inconclusive: ");
	verdict_of("[" DETECTED("0.9", "3e8") ", " DETECTED("0.5", "1e8") "]", FDR_FAIL,
		   "gate: detected p50 at most 100 ms: fail: ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judged), cmocka_unit_test(test_shown),
		cmocka_unit_test(test_stopping), cmocka_unit_test(test_bad_rules),
		cmocka_unit_test(test_verdict),
	};

	return cmocka_run_group_tests_name("gates", tests, NULL, NULL);
}
