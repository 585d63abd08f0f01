// SPDX-License-Identifier: GPL-2.0-or-later
#include "data.h"

#include <math.h>
#include <string.h>

void fdr_csv_number(FILE *f, bool known, double v)
{
	fputc(',', f);
	if (known && isfinite(v))
		fprintf(f, "%.9g", v);
	else if (known && !isnan(v))
		fputs(v < 0 ? "-inf" : "inf", f);
}

void fdr_csv_text(FILE *f, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		fputs(s, f);
		return;
	}
	fputc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', f);
		fputc(*s, f);
	}
	fputc('"', f);
}

void fdr_om_head(FILE *f, const char *metric, const char *type, const char *unit, const char *help)
{
	fprintf(f, "# TYPE %s %s\n", metric, type);
	if (unit)
		fprintf(f, "# UNIT %s %s\n", metric, unit);
	fprintf(f, "# HELP %s %s\n", metric, help);
}

/* OpenMetrics escapes these three. */
void fdr_om_label(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '\n') {
			fputs("\\n", f);
			continue;
		}
		if (*s == '"' || *s == '\\')
			fputc('\\', f);
		fputc(*s, f);
	}
}

void fdr_om_value(FILE *f, double v)
{
	if (isnan(v))
		fputs("NaN\n", f);
	else if (isinf(v))
		fputs(v < 0 ? "-Inf\n" : "+Inf\n", f);
	else
		fprintf(f, "%.9g\n", v);
}
