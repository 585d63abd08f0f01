/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_TEST_RUN_H
#define FDR_TEST_RUN_H

#include "engine/engine.h"

/*
 * Writes the raw rows of a run as the engine does, with the truth known to the
 * test, and has them analysed.  Instants are the controller's, in ms.
 */
struct test_run {
	char dir[64], path[96];
	struct fdr_store *store;
	unsigned int trial;
	uint64_t seq;
	int64_t offset_ns;		/* the victim's boottime minus our monotonic */
	struct fdr_result *result;
};

#define TEST_COOKIE	"18446744073709551615"
#define TEST_BOOT	"6f1e0c3a-9a51-4a50-8e0f-2f6f0b3e9a11"

/* @expect: e.g. "{\"detected\": [1000000000, 2000000000]}", or "{}". */
void test_run_begin(struct test_run *run, unsigned int trials, const char *expect);
void test_run_meta(struct test_run *run, const char *key, const char *value);
void test_run_step(struct test_run *run, const char *step, int64_t at_ms);
/* Begin, steady and the injection planned for @t0_ms. */
void test_run_inject(struct test_run *run, unsigned int trial, int64_t t0_ms);
/* A clock exchange at @at_ms whose middle is wrong by @error_ns, at most @bound_ns. */
void test_run_clock(struct test_run *run, int64_t at_ms, int64_t error_ns, int64_t bound_ns);
/* @phase as in the beacon; stamped at @at_ns (our clock), received at @received_ns. */
void test_run_beacon(struct test_run *run, int phase, int64_t at_ns, int64_t received_ns);
void test_run_kernel(struct test_run *run, const char *type, int64_t at_ns, int64_t received_ns);
/* The probe "lb": the change lies in (lo, hi]; pushed where they are the same. */
void test_run_obs(struct test_run *run, const char *subject, const char *state, int64_t lo_ms,
		  int64_t hi_ms);
/* Requests of "users" every 10 ms in [from, to), each taking @took_ms. */
void test_run_requests(struct test_run *run, int64_t from_ms, int64_t to_ms, int64_t took_ms,
		       enum fdr_request_status status);
/* Observed, recovered and end, at these instants. */
void test_run_end_trial(struct test_run *run, int64_t observed_ms, int64_t recovered_ms);
/* Closes, opens and analyses it. */
const struct fdr_result *test_run_analyse(struct test_run *run, const char *outcome,
					  const char *reason);
void test_run_clear(struct test_run *run);

#endif /* FDR_TEST_RUN_H */
