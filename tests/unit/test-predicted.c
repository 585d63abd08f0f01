// SPDX-License-Identifier: GPL-2.0-or-later
/* What configuration promised, in the analysis of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include <linux/faultdrill.h>

#include "common-run.h"

#define MS	FDR_NS_PER_MS

static void onset(struct test_run *run, unsigned int trial, int64_t t0_ms)
{
	test_run_inject(run, trial, t0_ms);
	test_run_clock(run, t0_ms, 0, 100000);
	test_run_beacon(run, FAULTDRILL_BEACON_ONSET, t0_ms * MS, (t0_ms + 1) * MS);
}

static void whole_trial(struct test_run *run)
{
	onset(run, 1, 10000);
	test_run_obs(run, "a", "up", 8000, 8010);
	test_run_requests(run, 9000, 10050, 2, FDR_REQUEST_OK);
	test_run_requests(run, 10050, 10350, 5, FDR_REQUEST_ERROR);
	test_run_requests(run, 10350, 14000, 2, FDR_REQUEST_OK);
	test_run_obs(run, "a", "suspect", 10100, 10110);
	test_run_obs(run, "a", "down", 10200, 10220);
	test_run_obs(run, "a", "up", 13000, 13010);
	test_run_end_trial(run, 10500, 14000);
}

/* Ranges from configuration stand where the plan states none, and judge only where asked. */
static void test_predictions(void **state)
{
	static const char format[] =
		"{\"lb\": {\"kind\": \"haproxy\", \"judge\": %s, \"failure\": \"silent\","
		" \"milestones\": {\"detected\": {\"lo_ns\": %s, \"hi_ns\": 900000000,"
		" \"why\": \"fall 2\"}, \"isolated\": {\"never\": true, \"why\": \"no fencing\"}},"
		" \"remarks\": [{\"level\": \"risk\", \"text\": \"fall 1\"}]}}";
	static const struct {
		const char *judge, *lo, *expect;
		enum fdr_verdict verdict;
		const char *why;
		json_int_t expected_lo;
	} cases[] = {
		{ "false", "150000000", "{}", FDR_PASS, "predicted by lb", 150000000 },
		{ "false", "500000000", "{}", FDR_PASS, "predicted by lb", 500000000 },
		{ "true", "150000000", "{}", FDR_PASS, "predicted by lb", 150000000 },
		{ "true", "500000000", "{}", FDR_FAIL, "predicted by lb", 500000000 },
		{ "true", "500000000, \"slack_ns\": 400000000", "{}", FDR_PASS, "predicted by lb",
		  500000000 },
		{ "true", "500000000, \"slack_ns\": 100000000", "{}", FDR_FAIL, "predicted by lb",
		  500000000 },
		/* The plan's own word goes first. */
		{ "true", "500000000", "{\"detected\": [160000000, 300000000]}", FDR_PASS,
		  "stated by the plan", 160000000 },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct fdr_result *r;
		struct test_run run;
		char text[1024];
		json_t *x;

		test_run_begin(&run, 1, cases[i].expect);
		snprintf(text, sizeof(text), format, cases[i].judge, cases[i].lo);
		test_run_meta(&run, "predictions", text);
		whole_trial(&run);
		r = test_run_analyse(&run, "complete", "");
		assert_int_equal(r->verdict, cases[i].verdict);
		x = json_object_get(r->expected, "detected");
		assert_int_equal(json_integer_value(json_object_get(x, "lo_ns")),
				 cases[i].expected_lo);
		assert_non_null(strstr(json_string_value(json_object_get(x, "why")), cases[i].why));
		assert_non_null(json_object_get(r->predictions, "lb"));
		/* The plan does not ask for it: nothing to show beside. */
		assert_null(json_object_get(r->expected, "isolated"));
		test_run_clear(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_predictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
