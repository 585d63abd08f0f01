// SPDX-License-Identifier: GPL-2.0-or-later
#include "instant.h"

#include <ctype.h>
#include <errno.h>
#include <time.h>

#include "clock.h"

/* Later than this (about the year 2200) does not fit with room to spare. */
#define SECONDS_MAX	INT64_C(7258118400)

/* ".25" -> 250000000; nothing there is 0. */
static int fraction(const char **s, int64_t *ret_ns)
{
	int64_t unit = FDR_NS_PER_S / 10;

	*ret_ns = 0;
	if (**s != '.')
		return 0;
	for ((*s)++; isdigit((unsigned char)**s); (*s)++, unit /= 10) {
		if (!unit)
			return -EINVAL;
		*ret_ns += (**s - '0') * unit;
	}
	return unit == FDR_NS_PER_S / 10 ? -EINVAL : 0;
}

/* "Z", "+01:00" -> seconds east of Greenwich */
static int zone(const char **s, int64_t *ret_s)
{
	int h, m, n = 0;
	char sign = **s;

	if (sign == 'Z') {
		(*s)++;
		*ret_s = 0;
		return 0;
	}
	if ((sign != '+' && sign != '-') || !isdigit((unsigned char)(*s)[1]) ||
	    sscanf(*s + 1, "%2d:%2d%n", &h, &m, &n) != 2 || n != 5 || h > 14 || m > 59)
		return -EINVAL;
	*s += 6;
	*ret_s = (sign == '-' ? -1 : 1) * (h * 3600 + m * 60);
	return 0;
}

static int epoch(const char **s, int64_t *ret_s)
{
	if (!isdigit((unsigned char)**s))
		return -EINVAL;
	for (*ret_s = 0; isdigit((unsigned char)**s); (*s)++) {
		*ret_s = *ret_s * 10 + (**s - '0');
		if (*ret_s > SECONDS_MAX)
			return -EINVAL;
	}
	return 0;
}

int fdr_parse_instant(const char *text, int64_t *ret_ns)
{
	int64_t seconds, ns, east = 0;
	struct tm tm = { 0 };
	const char *s = text;
	int r;

	if (*s == '@') {
		s++;
		r = epoch(&s, &seconds);
	} else {
		s = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
		if (!s)
			return -EINVAL;
		seconds = timegm(&tm);
		r = seconds < 0 || seconds > SECONDS_MAX ? -EINVAL : 0;
	}
	if (r >= 0)
		r = fraction(&s, &ns);
	if (r >= 0 && *text != '@')
		r = zone(&s, &east);
	if (r < 0 || *s)
		return -EINVAL;
	*ret_ns = (seconds - east) * FDR_NS_PER_S + ns;
	return 0;
}
