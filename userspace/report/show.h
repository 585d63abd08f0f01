/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_REPORT_SHOW_H
#define FDR_REPORT_SHOW_H

#include "result/result.h"

/* Figures as a person reads them; by value, for use right in a printf() call. */
struct fdr_shown {
	char s[64];
};

/* "1.083 s", "352 ms", "12 µs": three or four significant digits. */
struct fdr_shown fdr_show_ns(int64_t ns);
/* "±0.4 ms": half of the interval, rounded up. */
struct fdr_shown fdr_show_bound(int64_t half_ns);
/* "12,345" */
struct fdr_shown fdr_show_count(uint64_t n);
/* UTC: "2026-11-20 20:41:49" and "20:41:49.123". */
struct fdr_shown fdr_show_date(int64_t real_ns);
struct fdr_shown fdr_show_time_of_day(int64_t real_ns, unsigned int decimals);
/* "5 trials", "1 trial" */
struct fdr_shown fdr_show_number_of(uint64_t n, const char *noun);
/* "first error" for first_error. */
const char *fdr_show_milestone(size_t milestone);

/* One unit for a whole table: the largest that keeps its values readable. */
struct fdr_scale {
	const char *unit;	/* "s", "ms" */
	int64_t ns;
	unsigned int decimals;
};
struct fdr_scale fdr_scale_for(int64_t largest_ns);
struct fdr_scale fdr_scale_of(const struct fdr_result *r);	/* for all its milestones */
struct fdr_shown fdr_show_scaled(const struct fdr_scale *scale, int64_t ns);
/* "1.083 ±0.4": the value in the scale's unit, the bound in ms; "> 20.000"; "–". */
struct fdr_shown fdr_show_when(const struct fdr_scale *scale,
			       const struct fdr_result_milestone *m);
struct fdr_shown fdr_show_range(const struct fdr_scale *scale, int64_t lo_ns, int64_t hi_ns);
/* "95.9 %", of the interval or of "≥"; "" where there is neither.  @q may be NULL. */
struct fdr_shown fdr_show_confidence(const struct fdr_quantile *q);
/* "1.083", "≥ 1.083" or "–"; @q may be NULL. */
struct fdr_shown fdr_show_value(const struct fdr_scale *scale, const struct fdr_quantile *q);

static inline int64_t fdr_middle(const struct fdr_interval *i)
{
	return i->lo_ns + (i->hi_ns - i->lo_ns) / 2;
}

static inline int64_t fdr_half(const struct fdr_interval *i)
{
	return (i->hi_ns - i->lo_ns + 1) / 2;
}

static inline bool fdr_was_seen(const struct fdr_result_milestone *m)
{
	return m->present && !m->censored;
}

/* Milestones that a report gives a column: the common ones, and any that is there. */
bool fdr_show_has(const struct fdr_result *r, size_t milestone);
/* The quantile p of a milestone's summary, or NULL. */
const struct fdr_quantile *fdr_show_quantile(const struct fdr_description *s, double p);

/*
 * Decodes one character: its length in bytes (at least 1) and its code point;
 * U+FFFD for what is not UTF-8 or is a control character.
 */
size_t fdr_utf8_next(const char *s, uint32_t *ret_point);
/* Columns that @s takes on a terminal. */
size_t fdr_utf8_width(const char *s);
/* Writes @s with U+FFFD in place of control characters and of what is not UTF-8. */
void fdr_put_plain(FILE *f, const char *s);
/* The same, escaped for HTML text and attribute values; NULL is nothing. */
void fdr_put_html(FILE *f, const char *s);
/* The same for sentences: a number and its unit stay on one line. */
void fdr_put_prose(FILE *f, const char *s);
/* The length of the unit that @s starts with ("ms", "%"), or 0. */
size_t fdr_unit_length(const char *s);

#endif /* FDR_REPORT_SHOW_H */
