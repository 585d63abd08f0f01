// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "store-private.h"

/* Rows wait in memory while the disk refuses them, up to so many bytes. */
#define QUEUE_MAX	(UINT64_C(256) << 20)

const struct fdr_row_desc fdr_row_descs[FDR_ROW_KINDS] = {
	[FDR_ROW_META] = {
		"INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)",
		"SELECT value FROM meta WHERE key = ?1", 0, 2 },
	[FDR_ROW_OBS] = {
		"INSERT INTO obs(trial, pushed, lo_ns, hi_ns, source, subject, state, detail)"
		" VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
		"SELECT trial, pushed, lo_ns, hi_ns, source, subject, state, detail"
		" FROM obs WHERE trial = ?1 ORDER BY id", 4, 4 },
	[FDR_ROW_REQUEST] = {
		"INSERT INTO request(trial, seq, intended_ns, sent_ns, done_ns, status, code,"
		" source, served_by, detail) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		"SELECT trial, seq, intended_ns, sent_ns, done_ns, status, code, source,"
		" served_by, detail FROM request WHERE trial = ?1 ORDER BY id", 7, 3 },
	[FDR_ROW_EVENT] = {
		"INSERT INTO event(trial, at_ns, kind, node, data) VALUES(?, ?, ?, ?, ?)",
		"SELECT trial, at_ns, kind, node, data"
		" FROM event WHERE trial = ?1 AND kind = ?2 ORDER BY id", 2, 3 },
};

static struct fdr_store *store_new(const char *path, bool writer)
{
	struct fdr_store *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->writer = writer;
	s->lock_fd = -1;
	s->path = strdup(path);
	if (!s->path) {
		free(s);
		return NULL;
	}
	return s;
}

static void store_free(struct fdr_store *s)
{
	while (s->texts) {
		struct fdr_text *t = s->texts;

		s->texts = t->next;
		free(t);
	}
	for (size_t i = 0; i < FDR_ROW_KINDS; i++)
		sqlite3_finalize(s->insert[i]);
	sqlite3_close(s->rdb);
	sqlite3_close(s->wdb);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	free(s->path);
	free(s);
}

/* @schema: what makes the tables, or what a database needs that has them. */
static int open_writer(struct fdr_store *s, const char *schema)
{
	int rc;

	rc = sqlite3_open_v2(s->path, &s->wdb, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_busy_timeout(s->wdb, 5000);
	/* A killed process loses nothing that was committed; fdr_store_flush() syncs. */
	rc = sqlite3_exec(s->wdb, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(s->wdb, schema, NULL, NULL, NULL);
	for (size_t i = 0; rc == SQLITE_OK && i < FDR_ROW_KINDS; i++)
		rc = sqlite3_prepare_v3(s->wdb, fdr_row_descs[i].insert, -1,
					SQLITE_PREPARE_PERSISTENT, &s->insert[i], NULL);
	return rc;
}

static int start_writing(struct fdr_store *s, const char *schema, struct fdr_error *e)
{
	int rc = open_writer(s, schema);

	if (rc != SQLITE_OK)
		return fdr_err(e, fdr_store_errno(rc), "%s: cannot write: %s", s->path,
			       s->wdb ? sqlite3_errmsg(s->wdb) : "out of memory");
	return fdr_store_writer_start(s, e);
}

int fdr_store_create(const char *path, struct fdr_store **ret, struct fdr_error *e)
{
	struct fdr_store *s = store_new(path, true);
	int r;

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	/* Never onto a run that is there already. */
	r = fdr_store_lock(s, O_CREAT | O_EXCL, e);
	if (r >= 0) {
		r = start_writing(s, fdr_store_schema, e);
		if (r < 0)
			unlink(path);
	}
	if (r < 0) {
		store_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int fdr_store_resume(const char *path, struct fdr_store **ret, struct fdr_error *e)
{
	struct fdr_store *s = store_new(path, false);
	int r;

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_store_lock(s, 0, e);
	if (r >= 0)
		r = fdr_store_open_reader(s, e);
	if (r >= 0) {
		sqlite3_close(s->rdb);
		s->rdb = NULL;
		s->writer = true;
		r = start_writing(s, "PRAGMA journal_mode = WAL", e);
	}
	if (r < 0) {
		store_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int fdr_store_set_aside(struct fdr_store *s, unsigned int trial, int64_t keep_ns,
			struct fdr_error *e)
{
	char sql[512];
	sqlite3 *db = NULL;
	int rc, r = 0;

	/* A connection of its own: the writer's belongs to its thread. */
	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE;"
		 "UPDATE obs SET trial = -trial WHERE trial >= %u;"
		 "UPDATE event SET trial = -trial WHERE trial >= %u;"
		 "UPDATE request SET trial = -trial WHERE trial >= %u AND intended_ns >= %" PRId64 ";"
		 "COMMIT", trial, trial, trial, keep_ns);
	rc = sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(db, 5000);
		rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	}
	if (rc != SQLITE_OK)
		r = fdr_err(e, fdr_store_errno(rc), "%s: cannot set an unfinished trial aside: %s",
			    s->path, db ? sqlite3_errmsg(db) : "out of memory");
	sqlite3_close(db);
	return r;
}

int fdr_store_open(const char *path, struct fdr_store **ret, struct fdr_error *e)
{
	struct fdr_store *s = store_new(path, false);
	int r;

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_store_open_reader(s, e);
	if (r < 0) {
		store_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

uint64_t fdr_store_flush_begin(struct fdr_store *s)
{
	return s->writer ? fdr_store_writer_ask(s) : 0;
}

bool fdr_store_flush_ended(struct fdr_store *s, uint64_t ticket)
{
	return !s->writer || fdr_store_writer_answered(s, ticket);
}

int fdr_store_flush(struct fdr_store *s, struct fdr_error *e)
{
	if (s->writer)
		fdr_store_writer_drain(s);
	return fdr_store_flush_result(s, e);
}

int fdr_store_flush_result(struct fdr_store *s, struct fdr_error *e)
{
	uint64_t unwritten, dropped;
	char why[sizeof(s->error_text)];
	int r;

	if (!s->writer)
		return 0;
	pthread_mutex_lock(&s->lock);
	r = s->error;
	unwritten = s->unwritten;
	dropped = s->dropped;
	s->dropped = 0;
	snprintf(why, sizeof(why), "%s", s->error_text);
	pthread_mutex_unlock(&s->lock);

	if (dropped)
		return fdr_err(e, -ENOBUFS, "%s: %" PRIu64 " rows were lost: the disk refused them "
			       "until memory ran out%s%s", s->path, dropped, *why ? ": " : "", why);
	if (r < 0 && !unwritten)
		return fdr_err(e, r, "%s: cannot sync: %s", s->path, why);
	if (r < 0)
		return fdr_err(e, r, "%s: %" PRIu64 " rows are not written yet: %s; they are kept "
			       "and tried again%s", s->path, unwritten, why,
			       r == -ENOSPC ? ", so free some space" : "");
	return 0;
}

struct fdr_store *fdr_store_close(struct fdr_store *s)
{
	if (!s)
		return NULL;
	sqlite3_close(s->rdb);
	s->rdb = NULL;
	if (s->writer) {
		fdr_store_writer_stop(s);
		/* A finished run is one plain file that also opens from a read-only place. */
		for (size_t i = 0; i < FDR_ROW_KINDS; i++) {
			sqlite3_finalize(s->insert[i]);
			s->insert[i] = NULL;
		}
		sqlite3_exec(s->wdb, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
	}
	store_free(s);
	return NULL;
}

static int enqueue(struct fdr_store *s, struct fdr_row *row)
{
	bool first;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	first = !s->queue.first;
	if (s->queue.bytes + row->size > QUEUE_MAX) {
		s->dropped++;
		r = -ENOBUFS;
	} else {
		*s->queue.last = row;
		s->queue.last = &row->next;
		s->queue.bytes += row->size;
		s->queue.rows++;
	}
	pthread_mutex_unlock(&s->lock);
	if (r < 0)
		free(row);
	else if (first)
		pthread_cond_signal(&s->wake);
	return r;
}

static int put(struct fdr_store *s, enum fdr_row_kind kind, const int64_t *ints,
	       const char *const *texts)
{
	const struct fdr_row_desc *d = &fdr_row_descs[kind];
	size_t lengths[FDR_ROW_TEXTS] = { 0 }, size = sizeof(struct fdr_row);
	struct fdr_row *row;
	char *at;

	if (!s->writer)
		return -EROFS;
	for (unsigned int i = 0; i < d->n_texts; i++) {
		lengths[i] = texts[i] ? strlen(texts[i]) : 0;
		size += lengths[i] + 1;
	}
	row = malloc(size);
	if (!row) {
		pthread_mutex_lock(&s->lock);
		s->dropped++;
		pthread_mutex_unlock(&s->lock);
		return -ENOMEM;
	}
	*row = (struct fdr_row){ .kind = kind, .size = size };
	for (unsigned int i = 0; i < d->n_ints; i++)
		row->ints[i] = ints[i];
	at = row->data;
	for (unsigned int i = 0; i < d->n_texts; i++) {
		memcpy(at, texts[i] ? texts[i] : "", lengths[i] + 1);
		row->texts[i] = at;
		at += lengths[i] + 1;
	}
	return enqueue(s, row);
}

int fdr_store_put_meta(struct fdr_store *s, const char *key, const char *value)
{
	return put(s, FDR_ROW_META, NULL, (const char *[]){ key, value });
}

int fdr_store_put_obs(struct fdr_store *s, unsigned int trial, const struct fdr_obs *o)
{
	return put(s, FDR_ROW_OBS,
		   (int64_t[]){ trial, o->pushed, o->when.lo_ns, o->when.hi_ns },
		   (const char *[]){ o->source, o->subject, o->state, o->detail });
}

int fdr_store_put_request(struct fdr_store *s, unsigned int trial, const struct fdr_request *r)
{
	return put(s, FDR_ROW_REQUEST,
		   (int64_t[]){ trial, (int64_t)r->seq, r->intended_ns, r->sent_ns, r->done_ns,
				r->status, r->code },
		   (const char *[]){ r->source, r->served_by, r->detail });
}

int fdr_store_put_event(struct fdr_store *s, unsigned int trial, const char *kind,
			const char *node, int64_t at_ns, const json_t *data)
{
	FDR_CLEANUP_FREE char *text = NULL;

	text = data ? json_dumps(data, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("null");
	if (!text)
		return -ENOMEM;
	return put(s, FDR_ROW_EVENT, (int64_t[]){ trial, at_ns },
		   (const char *[]){ kind, node, text });
}
