// SPDX-License-Identifier: GPL-2.0-or-later
#include "print.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "command.h"

#define COLUMNS_MAX	12

void fdr_table_add(struct fdr_table *t, const char *cell)
{
	char **cells = reallocarray(t->cells, t->n + 1, sizeof(*cells));

	if (!cells)
		return;
	t->cells = cells;
	cells[t->n++] = strdup(cell ? cell : "");
}

void fdr_table_addf(struct fdr_table *t, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fdr_table_add(t, text);
}

void fdr_table_print(struct fdr_table *t, FILE *out)
{
	int width[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < t->n; i++) {
		int n = t->cells[i] ? (int)strlen(t->cells[i]) : 0;

		if (n > width[i % t->columns])
			width[i % t->columns] = n;
	}
	for (size_t i = 0; i < t->n; i++) {
		bool last = i % t->columns == t->columns - 1;
		const char *cell = t->cells[i] ? t->cells[i] : "";

		/* No blanks at the end of a line. */
		if (last)
			fprintf(out, "%s\n", cell);
		else
			fprintf(out, "%-*s  ", width[i % t->columns], cell);
		free(t->cells[i]);
	}
	free(t->cells);
	*t = (struct fdr_table){ .columns = t->columns };
}

int fdr_print_json(const json_t *j)
{
	if (!j || json_dumpf(j, stdout, JSON_INDENT(2)) < 0) {
		fdr_error_("cannot write the JSON document");
		return FDR_EXIT_FAIL;
	}
	putchar('\n');
	return FDR_EXIT_PASS;
}

const char *fdr_text(const json_t *object, const char *name, char *buf, size_t size)
{
	const json_t *v = json_object_get(object, name);
	size_t i, n = 0;
	json_t *w;

	*buf = '\0';
	if (json_is_string(v))
		snprintf(buf, size, "%s", json_string_value(v));
	else if (json_is_integer(v))
		snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	json_array_foreach(v, i, w) {
		if (!json_is_string(w) || n >= size)
			continue;
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? "," : "",
				      json_string_value(w));
	}
	return buf;
}

const char *fdr_time_text(const json_t *object, const char *name, char *buf, size_t size)
{
	const json_t *v = json_object_get(object, name);

	json_int_t ns = json_integer_value(v);

	*buf = '\0';
	if (!json_is_integer(v))
		return buf;
	/* For the eye: the JSON output has it exactly. */
	if (llabs(ns) >= FDR_NS_PER_S)
		ns -= ns % FDR_NS_PER_MS;
	else if (llabs(ns) >= FDR_NS_PER_MS)
		ns -= ns % 1000;
	if (ns < 0)
		*buf++ = '-';
	fdr_format_time((uint64_t)llabs(ns), buf, size - (ns < 0));
	return ns < 0 ? buf - 1 : buf;
}

const char *fdr_pairs_text(const json_t *object, char *buf, size_t size)
{
	char value[256];
	const char *name;
	size_t n = 0;
	json_t *v;

	*buf = '\0';
	json_object_foreach((json_t *)object, name, v) {
		fdr_text(object, name, value, sizeof(value));
		if (n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s=%s", n ? " " : "", name,
					      value);
	}
	return buf;
}

bool fdr_print_color(FILE *f)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	return isatty(fileno(f)) && !(no && *no) && term && strcmp(term, "dumb");
}
