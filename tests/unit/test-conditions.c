// SPDX-License-Identifier: GPL-2.0-or-later
/* Milestones that are expressions, from raw rows whose truth is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/faultdrill.h>

#include "common-run.h"

#define MS	FDR_NS_PER_MS

/* Two exchanges that are exact but for 100 us, and a beacon after 1 ms. */
static void onset(struct test_run *run, unsigned int trial, int64_t t0_ms)
{
	test_run_inject(run, trial, t0_ms);
	test_run_clock(run, t0_ms, 0, 100000);
	test_run_beacon(run, FAULTDRILL_BEACON_ONSET, t0_ms * MS, (t0_ms + 1) * MS);
}

static void assert_near(int64_t got_ns, int64_t want_ms, int64_t slack_ns)
{
	if (got_ns < want_ms * MS - slack_ns || got_ns > want_ms * MS + slack_ns)
		fail_msg("%lld ns, wanted %lld ms", (long long)got_ns, (long long)want_ms);
}

static const struct fdr_result_milestone *get(const struct fdr_result *r, size_t trial,
					      enum fdr_milestone m)
{
	assert_true(trial < r->n_trials);
	return &r->trials[trial].milestones[m];
}

/* The interval that two ends in ms and the onset's own make. */
static void assert_when(const struct fdr_result *r, enum fdr_milestone m, int64_t lo_ms,
			int64_t hi_ms)
{
	const struct fdr_result_milestone *x = get(r, 0, m);

	assert_true(x->present && !x->censored);
	assert_near(x->when.lo_ns, lo_ms, 100001);
	assert_near(x->when.hi_ns, hi_ms, 100001);
	/* The onset is not known better than this, and the bound is carried. */
	assert_true(x->when.hi_ns - x->when.lo_ns >= (hi_ms - lo_ms) * MS + 200000 ||
		    !x->when.lo_ns);
}

/* The plan's conditions replaced by expressions. */
static void begin_with(struct test_run *run, unsigned int trials, const char *milestones)
{
	char plan[2048];

	test_run_begin(run, trials, "{}");
	snprintf(plan, sizeof(plan), "{\"name\": \"x\", \"workloads\": {\"users\": {}, "
		 "\"admins\": {}}, \"inject\": {\"node\": \"node1\", \"fault\": \"panic\"}, "
		 "\"milestones\": {%s}, \"trials\": {\"count\": %u, "
		 "\"observe_ns\": 10000000000, \"served_hold_ns\": 100000000}}", milestones,
		 trials);
	test_run_meta(run, "plan_json", plan);
}

#define LB(subject, state)	"{\"probe\": \"lb\", \"subject\": \"" subject \
				"\", \"state\": \"" state "\"}"

/* all: the last; any: the first, and an interval where it is not certain which that was. */
static void test_expressions(void **state)
{
	static const struct {
		const char *cond;
		int64_t lo_ms, hi_ms;
	} cases[] = {
		{ "{\"all\": [" LB("a", "down") ", " LB("b", "down") "]}", 300, 400 },
		{ "{\"all\": [" LB("c", "up") ", " LB("b", "down") "]}", 250, 400 },
		{ "{\"any\": [" LB("a", "down") ", " LB("b", "down") "]}", 250, 320 },
		{ "{\"any\": [" LB("b", "down") ", " LB("c", "down") "]}", 250, 400 },
		{ "{\"not\": " LB("a", "up") "}", 100, 110 },
		{ "{\"not\": {\"any\": [" LB("a", "up") ", " LB("b", "up") "]}}", 250, 400 },
		{ "{\"not\": {\"all\": [" LB("a", "up") ", " LB("b", "up") "]}}", 100, 110 },
		{ "{\"probe\": \"lb\", \"subject\": \"a\", \"states\": [\"suspect\", \"down\"]}",
		  100, 110 },
		{ "{\"all\": [" LB("a", "down") ", {\"not\": {\"workload\": \"users\"}}]}",
		  360, 365 },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct fdr_result *r;
		struct test_run run;
		char text[512];

		snprintf(text, sizeof(text), "\"detected\": %s", cases[i].cond);
		begin_with(&run, 1, text);
		/* Before the first trial, and not told again: it is known all the same. */
		test_run_obs(&run, "c", "up", 1000, 1010);
		onset(&run, 1, 10000);
		test_run_obs(&run, "a", "up", 8000, 8010);
		test_run_obs(&run, "b", "up", 8000, 8010);
		test_run_obs(&run, "a", "suspect", 10100, 10110);
		test_run_obs(&run, "a", "down", 10300, 10320);
		test_run_obs(&run, "b", "down", 10250, 10400);	/* maybe before a */
		test_run_requests(&run, 9000, 10360, 5, FDR_REQUEST_OK);
		test_run_requests(&run, 10360, 10500, 5, FDR_REQUEST_ERROR);
		test_run_requests(&run, 10500, 14000, 5, FDR_REQUEST_OK);
		test_run_end_trial(&run, 10500, 14000);
		r = test_run_analyse(&run, "complete", "");
		assert_when(r, FDR_DETECTED, cases[i].lo_ms, cases[i].hi_ms);
		test_run_clear(&run);
	}
}

/* What nobody said is not known, and neither is its opposite. */
static void test_unknown(void **state)
{
	static const char *const conds[] = {
		"{\"not\": " LB("nobody", "up") "}",
		"{\"all\": [" LB("a", "down") ", {\"not\": " LB("nobody", "up") "}]}",
		"{\"not\": {\"any\": [" LB("a", "up") ", " LB("nobody", "up") "]}}",
		/* The probe is blind when a goes down by another's word. */
		"{\"all\": [" LB("a", "down") ", {\"not\": " LB("b", "down") "}]}",
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(conds); i++) {
		const struct fdr_result *r;
		struct test_run run;
		char text[512];

		snprintf(text, sizeof(text), "\"detected\": %s", conds[i]);
		begin_with(&run, 1, text);
		onset(&run, 1, 10000);
		test_run_obs(&run, "a", "up", 8000, 8010);
		test_run_obs(&run, "b", "up", 8000, 8010);
		test_run_obs(&run, "", "unreachable", 10100, 10110);
		test_run_obs(&run, "a", "down", 10300, 10300);
		test_run_end_trial(&run, 10500, 14000);
		r = test_run_analyse(&run, "complete", "");
		assert_true(get(r, 0, FDR_DETECTED)->censored);
		assert_int_equal(r->verdict, FDR_INCONCLUSIVE);
		assert_non_null(strstr(r->trials->reason, "probe lb could not see"));
		test_run_clear(&run);
	}
}

/* Both come back, and stay; service is back when neither workload fails any more. */
static void test_return_expression(void **state)
{
	const struct fdr_result *r;
	struct fdr_request q = { .source = "admins", .status = FDR_REQUEST_OK, .served_by = "",
				 .detail = "" };
	struct test_run run;

	(void)state;
	begin_with(&run, 2, "\"detected\": {\"any\": [" LB("a", "down") ", " LB("b", "down") "]}, "
		   "\"served\": {\"all\": [{\"workload\": \"users\"}, {\"workload\": \"admins\"}]}, "
		   "\"redundant\": {\"all\": [" LB("a", "up") ", {\"not\": " LB("b", "down") "}]}");
	for (unsigned int n = 1; n <= 2; n++) {
		int64_t t0 = n * 10000;

		onset(&run, n, t0);
		if (n == 1) {
			test_run_obs(&run, "a", "up", 8000, 8010);
			test_run_obs(&run, "b", "up", 8000, 8010);
		}
		test_run_obs(&run, "a", "down", t0 - 200, t0 - 190);	/* with no fault */
		test_run_obs(&run, "a", "up", t0 - 150, t0 - 140);
		test_run_obs(&run, "b", "down", t0 + 100, t0 + 110);
		test_run_obs(&run, "a", "down", t0 + 200, t0 + 210);
		test_run_obs(&run, "b", "suspect", t0 + 1000, t0 + 1010);
		test_run_obs(&run, "a", "up", t0 + 2000, t0 + 2010);
		test_run_obs(&run, "a", "down", t0 + 2500, t0 + 2510);
		test_run_obs(&run, "b", "up", t0 + 2600, t0 + 2610);
		test_run_obs(&run, "a", "up", t0 + 3000, t0 + 3010);
		test_run_requests(&run, t0 - 1000, t0 + 50, 2, FDR_REQUEST_OK);
		test_run_requests(&run, t0 + 50, t0 + 350, 5, FDR_REQUEST_ERROR);
		test_run_requests(&run, t0 + 350, t0 + 4000, 2, FDR_REQUEST_OK);
		for (int64_t t = t0 - 1000; t < t0 + 4000; t += 20) {
			q.intended_ns = q.sent_ns = t * MS;
			q.done_ns = (t + 3) * MS;
			q.status = t < t0 + 200 || t >= t0 + 600 ? FDR_REQUEST_OK :
				   FDR_REQUEST_TIMEOUT;
			assert_int_equal(fdr_store_put_request(run.store, n, &q), 0);
			q.seq++;
		}
		test_run_end_trial(&run, t0 + 500, t0 + 4000);
	}
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->n_trials, 2);
	assert_int_equal(r->false_positives, 2);
	assert_when(r, FDR_DETECTED, 100, 110);
	assert_when(r, FDR_FIRST_ERROR, 50, 50);
	assert_when(r, FDR_SERVED, 603, 603);
	assert_when(r, FDR_REDUNDANT, 3000, 3010);
	assert_near(get(r, 1, FDR_REDUNDANT)->when.lo_ns, 3000, 100001);
	assert_near(get(r, 1, FDR_SERVED)->when.lo_ns, 603, 100001);
	test_run_clear(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expressions), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_return_expression),
	};

	return cmocka_run_group_tests_name("conditions", tests, NULL, NULL);
}
