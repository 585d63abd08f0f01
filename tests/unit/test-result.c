// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common-result.h"

static void same_after_round_trip(size_t n, enum sample_kind kind)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(n, kind), *again = NULL;
	struct fdr_error e;
	json_t *first, *read, *second;
	char *text;

	first = fdr_result_to_json(r);
	text = json_dumps(first, JSON_INDENT(1));
	read = json_loads(text, 0, NULL);
	if (fdr_result_from_json(read, &again, &e) < 0)
		fail_msg("%s", e.text);
	second = fdr_result_to_json(again);
	/* The summary is computed anew, so this compares that too. */
	assert_true(json_equal(first, second));
	assert_int_equal(again->n_trials, n);
	assert_true(again->seed == r->seed);
	json_decref(first);
	json_decref(read);
	json_decref(second);
	free(text);
}

static void round_trip(void **state)
{
	(void)state;
	same_after_round_trip(0, SAMPLE_QUIET);
	same_after_round_trip(1, SAMPLE_BLIND);
	same_after_round_trip(5, SAMPLE_QUIET);
	same_after_round_trip(30, SAMPLE_OUTAGE);
	same_after_round_trip(8, SAMPLE_BLIND);
}

/* What became of data comes back as it was written, and its sums are computed anew. */
static void data_round_trip(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(4, SAMPLE_QUIET), *again = NULL;
	struct fdr_error e = { "" };
	json_t *first, *second;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		r->trials[i].loss = (struct fdr_result_loss){
			.wanted = true, .judged = i < 3, .acknowledged = 100 * (i + 1), .unknown = i,
			.lost = i == 1 ? 7 : 0, .recoverable = i == 1 ? 3 : 0, .phantom = i == 2,
			.diverged = i == 1, .rpo = { i == 1 ? 5 : 0, i == 1 ? 9 : 0 },
			.ledgers = json_pack("[{s:s}]", "workload", "data"),
		};
	strcpy(r->trials[3].loss.why_not, "ledger data was not read back");
	fdr_result_summarise(r);
	assert_int_equal(r->data.acknowledged, 300);
	assert_int_equal(r->data.lost, 7);
	assert_int_equal(r->data.most_lost, 7);
	assert_int_equal(r->data.n_unread, 1);
	assert_int_equal(r->data.lossy.k, 1);
	assert_int_equal(r->data.lossy.n, 3);
	assert_int_equal(r->data.rpo.n, 3);
	assert_int_equal(r->data.rpo.max_ns, 9);
	first = fdr_result_to_json(r);
	if (fdr_result_from_json(first, &again, &e) < 0)
		fail_msg("%s", e.text);
	second = fdr_result_to_json(again);
	assert_true(json_equal(first, second));
	json_object_set_new(json_object_get(json_array_get(json_object_get(second, "trials"), 2),
					    "loss"), "lost", json_integer(-1));
	again = fdr_result_free(again);
	assert_int_equal(fdr_result_from_json(second, &again, &e), -EBADMSG);
	assert_string_equal(e.text, "result: trials[2].loss.lost: is missing or not what it must be");
	json_decref(first);
	json_decref(second);
}

static json_t *at(json_t *j, const char *a, const char *b, const char *c)
{
	j = json_object_get(j, a);
	j = b ? json_object_get(j, b) : j;
	j = c ? json_object_get(j, c) : j;
	assert_non_null(j);
	return j;
}

static void documented_members(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_QUIET);
	json_t *j = fdr_result_to_json(r), *trial = json_array_get(json_object_get(j, "trials"), 0);
	json_t *q = at(j, "summary", "detected", "quantiles");
	const char *source = json_string_value(at(trial, "milestones", "onset", "source"));

	(void)state;
	assert_string_equal(json_string_value(at(j, "format", NULL, NULL)), "faultdrill-result/1");
	assert_true(json_is_null(at(trial, "milestones", "first_error", NULL)));
	assert_true(json_is_null(at(trial, "milestones", "served", NULL)));
	assert_true(json_integer_value(at(trial, "milestones", "detected", "lo_ns")) > 0);
	assert_true(json_integer_value(at(trial, "milestones", "detected", "hi_ns")) >=
		    json_integer_value(at(trial, "milestones", "detected", "lo_ns")));
	assert_string_equal(source, "beacon");
	assert_int_equal(json_integer_value(at(j, "summary", "first_error", "n_absent")), 5);
	assert_int_equal(json_integer_value(at(j, "summary", "detected", "n")), 5);
	assert_true(json_is_null(at(q, "p50", "lo_ns", NULL)));
	assert_true(json_is_true(at(q, "p90", "at_least", NULL)));
	assert_int_equal(json_integer_value(at(q, "p50", "value_ns", NULL)),
			 r->summary[FDR_DETECTED].q[0].value_ns);
	json_decref(j);
}

/* Results of 0.3.0 tell of no victims, and are read all the same. */
static void without_victims(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(2, SAMPLE_OUTAGE);
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *again = NULL;
	json_t *j = fdr_result_to_json(r), *trials = json_object_get(j, "trials");
	struct fdr_error e;

	(void)state;
	assert_int_equal(json_array_size(json_object_get(json_array_get(trials, 0), "victims")), 3);
	for (size_t i = 0; i < json_array_size(trials); i++) {
		json_object_del(json_array_get(trials, i), "victims");
		json_object_del(json_array_get(trials, i), "onset_spread");
	}
	if (fdr_result_from_json(j, &again, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(again->trials[1].n_victims, 0);
	assert_false(again->trials[1].has_spread);
	json_decref(j);
}

/* Changes one member of a good result, in JSON, and expects its name in the refusal. */
static void refused(const char *patch, const char *words)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(2, SAMPLE_QUIET);
	struct fdr_result *out = NULL;
	json_t *j = fdr_result_to_json(r), *p = json_loads(patch, JSON_ALLOW_NUL, NULL), *v;
	struct fdr_error e = { "" };
	const char *key;
	int err;

	assert_non_null(p);
	json_object_foreach(p, key, v) {
		json_t *trial = json_array_get(json_object_get(j, "trials"), 1);

		if (!strncmp(key, "trial.", 6))
			json_object_set(trial, key + 6, v);
		else if (!strncmp(key, "detected.", 9))
			json_object_set(at(trial, "milestones", "detected", NULL), key + 9, v);
		else if (!strncmp(key, "workload.", 9))
			json_object_set(at(trial, "workload", NULL, NULL), key + 9, v);
		else if (!strncmp(key, "-", 1))
			json_object_del(j, key + 1);
		else
			json_object_set(j, key, v);
	}
	err = fdr_result_from_json(j, &out, &e);
	if (err != -EBADMSG || !strstr(e.text, words))
		fail_msg("%s: %d: %s", patch, err, e.text);
	assert_null(out);
	json_decref(j);
	json_decref(p);
}

static void malformed(void **state)
{
	struct fdr_result *out;
	struct fdr_error e;
	json_t *array = json_array();

	(void)state;
	assert_int_equal(fdr_result_from_json(NULL, &out, &e), -EBADMSG);
	assert_int_equal(fdr_result_from_json(array, &out, &e), -EBADMSG);
	json_decref(array);
	refused("{\"format\": \"faultdrill-result/2\"}", "this version reads");
	refused("{\"-format\": 0}", "(none)");
	refused("{\"seed\": 7}", "seed: must be a string");
	refused("{\"seed\": \"-7\"}", "seed");
	refused("{\"seed\": \"18446744073709551616\"}", "below 2^64");
	refused("{\"-trials\": 0}", "trials: is missing");
	refused("{\"trials\": {}}", "trials: must be an array");
	refused("{\"trials\": [3]}", "element 0 must be an object");
	refused("{\"name\": [1]}", "name: must be a string");
	refused("{\"name\": \"a\\u0000b\"}", "NUL");
	refused("{\"verdict\": \"good\"}", "verdict: must be pass");
	refused("{\"nodes\": []}", "nodes: must be an object");
	refused("{\"expected\": 4}", "expected");
	refused("{\"elapsed_ns\": -1}", "out of range");
	refused("{\"elapsed_ns\": 1.5}", "whole number");
	refused("{\"false_positives\": 4294967296}", "out of range");
	refused("{\"n_planned\": \"5\"}", "n_planned");
	refused("{\"trial.n\": 0}", "trials[1].n");
	refused("{\"trial.load1\": \"high\"}", "trials[1].load1");
	refused("{\"trial.victims\": {}}", "trials[1].victims: must be an array");
	refused("{\"trial.victims\": [3]}", "trials[1].victims[0]");
	refused("{\"trial.onset_spread\": 3}", "trials[1].onset_spread");
	refused("{\"trial.graphs\": {}}", "trials[1].graphs: must be an array");
	refused("{\"trial.graphs\": [3]}", "trials[1].graphs: each must be an object");
	refused("{\"trial.graphs\": [{\"name\": \"a\"}]}", "a \"unit\"");
	refused("{\"trial.graphs\": [{\"name\": \"a\", \"unit\": \"\", \"step_ns\": 0, "
		"\"from_ns\": 0, \"values\": []}]}", "whole ns");
	refused("{\"trial.graphs\": [{\"name\": \"a\", \"unit\": \"\", \"step_ns\": 1, "
		"\"from_ns\": 0, \"values\": [true]}]}", "a number or null");
	refused("{\"trial.milestones\": []}", "trials[1].milestones: must be an object");
	refused("{\"trial.milestones\": {}}", "trials[1].milestones.onset: is missing");
	refused("{\"trial.workload\": null}", "trials[1].workload");
	refused("{\"workload.late\": -3}", "trials[1].workload.late");
	refused("{\"detected.lo_ns\": null}", "trials[1].milestones.detected.lo_ns");
	refused("{\"detected.lo_ns\": 9223372036854775807}", "out of range");
	refused("{\"detected.hi_ns\": -5}", "must not be less than lo_ns");
	refused("{\"detected.censored\": 1}", "detected.censored: must be true or false");
	refused("{\"detected.source\": \"0123456789012345678901234567890123456789"
		"012345678901234567890123456789\"}", "longer than 63 bytes");
}

static void which_trials_count(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_QUIET);

	(void)state;
	r->trials[0].verdict = FDR_ABORTED;
	r->trials[1].milestones[FDR_ONSET].present = false;
	r->trials[2].verdict = FDR_FAIL;
	r->trials[3].milestones[FDR_DETECTED].censored = true;
	fdr_result_summarise(r);
	assert_int_equal(r->summary[FDR_DETECTED].n, 3);
	assert_int_equal(r->summary[FDR_DETECTED].n_censored, 1);
	assert_int_equal(r->summary[FDR_DETECTED].n_absent, 0);
	assert_int_equal(r->summary[FDR_SERVED].n, 0);
	assert_int_equal(r->summary[FDR_SERVED].n_absent, 3);
	assert_true(r->summary[FDR_DETECTED].min_ns > 0);
	assert_true(r->summary[FDR_DETECTED].bound_ns > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(documented_members), cmocka_unit_test(without_victims),
		cmocka_unit_test(data_round_trip),
		cmocka_unit_test(malformed),
		cmocka_unit_test(which_trials_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
