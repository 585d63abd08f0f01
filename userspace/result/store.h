/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_STORE_H
#define FDR_RESULT_STORE_H

#include <jansson.h>

#include "base/error.h"
#include "base/obs.h"

/*
 * A run's database (SQLite, WAL): every raw event with its source, kept so
 * that the run can be analysed again.  Writing never blocks the caller: rows
 * are queued and a thread of the store's own commits them every 100 ms and at
 * fdr_store_flush().  One run a database.
 */
struct fdr_store;

/* Creates @path (-EEXIST if there is one) and starts the writer. */
int fdr_store_create(const char *path, struct fdr_store **ret, struct fdr_error *e);
/*
 * Opens a run that was cut short, to go on with it.  -EBUSY: another process
 * writes it; -EBADMSG as below.
 */
int fdr_store_resume(const char *path, struct fdr_store **ret, struct fdr_error *e);
/*
 * Sets the rows of @trial and later aside: they stay, as rows of the trial's
 * negative number, and no reading meets them.  Requests intended before
 * @keep_ns stay where they are: they belong to the trial before.
 */
int fdr_store_set_aside(struct fdr_store *s, unsigned int trial, int64_t keep_ns,
			struct fdr_error *e);
/* Writes a consistent copy of what is committed to @path, a new file. */
int fdr_store_snapshot(struct fdr_store *s, const char *path, struct fdr_error *e);
/* Opens read-only for analysis; -EBADMSG: not ours, corrupt, or a newer version. */
int fdr_store_open(const char *path, struct fdr_store **ret, struct fdr_error *e);
/* Commits what is queued, syncs, and says what failed since the last call. */
int fdr_store_flush(struct fdr_store *s, struct fdr_error *e);
/* The same for a caller that has other things to do meanwhile. */
uint64_t fdr_store_flush_begin(struct fdr_store *s);
bool fdr_store_flush_ended(struct fdr_store *s, uint64_t ticket);
int fdr_store_flush_result(struct fdr_store *s, struct fdr_error *e);
struct fdr_store *fdr_store_close(struct fdr_store *s);
FDR_DEFINE_CLEANUP(struct fdr_store *, fdr_store_close);

/* Facts about the run as a whole: "plan" (its text), "seed", "version" ... */
int fdr_store_put_meta(struct fdr_store *s, const char *key, const char *value);

/*
 * Raw rows.  @trial counts from 1; 0 = before the first.  Instants are the
 * controller's CLOCK_MONOTONIC in ns.
 */
int fdr_store_put_obs(struct fdr_store *s, unsigned int trial, const struct fdr_obs *obs);
int fdr_store_put_request(struct fdr_store *s, unsigned int trial, const struct fdr_request *r);
/*
 * Anything else as JSON with a kind: "kernel-event", "beacon", "clock",
 * "phase" (the engine's own steps), "inject", "power", "load", "lateness",
 * "kernel-log", "note".
 */
int fdr_store_put_event(struct fdr_store *s, unsigned int trial, const char *kind,
			const char *node, int64_t at_ns, const json_t *data);

/* Reading back, in the order of insertion; a non-zero return from cb stops. */
const char *fdr_store_meta(struct fdr_store *s, const char *key);	/* valid until close */
int fdr_store_each_obs(struct fdr_store *s, unsigned int trial,
		       int (*cb)(void *userdata, const struct fdr_obs *obs), void *userdata);
int fdr_store_each_request(struct fdr_store *s, unsigned int trial,
			   int (*cb)(void *userdata, const struct fdr_request *r), void *userdata);
int fdr_store_each_event(struct fdr_store *s, unsigned int trial, const char *kind,
			 int (*cb)(void *userdata, const char *node, int64_t at_ns,
				   const json_t *data), void *userdata);

#endif /* FDR_RESULT_STORE_H */
