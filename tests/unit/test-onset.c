// SPDX-License-Identifier: GPL-2.0-or-later
/* The onset: its sources, its bounds, and whether they hold the truth. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/faultdrill.h>

#include "common-run.h"
#include "engine/phase.h"
#include "engine/raw.h"

#define MS	FDR_NS_PER_MS
#define TRIALS	400

static int64_t between(uint64_t *state, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(fdr_random(state) % (uint64_t)(hi - lo + 1));
}

static void sample(struct fdr_raw_event *ev, int64_t at_ns, int64_t offset_ns, int64_t bound_ns)
{
	*ev = (struct fdr_raw_event){ .at_ns = at_ns,
		.data = json_pack("{s:I, s:I, s:s}", "offset_ns", (json_int_t)offset_ns, "bound_ns",
				  (json_int_t)bound_ns, "boot_id", TEST_BOOT) };
}

/*
 * The victim's clock drifts by up to 90 ppm; exchanges before and (for a node
 * that survives) after are wrong by anything within their bound; the beacon
 * takes anything up to 2 ms.  The stated interval must hold the truth, always.
 */
static void test_holds_truth(void **state)
{
	uint64_t rnd = 7;

	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		int64_t truth_ns = 100000 * MS + between(&rnd, 0, 500 * MS);
		int64_t drift_ppb = between(&rnd, -90000, 90000), offset_ns = between(&rnd, -1e9, 1e9);
		size_t n_clocks = (size_t)between(&rnd, 1, 2);
		struct fdr_raw_event clocks[2], beacon, inject;
		struct fdr_raw raw = { .n_events = { [FDR_RAW_CLOCK] = n_clocks,
						     [FDR_RAW_BEACON] = 1, [FDR_RAW_INJECT] = 1 } };
		struct fdr_onset o;

		for (size_t k = 0; k < n_clocks; k++) {
			int64_t away_ns = between(&rnd, 1 * MS, 5000 * MS) * (k ? 1 : -1);
			int64_t bound_ns = between(&rnd, 20000, 3 * MS);
			int64_t true_ns = offset_ns + (int64_t)((double)away_ns * (double)drift_ppb / 1e9);

			sample(&clocks[k], truth_ns + away_ns,
			       true_ns + between(&rnd, -bound_ns, bound_ns), bound_ns);
		}
		beacon = (struct fdr_raw_event){ .at_ns = truth_ns + between(&rnd, 1, 2 * MS),
			.data = json_pack("{s:i, s:s, s:I}", "phase", FAULTDRILL_BEACON_ONSET,
					  "cookie", TEST_COOKIE, "boottime_ns",
					  (json_int_t)(truth_ns + offset_ns)) };
		inject = (struct fdr_raw_event){ .data = json_pack("{s:s, s:s}", "cookie",
						TEST_COOKIE, "boot_id", TEST_BOOT) };
		raw.events[FDR_RAW_CLOCK] = clocks;
		raw.events[FDR_RAW_BEACON] = &beacon;
		raw.events[FDR_RAW_INJECT] = &inject;
		fdr_onset_find(&raw, &o);
		assert_true(o.known);
		if (o.at.lo_ns > truth_ns || o.at.hi_ns < truth_ns)
			fail_msg("trial %d: the truth is off by %lld, %lld ns", i,
				 (long long)(o.at.lo_ns - truth_ns), (long long)(truth_ns - o.at.hi_ns));
		/* And it is of use: no wider than the best exchange says. */
		assert_true(o.at.hi_ns - o.at.lo_ns <= 2 * (3 * MS + 500000 + 2));
		assert_true(o.at.hi_ns <= beacon.at_ns);
		for (size_t k = 0; k < n_clocks; k++)
			json_decref(clocks[k].data);
		json_decref(beacon.data);
		json_decref(inject.data);
	}
}

/* Two exchanges together say more than either. */
static void test_intersection(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_clock(&run, 10000, 800000, 1000000);	/* truth in [-1.8, 0.2] ms of it */
	test_run_clock(&run, 10000, -700000, 1000000);
	test_run_kernel(&run, "onset", 10000 * MS, 10050 * MS);
	test_run_end_trial(&run, 10500, 11000);
	r = test_run_analyse(&run, "complete", "");
	assert_string_equal(r->trials->milestones[FDR_ONSET].source, "kernel event");
	assert_in_range(r->trials->clock_bound_ns, 249000, 251000);
	test_run_clear(&run);
}

static void assert_unknown(struct test_run *run, const char *why)
{
	const struct fdr_result *r;

	test_run_end_trial(run, 10500, 11000);
	r = test_run_analyse(run, "complete", "");
	assert_int_equal(r->verdict, FDR_INCONCLUSIVE);
	assert_false(r->trials->milestones[FDR_ONSET].present);
	if (!strstr(r->trials->reason, why))
		fail_msg("\"%s\" does not say \"%s\"", r->trials->reason, why);
	test_run_clear(run);
}

static void test_unknown(void **state)
{
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_clock(&run, 9990, 0, 100000);
	test_run_beacon(&run, FAULTDRILL_BEACON_TEST, 9991 * MS, 9992 * MS);
	assert_unknown(&run, "neither a beacon nor an event of the kernel");

	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_beacon(&run, FAULTDRILL_BEACON_ONSET, 10000 * MS, 10001 * MS);
	assert_unknown(&run, "there was no clock exchange");

	/* It arrived 3 ms before it can have been sent: something is wrong. */
	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_clock(&run, 10000, 0, 100000);
	test_run_beacon(&run, FAULTDRILL_BEACON_ONSET, 10003 * MS, 10000 * MS);
	assert_unknown(&run, "the clock exchanges contradict the beacon by 2.9");

	/* It gains 3 %: 60 ms in 2 s. */
	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_clock(&run, 7990, 0, 100000);
	test_run_clock(&run, 9990, 60 * MS, 100000);
	test_run_beacon(&run, FAULTDRILL_BEACON_ONSET, 10000 * MS, 10001 * MS);
	assert_unknown(&run, "the victim's clock gains 60.000 ms in 2.0 s");

	test_run_begin(&run, 1, "{}");
	run.trial = 1;
	test_run_step(&run, "begin", 9000);
	assert_unknown(&run, "nothing was injected");
}

/* Only the panic notifier's beacon arrived: after the scheduled instant, before that. */
static void test_panic_beacon(void **state)
{
	const struct fdr_result_milestone *m;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_clock(&run, 10000, 0, 100000);
	test_run_beacon(&run, FAULTDRILL_BEACON_PANIC, 10004 * MS, 10006 * MS);
	test_run_end_trial(&run, 10500, 11000);
	m = &test_run_analyse(&run, "complete", "")->trials->milestones[FDR_ONSET];
	assert_true(m->present);
	assert_string_equal(m->source, "panic beacon");
	assert_in_range(m->when.hi_ns - m->when.lo_ns, 4200000, 4210000);
	test_run_clear(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_truth), cmocka_unit_test(test_intersection),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_panic_beacon),
	};

	return cmocka_run_group_tests_name("onset", tests, NULL, NULL);
}
