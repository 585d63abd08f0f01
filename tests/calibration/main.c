// SPDX-License-Identifier: GPL-2.0-or-later
/*
 *   calibration [--scale N] [--json FILE]
 *
 * N times as many drills and samples as the quick run of "make check".
 */
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "calibration.h"

double percent(uint64_t k, uint64_t n)
{
	return n ? 100.0 * (double)k / (double)n : NAN;
}

void tally_check(struct tally *t, double value, double lo, double hi, const char *unit,
		 const char *fmt, ...)
{
	bool good = value >= lo && value <= hi;	/* NAN is not */
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (good)
		t->passed++;
	else
		t->failed++;
	printf("  %-6s %-72s %8.6g %s\n", good ? "ok" : "FAILED", what, value, unit);
	if (!good)
		printf("         must lie between %g and %g\n", lo, hi);
	fflush(stdout);
	json_array_append_new(t->rows, json_pack("{s:s, s:f, s:f, s:f, s:s, s:b}", "name", what,
						 "value", isnan(value) ? -1 : value, "lo", lo, "hi",
						 isinf(hi) ? 1e18 : hi, "unit", unit, "ok", good));
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "scale", required_argument, NULL, 's' }, { "json", required_argument, NULL, 'j' },
		{ 0 },
	};
	struct tally t = { .rows = json_array(), .scale = 1 };
	const char *json = NULL;
	int c, r = 0;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 's')
			t.scale = (unsigned int)atoi(optarg);
		else if (c == 'j')
			json = optarg;
		if (c == '?' || !t.scale)
			return 2;
	}
	calibrate_statistics(&t);
	calibrate_engine(&t);
	calibrate_stopping(&t);
	if (json)
		r = json_dump_file(t.rows, json, JSON_INDENT(2));
	json_decref(t.rows);
	printf("%u passed, %u failed\n", t.passed, t.failed);
	return t.failed || r ? 1 : 0;
}
