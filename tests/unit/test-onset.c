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

/* Neither beacon nor event: the dead kernel's log had it, read after the restart. */
static void test_persisted(void **state)
{
	const struct fdr_result *r;
	struct test_run run;

	(void)state;
	test_run_begin(&run, 1, "{}");
	test_run_inject(&run, 1, 10000);
	test_run_clock(&run, 9990, 0, 100000);
	test_run_kernel(&run, "persisted", 10000 * MS, 14000 * MS);
	test_run_end_trial(&run, 10500, 15000);
	r = test_run_analyse(&run, "complete", "");
	assert_string_equal(r->trials->milestones[FDR_ONSET].source, "persisted record");
	assert_in_range(r->trials->clock_bound_ns, 100000, 102000);
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

#define VICTIMS	4

static json_t *text_of(const char *fmt, size_t i)
{
	return json_sprintf(fmt, i);
}

struct several {
	struct fdr_raw raw;
	struct fdr_raw_event clocks[2 * VICTIMS], kernel[VICTIMS], injects[2 * VICTIMS];
	char names[VICTIMS][8];
	int64_t truth_ns[VICTIMS];
};

/* Each victim has a clock of its own; those before it in the list were called back. */
static void make_several(struct several *s, uint64_t *rnd, size_t n_confirmed)
{
	int64_t t0_ns = 100000 * MS;

	*s = (struct several){ .raw = { .events = { [FDR_RAW_CLOCK] = s->clocks,
						    [FDR_RAW_KERNEL] = s->kernel,
						    [FDR_RAW_INJECT] = s->injects } } };
	for (size_t i = 0; i < VICTIMS; i++) {
		int64_t offset_ns = between(rnd, -1000000 * MS, 1000000 * MS);
		int64_t at_ns = i == VICTIMS - 1 ? 500 * MS : 0;

		snprintf(s->names[i], sizeof(s->names[i]), "node%zu", i);
		s->truth_ns[i] = t0_ns + at_ns + between(rnd, 1000, 2 * MS);
		for (int k = 0; k < 2; k++) {
			int64_t bound_ns = between(rnd, 20000, MS);

			s->clocks[2 * i + (size_t)k] = (struct fdr_raw_event){
				.at_ns = s->truth_ns[i] + (k ? 3000 : -400) * MS,
				.data = json_pack("{s:I, s:I, s:o}", "offset_ns", (json_int_t)
						  (offset_ns + between(rnd, -bound_ns, bound_ns)),
						  "bound_ns", (json_int_t)bound_ns, "boot_id",
						  text_of("boot%zu", i)) };
		}
		for (int k = 0; k < 2; k++)
			s->injects[(size_t)k * VICTIMS + i] = (struct fdr_raw_event){
				.node = s->names[i], .at_ns = t0_ns + at_ns,
				.data = json_pack("{s:o, s:o, s:i, s:i, s:I, s:s, s:I}", "cookie",
						  text_of(k ? "%zu" : "9%zu", i), "boot_id",
						  text_of("boot%zu", i), "attempt", k + 1, "step",
						  (int)i + 1, "at_ns", (json_int_t)at_ns, "fault",
						  "soft-lockup", "start_boottime_ns",
						  (json_int_t)(t0_ns + at_ns + offset_ns)) };
		if (i < n_confirmed)
			s->kernel[i] = (struct fdr_raw_event){
				.at_ns = s->truth_ns[i] + between(rnd, 1, 5 * MS),
				.data = json_pack("{s:s, s:o, s:I}", "type", "onset", "cookie",
						  text_of("%zu", i), "boottime_ns",
						  (json_int_t)(s->truth_ns[i] + offset_ns)) };
	}
	s->raw.n_events[FDR_RAW_CLOCK] = FDR_ARRAY_LEN(s->clocks);
	s->raw.n_events[FDR_RAW_INJECT] = FDR_ARRAY_LEN(s->injects);
	s->raw.n_events[FDR_RAW_KERNEL] = n_confirmed;
}

static void clear_several(struct several *s)
{
	for (size_t i = 0; i < 2 * VICTIMS; i++) {
		json_decref(s->clocks[i].data);
		json_decref(s->injects[i].data);
	}
	for (size_t i = 0; i < VICTIMS; i++)
		json_decref(s->kernel[i].data);
}

static void assert_holds(const struct fdr_interval *i, int64_t truth_ns, const char *what)
{
	if (i->lo_ns > truth_ns || i->hi_ns < truth_ns)
		fail_msg("%s: %lld is not in [%lld, %lld]", what, (long long)truth_ns,
			 (long long)i->lo_ns, (long long)i->hi_ns);
}

/* Each victim's onset, the earliest and the spread hold the truth, always. */
static void test_several(void **state)
{
	static struct fdr_hits h;
	struct several s;
	uint64_t rnd = 11;

	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		int64_t first = INT64_MAX, least = INT64_MAX, most = INT64_MIN;

		make_several(&s, &rnd, VICTIMS);
		fdr_hits_find(&s.raw, &h);
		assert_int_equal(h.n, VICTIMS);
		for (size_t k = 0; k < VICTIMS; k++) {
			int64_t aligned = s.truth_ns[k] - h.v[k].at_ns;

			assert_string_equal(h.v[k].node, s.names[k]);
			assert_true(h.v[k].onset.known);
			assert_string_equal(h.v[k].onset.source, "kernel event");
			assert_holds(&h.v[k].onset.at, s.truth_ns[k], h.v[k].node);
			first = s.truth_ns[k] < first ? s.truth_ns[k] : first;
			least = aligned < least ? aligned : least;
			most = aligned > most ? aligned : most;
			/* The clocks do not drift: zero is within what is stated. */
			assert_true(h.v[k].has_drift && h.v[k].n_exchanges == 2);
			assert_true(h.v[k].drift_ppm <= h.v[k].drift_bound_ppm &&
				    -h.v[k].drift_ppm <= h.v[k].drift_bound_ppm);
		}
		assert_holds(&h.first.at, first, "the earliest");
		assert_true(h.has_spread);
		assert_holds(&h.spread, most - least, "the spread");
		clear_several(&s);
	}
}

/* A victim that nothing confirms may have been the first, but not before its instant. */
static void test_one_unconfirmed(void **state)
{
	static struct fdr_hits h;
	struct several s;
	uint64_t rnd = 12;

	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		int64_t first = INT64_MAX;

		make_several(&s, &rnd, 2);
		fdr_hits_find(&s.raw, &h);
		assert_true(h.v[1].onset.known && !h.v[2].onset.known);
		assert_non_null(strstr(h.v[2].onset.why_not, "neither a beacon nor an event"));
		for (size_t k = 0; k < VICTIMS; k++)
			first = s.truth_ns[k] < first ? s.truth_ns[k] : first;
		assert_holds(&h.first.at, first, "the earliest");
		clear_several(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_truth), cmocka_unit_test(test_intersection), cmocka_unit_test(test_persisted),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_panic_beacon),
		cmocka_unit_test(test_several), cmocka_unit_test(test_one_unconfirmed),
	};

	return cmocka_run_group_tests_name("onset", tests, NULL, NULL);
}
