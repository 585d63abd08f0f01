// SPDX-License-Identifier: GPL-2.0-or-later
#include "files.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* For everything else in the process; so many more are made possible where that is allowed. */
#define OTHERS		128
#define AMPLE		2048

static size_t reserved;

int fdr_files_reserve(size_t n, const char *what, struct fdr_error *e)
{
	rlim_t need = reserved + n + OTHERS, ample = reserved + n + AMPLE;
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return fdr_err(e, -errno, "cannot read the limit of open files: %s",
			       strerror(errno));
	if (lim.rlim_max < need)
		return fdr_err(e, -EMFILE,
			       "%s, which needs %zu more open files, %ju in all, and the limit is "
			       "%ju: raise it (ulimit -Hn)", what, n, (uintmax_t)need,
			       (uintmax_t)lim.rlim_max);
	if (lim.rlim_cur < ample) {
		lim.rlim_cur = ample < lim.rlim_max ? ample : lim.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &lim) < 0)
			return fdr_err(e, -errno, "cannot raise the limit of open files: %s",
				       strerror(errno));
	}
	reserved += n;
	return 0;
}

void fdr_files_release(size_t n)
{
	reserved -= n;
}
