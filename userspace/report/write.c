// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "figures.h"
#include "report.h"

int fdr_report_json(FILE *f, const struct fdr_result *r)
{
	json_t *j = fdr_result_to_json(r);
	int err = j ? 0 : -ENOMEM;

	if (j && json_dumpf(j, f, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) < 0)
		err = -EIO;
	json_decref(j);
	fputc('\n', f);
	return err;
}

int fdr_report_render_html(FILE *f, const struct fdr_result *r)
{
	fdr_report_html(f, r);
	return 0;
}

int fdr_report_render_text(FILE *f, const struct fdr_result *r)
{
	fdr_report_text(f, r, false);
	return 0;
}

/* What was written is on the disk, or it is an error. */
static int finish(FILE *f, int r)
{
	if (r == 0 && (fflush(f) || ferror(f)))
		r = errno ? -errno : -EIO;
	if (r == 0 && fsync(fileno(f)) < 0 && errno != EINVAL)
		r = -errno;
	if (fclose(f) && r == 0)
		r = -errno;
	return r;
}

int fdr_write_whole(const char *path, int (*render)(FILE *f, const void *x), const void *x,
		    struct fdr_error *e)
{
	FDR_CLEANUP_FREE char *temporary = NULL;
	mode_t mask;
	FILE *f;
	int fd, err;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
		temporary = NULL;
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return fdr_err(e, -errno, "%s: cannot write: %s", path, strerror(errno));
	/* mkostemp() makes it private; a report is as public as any new file. */
	mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	f = fdopen(fd, "w");
	if (!f) {
		err = -errno;
		close(fd);
	} else {
		errno = 0;
		err = finish(f, render(f, x));
	}
	if (err == 0 && rename(temporary, path) < 0)
		err = -errno;
	if (err == 0)
		return 0;
	unlink(temporary);
	return fdr_err(e, err, "%s: cannot write: %s", path, strerror(-err));
}

struct rendering {
	int (*render)(FILE *f, const struct fdr_result *r);
	const struct fdr_result *result;
};

static int render_result(FILE *f, const void *x)
{
	const struct rendering *r = x;

	return r->render(f, r->result);
}

int fdr_report_write_file(const char *path, int (*render)(FILE *f, const struct fdr_result *r),
			  const struct fdr_result *r, struct fdr_error *e)
{
	struct rendering x = { render, r };

	return fdr_write_whole(path, render_result, &x, e);
}

int fdr_report_write_dir(const struct fdr_result *r, const char *dir, struct fdr_error *e)
{
	static const struct {
		const char *name;
		int (*render)(FILE *f, const struct fdr_result *r);
	} files[] = {
		{ "result.json", fdr_report_json },
		{ "report.html", fdr_report_render_html },
		{ "junit.xml", fdr_report_junit },
		{ "report.txt", fdr_report_render_text },
	};

	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		return fdr_err(e, -errno, "%s: cannot make the folder: %s", dir, strerror(errno));
	for (size_t i = 0; i < FDR_ARRAY_LEN(files); i++) {
		FDR_CLEANUP_FREE char *path = NULL;
		int err;

		if (asprintf(&path, "%s/%s", dir, files[i].name) < 0) {
			path = NULL;
			return fdr_err(e, -ENOMEM, "out of memory");
		}
		err = fdr_report_write_file(path, files[i].render, r, e);
		if (err < 0)
			return err;
	}
	return 0;
}
