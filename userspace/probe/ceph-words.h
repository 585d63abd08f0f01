/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_CEPH_WORDS_H
#define FDR_PROBE_CEPH_WORDS_H

#include "base/error.h"

/* A line of what watches Ceph: a JSON object that tells all, in Ceph's own words. */

#define FDR_CEPH_STATES \
	"up|down|in|out|reported|quiet|clean|recovering|degraded|inactive|none|" \
	"ok|warning|error|raised|cleared|gone|unknown"

struct fdr_ceph_view {
	/* Of each thing that the line tells; all are borrowed. */
	void (*fact)(void *userdata, const char *subject, const char *state, const char *detail);
	void *userdata;
	int64_t since_ns;		/* returned: the question before was asked so long ago */
};

/*
 * -EBADMSG: this is no such line, and nothing was told of.  -EHOSTDOWN: it says why Ceph
 * does not answer.  -ENOMEM.
 */
int fdr_ceph_line(const char *line, struct fdr_ceph_view *v, struct fdr_error *e);

#endif /* FDR_PROBE_CEPH_WORDS_H */
