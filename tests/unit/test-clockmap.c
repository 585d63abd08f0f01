// SPDX-License-Identifier: GPL-2.0-or-later
/* Clock mapping over a simulated network: the interval contains the truth. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/clockmap.h"

#define MS	FDR_NS_PER_MS

static uint64_t rng_state = 42;

/* xorshift64*: 0 to @below - 1 */
static int64_t draw(int64_t below)
{
	rng_state ^= rng_state >> 12;
	rng_state ^= rng_state << 25;
	rng_state ^= rng_state >> 27;
	return (int64_t)((rng_state * UINT64_C(2685821657736338717) >> 1) % (uint64_t)below);
}

/* Delays there, at the agent and back; @offset_ns: its clock minus ours. */
static struct fdr_clock_exchange simulate(int64_t offset_ns, int64_t there, int64_t think,
					  int64_t back)
{
	int64_t sent_ns = 1000 * FDR_NS_PER_S + draw(FDR_NS_PER_S);

	return (struct fdr_clock_exchange){
		.sent_ns = sent_ns,
		.agent_recv_ns = sent_ns + there + offset_ns,
		.agent_send_ns = sent_ns + there + think + offset_ns,
		.received_ns = sent_ns + there + think + back,
		.agent_real_minus_boot_ns = 17,
	};
}

static void contains_the_truth(void **state)
{
	int64_t widest = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		int64_t offset_ns = draw(2000 * FDR_NS_PER_S) - 1000 * FDR_NS_PER_S;
		/* As lopsided as it may be: one way free, the other slow. */
		int64_t there = draw(4) ? draw(5 * MS) : 0, back = draw(4) ? draw(80 * MS) : 0;
		struct fdr_clock_exchange x = simulate(offset_ns, there, draw(MS), back);
		struct fdr_clock_sample s;

		assert_int_equal(fdr_clock_sample(&x, &s), 0);
		if (offset_ns < s.offset_ns - s.bound_ns || offset_ns > s.offset_ns + s.bound_ns)
			fail_msg("%ld not in %ld +- %ld", offset_ns, s.offset_ns, s.bound_ns);
		/* As tight as the exchange allows: half the time under way. */
		assert_int_equal(s.rtt_ns, there + back);
		assert_int_equal(s.bound_ns, (there + back + 1) / 2);
		assert_in_range(s.at_ns, x.sent_ns, x.received_ns);
		assert_int_equal(s.agent_real_minus_boot_ns, 17);
		widest = s.bound_ns > widest ? s.bound_ns : widest;
	}
	assert_true(widest > 30 * MS);
}

static void is_exact_at_the_extremes(void **state)
{
	struct fdr_clock_exchange x = simulate(-5, 0, 0, 0);
	struct fdr_clock_sample s;

	(void)state;
	assert_int_equal(fdr_clock_sample(&x, &s), 0);
	assert_int_equal(s.offset_ns, -5);
	assert_int_equal(s.bound_ns, 0);
	/* All the delay one way: the truth is at the very end of the interval. */
	x = simulate(100, 7, 3, 0);
	assert_int_equal(fdr_clock_sample(&x, &s), 0);
	assert_true(s.offset_ns - s.bound_ns <= 100 && s.offset_ns + s.bound_ns >= 100);
	x = simulate(100, 0, 3, 7);
	assert_int_equal(fdr_clock_sample(&x, &s), 0);
	assert_true(s.offset_ns - s.bound_ns <= 100 && s.offset_ns + s.bound_ns >= 100);
}

static void refuses_contradictions(void **state)
{
	struct fdr_clock_exchange good = simulate(0, MS, MS, MS), x;
	struct fdr_clock_sample s;

	(void)state;
	assert_int_equal(fdr_clock_sample(&good, &s), 0);
	x = good;
	x.agent_send_ns = x.agent_recv_ns - 1;
	assert_int_equal(fdr_clock_sample(&x, &s), -EPROTO);
	x = good;
	x.received_ns = x.sent_ns - 1;
	assert_int_equal(fdr_clock_sample(&x, &s), -EPROTO);
	/* It says it thought for longer than we waited. */
	x = good;
	x.agent_send_ns += 3 * MS;
	assert_int_equal(fdr_clock_sample(&x, &s), -EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contains_the_truth),
		cmocka_unit_test(is_exact_at_the_extremes),
		cmocka_unit_test(refuses_contradictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
