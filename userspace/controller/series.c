// SPDX-License-Identifier: GPL-2.0-or-later
#include "series.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "open-run.h"
#include "report/bundle.h"
#include "result/csv.h"

#define SQLITE_MAGIC	"SQLite format 3"

static int open_file(const char *path, FILE **ret, struct fdr_error *e)
{
	struct stat st;

	*ret = fopen(path, "re");
	if (!*ret)
		return fdr_err(e, -errno, "%s: cannot open: %s", path, strerror(errno));
	if (fstat(fileno(*ret), &st) == 0 && S_ISDIR(st.st_mode))
		return fdr_err(e, -EISDIR, "%s is a folder", path);
	return 0;
}

int fdr_series_load_csv(const char *operand, struct fdr_series_set *ret, struct fdr_error *e)
{
	FDR_CLEANUP_FCLOSE FILE *f = NULL;
	int r;

	*ret = (struct fdr_series_set){ 0 };
	if (!strcmp(operand, "-"))
		return fdr_csv_read(stdin, "standard input", ret, e);
	r = open_file(operand, &f, e);
	return r < 0 ? r : fdr_csv_read(f, operand, ret, e);
}

static int from_result(const struct fdr_result *result, const char *operand,
		       struct fdr_series_set *ret, struct fdr_error *e)
{
	if (fdr_result_series(result, ret) < 0)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (!ret->n)
		return fdr_err(e, -ENODATA, "%s: no trial measured anything", operand);
	return 0;
}

/* A run's folder, its run.db, or a bundle. */
static int load_run(const char *path, struct fdr_series_set *ret, struct fdr_error *e)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *result = NULL;
	struct fdr_open_run from FDR_CLEANUP(fdr_close_run) = { 0 };
	int r = fdr_open_run(path, &from, e);

	if (r >= 0)
		r = fdr_analyse(from.store, &result, e);
	return r < 0 ? r : from_result(result, path, ret, e);
}

static int load_json(const char *path, FILE *f, struct fdr_series_set *ret, struct fdr_error *e)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *result = NULL;
	json_error_t why;
	json_t *j = json_loadf(f, 0, &why);
	int r;

	if (!j)
		return fdr_err(e, -EBADMSG, "%s:%d:%d: no valid JSON: %s", path, why.line,
			       why.column, why.text);
	r = fdr_result_from_json(j, &result, e);
	json_decref(j);
	if (r < 0)
		return fdr_err_prefix(e, r, "%s", path);
	return from_result(result, path, ret, e);
}

int fdr_series_load(const char *operand, struct fdr_series_set *ret, struct fdr_error *e)
{
	FDR_CLEANUP_FCLOSE FILE *f = NULL;
	char head[sizeof(SQLITE_MAGIC)] = "";
	struct stat st;
	size_t n;
	int r;

	*ret = (struct fdr_series_set){ 0 };
	if (!strcmp(operand, "-"))
		return fdr_series_load_csv(operand, ret, e);
	if (stat(operand, &st) < 0)
		return fdr_err(e, -errno, "%s: %s; give a run's folder, run.db, "
			       "result.json or bundle, or a CSV", operand, strerror(errno));
	if (S_ISDIR(st.st_mode) || fdr_bundle_is(operand))
		return load_run(operand, ret, e);
	r = open_file(operand, &f, e);
	if (r < 0)
		return r;
	n = fread(head, 1, sizeof(head), f);
	if (n == sizeof(head) && !memcmp(head, SQLITE_MAGIC, sizeof(head)))
		return load_run(operand, ret, e);
	if (fseek(f, 0, SEEK_SET) < 0)
		return fdr_err(e, -errno, "%s: cannot read it twice: %s", operand,
			       strerror(errno));
	head[sizeof(head) - 1] = '\0';
	if (head[strspn(head, " \t\r\n")] == '{')
		return load_json(operand, f, ret, e);
	return fdr_csv_read(f, operand, ret, e);
}

int fdr_parse_gate(const char *text, double *ret_p, int64_t *ret_ns)
{
	uint64_t ns;
	double p;
	char *end;

	if (!strncmp(text, "median=", 7)) {
		*ret_p = 0.5;
		end = (char *)text + 6;
	} else {
		if (*text != 'p' || text[1] < '0' || text[1] > '9')
			return -EINVAL;
		p = strtod(text + 1, &end);
		/* As a quantile's own p, to compare with: 0.9 and not 0.90000000000000002. */
		*ret_p = p / 100;
		if (!(p > 0 && p < 100) || strspn(text + 1, "0123456789.") != (size_t)(end - text - 1))
			return -EINVAL;
	}
	if (*end != '=' || fdr_parse_time(end + 1, &ns) < 0 || ns > INT64_MAX)
		return -EINVAL;
	*ret_ns = (int64_t)ns;
	return 0;
}

int fdr_parse_limit(const char *text, struct fdr_limit *ret)
{
	uint64_t ns;
	double percent;
	char *end;

	*ret = (struct fdr_limit){ .given = true };
	if (*text >= '0' && *text <= '9') {
		percent = strtod(text, &end);
		if (!strcmp(end, "%") && percent <= 1e6 &&
		    strspn(text, "0123456789.") == (size_t)(end - text)) {
			ret->ratio = true;
			ret->value = 1 + percent / 100;
			return 0;
		}
	}
	if (fdr_parse_time(text, &ns) < 0 || ns > INT64_MAX)
		return -EINVAL;
	ret->value = (double)ns;
	return 0;
}
