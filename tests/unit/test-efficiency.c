// SPDX-License-Identifier: GPL-2.0-or-later
/* Transactions held against processor time, from rows whose truth is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

#include "engine/efficiency.h"

#define MS	FDR_NS_PER_MS
#define S	FDR_NS_PER_S

#define SAMPLES	64
#define REQUESTS	4096

struct world {
	struct fdr_raw raw;
	struct fdr_raw_event samples[SAMPLES], steps[4];
	struct fdr_raw_request requests[REQUESTS];
	struct fdr_result_trial trial;
	json_t *plan;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->raw.events[FDR_RAW_USAGE] = w->samples;
	w->raw.events[FDR_RAW_PHASE] = w->steps;
	w->raw.requests = w->requests;
	w->plan = json_loads("{\"steady_state\": {\"hold_ns\": 2000000000}, \"usage\": {\"nodes\": "
			     "[\"a\", \"b\"], \"every_ns\": 1000000000}}", 0, NULL);
	assert_non_null(w->plan);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < w->raw.n_events[FDR_RAW_USAGE]; i++)
		json_decref(w->samples[i].data);
	for (size_t i = 0; i < w->raw.n_events[FDR_RAW_PHASE]; i++)
		json_decref(w->steps[i].data);
	json_decref(w->plan);
	free(w);
	return 0;
}

static void step(struct world *w, const char *name, int64_t at_ns)
{
	w->steps[w->raw.n_events[FDR_RAW_PHASE]++] = (struct fdr_raw_event){
		.node = (char *)"", .at_ns = at_ns, .data = json_pack("{s:s}", "step", name),
	};
}

/* A reading whose question and answer lie 2 ms apart, around @at_ns. */
static void sample(struct world *w, const char *node, int64_t at_ns, int64_t cpu_ns,
		   const char *boot)
{
	assert_true(w->raw.n_events[FDR_RAW_USAGE] < SAMPLES);
	w->samples[w->raw.n_events[FDR_RAW_USAGE]++] = (struct fdr_raw_event){
		.node = (char *)node, .at_ns = at_ns + MS,
		.data = json_pack("{s:I, s:I, s:s}", "asked_ns", (json_int_t)(at_ns - MS),
				  "busy_ns", (json_int_t)cpu_ns, "boot_id", boot),
	};
}

/* One a @gap_ms from @from to @to, each done after 1 ms. */
static void requests(struct world *w, int64_t from_ns, int64_t to_ns, int64_t gap_ns,
		     enum fdr_request_status status)
{
	for (int64_t at = from_ns; at < to_ns; at += gap_ns) {
		assert_true(w->raw.n_requests < REQUESTS);
		w->requests[w->raw.n_requests++] = (struct fdr_raw_request){
			.intended_ns = at, .sent_ns = at, .done_ns = at + MS, .status = status,
		};
	}
}

static void measure(struct world *w, int64_t onset_ns, int64_t served_ns, int64_t end_ns)
{
	struct fdr_efficiency_times times;

	w->trial = (struct fdr_result_trial){ 0 };
	fdr_efficiency_times(&w->raw, w->plan, onset_ns, served_ns, end_ns, &times);
	fdr_efficiency_measure(&w->raw, w->plan, &times, &w->trial);
}

static void near(double got, double want)
{
	if (fabs(got - want) > 0.005 * want + 1e-9)
		fail_msg("%g, wanted %g", got, want);
}

/*
 * a and b use a quarter of a second each a second; from the onset at 10 s until 14 s b
 * uses all of one, and half of the requests fail; then all is as before until 20 s.
 */
static void known_truth(struct world *w)
{
	int64_t a = 0, b = 0;

	step(w, "steady", 9 * S);
	step(w, "observed", 15 * S);
	for (int64_t t = 5; t <= 20; t++) {
		sample(w, "a", t * S, a, "boot1");
		sample(w, "b", t * S, b, "boot2");
		a += 250 * MS;
		b += t >= 10 && t < 14 ? 1000 * MS : 250 * MS;
	}
	requests(w, 5 * S, 10 * S, 10 * MS, FDR_REQUEST_OK);
	requests(w, 10 * S, 14 * S, 20 * MS, FDR_REQUEST_ERROR);
	requests(w, 10 * S + 10 * MS, 14 * S, 20 * MS, FDR_REQUEST_LATE);
	requests(w, 14 * S, 20 * S, 10 * MS, FDR_REQUEST_OK);
}

static void whole(void **state)
{
	struct world *w = *state;
	const struct fdr_result_usage_period *p = w->trial.usage.period;

	known_truth(w);
	measure(w, 10 * S, 14 * S, 20 * S);
	assert_true(w->trial.usage.present);
	assert_string_equal(w->trial.usage.until, "served");
	/* From where the steady state's hold time began: 7 s. */
	assert_int_equal(p[FDR_USAGE_BEFORE].from_ns, -3 * S);
	assert_int_equal(p[FDR_USAGE_BEFORE].to_ns, 0);
	near((double)p[FDR_USAGE_BEFORE].cpu_ns, 1.5e9);
	near(fdr_usage_rate(&p[FDR_USAGE_BEFORE]), 300 / 1.5);
	assert_int_equal(p[FDR_USAGE_DURING].to_ns, 4 * S);
	assert_int_equal(p[FDR_USAGE_DURING].ok, 200);
	near((double)p[FDR_USAGE_DURING].cpu_ns, 5e9);
	near(fdr_usage_rate(&p[FDR_USAGE_DURING]), 200 / 5.0);
	near(fdr_usage_rate(&p[FDR_USAGE_AFTER]), 600 / 3.0);
	for (int i = 0; i < FDR_USAGE_PERIODS; i++)
		near(p[i].covered, 1);
}

/* Between two readings time is spread evenly, and a period's share is its own. */
static void partial(void **state)
{
	struct world *w = *state;

	known_truth(w);
	measure(w, 10 * S + 500 * MS, 12 * S + 250 * MS, 20 * S);
	near((double)w->trial.usage.period[FDR_USAGE_DURING].cpu_ns, 1.75 * 1.25e9);
	/* Not back at all: until the fault was undone. */
	measure(w, 10 * S, 0, 20 * S);
	assert_string_equal(w->trial.usage.until, "undone");
	assert_int_equal(w->trial.usage.period[FDR_USAGE_DURING].to_ns, 5 * S);
	/* Shorter than the interval of the readings: no quotient. */
	measure(w, 10 * S, 10 * S + 900 * MS, 20 * S);
	assert_false(w->trial.usage.period[FDR_USAGE_DURING].known);
	assert_true(w->trial.usage.period[FDR_USAGE_AFTER].known);
}

/* b restarts at 12 s: its count begins anew, and what is not covered is said. */
static void restart(void **state)
{
	struct world *w = *state;

	step(w, "steady", 9 * S);
	for (int64_t t = 5; t <= 20; t++) {
		sample(w, "a", t * S, t * 100 * MS, "boot1");
		if (t <= 11 || t >= 15)
			sample(w, "b", t * S, t <= 11 ? t * 100 * MS : (t - 14) * 100 * MS,
			       t <= 11 ? "boot2" : "boot3");
	}
	requests(w, 5 * S, 20 * S, 10 * MS, FDR_REQUEST_OK);
	measure(w, 10 * S, 18 * S, 20 * S);
	near((double)w->trial.usage.period[FDR_USAGE_DURING].cpu_ns, 0.8e9 + 0.1e9 + 0.3e9);
	near(w->trial.usage.period[FDR_USAGE_DURING].covered, 12 / 16.0);
}

/* An answer that came long after the question says nothing of when it was taken. */
static void frozen(void **state)
{
	struct world *w = *state;

	known_truth(w);
	for (size_t i = 0; i < w->raw.n_events[FDR_RAW_USAGE]; i++)
		if (w->samples[i].at_ns == 11 * S + MS && !strcmp(w->samples[i].node, "b"))
			json_object_set_new(w->samples[i].data, "asked_ns",
					    json_integer(11 * S - 600 * MS));
	measure(w, 10 * S, 14 * S, 20 * S);
	/* Its neighbours span it. */
	near((double)w->trial.usage.period[FDR_USAGE_DURING].cpu_ns, 5e9);
	near(w->trial.usage.period[FDR_USAGE_DURING].covered, 1);
}

static void nothing(void **state)
{
	struct world *w = *state;

	step(w, "steady", 9 * S);
	requests(w, 5 * S, 20 * S, 10 * MS, FDR_REQUEST_OK);
	measure(w, 10 * S, 14 * S, 20 * S);
	assert_false(w->trial.usage.present);
	/* One reading spans nothing. */
	sample(w, "a", 12 * S, S, "boot1");
	measure(w, 10 * S, 14 * S, 20 * S);
	assert_true(w->trial.usage.present);
	for (int i = 0; i < FDR_USAGE_PERIODS; i++)
		assert_false(w->trial.usage.period[i].known);
}

/* Readings that begin late and end early: requests count for as long as they span. */
static void edges(void **state)
{
	struct world *w = *state;
	const struct fdr_result_usage_period *p = w->trial.usage.period;

	step(w, "begin", 8 * S);
	step(w, "steady", 9 * S);
	for (int64_t t = 8; t <= 17; t++) {
		sample(w, "a", t * S + 500 * MS, t * 100 * MS, "boot1");
		sample(w, "b", t * S + 500 * MS, t * 100 * MS, "boot2");
	}
	requests(w, 5 * S, 20 * S, 10 * MS, FDR_REQUEST_OK);
	measure(w, 10 * S, 14 * S, 20 * S);
	assert_int_equal(p[FDR_USAGE_BEFORE].from_ns, -1500 * MS);
	assert_int_equal(p[FDR_USAGE_BEFORE].ok, 150);
	assert_int_equal(p[FDR_USAGE_AFTER].to_ns, 7500 * MS);
	for (int i = 0; i < FDR_USAGE_PERIODS; i++) {
		near(p[i].covered, 1);
		near(fdr_usage_rate(&p[i]), 100 / 0.2);
	}
}

static void groups(void **state)
{
	struct world *w = *state;
	char *of;

	json_object_set_new(json_object_get(w->plan, "usage"), "unit", json_string("x.service"));
	known_truth(w);
	/* The unit's own time, or that it is not there. */
	for (size_t i = 0; i < w->raw.n_events[FDR_RAW_USAGE]; i++) {
		bool down = w->samples[i].at_ns > 12 * S && w->samples[i].at_ns < 14 * S;

		json_object_set_new(w->samples[i].data, "cgroup",
				    json_pack("{s:o}", "usage_ns", down ? json_null() :
					      json_integer(w->samples[i].at_ns / 10)));
	}
	measure(w, 10 * S, 14 * S, 20 * S);
	near((double)w->trial.usage.period[FDR_USAGE_BEFORE].cpu_ns, 0.6e9);
	/* The readings at 12 and 13 s are missing: of four seconds one and none are covered. */
	near(w->trial.usage.period[FDR_USAGE_DURING].covered, 0.25);
	of = fdr_efficiency_of(w->plan);
	assert_string_equal(of, "a, b: x.service");
	free(of);
}

static void json(void **state)
{
	struct world *w = *state;
	struct fdr_result_usage again;
	json_t *j;

	known_truth(w);
	measure(w, 10 * S, 10 * S + 900 * MS, 20 * S);
	j = fdr_usage_to_json(&w->trial.usage);
	assert_null(fdr_usage_from_json(j, &again));
	assert_true(json_is_null(json_object_get(json_object_get(j, "during"), "per_cpu_s")));
	assert_memory_equal(&again, &w->trial.usage, sizeof(again));
	json_object_set_new(json_object_get(j, "after"), "cpu_ns", json_integer(-1));
	assert_non_null(fdr_usage_from_json(j, &again));
	assert_false(again.present);
	json_decref(j);
	assert_null(fdr_usage_from_json(NULL, &again));
	assert_false(again.present);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(whole), T(partial), T(restart), T(frozen), T(nothing), T(edges), T(groups), T(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
