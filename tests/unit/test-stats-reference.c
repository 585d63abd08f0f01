// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The statistics beside another implementation: R 4.2.2 (packages stats and survival
 * 3.5-3), run once; the calls are in the comments.  The limits of a censored
 * quantile have no function in these packages: they come from 15 lines of R with its
 * own pbeta() by the same published method.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "stats/stats.h"

static void near(double got, double want, double relative)
{
	if (fabs(got - want) > relative * fabs(want) + 1e-12)
		fail_msg("%.12g, wanted %.12g", got, want);
}

/*
 * Data as R ships it, a minus marking what was censored.  Freireich et al., Blood 21
 * (1963): weeks of remission with 6-MP and with a placebo.
 */
static const int six_mp[] = {
	6, 6, 6, 7, 10, 13, 16, 22, 23, -6, -9, -10, -11, -17, -19, -20, -25, -32, -32, -34, -35,
};
static const int placebo[] = {
	1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23,
};
/* survival::aml */
static const int maintained[] = { 9, 13, -13, 18, 23, -28, 31, 34, -45, 48, -161 };
static const int not_maintained[] = { 5, 5, 8, 8, 12, -16, 23, 27, 30, 33, 43, 45 };
/* survival::lung, days, men and women */
static const int men[] = {
	306, 455, -1010, 210, 883, -1022, 218, 166, 170, 71, 567, 144, 613, 707, 88, 301, 624,
	371, 394, 574, 118, 390, 12, 26, 533, 53, 814, 93, 460, 583, 303, 519, 643, 189, 53, 246,
	689, 65, 132, 223, 175, 163, 65, 428, 230, -840, 11, 132, 11, 176, 791, 95, -196, -806,
	284, 147, 163, 655, 239, 88, 30, 179, 310, 477, 364, 107, 177, 156, 11, 429, 15, 181,
	283, 13, 212, 524, 288, 363, 442, 54, 558, 207, 92, 60, 202, 353, 267, 387, 457, 337,
	-404, 222, -458, 353, 163, 31, 229, -444, 156, 329, 291, 179, -292, 142, -413, 320, 181,
	285, -301, 197, -303, 180, -300, -284, -259, 110, 286, 270, 81, 131, -225, 269, -225,
	-279, 135, 59, 105, -237, -221, -185, 13, -222, 183, -197, 116, -188, -191, -174,
};
static const int women[] = {
	310, 361, 654, 728, 61, 81, 520, 473, 107, 122, -965, 731, 153, 433, 145, 95, 765, 735,
	5, 687, 345, 444, 60, 208, -821, 305, 226, 426, 705, 363, 167, 641, -740, 245, -588, 166,
	-559, 450, -529, 351, 201, 524, 199, 550, -551, -543, 293, -511, -511, 371, 201, 62,
	-356, 340, -315, 182, -364, -376, -384, 268, -266, 194, 348, -382, -296, 186, 145, -269,
	350, -272, -292, -332, 285, -243, -276, 79, -240, -202, -235, -224, 239, -173, -252, -92,
	-192, -211, -175, -203, -105, -177,
};

#define SAMPLES	160

static size_t samples(struct fdr_sample *s, const int *v, size_t n)
{
	assert_true(n <= SAMPLES);
	for (size_t i = 0; i < n; i++)
		s[i] = (struct fdr_sample){ abs(v[i]), abs(v[i]), v[i] < 0 };
	return n;
}

/* pbeta(x, a, b) */
static void beta(void **state)
{
	static const double known[][4] = {
		{ 0.5, 2, 3, 0.6875 }, { 0.1, 0.5, 20, 0.9586725161 },
		{ 0.9, 40, 1.5, 0.03705323852 }, { 0.003, 1, 500, 0.7773723224 },
		{ 0.37, 120, 200, 0.430417803 }, { 0.5, 500, 500, 0.5 },
		{ 0, 2, 3, 0 }, { 1, 2, 3, 1 },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++)
		near(fdr_stats_beta(known[i][0], known[i][1], known[i][2]), known[i][3], 1e-8);
}

/* binom.test(k, n)$conf.int */
static void shares(void **state)
{
	static const struct {
		uint64_t k, n;
		double lo, hi;
	} known[] = {
		{ 0, 20, 0, 0.168433471 }, { 1, 20, 0.001265089498, 0.2487327628 },
		{ 5, 20, 0.0865714691, 0.4910458717 }, { 20, 20, 0.831566529, 1 },
		{ 29, 30, 0.8278305444, 0.9991564291 },
		{ 3, 1000, 0.0006190999316, 0.008742023238 },
		{ 500, 1000, 0.468549173, 0.531450827 }, { 1, 1, 0.025, 1 },
	};
	struct fdr_share s = fdr_stats_share(0, 0);

	(void)state;
	assert_true(s.lo == 0 && s.hi == 1);
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		s = fdr_stats_share(known[i].k, known[i].n);
		near(s.value, (double)known[i].k / (double)known[i].n, 1e-12);
		near(s.lo, known[i].lo, 1e-8);
		near(s.hi, known[i].hi, 1e-8);
	}
}

static void levels(const struct fdr_survival *s, const double *want, size_t n)
{
	size_t k = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (!s->steps[i].events)
			continue;
		assert_true(k < n);
		near(s->steps[i].level, want[k++], 1e-5);
	}
	assert_int_equal(k, n);
}

/* summary(survfit(Surv(time, status) ~ x)) */
static void kaplan_meier(void **state)
{
	static const double of_six_mp[] = {
		0.857143, 0.806723, 0.752941, 0.690196, 0.627451, 0.537815, 0.448179,
	};
	static const double of_maintained[] = {
		0.909091, 0.818182, 0.715909, 0.613636, 0.490909, 0.368182, 0.184091,
	};
	struct fdr_sample s[SAMPLES];
	struct fdr_survival km;
	size_t n;

	(void)state;
	n = samples(s, six_mp, FDR_ARRAY_LEN(six_mp));
	assert_int_equal(fdr_stats_survival(s, n, FDR_END_MIDDLE, &km), 0);
	levels(&km, of_six_mp, FDR_ARRAY_LEN(of_six_mp));
	fdr_survival_clear(&km);
	n = samples(s, maintained, FDR_ARRAY_LEN(maintained));
	assert_int_equal(fdr_stats_survival(s, n, FDR_END_MIDDLE, &km), 0);
	levels(&km, of_maintained, FDR_ARRAY_LEN(of_maintained));
	fdr_survival_clear(&km);
}

#define NONE	FDR_STATS_UNBOUNDED

/* quantile(survfit(...)); the limits by the beta product method in its mid-p form */
static void censored_quantiles(void **state)
{
	static const struct {
		const int *v;
		size_t n;
		double p;
		int64_t value, lo, hi;
	} known[] = {
		{ six_mp, FDR_ARRAY_LEN(six_mp), 0.25, 13, 6, 23 },
		{ six_mp, FDR_ARRAY_LEN(six_mp), 0.5, 23, 13, NONE },
		{ six_mp, FDR_ARRAY_LEN(six_mp), 0.75, NONE, 23, NONE },
		{ maintained, FDR_ARRAY_LEN(maintained), 0.25, 18, 9, 34 },
		{ maintained, FDR_ARRAY_LEN(maintained), 0.5, 31, 18, NONE },
		{ maintained, FDR_ARRAY_LEN(maintained), 0.75, 48, 31, NONE },
		{ not_maintained, FDR_ARRAY_LEN(not_maintained), 0.25, 8, 5, 27 },
		{ not_maintained, FDR_ARRAY_LEN(not_maintained), 0.5, 23, 8, 43 },
		{ not_maintained, FDR_ARRAY_LEN(not_maintained), 0.75, 33, 23, 45 },
		{ men, FDR_ARRAY_LEN(men), 0.25, 144, 105, 176 },
		{ men, FDR_ARRAY_LEN(men), 0.5, 270, 210, 310 },
		{ men, FDR_ARRAY_LEN(men), 0.75, 457, 371, 567 },
	};
	struct fdr_sample s[SAMPLES];
	int64_t lo, hi;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		struct fdr_survival km;
		size_t n = samples(s, known[i].v, known[i].n);

		assert_int_equal(fdr_stats_survival(s, n, FDR_END_MIDDLE, &km), 0);
		assert_int_equal(fdr_survival_quantile(&km, known[i].p), known[i].value);
		fdr_survival_limits(&km, known[i].p, 0.95, &lo, &hi);
		assert_int_equal(lo, known[i].lo);
		assert_int_equal(hi, known[i].hi);
		fdr_survival_clear(&km);
	}
}

/* survdiff(Surv(time, status) ~ x) */
static void logrank(void **state)
{
	static const struct {
		const int *a, *b;
		size_t n_a, n_b;
		double observed, expected, chi2, p;
	} known[] = {
		{ six_mp, placebo, FDR_ARRAY_LEN(six_mp), FDR_ARRAY_LEN(placebo), 21,
		  10.74949905, 16.79294099, 4.168809109e-05 },
		{ maintained, not_maintained, FDR_ARRAY_LEN(maintained),
		  FDR_ARRAY_LEN(not_maintained), 11, 7.310664008, 3.396388699, 0.06533932204 },
		{ men, women, FDR_ARRAY_LEN(men), FDR_ARRAY_LEN(women), 53, 73.41826097,
		  10.32674195, 0.00131116452 },
	};
	struct fdr_sample a[SAMPLES], b[SAMPLES];
	struct fdr_logrank l;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		samples(a, known[i].a, known[i].n_a);
		samples(b, known[i].b, known[i].n_b);
		assert_int_equal(fdr_stats_logrank(a, known[i].n_a, b, known[i].n_b, &l), 0);
		assert_true(l.known);
		near(l.observed, known[i].observed, 1e-12);
		near(l.expected, known[i].expected, 1e-8);
		near(l.chi2, known[i].chi2, 1e-8);
		near(l.p, known[i].p, 1e-8);
	}
	/* Nobody to compare with. */
	assert_int_equal(fdr_stats_logrank(a, 5, b, 0, &l), 0);
	assert_false(l.known);
}

/*
 * wilcox.test(x, y, conf.int = TRUE), permeability data of Hollander and Wolfe: 0.305,
 * -0.15 to 0.76; 1 - 2 pwilcox(qwilcox(0.025, 10, 5) - 1, 10, 5) = 0.96003996.
 */
static void shift(void **state)
{
	static const int x[] = { 80, 83, 189, 104, 145, 138, 191, 164, 73, 146 };
	static const int y[] = { 115, 88, 90, 74, 121 };
	struct fdr_sample a[SAMPLES], b[SAMPLES];
	struct fdr_shift s;

	(void)state;
	samples(b, x, FDR_ARRAY_LEN(x));
	samples(a, y, FDR_ARRAY_LEN(y));
	assert_int_equal(fdr_stats_shift(a, 5, b, 10, false, &s), 0);
	assert_true(s.known && s.has_interval && s.exact);
	near(s.value, 30.5, 1e-12);
	near(s.lo, -15, 1e-12);
	near(s.hi, 76, 1e-12);
	near(s.confidence, 0.96003996, 1e-8);
}

/* 1 - 2 pwilcox(qwilcox(0.025, m, n) - 1, m, n) */
static void shift_confidence(void **state)
{
	static const struct {
		size_t m, n;
		double confidence;
	} known[] = {
		{ 4, 4, 0.97142857142 }, { 20, 20, 0.9509096748 }, { 30, 50, 0.950736971 },
		{ 50, 30, 0.950736971 }, { 60, 60, 0.9502930275 },
	};
	struct fdr_sample a[SAMPLES] = { 0 }, b[SAMPLES] = { 0 };
	struct fdr_shift s;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(known); i++) {
		assert_int_equal(fdr_stats_shift(a, known[i].m, b, known[i].n, false, &s), 0);
		assert_true(s.exact && s.has_interval);
		near(s.confidence, known[i].confidence, 1e-9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beta),
		cmocka_unit_test(shares),
		cmocka_unit_test(kaplan_meier),
		cmocka_unit_test(censored_quantiles),
		cmocka_unit_test(logrank),
		cmocka_unit_test(shift),
		cmocka_unit_test(shift_confidence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
