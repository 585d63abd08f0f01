/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_READ_BACK_H
#define FDR_WORKLOAD_READ_BACK_H

#include "ledger.h"
#include "workload.h"

/*
 * Reads all copies of a workload's ledger at once, each in a thread: the service as
 * clients see it, and what read_from names.  A copy that cannot be read is tried again
 * until the deadline.
 */
struct fdr_read_back;

struct fdr_read_copy {
	const char *name;		/* "service", or the key of read_from */
	bool done;			/* read, whole */
	int64_t begun_ns, ended_ns;	/* of the last attempt; ended 0: it goes on */
	unsigned int attempts;
	const struct fdr_ledger_view *view;	/* of a copy that was read; else NULL */
	const char *error;		/* of the last attempt that failed; "" */
};

/* The copy that every ledger has. */
#define FDR_LEDGER_SERVICE	"service"

int fdr_read_back_start(const struct fdr_workload_ops *ops, const struct fdr_opts *opts,
			const struct fdr_ledger *ledger, int64_t deadline_ns,
			struct fdr_poller *poller, struct fdr_read_back **ret,
			struct fdr_error *e);
/* All copies have been read, or given up. */
bool fdr_read_back_over(const struct fdr_read_back *b);
size_t fdr_read_back_copies(const struct fdr_read_back *b);
/* What has become of copy @i so far; valid until the next call and while @b lives. */
void fdr_read_back_copy(struct fdr_read_back *b, size_t i, struct fdr_read_copy *ret);
/* A thread that still reads is left behind. */
struct fdr_read_back *fdr_read_back_end(struct fdr_read_back *b);

#endif /* FDR_WORKLOAD_READ_BACK_H */
