// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "store-private.h"

static const char magic[16] = "SQLite format 3";

const char fdr_store_schema[] =
	"PRAGMA journal_mode = WAL;BEGIN;"
	"CREATE TABLE meta(key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL);"
	"CREATE TABLE obs(id INTEGER PRIMARY KEY, trial INTEGER NOT NULL,"
	"  pushed INTEGER NOT NULL, lo_ns INTEGER NOT NULL, hi_ns INTEGER NOT NULL,"
	"  source TEXT NOT NULL, subject TEXT NOT NULL, state TEXT NOT NULL,"
	"  detail TEXT NOT NULL);CREATE TABLE request(id INTEGER PRIMARY KEY, trial INTEGER NOT "
	"NULL,  seq INTEGER NOT NULL, intended_ns INTEGER NOT NULL, sent_ns INTEGER NOT NULL,"
	"  done_ns INTEGER NOT NULL, status INTEGER NOT NULL, code INTEGER NOT NULL,"
	"  source TEXT NOT NULL, served_by TEXT NOT NULL, detail TEXT NOT NULL);"
	"CREATE TABLE event(id INTEGER PRIMARY KEY, trial INTEGER NOT NULL,"
	"  at_ns INTEGER NOT NULL, kind TEXT NOT NULL, node TEXT NOT NULL, data TEXT NOT NULL);"
	/* Trials come one after another, so these grow at their right end only. */
	"CREATE INDEX obs_trial ON obs(trial);"
	"CREATE INDEX request_trial ON request(trial);"
	"CREATE INDEX event_trial ON event(trial, kind);"
	"PRAGMA application_id = 1178882636;"
	"PRAGMA user_version = 1;COMMIT;";
_Static_assert(FDR_STORE_APPLICATION == 1178882636 && FDR_STORE_SCHEMA == 1,
	       "the schema's text holds both numbers");

int fdr_store_errno(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_OK:		return 0;
	case SQLITE_FULL:	return -ENOSPC;
	case SQLITE_NOMEM:	return -ENOMEM;
	case SQLITE_READONLY:	return -EROFS;
	case SQLITE_CANTOPEN:	return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:	return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_ERROR:
	case SQLITE_SCHEMA:
	case SQLITE_MISMATCH:	return -EBADMSG;
	default:		return -EIO;
	}
}

/* Says what is wrong before SQLite gets to see it, in words of our own. */
static int check_file(const char *path, struct fdr_error *e)
{
	FDR_CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[sizeof(magic)];
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return fdr_err(e, -errno, "%s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0)
		return fdr_err(e, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return fdr_err(e, -EBADMSG, "%s: is not a regular file", path);
	if (!st.st_size)
		return fdr_err(e, -EBADMSG, "%s: is empty; no run was recorded in it", path);
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0)
		return fdr_err(e, -errno, "%s: %s", path, strerror(errno));
	if ((size_t)n < sizeof(head) || memcmp(head, magic, sizeof(head)))
		return fdr_err(e, -EBADMSG,
			       "%s: is no run's database (not an SQLite file); give the run.db "
			       "that 'faultdrill run' wrote", path);
	return 0;
}

static int corrupt(const struct fdr_store *s, struct fdr_error *e, const char *what)
{
	return fdr_err(e, -EBADMSG, "%s: is damaged: %s", s->path, what);
}

static int pragma(struct fdr_store *s, const char *sql, int64_t *ret, struct fdr_error *e)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(s->rdb, sql, -1, &st, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	if (rc == SQLITE_ROW)
		return 0;
	if (fdr_store_errno(rc) == -EBADMSG)
		return corrupt(s, e, sqlite3_errmsg(s->rdb));
	return fdr_err(e, fdr_store_errno(rc),
		       "%s: cannot read: %s (an unfinished run needs a folder that can be written "
		       "to; copy it with its -wal file)", s->path, sqlite3_errmsg(s->rdb));
}

static int check_identity(struct fdr_store *s, struct fdr_error *e)
{
	int64_t application = 0, schema = 0;
	int r;

	r = pragma(s, "PRAGMA application_id", &application, e);
	if (r < 0)
		return r;
	r = pragma(s, "PRAGMA user_version", &schema, e);
	if (r < 0)
		return r;
	if (application != FDR_STORE_APPLICATION)
		return fdr_err(e, -EBADMSG, "%s: is an SQLite database, but no faultdrill run",
			       s->path);
	if (schema > FDR_STORE_SCHEMA)
		return fdr_err(e, -EBADMSG,
			       "%s: was written by a newer faultdrill (schema %lld; this one reads "
			       "up to %d): analyse it with that "
			       "version", s->path, (long long)schema,
			       FDR_STORE_SCHEMA);
	if (schema < 1)
		return fdr_err(e, -EBADMSG, "%s: has the impossible schema version %lld", s->path,
			       (long long)schema);
	return 0;
}

/* All pages are sound, and the tables have the columns that we read. */
static int check_contents(struct fdr_store *s, struct fdr_error *e)
{
	sqlite3_stmt *st;
	int rc, r = 0;

	rc = sqlite3_prepare_v2(s->rdb, "PRAGMA quick_check(1)", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		const char *said = (const char *)sqlite3_column_text(st, 0);

		if (!said || strcmp(said, "ok"))
			r = corrupt(s, e, said ? said : "no answer from its check");
	} else {
		r = corrupt(s, e, sqlite3_errmsg(s->rdb));
	}
	sqlite3_finalize(st);
	for (size_t i = 0; r == 0 && i < FDR_ROW_KINDS; i++) {
		rc = sqlite3_prepare_v2(s->rdb, fdr_row_descs[i].select, -1, &st, NULL);
		if (rc != SQLITE_OK)
			r = corrupt(s, e, sqlite3_errmsg(s->rdb));
		sqlite3_finalize(st);
	}
	return r;
}

/*
 * Whoever was killed while the finished run was made one plain file left a journal,
 * which only a connection that may write can take back.
 */
static void roll_back(const struct fdr_store *s)
{
	sqlite3 *db = NULL;

	if (sqlite3_open_v2(s->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) ==
	    SQLITE_OK) {
		sqlite3_busy_timeout(db, 5000);
		sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
		sqlite3_exec(db, "PRAGMA user_version", NULL, NULL, NULL);
	}
	sqlite3_close(db);
}

static int connect_reader(struct fdr_store *s, struct fdr_error *e)
{
	int rc = sqlite3_open_v2(s->path, &s->rdb, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc != SQLITE_OK)
		return fdr_err(e, fdr_store_errno(rc), "%s: %s", s->path,
			       s->rdb ? sqlite3_errmsg(s->rdb) : "out of memory");
	sqlite3_busy_timeout(s->rdb, 5000);
	/* The file may come from anywhere: run nothing that its schema might hold. */
	sqlite3_db_config(s->rdb, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->rdb, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s->rdb, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_exec(s->rdb, "PRAGMA cell_size_check = ON", NULL, NULL, NULL);
	return check_identity(s, e);
}

int fdr_store_open_reader(struct fdr_store *s, struct fdr_error *e)
{
	int r;

	/* Not while we write: to close a file gives up all locks that this process has on it. */
	r = s->writer ? 0 : check_file(s->path, e);
	if (r < 0)
		return r;
	r = connect_reader(s, e);
	if (r == -EROFS && !s->writer) {
		sqlite3_close(s->rdb);
		s->rdb = NULL;
		roll_back(s);
		r = connect_reader(s, e);
	}
	return r < 0 || s->writer ? r : check_contents(s, e);
}

int fdr_store_lock(struct fdr_store *s, int flags, struct fdr_error *e)
{
	s->lock_fd = open(s->path, O_RDWR | O_CLOEXEC | flags, 0644);
	if (s->lock_fd < 0)
		return fdr_err(e, -errno, "%s: %s%s", s->path, strerror(errno), errno == EEXIST ?
			       "; a run is never overwritten, choose another place" : "");
	if (fdr_lock_file(s->lock_fd) < 0)
		return fdr_err(e, -EBUSY, "%s: another faultdrill writes it: that run goes on",
			       s->path);
	return 0;
}
