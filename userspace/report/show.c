// SPDX-License-Identifier: GPL-2.0-or-later
#include "show.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "stats/stats.h"

struct fdr_shown fdr_show_ns(int64_t ns)
{
	static const struct {
		double ns;
		const char *unit;
	} units[] = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "µs" }, { 1, "ns" } };
	double v = fabs((double)ns), scaled = 0;
	struct fdr_shown shown;
	int decimals;
	size_t i;

	if (!ns)
		return (struct fdr_shown){ "0 s" };
	/* 999.6 ms is 1.000 s. */
	for (i = 0; i < FDR_ARRAY_LEN(units) - 1 && v < units[i].ns * 0.9995; i++)
		;
	scaled = v / units[i].ns;
	decimals = i == 3 || scaled >= 999.5 ? 0 : scaled >= 99.95 ? (i ? 0 : 1) :
		   scaled >= 9.995 ? (i ? 1 : 2) : (i ? 2 : 3);
	snprintf(shown.s, sizeof(shown.s), "%s%.*f", ns < 0 ? "-" : "", decimals, scaled);
	/* Round figures are somebody's setting: "20 s", not "20.00 s". */
	if (decimals && fmod(v, units[i].ns / 100) == 0) {
		size_t n = strlen(shown.s);

		while (shown.s[n - 1] == '0')
			shown.s[--n] = '\0';
		if (shown.s[n - 1] == '.')
			shown.s[--n] = '\0';
	}
	strcat(shown.s, " ");
	strcat(shown.s, units[i].unit);
	return shown;
}

struct fdr_shown fdr_show_bound(int64_t half_ns)
{
	struct fdr_shown shown;
	double ms = (double)half_ns / 1e6;

	if (ms >= 1000)
		snprintf(shown.s, sizeof(shown.s), "±%.1f s", ceil(ms / 100 - 1e-9) / 10);
	else if (ms >= 10)
		snprintf(shown.s, sizeof(shown.s), "±%.0f ms", ceil(ms - 1e-9));
	else if (ms >= 0.1)
		snprintf(shown.s, sizeof(shown.s), "±%.1f ms", ceil(ms * 10 - 1e-9) / 10);
	else
		snprintf(shown.s, sizeof(shown.s), "±%" PRId64 " µs", (half_ns + 999) / 1000);
	return shown;
}

struct fdr_shown fdr_show_count(uint64_t n)
{
	struct fdr_shown shown = { "" };
	char digits[24];
	size_t at = 0, len;

	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			shown.s[at++] = ',';
		shown.s[at++] = digits[i];
	}
	return shown;
}

struct fdr_shown fdr_show_number_of(uint64_t n, const char *noun)
{
	struct fdr_shown shown;

	snprintf(shown.s, sizeof(shown.s), "%.32s %.24s%s", fdr_show_count(n).s, noun,
		 n == 1 ? "" : "s");
	return shown;
}

/* The whole second below, for instants before 1970 too. */
static struct tm utc(int64_t real_ns, int64_t *ret_rest)
{
	int64_t rest = real_ns % FDR_NS_PER_S;
	time_t t = real_ns / FDR_NS_PER_S;
	struct tm tm = { 0 };

	if (rest < 0) {
		rest += FDR_NS_PER_S;
		t--;
	}
	*ret_rest = rest;
	gmtime_r(&t, &tm);
	return tm;
}

struct fdr_shown fdr_show_date(int64_t real_ns)
{
	struct fdr_shown shown;
	int64_t rest;
	struct tm tm = utc(real_ns, &rest);

	strftime(shown.s, sizeof(shown.s), "%Y-%m-%d %H:%M:%S", &tm);
	return shown;
}

struct fdr_shown fdr_show_time_of_day(int64_t real_ns, unsigned int decimals)
{
	struct fdr_shown shown;
	int64_t rest;
	struct tm tm = utc(real_ns, &rest);
	size_t n = strftime(shown.s, sizeof(shown.s), "%H:%M:%S", &tm);

	if (decimals)
		snprintf(shown.s + n, sizeof(shown.s) - n, ".%03u",
			 (unsigned int)(rest / FDR_NS_PER_MS));
	return shown;
}

const char *fdr_show_milestone(size_t milestone)
{
	switch (milestone) {
	case FDR_FIRST_ERROR:	return "first error";
	case FDR_FAILED_BACK:	return "failed back";
	default:		return fdr_milestone_names[milestone];
	}
}

struct fdr_scale fdr_scale_for(int64_t largest_ns)
{
	if (largest_ns < FDR_NS_PER_S)
		return (struct fdr_scale){ "ms", FDR_NS_PER_MS,
					   largest_ns < 10 * FDR_NS_PER_MS ? 3 : 1 };
	return (struct fdr_scale){ "s", FDR_NS_PER_S, 3 };
}

struct fdr_shown fdr_show_scaled(const struct fdr_scale *scale, int64_t ns)
{
	struct fdr_shown shown;
	double v = (double)ns / (double)scale->ns;

	snprintf(shown.s, sizeof(shown.s), "%.*f", (int)scale->decimals, v);
	/* No "-0.000". */
	if (shown.s[0] == '-' && !strpbrk(shown.s, "123456789"))
		memmove(shown.s, shown.s + 1, strlen(shown.s));
	return shown;
}

struct fdr_shown fdr_show_when(const struct fdr_scale *scale,
			       const struct fdr_result_milestone *m)
{
	int64_t half = m->present && !m->censored ? fdr_half(&m->when) : 0;
	struct fdr_shown shown;

	if (!m->present)
		return (struct fdr_shown){ "–" };
	if (m->censored) {
		snprintf(shown.s, sizeof(shown.s), "> %.40s",
			 fdr_show_scaled(scale, m->when.lo_ns).s);
		return shown;
	}
	/* Bounds are rounded up, to as many digits as the values deserve. */
	if (scale->ns == FDR_NS_PER_MS && scale->decimals == 3)
		snprintf(shown.s, sizeof(shown.s), "%.24s ±%.3f",
			 fdr_show_scaled(scale, fdr_middle(&m->when)).s,
			 (double)((half + 999) / 1000) / 1e3);
	else if (half < 10 * FDR_NS_PER_MS)
		snprintf(shown.s, sizeof(shown.s), "%.24s ±%.1f",
			 fdr_show_scaled(scale, fdr_middle(&m->when)).s,
			 (double)((half + 99999) / 100000) / 10);
	else
		snprintf(shown.s, sizeof(shown.s), "%.24s ±%" PRId64,
			 fdr_show_scaled(scale, fdr_middle(&m->when)).s,
			 (half + FDR_NS_PER_MS - 1) / FDR_NS_PER_MS);
	return shown;
}

struct fdr_shown fdr_show_range(const struct fdr_scale *scale, int64_t lo_ns, int64_t hi_ns)
{
	struct fdr_shown shown;

	if (hi_ns == FDR_STATS_UNBOUNDED)
		snprintf(shown.s, sizeof(shown.s), "%.24s – ?", fdr_show_scaled(scale, lo_ns).s);
	else
		snprintf(shown.s, sizeof(shown.s), "%.24s – %.24s",
			 fdr_show_scaled(scale, lo_ns).s, fdr_show_scaled(scale, hi_ns).s);
	return shown;
}

struct fdr_shown fdr_show_value(const struct fdr_scale *scale, const struct fdr_quantile *q)
{
	struct fdr_shown shown = { "–" };

	if (q && q->known)
		snprintf(shown.s, sizeof(shown.s), "%s%.40s", q->at_least ? "≥ " : "",
			 fdr_show_scaled(scale, q->value_ns).s);
	return shown;
}

struct fdr_shown fdr_show_confidence(const struct fdr_quantile *q)
{
	struct fdr_shown shown = { "" };

	/* Rounded down: it must not claim more. */
	if (q && q->known && (q->has_interval || q->at_least))
		snprintf(shown.s, sizeof(shown.s), "%.1f %%", floor(q->confidence * 1000) / 10);
	return shown;
}

struct fdr_scale fdr_scale_of(const struct fdr_result *r)
{
	int64_t largest = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		for (size_t m = FDR_ONSET + 1; m < FDR_MILESTONES_MAX; m++) {
			const struct fdr_result_milestone *ms = &r->trials[i].milestones[m];

			if (ms->present && ms->when.lo_ns > largest)
				largest = ms->when.lo_ns;
		}
	}
	return fdr_scale_for(largest);
}

bool fdr_show_has(const struct fdr_result *r, size_t milestone)
{
	switch (milestone) {
	case FDR_FIRST_ERROR:
	case FDR_SUSPECTED:
	case FDR_DETECTED:
	case FDR_SERVED:
	case FDR_REDUNDANT:
		return true;
	}
	for (size_t i = 0; milestone != FDR_ONSET && i < r->n_trials; i++)
		if (r->trials[i].milestones[milestone].present)
			return true;
	return false;
}

const struct fdr_quantile *fdr_show_quantile(const struct fdr_description *s, double p)
{
	for (size_t i = 0; i < s->n_q; i++)
		if (fabs(s->q[i].p - p) < 1e-9)
			return &s->q[i];
	return NULL;
}
