// SPDX-License-Identifier: GPL-2.0-or-later
/* The statistics alone, on values whose distribution is known. */
#include <math.h>
#include <string.h>

#include "calibration.h"

#define RUNS		10000
#define N_MAX		256

enum distribution { UNIFORM, EXPONENTIAL, LOG_NORMAL, DISTRIBUTIONS };
static const char *const names[] = { "uniform", "exponential", "log-normal" };

/* A poller's delay, a long tail, and the product of many causes; all about a second. */
static double draw(enum distribution d, uint64_t *x)
{
	double u = uniform(x);

	switch (d) {
	case UNIFORM:		return 0.5 + u;
	case EXPONENTIAL:	return -log(u);
	default:		return exp(0.5 * sqrt(-2 * log(u)) * cos(2 * M_PI * uniform(x)));
	}
}

/* p = 0.5 or 0.9 */
static double truth(enum distribution d, double p)
{
	switch (d) {
	case UNIFORM:		return 0.5 + p;
	case EXPONENTIAL:	return -log1p(-p);
	default:		return exp(0.5 * (p > 0.5 ? 1.2815515655446004 : 0));
	}
}

static struct fdr_sample seen(double s)
{
	return (struct fdr_sample){ llround(s * 1e9), llround(s * 1e9), false };
}

enum censoring { NOTHING, DEADLINE, DEADLINES, LOSSES };

/* Given up at one deadline, at one of several, or at any time for other reasons. */
static struct fdr_sample given_up(double s, enum censoring c, enum distribution d, uint64_t *x)
{
	double median = truth(d, 0.5), at = INFINITY;
	struct fdr_sample v;

	if (c == DEADLINE)
		at = 1.5 * median;
	else if (c == DEADLINES)
		at = median * (0.7 + 0.4 * floor(uniform(x) * 4));
	else if (c == LOSSES && uniform(x) < 0.3)
		at = 1.5 * median * uniform(x);
	v = seen(fmin(s, at));
	v.censored = s > at;
	return v;
}

static bool covers(const struct fdr_quantile *q, double s)
{
	double ns = s * 1e9;

	if (q->at_least)
		return (double)q->value_ns <= ns;
	return (double)q->lo_ns <= ns && ns <= (double)q->hi_ns;
}

struct outcome {
	uint64_t printed, held, known, under;
	double sum_s, least_confidence;
};

static void judge_one(struct outcome *o, const struct fdr_sample *v, size_t n, double p, double s)
{
	struct fdr_quantile q;

	if (fdr_stats_quantile(v, n, p, &q) < 0)
		abort();
	if (q.known && (q.has_interval || q.at_least)) {
		o->printed++;
		o->held += covers(&q, s);
		if (q.confidence < o->least_confidence)
			o->least_confidence = q.confidence;
	}
	if (q.known && !q.at_least) {
		o->known++;
		o->under += (double)q.value_ns < s * 1e9;
		o->sum_s += (double)q.value_ns / 1e9;
	}
}

static struct outcome quantiles(struct tally *t, enum distribution d, enum censoring c, size_t n,
				double p, unsigned int runs)
{
	uint64_t x = 0x5eed0000 + n * 16 + (uint64_t)d * 4 + c;
	struct outcome o = { .least_confidence = 1 };
	struct fdr_sample v[N_MAX];

	for (unsigned int i = 0; i < runs * t->scale; i++) {
		for (size_t j = 0; j < n; j++)
			v[j] = given_up(draw(d, &x), c, d, &x);
		judge_one(&o, v, n, p, truth(d, p));
	}
	return o;
}

/* Of few values no rank comes near 95 %: the method allows no less than it reaches. */
static double most(const struct outcome *o)
{
	return o->least_confidence > 0.965 ? 100 * o->least_confidence + 0.7 : 97;
}

static void by_ranks(struct tally *t)
{
	static const struct {
		size_t n;
		double p;
	} cases[] = {
		{ 6, 0.5 }, { 12, 0.5 }, { 20, 0.5 }, { 30, 0.5 }, { 50, 0.5 }, { 200, 0.5 },
		{ 12, 0.9 }, { 30, 0.9 }, { 60, 0.9 }, { 200, 0.9 },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		for (int d = 0; d < DISTRIBUTIONS; d++) {
			size_t n = cases[i].n;
			struct outcome o = quantiles(t, (enum distribution)d, NOTHING, n,
						     cases[i].p, RUNS);

			tally_check(t, percent(o.held, o.printed), 94.5,
				    n >= 20 ? most(&o) : 100, "%",
				    "p%g of %zu, %s (says %.2f %%)", cases[i].p * 100, n, names[d],
				    o.least_confidence * 100);
			if (n < 20 || cases[i].p > 0.5)
				continue;
			tally_check(t, percent(o.under, o.known), 48, 52, "%",
				    "median of %zu, %s: estimates below it", n, names[d]);
			if (d == UNIFORM)
				tally_check(t, 100 * fabs(o.sum_s / (double)o.known - 1), 0, 1, "%",
					    "median of %zu, %s: bias", n, names[d]);
		}
	}
}

static void censored(struct tally *t)
{
	static const char *const how[] = { "", "one deadline", "four deadlines", "losses" };
	static const size_t sizes[] = { 20, 30, 50 };

	for (int c = DEADLINE; c <= LOSSES; c++) {
		for (int d = 0; d < DISTRIBUTIONS; d++) {
			for (size_t i = 0; i < FDR_ARRAY_LEN(sizes); i++) {
				struct outcome o = quantiles(t, (enum distribution)d,
							     (enum censoring)c, sizes[i], 0.5,
							     RUNS);

				tally_check(t, percent(o.held, o.printed), 94.5, 97, "%",
					    "censored median of %zu, %s, %s", sizes[i], names[d],
					    how[c]);
			}
		}
	}
	for (int d = 0; d < DISTRIBUTIONS; d++) {
		struct outcome o = quantiles(t, (enum distribution)d, LOSSES, 100, 0.9, RUNS / 4);

		tally_check(t, percent(o.held, o.printed), 94.5, 97, "%",
			    "censored p90 of 100, %s, losses", names[d]);
	}
}

/* The ends of each value are known, and not where between them it lies. */
static void uncertain(struct tally *t)
{
	for (int c = NOTHING; c <= LOSSES; c += LOSSES) {
		struct outcome o = { .least_confidence = 1 };
		struct fdr_sample v[20];
		uint64_t x = 0xab1e + (uint64_t)c;

		for (unsigned int i = 0; i < RUNS / 2 * t->scale; i++) {
			for (size_t j = 0; j < FDR_ARRAY_LEN(v); j++) {
				int64_t width = (int64_t)(uniform(&x) * 2e8);

				v[j] = given_up(draw(EXPONENTIAL, &x), (enum censoring)c,
						EXPONENTIAL, &x);
				if (v[j].censored)
					continue;
				v[j].lo_ns -= (int64_t)(uniform(&x) * (double)width);
				v[j].hi_ns = v[j].lo_ns + width;
			}
			judge_one(&o, v, FDR_ARRAY_LEN(v), 0.5, truth(EXPONENTIAL, 0.5));
		}
		tally_check(t, percent(o.held, o.printed), 94.5, 100, "%",
			    "median of 20, known to 200 ms, %s", c ? "losses" : "all seen");
	}
}

struct shifts {
	uint64_t held, n, under;
};

static void one_shift(struct shifts *s, const struct fdr_sample *a, size_t n_a,
		      const struct fdr_sample *b, size_t n_b, bool ratio, double true_value)
{
	struct fdr_shift shift;

	if (fdr_stats_shift(a, n_a, b, n_b, ratio, &shift) < 0)
		abort();
	if (!shift.has_interval)
		return;
	s->n++;
	s->held += shift.lo <= true_value && true_value <= shift.hi;
	s->under += shift.value < true_value;
}

static void shifts(struct tally *t)
{
	static const size_t sizes[][2] = { { 8, 8 }, { 20, 20 }, { 12, 30 }, { 80, 60 } };

	for (size_t k = 0; k < FDR_ARRAY_LEN(sizes); k++) {
		for (int d = 0; d < DISTRIBUTIONS; d++) {
			struct shifts diff = { 0 }, ratio = { 0 }, cut = { 0 };
			size_t n_a = sizes[k][0], n_b = sizes[k][1];
			uint64_t x = 0x517f7 + k * 8 + (uint64_t)d;

			for (unsigned int i = 0; i < RUNS / (n_a > 50 ? 4 : 2) * t->scale; i++) {
				struct fdr_sample a[N_MAX], b[N_MAX], c[N_MAX];

				for (size_t j = 0; j < n_a; j++)
					a[j] = seen(draw((enum distribution)d, &x));
				for (size_t j = 0; j < n_b; j++) {
					double s = draw((enum distribution)d, &x);

					b[j] = seen(s + 0.25);
					c[j] = seen(1.5 * s);
				}
				one_shift(&diff, a, n_a, b, n_b, false, 0.25e9);
				one_shift(&ratio, a, n_a, c, n_b, true, 1.5);
				for (size_t j = 0; j < n_b; j++)
					if (b[j].lo_ns > 1800000000)
						b[j] = (struct fdr_sample){ 1800000000, 0, true };
				one_shift(&cut, a, n_a, b, n_b, false, 0.25e9);
			}
			tally_check(t, percent(diff.held, diff.n), 94.5, n_a < 20 && n_b < 20 ?
				    100 : 97, "%", "shift, %zu against %zu, %s", n_a, n_b, names[d]);
			tally_check(t, percent(ratio.held, ratio.n), 94.5, n_a < 20 && n_b < 20 ?
				    100 : 97, "%", "ratio, %zu against %zu, %s", n_a, n_b, names[d]);
			tally_check(t, percent(cut.held, cut.n), 94.5, 100, "%",
				    "shift, %zu against %zu, %s, one deadline", n_a, n_b, names[d]);
			tally_check(t, percent(diff.under, diff.n), 47, 53, "%",
				    "shift, %zu against %zu, %s: estimates below it", n_a, n_b,
				    names[d]);
		}
	}
}

static void shares(struct tally *t)
{
	static const double p[] = { 0.02, 0.3, 0.5, 0.9 };
	static const size_t sizes[] = { 5, 20, 100 };

	for (size_t k = 0; k < FDR_ARRAY_LEN(sizes); k++) {
		for (size_t i = 0; i < FDR_ARRAY_LEN(p); i++) {
			uint64_t x = 0x54a2e + k * 4 + i, held = 0;

			for (unsigned int r = 0; r < RUNS / 2; r++) {
				struct fdr_share s;
				uint64_t yes = 0;

				for (size_t j = 0; j < sizes[k]; j++)
					yes += uniform(&x) < p[i];
				s = fdr_stats_share(yes, sizes[k]);
				held += s.lo <= p[i] && p[i] <= s.hi;
			}
			tally_check(t, percent(held, RUNS / 2), 94.5, 100, "%",
				    "share %g of %zu", p[i], sizes[k]);
		}
	}
}

/* Tests that are to say no or yes in vain at most so often. */
static void tests(struct tally *t)
{
	uint64_t x = 0x7e575, later = 0, pass = 0, fail = 0;

	for (unsigned int i = 0; i < RUNS * t->scale; i++) {
		struct fdr_sample a[30], b[30];
		struct fdr_logrank l;
		struct fdr_quantile q;
		int64_t median_ns = llround(truth(EXPONENTIAL, 0.5) * 1e9);

		for (size_t j = 0; j < FDR_ARRAY_LEN(a); j++) {
			a[j] = given_up(draw(EXPONENTIAL, &x), DEADLINES, EXPONENTIAL, &x);
			b[j] = given_up(draw(EXPONENTIAL, &x), DEADLINES, EXPONENTIAL, &x);
		}
		if (fdr_stats_logrank(a, 30, b, 30, &l) < 0 ||
		    fdr_stats_quantile(a, 30, 0.5, &q) < 0)
			abort();
		later += l.known && l.p < 0.05;
		/* A limit just under, and one just over what is true. */
		pass += fdr_stats_gate_quantile(&q, median_ns - 1) == FDR_GATE_PASS;
		fail += fdr_stats_gate_quantile(&q, median_ns + 1) == FDR_GATE_FAIL;
	}
	tally_check(t, percent(later, RUNS * t->scale), 0, 6, "%",
		    "log-rank, 30 against 30 alike, four deadlines: p < 0.05");
	tally_check(t, percent(pass, RUNS * t->scale), 0, 3, "%",
		    "gate on the median of 30: passes where it should not");
	tally_check(t, percent(fail, RUNS * t->scale), 0, 3, "%",
		    "gate on the median of 30: fails where it should not");
}

/* A run that stops once its interval is narrow, asking at each of the looks. */
static void stopping(struct tally *t)
{
	static const double fractions[] = { 0.05, 0.1, 0.2, 0.3 };

	for (size_t k = 0; k < FDR_ARRAY_LEN(fractions); k++) {
		for (int d = 0; d < DISTRIBUTIONS; d++) {
			uint64_t x = 0x5709 + k * 4 + (uint64_t)d, held = 0;
			double trials = 0;

			for (unsigned int i = 0; i < RUNS / 2 * t->scale; i++) {
				struct fdr_sample v[N_MAX];
				struct fdr_quantile q = { 0 };
				size_t n = 0;

				do {
					v[n++] = seen(draw((enum distribution)d, &x));
					if (fdr_stats_look(n) &&
					    fdr_stats_quantile_stopping(v, n, 0.5, &q) < 0)
						abort();
				} while (n < 225 && !(fdr_stats_look(n) &&
						      fdr_stats_narrow(&q, fractions[k])));
				held += covers(&q, truth((enum distribution)d, 0.5));
				trials += (double)n;
			}
			tally_check(t, percent(held, RUNS / 2 * t->scale), 94.5, 100, "%",
				    "stopped at +-%g %%, %s (%.0f trials on average)",
				    fractions[k] * 100, names[d],
				    trials / (RUNS / 2 * t->scale));
		}
	}
}

void calibrate_statistics(struct tally *t)
{
	by_ranks(t);
	censored(t);
	uncertain(t);
	shifts(t);
	shares(t);
	tests(t);
	stopping(t);
}
