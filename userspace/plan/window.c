// SPDX-License-Identifier: GPL-2.0-or-later
/* Windows of time in which trials may start. */
#include "window.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MINUTES_A_DAY	(24 * 60)

static const char *const day_names[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

/* "Mon", at the beginning of @s; -1: none. */
static int day_of(const char *s)
{
	for (int i = 0; i < 7; i++)
		if (!strncmp(s, day_names[i], 3))
			return i;
	return -1;
}

/* "Mon-Fri,Sun"; advances *@s behind it. */
static bool parse_days(const char **s, unsigned int *ret)
{
	*ret = 0;
	for (;;) {
		int first = day_of(*s), last;

		if (first < 0)
			return false;
		*s += 3;
		last = first;
		if (**s == '-') {
			last = day_of(++*s);
			if (last < 0)
				return false;
			*s += 3;
		}
		for (int d = first; ; d = (d + 1) % 7) {
			*ret |= 1U << d;
			if (d == last)
				break;
		}
		if (**s != ',')
			return true;
		++*s;
	}
}

static bool two_digits(const char *s, unsigned int *ret)
{
	if (!isdigit((unsigned char)s[0]) || !isdigit((unsigned char)s[1]))
		return false;
	*ret = (unsigned int)(s[0] - '0') * 10 + (unsigned int)(s[1] - '0');
	return true;
}

/* "22:00"; 24:00 is the end of the day. */
static bool parse_minute(const char **s, unsigned int *ret)
{
	unsigned int h, m;

	if (!two_digits(*s, &h) || (*s)[2] != ':' || !two_digits(*s + 3, &m) || m > 59)
		return false;
	*s += 5;
	*ret = h * 60 + m;
	return *ret <= MINUTES_A_DAY;
}

int fdr_window_parse(const char *text, struct fdr_plan_window *ret, struct fdr_error *e)
{
	const char *s = text;

	*ret = (struct fdr_plan_window){ .days = 0x7f };
	if (isalpha((unsigned char)*s) && (!parse_days(&s, &ret->days) || *s++ != ' '))
		goto bad;
	if (!parse_minute(&s, &ret->from_min) || *s++ != '-' || !parse_minute(&s, &ret->to_min))
		goto bad;
	if (!strcmp(s, " local"))
		ret->local = true;
	else if (*s && strcmp(s, " UTC"))
		goto bad;
	if (ret->from_min == ret->to_min || ret->from_min == MINUTES_A_DAY)
		return fdr_err(e, -EINVAL, "the window \"%.80s\" has no length", text);
	return 0;
bad:
	return fdr_err(e, -EINVAL, "\"%.80s\" is no window: it is written as \"Mon-Fri 22:00-06:00 "
		       "UTC\", with days (Mon, Tue, Wed, Thu, Fri, Sat, Sun), and UTC or local",
		       text);
}

bool fdr_window_holds(const struct fdr_plan_window *w, time_t now)
{
	struct tm tm;
	unsigned int minute, yesterday;

	if (!(w->local ? localtime_r(&now, &tm) : gmtime_r(&now, &tm)))
		return false;
	minute = (unsigned int)(tm.tm_hour * 60 + tm.tm_min);
	yesterday = (unsigned int)(tm.tm_wday + 6) % 7;
	if (w->to_min > w->from_min)
		return w->days >> tm.tm_wday & 1 && minute >= w->from_min && minute < w->to_min;
	return (w->days >> tm.tm_wday & 1 && minute >= w->from_min) ||
	       (w->days >> yesterday & 1 && minute < w->to_min);
}

int fdr_instant_parse(const char *text, int64_t *ret_real_ns)
{
	struct tm tm = { 0 }, said;
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	time_t t;

	if (!end || *end || strlen(text) != strlen("2026-12-01T02:00:00Z"))
		return -EINVAL;
	said = tm;
	t = timegm(&tm);
	/* There is no 31st of April: timegm() took it for the 1st of May. */
	if (t <= 0 || t > INT64_MAX / FDR_NS_PER_S || said.tm_mday != tm.tm_mday ||
	    said.tm_sec != tm.tm_sec)
		return -EINVAL;
	*ret_real_ns = t * FDR_NS_PER_S;
	return 0;
}
