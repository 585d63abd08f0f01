// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "store-private.h"

/* Instants beyond this are no run's, and sums of them could overflow. */
#define NS_MAX		(INT64_MAX / 4)

/* A store that is being written shows what was put into it so far. */
static int ready_to_read(struct fdr_store *s)
{
	struct fdr_error e;
	int r;

	if (!s->writer)
		return 0;
	r = fdr_store_writer_drain(s);
	if (r < 0 || s->rdb)
		return r;
	r = fdr_store_open_reader(s, &e);
	if (r < 0)
		fdr_error_("%s", e.text);
	return r;
}

/* Fetches the columns of one row; -EBADMSG where they are not what we write. */
static int columns(sqlite3_stmt *st, const struct fdr_row_desc *d, int64_t *ints,
		   const char **texts)
{
	int at = 0;

	for (unsigned int i = 0; i < d->n_ints; i++, at++) {
		if (sqlite3_column_type(st, at) != SQLITE_INTEGER)
			return -EBADMSG;
		ints[i] = sqlite3_column_int64(st, at);
	}
	for (unsigned int i = 0; i < d->n_texts; i++, at++) {
		if (sqlite3_column_type(st, at) != SQLITE_TEXT)
			return -EBADMSG;
		texts[i] = (const char *)sqlite3_column_text(st, at);
		if (!texts[i])
			return -ENOMEM;
	}
	return 0;
}

static bool sane(int64_t ns)
{
	return ns >= -NS_MAX && ns <= NS_MAX;
}

struct visit {
	enum fdr_row_kind kind;
	int (*row)(const struct visit *v, const int64_t *ints, const char *const *texts);
	union {
		int (*obs)(void *userdata, const struct fdr_obs *obs);
		int (*request)(void *userdata, const struct fdr_request *r);
		int (*event)(void *userdata, const char *node, int64_t at_ns, const json_t *data);
	};
	void *userdata;
};

static int each(struct fdr_store *s, unsigned int trial, const char *kind, const struct visit *v)
{
	const struct fdr_row_desc *d = &fdr_row_descs[v->kind];
	const char *texts[FDR_ROW_TEXTS];
	int64_t ints[FDR_ROW_INTS];
	sqlite3_stmt *st;
	int rc, r;

	r = ready_to_read(s);
	if (r < 0)
		return r;
	rc = sqlite3_prepare_v2(s->rdb, d->select, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 1, trial);
	if (rc == SQLITE_OK && kind)
		rc = sqlite3_bind_text(st, 2, kind, -1, SQLITE_STATIC);
	while (rc == SQLITE_OK && r == 0) {
		rc = sqlite3_step(st);
		if (rc != SQLITE_ROW)
			break;
		rc = SQLITE_OK;
		r = columns(st, d, ints, texts);
		if (r == 0)
			r = v->row(v, ints, texts);
		if (r == -EBADMSG)
			fdr_error_("%s: is damaged: a row of trial %u holds what no run writes",
				   s->path, trial);
	}
	if (r == 0 && rc != SQLITE_DONE) {
		r = fdr_store_errno(rc);
		fdr_error_("%s: cannot read: %s", s->path, sqlite3_errmsg(s->rdb));
	}
	sqlite3_finalize(st);
	return r;
}

static int obs_row(const struct visit *v, const int64_t *i, const char *const *t)
{
	struct fdr_obs obs = {
		.pushed = i[1], .when = { i[2], i[3] },
		.source = t[0], .subject = t[1], .state = t[2], .detail = t[3],
	};

	if (i[1] < 0 || i[1] > 1 || !sane(i[2]) || !sane(i[3]) || i[2] > i[3])
		return -EBADMSG;
	return v->obs(v->userdata, &obs);
}

static int request_row(const struct visit *v, const int64_t *i, const char *const *t)
{
	struct fdr_request request = {
		.seq = (uint64_t)i[1], .intended_ns = i[2], .sent_ns = i[3], .done_ns = i[4],
		.status = (enum fdr_request_status)i[5], .code = (int)i[6],
		.source = t[0], .served_by = t[1], .detail = t[2],
	};

	if (!sane(i[2]) || !sane(i[3]) || !sane(i[4]) || i[5] < 0 || i[5] > FDR_REQUEST_TIMEOUT ||
	    i[6] != (int)i[6])
		return -EBADMSG;
	return v->request(v->userdata, &request);
}

static int event_row(const struct visit *v, const int64_t *i, const char *const *t)
{
	json_t *data = json_loads(t[2], JSON_DECODE_ANY, NULL);
	int r = data && sane(i[1]) ? v->event(v->userdata, t[1], i[1], data) : -EBADMSG;

	json_decref(data);
	return r;
}

int fdr_store_each_obs(struct fdr_store *s, unsigned int trial,
		       int (*cb)(void *userdata, const struct fdr_obs *obs), void *userdata)
{
	struct visit v = { .kind = FDR_ROW_OBS, .row = obs_row, .obs = cb, .userdata = userdata };

	return each(s, trial, NULL, &v);
}

int fdr_store_each_request(struct fdr_store *s, unsigned int trial,
			   int (*cb)(void *userdata, const struct fdr_request *r), void *userdata)
{
	struct visit v = {
		.kind = FDR_ROW_REQUEST, .row = request_row, .request = cb, .userdata = userdata,
	};

	return each(s, trial, NULL, &v);
}

int fdr_store_each_event(struct fdr_store *s, unsigned int trial, const char *kind,
			 int (*cb)(void *userdata, const char *node, int64_t at_ns,
				   const json_t *data), void *userdata)
{
	struct visit v = {
		.kind = FDR_ROW_EVENT, .row = event_row, .event = cb, .userdata = userdata,
	};

	return each(s, trial, kind, &v);
}

int fdr_store_snapshot(struct fdr_store *s, const char *path, struct fdr_error *e)
{
	sqlite3_stmt *st = NULL;
	int rc, r = ready_to_read(s);

	if (r < 0)
		return fdr_err(e, r, "%s: cannot read", s->path);
	rc = sqlite3_prepare_v2(s->rdb, "VACUUM INTO ?", -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		r = fdr_err(e, fdr_store_errno(rc), "%s: cannot copy to %s: %s", s->path, path,
			    sqlite3_errmsg(s->rdb));
	sqlite3_finalize(st);
	return r;
}

const char *fdr_store_meta(struct fdr_store *s, const char *key)
{
	const char *value = NULL;
	sqlite3_stmt *st = NULL;

	if (ready_to_read(s) < 0)
		return NULL;
	if (sqlite3_prepare_v2(s->rdb, fdr_row_descs[FDR_ROW_META].select, -1, &st, NULL) ==
	    SQLITE_OK &&
	    sqlite3_bind_text(st, 1, key, -1, SQLITE_STATIC) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		value = (const char *)sqlite3_column_text(st, 0);
	if (value) {
		struct fdr_text *t = malloc(sizeof(*t) + strlen(value) + 1);

		if (t) {
			t->next = s->texts;
			s->texts = t;
			strcpy(t->text, value);
		}
		value = t ? t->text : NULL;
	}
	sqlite3_finalize(st);
	return value;
}
