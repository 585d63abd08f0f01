// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MS	FDR_NS_PER_MS

static const char plan_format[] =
	"{\"name\": \"known\", \"workloads\": {\"users\": {\"kind\": \"web\","
	" \"options\": {\"late\": 200000000}}},"
	" \"inject\": {\"node\": \"node1\", \"fault\": \"panic\"},"
	" \"milestones\": {"
	"  \"suspected\": {\"probe\": \"lb\", \"subject\": \"a\", \"state\": \"suspect\"},"
	"  \"detected\": {\"probe\": \"lb\", \"subject\": \"a\", \"state\": \"down\"},"
	"  \"served\": {\"workload\": \"users\"},"
	"  \"redundant\": {\"probe\": \"lb\", \"subject\": \"a\", \"state\": \"up\"}},"
	" \"expect\": %s,"
	" \"trials\": {\"count\": %u, \"observe_ns\": 10000000000,"
	"  \"served_hold_ns\": 100000000, \"max_late_ns\": 150000000}}";

void test_run_meta(struct test_run *run, const char *key, const char *value)
{
	assert_int_equal(fdr_store_put_meta(run->store, key, value), 0);
}

void test_run_begin(struct test_run *run, unsigned int trials, const char *expect)
{
	char plan[2048];
	struct fdr_error e = { "" };

	*run = (struct test_run){ .offset_ns = -123456789 };
	strcpy(run->dir, "/tmp/test-run-XXXXXX");
	assert_non_null(mkdtemp(run->dir));
	snprintf(run->path, sizeof(run->path), "%s/run.db", run->dir);
	if (fdr_store_create(run->path, &run->store, &e) < 0)
		fail_msg("%s", e.text);
	snprintf(plan, sizeof(plan), plan_format, expect, trials);
	test_run_meta(run, "plan_json", plan);
	test_run_meta(run, "plan", "text");
	test_run_meta(run, "seed", "42");
	test_run_meta(run, "started_ns", "1000000000");
	test_run_meta(run, "started_real_ns", "1700000000000000000");
	test_run_meta(run, "ended_ns", "99000000000");
}

static void event(struct test_run *run, const char *kind, const char *node, int64_t at_ns,
		  json_t *data)
{
	assert_non_null(data);
	assert_int_equal(fdr_store_put_event(run->store, run->trial, kind, node, at_ns, data), 0);
	json_decref(data);
}

void test_run_step(struct test_run *run, const char *step, int64_t at_ms)
{
	event(run, "phase", NULL, at_ms * MS, json_pack("{s:s}", "step", step));
}

void test_run_inject(struct test_run *run, unsigned int trial, int64_t t0_ms)
{
	run->trial = trial;
	test_run_step(run, "begin", t0_ms - 900);
	test_run_step(run, "steady", t0_ms - 400);
	event(run, "inject", "node1", t0_ms * MS,
	      json_pack("{s:I, s:I, s:s, s:s}", "phase_ns", (json_int_t)7,
			"start_boottime_ns", (json_int_t)(t0_ms * MS + run->offset_ns),
			"cookie", TEST_COOKIE, "boot_id", TEST_BOOT));
}

void test_run_clock(struct test_run *run, int64_t at_ms, int64_t error_ns, int64_t bound_ns)
{
	event(run, "clock", "node1", at_ms * MS,
	      json_pack("{s:I, s:I, s:s}", "offset_ns", (json_int_t)(run->offset_ns + error_ns),
			"bound_ns", (json_int_t)bound_ns, "boot_id", TEST_BOOT));
}

void test_run_beacon(struct test_run *run, int phase, int64_t at_ns, int64_t received_ns)
{
	event(run, "beacon", "node1", received_ns,
	      json_pack("{s:i, s:s, s:s, s:I}", "phase", phase, "cookie", TEST_COOKIE, "boot_id",
			TEST_BOOT, "boottime_ns", (json_int_t)(at_ns + run->offset_ns)));
}

void test_run_kernel(struct test_run *run, const char *type, int64_t at_ns, int64_t received_ns)
{
	event(run, "kernel-event", "node1", received_ns,
	      json_pack("{s:s, s:s, s:I}", "type", type, "cookie", TEST_COOKIE, "boottime_ns",
			(json_int_t)(at_ns + run->offset_ns)));
}

void test_run_obs(struct test_run *run, const char *subject, const char *state, int64_t lo_ms,
		  int64_t hi_ms)
{
	struct fdr_obs obs = { .source = "lb", .subject = subject, .state = state,
			       .pushed = lo_ms == hi_ms, .when = { lo_ms * MS, hi_ms * MS },
			       .detail = "in its words" };

	assert_int_equal(fdr_store_put_obs(run->store, run->trial, &obs), 0);
}

void test_run_requests(struct test_run *run, int64_t from_ms, int64_t to_ms, int64_t took_ms,
		       enum fdr_request_status status)
{
	for (int64_t t = from_ms; t < to_ms; t += 10) {
		struct fdr_request r = { .source = "users", .seq = run->seq++,
					 .intended_ns = t * MS, .sent_ns = t * MS,
					 .done_ns = (t + took_ms) * MS, .status = status,
					 .served_by = "", .detail = "" };

		assert_int_equal(fdr_store_put_request(run->store, run->trial, &r), 0);
	}
}

void test_run_end_trial(struct test_run *run, int64_t observed_ms, int64_t recovered_ms)
{
	test_run_step(run, "observed", observed_ms);
	test_run_step(run, "recovered", recovered_ms);
	test_run_step(run, "end", recovered_ms);
}

const struct fdr_result *test_run_analyse(struct test_run *run, const char *outcome,
					  const char *reason)
{
	struct fdr_error e = { "" };

	if (outcome) {
		test_run_meta(run, "outcome", outcome);
		test_run_meta(run, "reason", reason);
	}
	assert_int_equal(fdr_store_flush(run->store, &e), 0);
	run->store = fdr_store_close(run->store);
	if (fdr_store_open(run->path, &run->store, &e) < 0 ||
	    fdr_analyse(run->store, &run->result, &e) < 0)
		fail_msg("%s", e.text);
	return run->result;
}

void test_run_clear(struct test_run *run)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[128];

	fdr_result_free(run->result);
	if (run->store)
		fdr_store_close(run->store);
	for (size_t i = 0; i < FDR_ARRAY_LEN(suffixes); i++) {
		snprintf(path, sizeof(path), "%s%s", run->path, suffixes[i]);
		unlink(path);
	}
	rmdir(run->dir);
}
