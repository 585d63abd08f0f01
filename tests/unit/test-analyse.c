// SPDX-License-Identifier: GPL-2.0-or-later
/* Results from raw rows whose truth is known: milestones, users, verdicts. */
#include <errno.h>
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

/* A whole trial: 300 ms of errors, suspicion, verdict, return. */
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

static void test_whole_trial(void **state)
{
	const struct fdr_result_trial *t;
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	whole_trial(&run);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->verdict, FDR_PASS);
	assert_int_equal(r->n_trials, 1);
	assert_int_equal(r->seed, 42);
	assert_string_equal(r->name, "known");
	t = r->trials;
	assert_string_equal(t->node, "node1");
	assert_int_equal(t->phase_ns, 7);
	assert_near(t->onset_mono_ns, 10000, 100001);
	assert_near(t->onset_real_ns - INT64_C(1700000000000000000), 9000, 100001);
	assert_near(t->clock_bound_ns, 0, 100002);
	assert_string_equal(get(r, 0, FDR_ONSET)->source, "beacon");
	assert_when(r, FDR_FIRST_ERROR, 50, 50);
	assert_when(r, FDR_SUSPECTED, 100, 110);
	assert_when(r, FDR_DETECTED, 200, 220);
	assert_string_equal(get(r, 0, FDR_DETECTED)->source, "lb, polled");
	assert_string_equal(get(r, 0, FDR_DETECTED)->detail, "in its words");
	assert_when(r, FDR_SERVED, 352, 352);
	assert_when(r, FDR_REDUNDANT, 3000, 3010);
	assert_false(get(r, 0, FDR_ISOLATED)->present);
	/* From the onset on: 5 good ones, 30 bad ones, 365 good ones. */
	assert_int_equal(t->workload.requests, 400);
	assert_int_equal(t->workload.errors, 30);
	assert_int_equal(t->workload.outage_ns, 300 * MS);
	assert_int_equal(t->workload.gaps, 1);
	assert_int_equal(t->workload.longest_gap_ns, 310 * MS);
	assert_near(t->workload.undetected_ns, 160, 100001);
	assert_int_equal(r->false_positives, 0);
	test_run_clear(&run);
}

static void test_unnoticed(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_requests(&run, 9000, 14000, 2, FDR_REQUEST_OK);
	test_run_obs(&run, "a", "down", 10200, 10220);	/* without a suspicion */
	test_run_obs(&run, "a", "up", 13000, 13010);
	test_run_end_trial(&run, 10500, 14000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->verdict, FDR_PASS);
	assert_false(get(r, 0, FDR_FIRST_ERROR)->present);
	assert_false(get(r, 0, FDR_SERVED)->present);
	assert_false(get(r, 0, FDR_SUSPECTED)->present);
	assert_int_equal(r->trials->workload.undetected_ns, 0);
	assert_int_equal(r->trials->workload.gaps, 0);
	test_run_clear(&run);
}

/* Never noticed, never served again: kept, with the deadline, and no pass. */
static void test_censored(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_requests(&run, 9000, 10100, 2, FDR_REQUEST_OK);
	test_run_requests(&run, 10100, 20000, 2, FDR_REQUEST_TIMEOUT);
	test_run_end_trial(&run, 20000, 21000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->verdict, FDR_FAIL);
	assert_int_equal(r->trials->verdict, FDR_FAIL);
	assert_string_equal(r->trials->reason, "suspected: not within 10.0 s");
	for (int m = FDR_SUSPECTED; m <= FDR_DETECTED; m++) {
		assert_true(get(r, 0, (enum fdr_milestone)m)->censored);
		assert_near(get(r, 0, (enum fdr_milestone)m)->when.lo_ns, 10000, 100001);
	}
	assert_true(get(r, 0, FDR_SERVED)->present && get(r, 0, FDR_SERVED)->censored);
	assert_true(get(r, 0, FDR_REDUNDANT)->censored);
	assert_near(get(r, 0, FDR_REDUNDANT)->when.lo_ns, 11000, 100001);
	/* From the last success to the end: also a gap, and all of it undetected. */
	assert_int_equal(r->trials->workload.gaps, 1);
	assert_int_equal(r->trials->workload.longest_gap_ns, (21000 - 10092) * MS);
	assert_near(r->trials->workload.undetected_ns, 10900, 100001);
	test_run_clear(&run);
}

static void test_blind_probe(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_obs(&run, "", "unreachable", 10100, 10110);
	test_run_requests(&run, 9000, 20000, 2, FDR_REQUEST_OK);
	test_run_end_trial(&run, 20000, 21000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->verdict, FDR_INCONCLUSIVE);
	assert_non_null(strstr(r->trials->reason, "probe lb could not see"));
	test_run_clear(&run);
}

/* Silence about a fault that may be over proves nothing either. */
static void test_agent_lost(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_step(&run, "agent-lost", 10500);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_requests(&run, 9000, 20000, 2, FDR_REQUEST_OK);
	test_run_end_trial(&run, 20000, 21000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->verdict, FDR_INCONCLUSIVE);
	assert_non_null(strstr(r->trials->reason, "the agent was lost"));
	test_run_clear(&run);
}

/* Poll and log tell of the same change: both are used. */
static void test_two_witnesses(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_obs(&run, "a", "suspect", 10100, 10100);
	test_run_obs(&run, "a", "suspect", 10090, 10105);
	test_run_obs(&run, "a", "down", 10200, 10220);
	test_run_obs(&run, "a", "down", 10210, 10210);
	/* This message took longer than the answer: the answer stands. */
	test_run_obs(&run, "a", "up", 13000, 13010);
	test_run_obs(&run, "a", "up", 13020, 13020);
	test_run_end_trial(&run, 10500, 14000);
	r = test_run_analyse(&run, "complete", "");
	assert_when(r, FDR_SUSPECTED, 100, 100);
	assert_string_equal(get(r, 0, FDR_SUSPECTED)->source, "lb, pushed");
	assert_when(r, FDR_DETECTED, 210, 210);
	assert_when(r, FDR_REDUNDANT, 3000, 3010);
	test_run_clear(&run);
}

/* A return that does not last is none; nor is one before the verdict. */
static void test_flapping(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_obs(&run, "b", "up", 8000, 8010);
	test_run_obs(&run, "a", "suspect", 10100, 10110);
	test_run_obs(&run, "a", "up", 10150, 10160);
	test_run_obs(&run, "b", "down", 10180, 10190);	/* somebody else */
	test_run_obs(&run, "a", "down", 10200, 10220);
	test_run_obs(&run, "a", "up", 11000, 11010);
	test_run_obs(&run, "a", "down", 11500, 11510);
	test_run_obs(&run, "a", "up", 12000, 12010);
	/* What lasted while it was waited for did last. */
	test_run_step(&run, "observed", 10500);
	test_run_step(&run, "recovered", 14000);
	test_run_obs(&run, "a", "down", 14500, 14510);
	test_run_step(&run, "end", 15000);
	r = test_run_analyse(&run, "complete", "");
	assert_when(r, FDR_SUSPECTED, 100, 110);
	assert_when(r, FDR_DETECTED, 200, 220);
	assert_when(r, FDR_REDUNDANT, 2000, 2010);
	test_run_clear(&run);
}

/* A poll that was under way at the onset: no effect before its cause. */
static void test_straddling(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_obs(&run, "a", "down", 9990, 10020);
	test_run_obs(&run, "a", "up", 12000, 12010);
	test_run_requests(&run, 9000, 9990, 2, FDR_REQUEST_OK);
	test_run_requests(&run, 9990, 10000, 500, FDR_REQUEST_LATE);	/* under way */
	test_run_requests(&run, 10000, 14000, 2, FDR_REQUEST_OK);
	test_run_end_trial(&run, 10500, 14000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(get(r, 0, FDR_DETECTED)->when.lo_ns, 0);
	assert_near(get(r, 0, FDR_DETECTED)->when.hi_ns, 20, 100001);
	assert_int_equal(get(r, 0, FDR_FIRST_ERROR)->when.lo_ns, 0);
	assert_string_equal(get(r, 0, FDR_FIRST_ERROR)->detail, "under way at the onset");
	assert_true(get(r, 0, FDR_SERVED)->present);
	assert_int_equal(r->trials->workload.late, 1);
	test_run_clear(&run);
}

/* What ended in the next trial belongs to the one in which it was meant. */
static void test_stragglers(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 2, "{}");
	whole_trial(&run);
	onset(&run, 2, 20000);
	test_run_obs(&run, "a", "down", 20200, 20210);
	test_run_obs(&run, "a", "up", 22000, 22010);
	test_run_requests(&run, 13990, 14000, 5000, FDR_REQUEST_TIMEOUT);
	test_run_requests(&run, 19000, 23000, 2, FDR_REQUEST_OK);
	test_run_end_trial(&run, 20500, 23000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->n_trials, 2);
	assert_int_equal(r->trials[0].workload.timeouts, 1);
	assert_int_equal(r->trials[1].workload.timeouts, 0);
	assert_int_equal(r->trials[1].workload.requests, 300);
	assert_int_equal(r->summary[FDR_DETECTED].n, 2);
	test_run_clear(&run);
}

static void test_expectations(void **state)
{
	static const struct {
		const char *expect;
		enum fdr_verdict verdict;
		const char *reason;
	} cases[] = {
		{ "{\"detected\": [150000000, 300000000]}", FDR_PASS, "" },
		{ "{\"detected\": [500000000, 900000000]}", FDR_FAIL,
		  "detected at 0.210 s, expected 0.500 to 0.900 s" },
		{ "{\"detected\": [1000, 1000000]}", FDR_FAIL, "detected at 0.210 s" },
		{ "{\"detected\": [210000000, 900000000]}", FDR_INCONCLUSIVE, "lies within" },
		/* Nothing to expect of what did not happen. */
		{ "{\"isolated\": [1, 2]}", FDR_PASS, "" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct fdr_result *r;
		struct test_run run;

		test_run_begin(&run, 1, cases[i].expect);
		whole_trial(&run);
		r = test_run_analyse(&run, "complete", "");
		assert_int_equal(r->verdict, cases[i].verdict);
		assert_non_null(strstr(r->trials->reason, cases[i].reason));
		assert_non_null(r->expected);
		test_run_clear(&run);
	}
}

static void test_false_positive(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	test_run_obs(&run, "a", "up", 8000, 8010);
	test_run_obs(&run, "a", "down", 9000, 9010);	/* before the steady state: no */
	test_run_obs(&run, "a", "up", 9100, 9110);
	test_run_obs(&run, "a", "down", 9700, 9710);	/* with no fault: yes */
	test_run_obs(&run, "a", "down", 9711, 9711);	/* the same, told twice */
	test_run_obs(&run, "a", "up", 9800, 9810);
	test_run_obs(&run, "a", "down", 10200, 10220);
	test_run_obs(&run, "a", "up", 12000, 12010);
	test_run_end_trial(&run, 10500, 14000);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->false_positives, 1);
	assert_when(r, FDR_DETECTED, 200, 220);
	test_run_clear(&run);
}

static void test_stopped(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	/* In the second of three trials. */
	test_run_begin(&run, 3, "{}");
	whole_trial(&run);
	onset(&run, 2, 20000);
	r = test_run_analyse(&run, "interrupted", "interrupted");
	assert_int_equal(r->verdict, FDR_ABORTED);
	assert_int_equal(r->n_trials, 2);
	assert_int_equal(r->n_planned, 3);
	assert_int_equal(r->trials[0].verdict, FDR_PASS);
	assert_int_equal(r->trials[1].verdict, FDR_ABORTED);
	assert_int_equal(r->summary[FDR_DETECTED].n, 1);
	test_run_clear(&run);

	/* The controller was killed: it could not even say so. */
	test_run_begin(&run, 1, "{}");
	onset(&run, 1, 10000);
	r = test_run_analyse(&run, NULL, NULL);
	assert_int_equal(r->verdict, FDR_ABORTED);
	assert_non_null(strstr(r->reason, "the controller ended without saying why"));
	test_run_clear(&run);

	/* Before the first trial. */
	test_run_begin(&run, 1, "{}");
	r = test_run_analyse(&run, "aborted", "node1: no route to host");
	assert_int_equal(r->n_trials, 0);
	assert_string_equal(r->reason, "node1: no route to host");
	test_run_clear(&run);
}

static void test_late_sender(void **state)
{
	struct fdr_request late = { .source = "users", .intended_ns = 10500 * MS,
				    .sent_ns = 10900 * MS, .done_ns = 10901 * MS,
				    .served_by = "", .detail = "" };
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	whole_trial(&run);
	assert_int_equal(fdr_store_put_request(run.store, 1, &late), 0);
	r = test_run_analyse(&run, "complete", "");
	assert_int_equal(r->trials->workload.max_send_late_ns, 400 * MS);
	assert_int_equal(r->verdict, FDR_INCONCLUSIVE);
	assert_non_null(strstr(r->trials->reason, "400 ms late by this host itself"));
	test_run_clear(&run);
}

static void put_lateness(struct test_run *run, const char *kind, const char *source,
			 int64_t max_ns)
{
	json_t *data = json_pack("{s:s, s:s, s:i, s:i, s:I, s:I, s:I}", "kind", kind, "source",
				 source, "asked", 100, "skipped", 3, "p50_ns", (json_int_t)1,
				 "p99_ns", (json_int_t)(max_ns / 2), "max_ns", (json_int_t)max_ns);

	assert_int_equal(fdr_store_put_event(run->store, 1, "lateness", NULL, 12000 * MS, data), 0);
	json_decref(data);
}

/* Probes that were late themselves: their trial is no evidence; within the bound it is. */
static void test_late_probe(void **state)
{
	const struct fdr_result_trial *t;
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	for (int64_t late_ms = 150; late_ms <= 151; late_ms++) {
		test_run_begin(&run, 1, "{}");
		whole_trial(&run);
		put_lateness(&run, "probe", "web", 20 * MS);
		put_lateness(&run, "probe", "lb", late_ms * MS);
		put_lateness(&run, "probe", "db", 0);
		put_lateness(&run, "workload", "users", 4 * MS);
		put_lateness(&run, "workload", "others", 900 * MS);
		r = test_run_analyse(&run, "complete", "");
		t = r->trials;
		assert_int_equal(t->probes.asked, 300);
		assert_int_equal(t->probes.skipped, 9);
		assert_int_equal(t->probes.max_late_ns, late_ms * MS);
		assert_int_equal(t->probes.p99_late_ns, late_ms * MS / 2);
		assert_string_equal(t->probes.latest, "lb");
		assert_int_equal(t->workload.p99_send_late_ns, 2 * MS);
		assert_int_equal(r->verdict, late_ms > 150 ? FDR_INCONCLUSIVE : FDR_PASS);
		assert_string_equal(t->reason, late_ms > 150 ? "probe lb asked up to 151 ms late, by "
				    "this host itself (trials.max_late: 150 ms)" : "");
		test_run_clear(&run);
	}
}

static void test_no_run(void **state)
{
	struct fdr_error e = { "" };
	struct fdr_result *r = NULL;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	test_run_meta(&run, "plan_json", "not json");
	assert_int_equal(fdr_store_flush(run.store, &e), 0);
	run.store = fdr_store_close(run.store);
	assert_int_equal(fdr_store_open(run.path, &run.store, &e), 0);
	assert_int_equal(fdr_analyse(run.store, &r, &e), -EBADMSG);
	assert_null(r);
	assert_non_null(strstr(e.text, "does not hold its plan"));
	test_run_clear(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_trial), cmocka_unit_test(test_unnoticed),
		cmocka_unit_test(test_censored), cmocka_unit_test(test_blind_probe),
		cmocka_unit_test(test_agent_lost),
		cmocka_unit_test(test_two_witnesses), cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_straddling), cmocka_unit_test(test_stragglers),
		cmocka_unit_test(test_expectations), cmocka_unit_test(test_false_positive),
		cmocka_unit_test(test_stopped), cmocka_unit_test(test_late_sender),
		cmocka_unit_test(test_late_probe),
		cmocka_unit_test(test_no_run),
	};

	return cmocka_run_group_tests_name("analyse", tests, NULL, NULL);
}
