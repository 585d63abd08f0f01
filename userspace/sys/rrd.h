/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_RRD_H
#define FDR_SYS_RRD_H

#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

/*
 * What a round-robin database holds, by librrd, which is loaded when it is first wanted
 * (it brings a graphics library along).  Values are stamped by the wall clock of the host
 * that writes the file, in whole seconds.
 */
struct fdr_rrd_series {
	int64_t start_s;		/* value i is of the time (start + i steps, + one step] */
	int64_t step_s;
	double *values;			/* NAN: none */
	size_t n;
};
void fdr_rrd_series_clear(struct fdr_rrd_series *s);
#define FDR_CLEANUP_RRD	FDR_CLEANUP(fdr_rrd_series_clear)

/*
 * Values of the data source @ds (NULL: the only one) of @file between two times of the
 * wall clock, by the consolidation @cf ("AVERAGE", "MIN", "MAX", "LAST").  @daemon:
 * address of the rrdcached that has to write them down first; NULL: none.  May block on
 * the disk, and on that daemon.  -ENOSYS: no librrd; -ENOENT ...: no such file; -ENOKEY:
 * no such data source, or several and @ds is NULL; -EBADMSG: it is no RRD, or has no such
 * consolidation; -EIO: the daemon; -ENOMEM.
 */
int fdr_rrd_fetch(const char *file, const char *ds, const char *cf, const char *daemon,
		  int64_t from_s, int64_t to_s, struct fdr_rrd_series *ret, struct fdr_error *e);

#endif /* FDR_SYS_RRD_H */
