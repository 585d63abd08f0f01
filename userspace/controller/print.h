/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_PRINT_H
#define FDR_CONTROLLER_PRINT_H

#include <jansson.h>

#include "base/macro.h"

/* Text in columns; the first row is the heading. */
struct fdr_table {
	unsigned int columns;
	char **cells;
	size_t n;
};

/* Adds the next cell, a copy; NULL counts as "". */
void fdr_table_add(struct fdr_table *t, const char *cell);
void fdr_table_addf(struct fdr_table *t, const char *fmt, ...) FDR_PRINTF(2, 3);
/* Prints and empties it. */
void fdr_table_print(struct fdr_table *t, FILE *out);

/* One JSON document on standard output; the exit status. */
int fdr_print_json(const json_t *j);
/* A member as text: a string, a number, an array's words joined by commas; "" = absent. */
const char *fdr_text(const json_t *object, const char *name, char *buf, size_t size);
/* A member that is a length in ns, as "1.5s", rounded towards 0; "" = absent. */
const char *fdr_time_text(const json_t *object, const char *name, char *buf, size_t size);
/* {"a": 1, "b": 2} as "a=1 b=2". */
const char *fdr_pairs_text(const json_t *object, char *buf, size_t size);

/* Whether to colour what goes to @f: a terminal that can, and NO_COLOR is not set. */
bool fdr_print_color(FILE *f);

#endif /* FDR_CONTROLLER_PRINT_H */
