// SPDX-License-Identifier: GPL-2.0-or-later
#include "clock.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct {
	const char *unit;
	uint64_t ns;
} units[] = {
	{ "h", UINT64_C(3600000000000) }, { "m", UINT64_C(60000000000) },
	{ "s", UINT64_C(1000000000) }, { "ms", UINT64_C(1000000) },
	{ "us", UINT64_C(1000) }, { "ns", 1 },
};

static _Thread_local int64_t (*simulated)(clockid_t clock);

void fdr_clock_simulate(int64_t (*read)(clockid_t clock))
{
	simulated = read;
}

int64_t fdr_clock_ns(clockid_t clock)
{
	struct timespec ts = { 0 };

	if (simulated)
		return simulated(clock);
	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * FDR_NS_PER_S + ts.tv_nsec;
}

static int digits(const char **s, uint64_t *ret, unsigned int *ret_n)
{
	uint64_t v = 0;
	unsigned int n = 0;

	for (; isdigit((unsigned char)**s); (*s)++, n++) {
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(**s - '0'), &v))
			return -ERANGE;
	}
	*ret = v;
	*ret_n = n;
	return 0;
}

/* fraction / 10^places of a unit, if that is a whole number of ns */
static int fraction_ns(uint64_t fraction, unsigned int places, uint64_t unit, uint64_t *ret)
{
	__extension__ unsigned __int128 v = (unsigned __int128)fraction * unit;

	for (; places; places--) {
		if (v % 10)
			return -EINVAL;
		v /= 10;
	}
	*ret = (uint64_t)v;
	return 0;
}

int fdr_parse_time(const char *s, uint64_t *ret_ns)
{
	uint64_t whole, fraction = 0, part = 0, ns;
	unsigned int n, places = 0;
	size_t i;
	int r;

	r = digits(&s, &whole, &n);
	if (r < 0)
		return r;
	if (!n)
		return -EINVAL;
	if (*s == '.') {
		s++;
		r = digits(&s, &fraction, &places);
		if (r < 0)
			return r;
		if (!places)
			return -EINVAL;
	}
	for (i = 0; i < FDR_ARRAY_LEN(units); i++)
		if (!strcmp(s, units[i].unit))
			break;
	if (i == FDR_ARRAY_LEN(units))
		return -EINVAL;
	r = fraction_ns(fraction, places, units[i].ns, &part);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(whole, units[i].ns, &ns) ||
	    __builtin_add_overflow(ns, part, &ns))
		return -ERANGE;
	*ret_ns = ns;
	return 0;
}

const char *fdr_format_time(uint64_t ns, char *buf, size_t size)
{
	uint64_t rest;
	size_t i;
	int n;

	if (!ns) {
		snprintf(buf, size, "0s");
		return buf;
	}
	/* From seconds down: hours and minutes only where they divide exactly. */
	for (i = 0; i < FDR_ARRAY_LEN(units); i++)
		if (i < 2 ? ns % units[i].ns == 0 : ns >= units[i].ns)
			break;
	rest = ns % units[i].ns;
	n = snprintf(buf, size, "%" PRIu64, ns / units[i].ns);
	if (rest && n > 0 && (size_t)n < size) {
		char frac[24];
		int width = units[i].ns == UINT64_C(1000000000) ? 9 :
			    units[i].ns == UINT64_C(1000000) ? 6 : 3;
		size_t len;

		snprintf(frac, sizeof(frac), "%0*" PRIu64, width, rest);
		for (len = strlen(frac); len > 1 && frac[len - 1] == '0'; len--)
			frac[len - 1] = '\0';
		n += snprintf(buf + n, size - (size_t)n, ".%s", frac);
	}
	if (n > 0 && (size_t)n < size)
		snprintf(buf + n, size - (size_t)n, "%s", units[i].unit);
	return buf;
}
