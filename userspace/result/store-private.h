/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_STORE_PRIVATE_H
#define FDR_RESULT_STORE_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>

#include "store.h"

/* "FDRL": tells our databases from others (PRAGMA application_id). */
#define FDR_STORE_APPLICATION	0x4644524c
/* PRAGMA user_version; grows when an older faultdrill could misread a database. */
#define FDR_STORE_SCHEMA	1

enum fdr_row_kind { FDR_ROW_META, FDR_ROW_OBS, FDR_ROW_REQUEST, FDR_ROW_EVENT, FDR_ROW_KINDS };

#define FDR_ROW_INTS	7
#define FDR_ROW_TEXTS	4

/* A queued row: its columns in the order of the INSERT, integers first. */
struct fdr_row {
	struct fdr_row *next;
	enum fdr_row_kind kind;
	int64_t ints[FDR_ROW_INTS];
	const char *texts[FDR_ROW_TEXTS];	/* into data[] */
	size_t size;
	char data[];
};

struct fdr_row_desc {
	const char *insert, *select;
	unsigned int n_ints, n_texts;
};
extern const struct fdr_row_desc fdr_row_descs[FDR_ROW_KINDS];
extern const char fdr_store_schema[];

struct fdr_queue {
	struct fdr_row *first, **last;
	size_t bytes;
	uint64_t rows;
};

struct fdr_store {
	char *path;
	bool writer;
	int lock_fd;				/* held by who writes; -1 = none */

	/* Reading, by the caller's thread. */
	sqlite3 *rdb;
	struct fdr_text {
		struct fdr_text *next;
		char text[];
	} *texts;				/* what fdr_store_meta() gave out */

	/* Writing: the thread owns wdb and insert; the lock guards the rest. */
	sqlite3 *wdb;
	sqlite3_stmt *insert[FDR_ROW_KINDS];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	struct fdr_queue queue;
	uint64_t asked, answered;		/* flushes */
	uint64_t unwritten, dropped;		/* rows: failed so far, refused for want of room */
	int error;				/* of the last failure not yet told */
	char error_text[256];
	bool stop;
};

/* A result code of SQLite's as a negative errno. */
int fdr_store_errno(int rc);

/* The writer (store-writer.c): starts and ends the thread. */
int fdr_store_writer_start(struct fdr_store *s, struct fdr_error *e);
void fdr_store_writer_stop(struct fdr_store *s);
/* Waits until all that is queued was committed or has failed. */
int fdr_store_writer_drain(struct fdr_store *s);
/* The same in two steps: asks, and tells later whether that has been done. */
uint64_t fdr_store_writer_ask(struct fdr_store *s);
bool fdr_store_writer_answered(struct fdr_store *s, uint64_t ticket);
/* Opens the file, with more open() flags, and locks it for as long as it is written. */
int fdr_store_lock(struct fdr_store *s, int flags, struct fdr_error *e);
/* Opens s->rdb and makes sure that it is one of ours (store-open.c). */
int fdr_store_open_reader(struct fdr_store *s, struct fdr_error *e);

#endif /* FDR_RESULT_STORE_PRIVATE_H */
