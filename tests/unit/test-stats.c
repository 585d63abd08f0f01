// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "result/stats.h"

#define near(a, b)	assert_true(fabs((double)(a) - (double)(b)) < 5e-5)

static void exact(struct fdr_sample *s, const int64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s[i] = (struct fdr_sample){ v[i], v[i], false };
}

static void median_ranks(void **state)
{
	static const struct {
		size_t n, lo, hi;
		double confidence;
	} known[] = {
		{ 6, 1, 6, 0.96875 }, { 7, 1, 7, 0.984375 }, { 8, 1, 8, 0.9921875 },
		{ 9, 2, 8, 0.9609375 }, { 12, 3, 10, 0.96142578 }, { 20, 6, 15, 0.95861053 },
		{ 30, 10, 21, 0.95722603 },
	};
	size_t lo, hi;
	double c;

	(void)state;
	for (size_t n = 0; n < 6; n++)
		assert_false(fdr_stats_median_ranks(n, &lo, &hi, &c));
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		assert_true(fdr_stats_median_ranks(known[i].n, &lo, &hi, &c));
		assert_int_equal(lo, known[i].lo);
		assert_int_equal(hi, known[i].hi);
		near(c, known[i].confidence);
	}
}

static void tails_need_enough_trials(void **state)
{
	static const struct {
		double p;
		size_t n;
	} least[] = { { 0.9, 29 }, { 0.95, 59 }, { 0.99, 299 } };
	double c;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(least); i++) {
		assert_int_equal(fdr_stats_rank_above(least[i].n - 1, least[i].p, &c), 0);
		assert_int_equal(fdr_stats_rank_above(least[i].n, least[i].p, &c), least[i].n);
		assert_true(c >= 0.95 && c < 0.96);
	}
	/* Five trials put a floor under p90: the third smallest, 0.99144. */
	assert_int_equal(fdr_stats_rank_below(5, 0.9, &c), 3);
	near(c, 0.99144);
	/* One trial does not: it lies below p90 in nine of ten cases only. */
	assert_int_equal(fdr_stats_rank_below(1, 0.9, &c), 0);
	assert_int_equal(fdr_stats_rank_below(1, 0.95, &c), 1);
}

static void small_samples(void **state)
{
	static const int64_t v[] = { 500, 100, 400, 200, 300, 600 };
	struct fdr_sample s[6];
	struct fdr_quantile q;

	(void)state;
	exact(s, v, 6);
	assert_int_equal(fdr_stats_quantile(s, 0, 0.5, &q), 0);
	assert_false(q.known);
	assert_int_equal(fdr_stats_quantile(s, 1, 0.5, &q), 0);
	assert_true(q.known && !q.at_least && !q.has_interval);
	assert_int_equal(q.value_ns, 500);
	assert_int_equal(fdr_stats_quantile(s, 1, 0.9, &q), 0);
	assert_false(q.known);
	assert_int_equal(fdr_stats_quantile(s, 5, 0.5, &q), 0);
	assert_int_equal(q.value_ns, 300);
	assert_false(q.has_interval);
	assert_int_equal(fdr_stats_quantile(s, 5, 0.9, &q), 0);
	assert_true(q.known && q.at_least && !q.has_interval);
	assert_int_equal(q.value_ns, 300);
	assert_int_equal(fdr_stats_quantile(s, 6, 0.5, &q), 0);
	assert_true(q.has_interval && !q.one_sided);
	assert_int_equal(q.value_ns, 350);
	assert_int_equal(q.lo_ns, 100);
	assert_int_equal(q.hi_ns, 600);
	near(q.confidence, 0.96875);
}

/* The ends of each interval carry the uncertainty of the values they come from. */
static void uncertainty_is_carried(void **state)
{
	struct fdr_sample s[6];
	struct fdr_quantile q;

	(void)state;
	for (int i = 0; i < 6; i++)
		s[i] = (struct fdr_sample){ 1000 * (i + 1) - 10 * i, 1000 * (i + 1) + 10 * i,
					    false };
	assert_int_equal(fdr_stats_quantile(s, 6, 0.5, &q), 0);
	assert_int_equal(q.value_ns, 3500);
	assert_int_equal(q.lo_ns, 1000);
	assert_int_equal(q.hi_ns, 6050);
}

static void p90_of_thirty(void **state)
{
	struct fdr_sample s[30];
	struct fdr_quantile q;

	(void)state;
	for (int i = 0; i < 30; i++)
		s[i] = (struct fdr_sample){ 30 - i, 30 - i, false };
	assert_int_equal(fdr_stats_quantile(s, 30, 0.9, &q), 0);
	assert_true(q.known && !q.at_least && q.has_interval && q.one_sided);
	assert_int_equal(q.value_ns, 27);
	assert_int_equal(q.hi_ns, 30);
	/* P(at least r of 30 below p90): 0.9742 for r = 24, 0.9268 for r = 25. */
	assert_int_equal(q.lo_ns, 24);
	/* The worse of the two ends: 1 - 0.9^30. */
	near(q.confidence, 0.95761);
}

/*
 * Worked by hand.  Events at 1, 2, 4, 5 and a censored one at 3 of n = 5:
 * S = 4/5, 3/5, then 3/5 * 1/2 = 3/10 at 4, and 0 at 5.  Median 4.
 * Greenwood: 1/20, + 1/12 = 2/15, + 1/2 = 19/30.  theta = z sqrt(G) / -ln S is
 * 1.96402, 1.40101, 1.29553; low = S^e^theta = 0.2039, 0.1257, 0.0123: it is below
 * one half at 1.  high = S^e^-theta = 0.9692, 0.8819, 0.7192; at 5, S = 0 and
 * no band is defined: no upper end.
 */
static void kaplan_meier_by_hand(void **state)
{
	static const struct fdr_sample s[] = {
		{ 5, 5, false }, { 2, 2, false }, { 3, 3, true }, { 1, 1, false }, { 4, 4, false },
	};
	struct fdr_quantile q;
	struct fdr_km km;

	(void)state;
	assert_int_equal(fdr_stats_km_median(s, 5, &km), 0);
	assert_int_equal(km.median_ns, 4);
	assert_int_equal(km.lo_ns, 1);
	assert_true(km.hi_ns == FDR_STATS_UNBOUNDED);
	assert_int_equal(fdr_stats_quantile(s, 5, 0.5, &q), 0);
	assert_true(q.known && !q.at_least && q.has_interval);
	assert_int_equal(q.value_ns, 4);
	assert_int_equal(q.lo_ns, 1);
	assert_true(q.hi_ns == FDR_STATS_UNBOUNDED);
}

/*
 * The treated group of Freireich's leukaemia trial, which every textbook works
 * through: median 23 weeks, log-log limits 13 and none.
 */
static void kaplan_meier_textbook(void **state)
{
	static const int seen[] = { 6, 6, 6, 7, 10, 13, 16, 22, 23 };
	static const int censored[] = { 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35 };
	struct fdr_sample s[21];
	struct fdr_km km;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(censored); i++)
		s[n++] = (struct fdr_sample){ censored[i], 0, true };
	for (size_t i = 0; i < FDR_ARRAY_LEN(seen); i++)
		s[n++] = (struct fdr_sample){ seen[i], seen[i], false };
	assert_int_equal(n, 21);
	assert_int_equal(fdr_stats_km_median(s, n, &km), 0);
	assert_int_equal(km.median_ns, 23);
	assert_int_equal(km.lo_ns, 13);
	assert_true(km.hi_ns == FDR_STATS_UNBOUNDED);
}

/* Where the curve is exactly one half over a step the median is its middle. */
static void kaplan_meier_step(void **state)
{
	static const struct fdr_sample s[] = {
		{ 10, 10, false }, { 20, 20, false }, { 40, 40, false }, { 50, 50, true },
	};
	struct fdr_km km;

	(void)state;
	assert_int_equal(fdr_stats_km_median(s, 4, &km), 0);
	assert_int_equal(km.median_ns, 30);
}

static void all_censored(void **state)
{
	struct fdr_sample s[8];
	struct fdr_quantile q;

	(void)state;
	for (int i = 0; i < 8; i++)
		s[i] = (struct fdr_sample){ 20 + i, 0, true };
	assert_int_equal(fdr_stats_quantile(s, 8, 0.5, &q), 0);
	assert_true(q.known && q.at_least && !q.has_interval);
	/* P(at least 2 of 8 below the median) = 0.9648. */
	assert_int_equal(q.value_ns, 21);
	near(q.confidence, 0.96484);
	assert_int_equal(fdr_stats_quantile(s, 1, 0.5, &q), 0);
	assert_false(q.known);
}

/* One censored trial of thirty lifts the bound of p90 out of reach. */
static void censored_tail(void **state)
{
	struct fdr_sample s[30];
	struct fdr_quantile q;

	(void)state;
	for (int i = 0; i < 30; i++)
		s[i] = (struct fdr_sample){ i + 1, i + 1, i == 29 };
	assert_int_equal(fdr_stats_quantile(s, 30, 0.9, &q), 0);
	assert_true(q.at_least);
	assert_int_equal(q.value_ns, 24);
}

static void nothing_in_n(void **state)
{
	(void)state;
	near(fdr_stats_rate_upper(0), 1);
	near(fdr_stats_rate_upper(5), 0.45072);
	/* The rule of three. */
	near(fdr_stats_rate_upper(300), 0.00994);
}

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Exponential with median ln 2 s: far from normal, as reaction times are. */
static int64_t draw(uint64_t *x)
{
	double u = ((double)(next(x) >> 11) + 0.5) / 9007199254740992.0;

	return (int64_t)(-log(u) * 1e9);
}

/*
 * Of 4000 simulated drills the intervals hold the truth at least as often as
 * they say, less four standard errors of the simulation (1.4 %).
 */
static void coverage(void **state)
{
	static const size_t sizes[] = { 6, 12, 20, 30 };
	static const double slack = 0.014;
	const int64_t median = (int64_t)(log(2) * 1e9), p90 = (int64_t)(log(10) * 1e9);
	uint64_t x = UINT64_C(0x9e3779b97f4a7c15);
	struct fdr_sample s[30];
	struct fdr_quantile q;

	(void)state;
	for (size_t k = 0; k < FDR_ARRAY_LEN(sizes); k++) {
		unsigned int held = 0, floor_held = 0, km_held = 0;

		for (int run = 0; run < 4000; run++) {
			for (size_t i = 0; i < sizes[k]; i++) {
				int64_t v = draw(&x), half = (int64_t)(next(&x) % 4000000);
				/* Where in its interval the truth lies is anybody's guess. */
				int64_t lo = v - (int64_t)(next(&x) % (uint64_t)(half + 1));

				s[i] = (struct fdr_sample){ lo, lo + half, false };
			}
			assert_int_equal(fdr_stats_quantile(s, sizes[k], 0.5, &q), 0);
			held += q.lo_ns <= median && median <= q.hi_ns;
			assert_int_equal(fdr_stats_quantile(s, sizes[k], 0.9, &q), 0);
			floor_held += (q.at_least ? q.value_ns : q.lo_ns) <= p90;
			/* The same trials, given up after 1.2 s. */
			for (size_t i = 0; i < sizes[k]; i++)
				if (s[i].hi_ns > 1200000000)
					s[i] = (struct fdr_sample){ 1200000000, 0, true };
			assert_int_equal(fdr_stats_quantile(s, sizes[k], 0.5, &q), 0);
			km_held += q.has_interval ? q.lo_ns <= median && median <= q.hi_ns :
				   !q.known || q.value_ns <= median;
		}
		assert_true(held >= (unsigned int)(4000 * (0.95 - slack)));
		assert_true(floor_held >= (unsigned int)(4000 * (0.95 - slack)));
		/* Greenwood's variance is asymptotic: a few per cent short when n is small. */
		assert_true(km_held >= (unsigned int)(4000 * (0.93 - slack)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_ranks),
		cmocka_unit_test(tails_need_enough_trials),
		cmocka_unit_test(small_samples),
		cmocka_unit_test(uncertainty_is_carried),
		cmocka_unit_test(p90_of_thirty),
		cmocka_unit_test(kaplan_meier_by_hand),
		cmocka_unit_test(kaplan_meier_textbook),
		cmocka_unit_test(kaplan_meier_step),
		cmocka_unit_test(all_censored),
		cmocka_unit_test(censored_tail),
		cmocka_unit_test(nothing_in_n),
		cmocka_unit_test(coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
