// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "stats/stats.h"

#define near(a, b)	assert_true(fabs((double)(a) - (double)(b)) < 5e-5)

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

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
		{ 6, 1, 6, 0.96875 }, { 7, 1, 7, 0.984375 }, { 8, 2, 8, 0.9609375 },
		{ 9, 2, 8, 0.9609375 }, { 12, 3, 10, 0.96142578 }, { 20, 6, 15, 0.95861053 },
		{ 30, 10, 21, 0.95722603 },
	};
	struct fdr_ranks r;

	(void)state;
	for (size_t n = 0; n < 6; n++)
		assert_false(fdr_stats_ranks(n, 0.5, 0.95, &r));
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		assert_true(fdr_stats_ranks(known[i].n, 0.5, 0.95, &r));
		assert_int_equal(r.lo, known[i].lo);
		assert_int_equal(r.hi, known[i].hi);
		near(1 - r.miss_lo - r.miss_hi, known[i].confidence);
		/* What flatters is the rarer mistake. */
		assert_true(r.miss_hi <= r.miss_lo + 1e-12);
	}
}

/* Both ends together miss in at most 5 %, and no closer pair would do. */
static void ranks_are_the_closest(void **state)
{
	static const double p[] = { 0.5, 0.9, 0.95, 0.99 };
	struct fdr_ranks r, other;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(p); i++) {
		for (size_t n = 1; n < 400; n += 7) {
			if (!fdr_stats_ranks(n, p[i], 0.95, &r))
				continue;
			assert_true(r.lo >= 1 && r.lo < r.hi && r.hi <= n);
			assert_true(r.miss_lo + r.miss_hi <= 0.05 + 1e-9);
			/* By the beta distribution: another way to the same figure. */
			near(r.miss_lo, 1 - fdr_stats_beta(p[i], (double)r.lo,
							   (double)(n + 1 - r.lo)));
			near(r.miss_hi, fdr_stats_beta(p[i], (double)r.hi,
						       (double)(n + 1 - r.hi)));
			assert_true(fdr_stats_ranks(n, 1 - p[i], 0.95, &other));
			assert_int_equal(other.hi - other.lo, r.hi - r.lo);
		}
	}
}

static void tails_need_enough_trials(void **state)
{
	static const struct {
		double p;
		size_t n;
	} least[] = { { 0.9, 29 }, { 0.95, 59 }, { 0.99, 299 } };
	struct fdr_ranks r;
	double c;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(least); i++) {
		assert_false(fdr_stats_ranks(least[i].n - 1, least[i].p, 0.95, &r));
		assert_true(fdr_stats_ranks(least[i].n, least[i].p, 0.95, &r));
		assert_int_equal(r.hi, least[i].n);
		c = 1 - r.miss_lo - r.miss_hi;
		assert_true(c >= 0.95 && c < 0.96);
	}
	/* Five trials put a floor under p90: the third smallest, 0.99144. */
	assert_int_equal(fdr_stats_rank_below(5, 0.9, 0.95, &c), 3);
	near(c, 0.99144);
	/* One trial does not: it lies below p90 in nine of ten cases only. */
	assert_int_equal(fdr_stats_rank_below(1, 0.9, 0.95, &c), 0);
	assert_int_equal(fdr_stats_rank_below(1, 0.95, 0.95, &c), 1);
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
	assert_true(q.has_interval && !q.survival);
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
	assert_true(q.known && !q.at_least && q.has_interval);
	assert_int_equal(q.value_ns, 27);
	assert_int_equal(q.hi_ns, 30);
	/* 0.9^30 = 0.04239 of the 5 % is spent on the upper end; P(B <= 21) = 0.00202. */
	assert_int_equal(q.lo_ns, 22);
	near(q.confidence, 1 - 0.042391 - 0.002016);
}

/*
 * Worked by hand.  Events at 1, 2, 4, 5 and a censored one at 3 of n = 5:
 * S = 4/5, 3/5, then 3/5 * 1/2 = 3/10 at 4, and 0 at 5.  Median 4.
 */
static void kaplan_meier_by_hand(void **state)
{
	static const struct fdr_sample s[] = {
		{ 5, 5, false }, { 2, 2, false }, { 3, 3, true }, { 1, 1, false }, { 4, 4, false },
	};
	static const double level[] = { 0.8, 0.6, 0.6, 0.3, 0 };
	struct fdr_survival km;
	struct fdr_quantile q;

	(void)state;
	assert_int_equal(fdr_stats_survival(s, 5, FDR_END_MIDDLE, &km), 0);
	assert_int_equal(km.n, 5);
	for (size_t i = 0; i < km.n; i++) {
		near(km.steps[i].level, level[i]);
		assert_int_equal(km.steps[i].at_risk, 5 - i);
		assert_int_equal(km.steps[i].events, i == 2 ? 0 : 1);
	}
	assert_int_equal(fdr_survival_quantile(&km, 0.5), 4);
	fdr_survival_clear(&km);
	assert_int_equal(fdr_stats_quantile(s, 5, 0.5, &q), 0);
	assert_true(q.known && !q.at_least && q.survival);
	assert_int_equal(q.value_ns, 4);
}

/* Where the curve is exactly one half over a step the median is its middle. */
static void kaplan_meier_step(void **state)
{
	static const struct fdr_sample s[] = {
		{ 10, 10, false }, { 20, 20, false }, { 40, 40, false }, { 50, 50, true },
	};
	struct fdr_survival km;

	(void)state;
	assert_int_equal(fdr_stats_survival(s, 4, FDR_END_MIDDLE, &km), 0);
	assert_int_equal(fdr_survival_quantile(&km, 0.5), 30);
	assert_true(fdr_survival_quantile(&km, 0.9) == FDR_STATS_UNBOUNDED);
	fdr_survival_clear(&km);
}

/* What is given up after all events keeps its rank: nothing is approximated. */
static void given_up_at_the_end(void **state)
{
	struct fdr_sample s[20], all[20];
	struct fdr_quantile q, exact_q;

	(void)state;
	for (int i = 0; i < 20; i++) {
		all[i] = (struct fdr_sample){ i + 1, i + 1, false };
		s[i] = i < 15 ? all[i] : (struct fdr_sample){ 16, 0, true };
	}
	assert_int_equal(fdr_stats_quantile(s, 20, 0.5, &q), 0);
	assert_int_equal(fdr_stats_quantile(all, 20, 0.5, &exact_q), 0);
	assert_true(!q.survival && q.has_interval);
	assert_int_equal(q.lo_ns, exact_q.lo_ns);
	assert_int_equal(q.hi_ns, exact_q.hi_ns);
	assert_int_equal(q.value_ns, exact_q.value_ns);
	/* One less seen: the upper end is gone, the lower one stays. */
	s[14] = s[19];
	assert_int_equal(fdr_stats_quantile(s, 20, 0.5, &q), 0);
	assert_true(q.has_interval && q.hi_ns == FDR_STATS_UNBOUNDED);
	assert_int_equal(q.lo_ns, exact_q.lo_ns);
	near(q.confidence, 1 - 0.020695);
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
	assert_int_equal(q.value_ns, 22);
}

/* Found by halving: the same as by sorting all pairs. */
static void shift_against_all_pairs(void **state)
{
	enum { M = 100, N = 80 };
	static struct fdr_sample a[M], b[N];
	static double d[M * N];
	struct fdr_shift s;
	size_t k = 0;

	(void)state;
	for (int i = 0; i < M; i++)
		a[i] = (struct fdr_sample){ i * 1009 % 7919, i * 1009 % 7919, false };
	for (int j = 0; j < N; j++)
		b[j] = (struct fdr_sample){ 300 + j * 97 % 6007, 300 + j * 97 % 6007, false };
	for (int i = 0; i < M; i++)
		for (int j = 0; j < N; j++)
			d[k++] = (double)(b[j].lo_ns - a[i].lo_ns);
	qsort(d, k, sizeof(*d), compare_double);
	assert_int_equal(fdr_stats_shift(a, M, b, N, false, &s), 0);
	assert_true(s.known && s.has_interval && !s.exact);
	near(s.value, (d[k / 2 - 1] + d[k / 2]) / 2);
	/* R: qwilcox(0.025, 100, 80) = 3320; the normal form is one rank more careful. */
	near(s.lo, d[3318]);
	near(s.hi, d[k - 3319]);
	assert_true(s.confidence >= 0.95 && s.confidence < 0.9505);
}

/* The ends of the values are carried, and what was given up may be as late as it likes. */
static void shift_at_worst(void **state)
{
	struct fdr_sample a[8], b[8];
	struct fdr_shift exact_s, s;

	(void)state;
	for (int i = 0; i < 8; i++) {
		a[i] = (struct fdr_sample){ 1000 + 100 * i, 1000 + 100 * i, false };
		b[i] = (struct fdr_sample){ 3000 + 130 * i, 3000 + 130 * i, false };
	}
	assert_int_equal(fdr_stats_shift(a, 8, b, 8, false, &exact_s), 0);
	for (int i = 0; i < 8; i++) {
		a[i].lo_ns -= 3;
		a[i].hi_ns += 3;
		b[i].hi_ns += 4;
		b[i].lo_ns -= 4;
	}
	assert_int_equal(fdr_stats_shift(a, 8, b, 8, false, &s), 0);
	near(s.value, exact_s.value);
	near(s.lo, exact_s.lo - 7);
	near(s.hi, exact_s.hi + 7);
	/* One of b never came: the lower end and, by its rank, the upper one still hold. */
	b[7].censored = true;
	assert_int_equal(fdr_stats_shift(a, 8, b, 8, false, &s), 0);
	assert_true(s.has_interval);
	near(s.value, exact_s.value);	/* the median difference is that of others */
	near(s.lo, exact_s.lo - 7);
	assert_true(isfinite(s.hi) && s.hi >= exact_s.hi + 7);
	for (int i = 0; i < 8; i++)
		b[i].censored = true;
	assert_int_equal(fdr_stats_shift(a, 8, b, 8, false, &s), 0);
	assert_true(isnan(s.value) && isfinite(s.lo) && isinf(s.hi));
	for (int i = 0; i < 8; i++)
		a[i].censored = true;
	assert_int_equal(fdr_stats_shift(a, 8, b, 8, false, &s), 0);
	assert_true(s.lo == -INFINITY && s.hi == INFINITY);
}

static void ratios(void **state)
{
	struct fdr_sample a[6], b[6];
	struct fdr_shift s;

	(void)state;
	for (int i = 0; i < 6; i++) {
		a[i] = (struct fdr_sample){ 1000 + 10 * i, 1000 + 10 * i, false };
		b[i] = (struct fdr_sample){ 2 * a[i].lo_ns, 2 * a[i].lo_ns, false };
	}
	assert_int_equal(fdr_stats_shift(a, 6, b, 6, true, &s), 0);
	near(s.value, 2);
	assert_true(s.lo < 2 && s.lo > 1.9 && s.hi > 2 && s.hi < 2.1);
	/* Twice nothing is nothing. */
	a[0].lo_ns = 0;
	assert_int_equal(fdr_stats_shift(a, 6, b, 6, true, &s), 0);
	assert_false(s.known);
	assert_int_equal(fdr_stats_shift(a, 0, b, 6, false, &s), 0);
	assert_false(s.known);
	/* Three against three: no pair of differences is sure enough. */
	assert_int_equal(fdr_stats_shift(a + 1, 3, b, 3, false, &s), 0);
	assert_true(s.known && !s.has_interval);
}

static void gates(void **state)
{
	struct fdr_quantile q = { .known = true, .has_interval = true, .lo_ns = 10, .hi_ns = 20 };

	(void)state;
	assert_int_equal(fdr_stats_gate(1, 2, 2), FDR_GATE_PASS);
	assert_int_equal(fdr_stats_gate(1, 2.1, 2), FDR_GATE_INCONCLUSIVE);
	assert_int_equal(fdr_stats_gate(2, 3, 2), FDR_GATE_INCONCLUSIVE);
	assert_int_equal(fdr_stats_gate(2.1, 3, 2), FDR_GATE_FAIL);
	assert_int_equal(fdr_stats_gate(NAN, NAN, 2), FDR_GATE_INCONCLUSIVE);
	assert_int_equal(fdr_stats_gate(3, NAN, 2), FDR_GATE_FAIL);
	assert_int_equal(fdr_stats_gate(-INFINITY, INFINITY, 2), FDR_GATE_INCONCLUSIVE);
	assert_int_equal(fdr_stats_gate_quantile(&q, 20), FDR_GATE_PASS);
	assert_int_equal(fdr_stats_gate_quantile(&q, 19), FDR_GATE_INCONCLUSIVE);
	assert_int_equal(fdr_stats_gate_quantile(&q, 9), FDR_GATE_FAIL);
	q.hi_ns = FDR_STATS_UNBOUNDED;
	assert_int_equal(fdr_stats_gate_quantile(&q, INT64_MAX - 1), FDR_GATE_INCONCLUSIVE);
	q = (struct fdr_quantile){ .known = true, .at_least = true, .value_ns = 30 };
	assert_int_equal(fdr_stats_gate_quantile(&q, 29), FDR_GATE_FAIL);
	assert_int_equal(fdr_stats_gate_quantile(&q, 31), FDR_GATE_INCONCLUSIVE);
	q.known = false;
	assert_int_equal(fdr_stats_gate_quantile(&q, 1), FDR_GATE_INCONCLUSIVE);
}

static void when_to_stop(void **state)
{
	struct fdr_quantile q = { .known = true, .has_interval = true, .value_ns = 1000,
				  .lo_ns = 950, .hi_ns = 1050 };
	static const size_t looks[] = { 20, 30, 45, 67, 100, 150 };
	size_t next = 0;

	(void)state;
	assert_true(fdr_stats_narrow(&q, 0.05));
	assert_false(fdr_stats_narrow(&q, 0.0499));
	q.hi_ns = FDR_STATS_UNBOUNDED;
	assert_false(fdr_stats_narrow(&q, 1));
	q.has_interval = false;
	assert_false(fdr_stats_narrow(&q, 1));
	for (size_t n = 0; n <= 150; n++) {
		bool look = n == looks[next];

		assert_int_equal(fdr_stats_look(n), look);
		next += look;
	}
}

static void nothing_in_n(void **state)
{
	(void)state;
	near(fdr_stats_rate_upper(0), 1);
	near(fdr_stats_rate_upper(5), 0.45072);
	/* The rule of three. */
	near(fdr_stats_rate_upper(300), 0.00994);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_ranks),
		cmocka_unit_test(ranks_are_the_closest),
		cmocka_unit_test(tails_need_enough_trials),
		cmocka_unit_test(small_samples),
		cmocka_unit_test(uncertainty_is_carried),
		cmocka_unit_test(p90_of_thirty),
		cmocka_unit_test(kaplan_meier_by_hand),
		cmocka_unit_test(kaplan_meier_step),
		cmocka_unit_test(all_censored),
		cmocka_unit_test(censored_tail),
		cmocka_unit_test(nothing_in_n),
		cmocka_unit_test(given_up_at_the_end),
		cmocka_unit_test(shift_against_all_pairs),
		cmocka_unit_test(shift_at_worst),
		cmocka_unit_test(ratios),
		cmocka_unit_test(gates),
		cmocka_unit_test(when_to_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
