// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store-private.h"

#define BATCH_NS	(100 * FDR_NS_PER_MS)
#define RETRY_NS	FDR_NS_PER_S

/* @until_ns 0: for ever.  Called with the lock held. */
static void wait_until(struct fdr_store *s, int64_t until_ns)
{
	struct timespec ts = { until_ns / FDR_NS_PER_S, until_ns % FDR_NS_PER_S };

	if (until_ns)
		pthread_cond_timedwait(&s->wake, &s->lock, &ts);
	else
		pthread_cond_wait(&s->wake, &s->lock);
}

static int insert_row(struct fdr_store *s, const struct fdr_row *row)
{
	const struct fdr_row_desc *d = &fdr_row_descs[row->kind];
	sqlite3_stmt *st = s->insert[row->kind];
	int rc = SQLITE_OK, at = 1;

	for (unsigned int i = 0; rc == SQLITE_OK && i < d->n_ints; i++)
		rc = sqlite3_bind_int64(st, at++, row->ints[i]);
	for (unsigned int i = 0; rc == SQLITE_OK && i < d->n_texts; i++)
		rc = sqlite3_bind_text(st, at++, row->texts[i], -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* All of the queue in one transaction, or nothing of it. */
static int commit(struct fdr_store *s, const struct fdr_queue *q)
{
	int rc = sqlite3_exec(s->wdb, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	for (const struct fdr_row *row = q->first; rc == SQLITE_OK && row; row = row->next)
		rc = insert_row(s, row);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->wdb, "COMMIT", NULL, NULL, NULL);
	return rc;
}

static void free_rows(struct fdr_queue *q)
{
	while (q->first) {
		struct fdr_row *row = q->first;

		q->first = row->next;
		free(row);
	}
	*q = (struct fdr_queue){ .last = &q->first };
}

/*
 * A checkpoint syncs the log first, and that is all that a flush promises: a
 * reader in its way, or no room for it yet, loses nothing.
 */
static int sync_log(struct fdr_store *s)
{
	int rc = sqlite3_wal_checkpoint_v2(s->wdb, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);

	return rc == SQLITE_BUSY || rc == SQLITE_FULL ? SQLITE_OK : rc;
}

/*
 * Called without the lock.  Frees the rows that were committed; on failure
 * @text says why.
 */
static int write_out(struct fdr_store *s, struct fdr_queue *q, bool sync, char *text,
		     size_t size)
{
	int rc = q->first ? commit(s, q) : SQLITE_OK;
	int r = 0;

	if (rc == SQLITE_OK) {
		free_rows(q);
		rc = sync ? sync_log(s) : SQLITE_OK;
	}
	if (rc != SQLITE_OK) {
		int os = sqlite3_system_errno(s->wdb);

		r = fdr_store_errno(rc);
		snprintf(text, size, "%s%s%s", sqlite3_errmsg(s->wdb), os ? ": " : "",
			 os ? strerror(os) : "");
		if (!sqlite3_get_autocommit(s->wdb))
			sqlite3_exec(s->wdb, "ROLLBACK", NULL, NULL, NULL);
	}
	return r;
}

/* Puts what could not be written before what has come in since. */
static void put_back(struct fdr_store *s, struct fdr_queue *q)
{
	if (!q->first)
		return;
	*q->last = s->queue.first;
	if (s->queue.first)
		q->last = s->queue.last;
	s->queue.first = q->first;
	s->queue.last = q->last;
	s->queue.bytes += q->bytes;
	s->queue.rows += q->rows;
	q->first = NULL;
}

static void note_outcome(struct fdr_store *s, int r, const char *text)
{
	if (r < 0 && s->error == 0)
		fdr_error_("%s: cannot write: %s; keeping the rows in memory and trying again",
			   s->path, text);
	else if (r == 0 && s->error < 0)
		fdr_info("%s: writing again, nothing was lost", s->path);
	s->error = r;
	snprintf(s->error_text, sizeof(s->error_text), "%s", text);
	s->unwritten = r < 0 ? s->queue.rows : 0;
}

static void *writer(void *userdata)
{
	struct fdr_store *s = userdata;
	int64_t due = 0;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		struct fdr_queue q;
		uint64_t ticket;
		char text[sizeof(s->error_text)] = "";
		bool stop;
		int r;

		while (!s->stop && s->asked == s->answered && !s->queue.first)
			wait_until(s, 0);
		if (!due)
			due = fdr_now_ns() + BATCH_NS;
		while (!s->stop && s->asked == s->answered && fdr_now_ns() < due)
			wait_until(s, due);

		q = s->queue;
		if (!q.first)
			q.last = &q.first;
		s->queue = (struct fdr_queue){ .last = &s->queue.first };
		ticket = s->asked;
		stop = s->stop;
		pthread_mutex_unlock(&s->lock);

		r = write_out(s, &q, ticket != s->answered || stop, text, sizeof(text));
		pthread_mutex_lock(&s->lock);
		put_back(s, &q);
		note_outcome(s, r, text);
		due = r < 0 ? fdr_now_ns() + RETRY_NS : 0;
		s->answered = ticket;
		pthread_cond_broadcast(&s->done);
		if (stop)
			break;
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

uint64_t fdr_store_writer_ask(struct fdr_store *s)
{
	uint64_t ticket;

	pthread_mutex_lock(&s->lock);
	ticket = ++s->asked;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	return ticket;
}

bool fdr_store_writer_answered(struct fdr_store *s, uint64_t ticket)
{
	bool answered;

	pthread_mutex_lock(&s->lock);
	answered = s->answered >= ticket;
	pthread_mutex_unlock(&s->lock);
	return answered;
}

int fdr_store_writer_drain(struct fdr_store *s)
{
	uint64_t ticket = fdr_store_writer_ask(s);
	int r;

	pthread_mutex_lock(&s->lock);
	while (s->answered < ticket)
		pthread_cond_wait(&s->done, &s->lock);
	r = s->error;
	pthread_mutex_unlock(&s->lock);
	return r;
}

int fdr_store_writer_start(struct fdr_store *s, struct fdr_error *e)
{
	pthread_condattr_t monotonic;
	sigset_t all, old;
	int r;

	s->queue.last = &s->queue.first;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&s->wake, &monotonic);
	pthread_cond_init(&s->done, NULL);
	pthread_condattr_destroy(&monotonic);

	/* Signals are for the event loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&s->thread, NULL, writer, s);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r)
		return fdr_err(e, -r, "%s: cannot start the writer: %s", s->path, strerror(r));
	return 0;
}

void fdr_store_writer_stop(struct fdr_store *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_signal(&s->wake);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);

	if (s->queue.rows || s->dropped)
		fdr_error_("%s: %" PRIu64 " rows were lost: %s", s->path,
			   s->queue.rows + s->dropped,
			   *s->error_text ? s->error_text : "out of memory");
	free_rows(&s->queue);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->done);
	pthread_mutex_destroy(&s->lock);
}
