// SPDX-License-Identifier: GPL-2.0-or-later
#include "targets.h"

#include <errno.h>
#include <string.h>

#include "base/files.h"

/* All under way, where targets are many; at least one a target. */
#define ALL_MAX		16384

static int take_name(void *userdata, const char *target)
{
	struct fdr_targets *t = userdata;

	t->names[t->n] = strdup(target);
	return t->names[t->n++] ? 0 : -ENOMEM;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_twice(const struct fdr_targets *t, const char *option, struct fdr_error *e)
{
	char **sorted FDR_CLEANUP_FREE = calloc(t->n + 1, sizeof(*sorted));

	if (!sorted)
		return fdr_err(e, -ENOMEM, "out of memory");
	memcpy(sorted, t->names, t->n * sizeof(*sorted));
	qsort(sorted, t->n, sizeof(*sorted), by_text);
	for (size_t i = 1; i < t->n; i++)
		if (!strcmp(sorted[i - 1], sorted[i]))
			return fdr_err(e, -EINVAL, "%s: \"%.200s\" is given twice", option,
				       sorted[i]);
	return 0;
}

static int reserve(struct fdr_targets *t, const char *option, int64_t interval_ns,
		   int64_t timeout_ns, struct fdr_error *e)
{
	int64_t each = timeout_ns / interval_ns + 1;
	char what[160];
	int r;

	t->each_max = each < FDR_UNDER_WAY_MAX ? (size_t)each : FDR_UNDER_WAY_MAX;
	t->under_way_max = t->n * t->each_max;
	if (t->under_way_max > ALL_MAX)
		t->under_way_max = ALL_MAX > t->n ? ALL_MAX : t->n;
	snprintf(what, sizeof(what), "%s: %zu target%s with up to %zu questions under way", option,
		 t->n, t->n == 1 ? "" : "s", t->under_way_max);
	r = fdr_files_reserve(t->under_way_max, what, e);
	if (r < 0)
		return r;
	t->reserved = t->under_way_max;
	return 0;
}

int fdr_targets_init(struct fdr_targets *t, const struct fdr_opts *opts, const char *option,
		     int64_t interval_ns, int64_t timeout_ns, struct fdr_error *e)
{
	bool plain;
	size_t n = fdr_opts_count_targets(opts, option, &plain);
	int r;

	*t = (struct fdr_targets){ .names = calloc(n + 1, sizeof(*t->names)) };
	if (!t->names || fdr_opts_targets(opts, option, take_name, t) < 0)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = check_twice(t, option, e);
	if (r < 0)
		return r;
	if (plain)
		*t->names[0] = '\0';
	return reserve(t, option, interval_ns, timeout_ns, e);
}

void fdr_targets_clear(struct fdr_targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->names[i]);
	free(t->names);
	fdr_files_release(t->reserved);
	*t = (struct fdr_targets){ 0 };
}

const char *fdr_targets_text(const struct fdr_targets *t, const struct fdr_opts *opts,
			     const char *option, size_t i)
{
	return *t->names[i] ? t->names[i] : fdr_opts_str(opts, option);
}
