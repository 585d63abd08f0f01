// SPDX-License-Identifier: GPL-2.0-or-later
#include "errors.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void fdr_plan_error(struct fdr_plan_errors *e, struct fdr_place place, const char *fmt, ...)
{
	struct fdr_plan_error *v;
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		text = NULL;
	v = reallocarray(e->v, e->n + 1, sizeof(*v));
	if (!v) {
		free(text);
		e->failed = true;
		return;
	}
	e->v = v;
	v[e->n++] = (struct fdr_plan_error){ .place = place, .text = text };
	if (!text)
		e->failed = true;
}

static int by_place(const void *a, const void *b)
{
	const struct fdr_plan_error *x = a, *y = b;

	if (x->place.file != y->place.file)
		return x->place.file < y->place.file ? -1 : 1;
	if (x->place.line != y->place.line)
		return x->place.line < y->place.line ? -1 : 1;
	if (x->place.column != y->place.column)
		return x->place.column < y->place.column ? -1 : 1;
	return 0;
}

int fdr_plan_errors_add_file(struct fdr_plan_errors *e, const char *path)
{
	char **more = reallocarray(e->files, e->n_files + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	e->files = more;
	e->files[e->n_files] = strdup(path);
	return e->files[e->n_files] ? (int)e->n_files++ : -ENOMEM;
}

void fdr_plan_errors_sort(struct fdr_plan_errors *e)
{
	if (e->n)
		qsort(e->v, e->n, sizeof(*e->v), by_place);
}

void fdr_plan_errors_clear(struct fdr_plan_errors *e)
{
	for (size_t i = 0; i < e->n; i++)
		free(e->v[i].text);
	for (size_t i = 0; i < e->n_files; i++)
		free(e->files[i]);
	free(e->files);
	free(e->v);
	*e = (struct fdr_plan_errors){ 0 };
}
