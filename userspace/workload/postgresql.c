// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PostgreSQL, by libpq.  Its calls are the ones that do not block, with our own waiting
 * between them, so that each ends at its deadline.
 */
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>

#include "base/text.h"
#include "kinds.h"
#include "open-loop.h"
#include "sql.h"
#include "worker-pool.h"

static bool wait_for(PGconn *c, short events, int64_t deadline_ns)
{
	struct pollfd p = { .fd = PQsocket(c), .events = events };
	int64_t left_ns = deadline_ns - fdr_now_ns();

	if (left_ns <= 0)
		return false;
	return poll(&p, 1, (int)((left_ns + FDR_NS_PER_MS - 1) / FDR_NS_PER_MS)) > 0;
}

/* Errors of libpq have lines; the first one says what. */
static void first_line(char *dst, size_t size, const char *text)
{
	char line[256];

	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	fdr_text_clean(dst, size, line);
}

static void late(struct fdr_sql_failure *f, const char *what)
{
	f->timed_out = f->gone = true;
	snprintf(f->text, sizeof(f->text), "%s", what);
}

static bool finish_connecting(PGconn *c, int64_t deadline_ns, struct fdr_sql_failure *f)
{
	PostgresPollingStatusType s = PGRES_POLLING_WRITING;

	if (PQstatus(c) == CONNECTION_BAD) {
		first_line(f->text, sizeof(f->text), PQerrorMessage(c));
		return false;
	}
	while (s != PGRES_POLLING_OK) {
		if (!wait_for(c, s == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_ns)) {
			late(f, "no connection in time");
			return false;
		}
		s = PQconnectPoll(c);
		if (s == PGRES_POLLING_FAILED) {
			first_line(f->text, sizeof(f->text), PQerrorMessage(c));
			return false;
		}
	}
	return true;
}

/* What a dying server says on the side would go to standard error. */
static void keep_quiet(void *userdata, const char *message)
{
	(void)userdata;
	(void)message;
}

static void *pg_open(const struct fdr_sql_config *c, const struct fdr_sql_endpoint *at,
		     int64_t deadline_ns, struct fdr_sql_failure *f)
{
	const char *keys[8] = { "dbname" }, *values[8] = { c->extra ? c->extra : "" };
	char port[8];
	int n = 1;
	PGconn *pg;

	/* What stands behind it overrides a "dbname" that is a whole conninfo. */
	keys[n] = "host";
	values[n++] = at->host;
	snprintf(port, sizeof(port), "%d", at->port);
	keys[n] = "port";
	values[n++] = at->port ? port : NULL;
	keys[n] = "user";
	values[n++] = c->user;
	keys[n] = "password";
	values[n++] = c->has_password ? c->password : NULL;
	keys[n] = "dbname";
	values[n++] = c->database;
	keys[n] = NULL;
	pg = PQconnectStartParams(keys, values, 1);
	if (!pg) {
		snprintf(f->text, sizeof(f->text), "out of memory");
		return NULL;
	}
	PQsetNoticeProcessor(pg, keep_quiet, NULL);
	if (finish_connecting(pg, deadline_ns, f))
		return pg;
	PQfinish(pg);
	return NULL;
}

static void pg_close(void *connection)
{
	PQfinish(connection);
}

static void explain(PGconn *c, const PGresult *res, struct fdr_sql_failure *f)
{
	const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;

	f->gone = PQstatus(c) != CONNECTION_OK;
	first_line(f->text, sizeof(f->text), res ? PQresultErrorMessage(res) : PQerrorMessage(c));
	if (!*f->text)
		first_line(f->text, sizeof(f->text), PQerrorMessage(c));
	if (!state)
		return;
	f->read_only = !strcmp(state, "25006");
	f->no_table = !strcmp(state, "42P01") || !strcmp(state, "3F000");
	/* It is being shut down, or does not take anybody yet. */
	f->gone = f->gone || !strncmp(state, "57P", 3);
}

/* The next result, or NULL after the last; false: it does not come. */
static bool next_result(PGconn *c, int64_t deadline_ns, PGresult **ret,
			struct fdr_sql_failure *f)
{
	while (PQisBusy(c)) {
		if (!wait_for(c, POLLIN, deadline_ns)) {
			late(f, "no answer in time");
			return false;
		}
		if (!PQconsumeInput(c)) {
			f->gone = true;
			first_line(f->text, sizeof(f->text), PQerrorMessage(c));
			return false;
		}
	}
	*ret = PQgetResult(c);
	return true;
}

static bool give_row(const PGresult *res, fdr_sql_row *row, void *userdata)
{
	const char *columns[8];
	size_t sizes[8];
	int n = PQnfields(res);

	if (!row || n > (int)FDR_ARRAY_LEN(columns))
		return true;
	for (int k = 0; k < PQntuples(res); k++) {
		for (int i = 0; i < n; i++) {
			columns[i] = PQgetisnull(res, k, i) ? NULL : PQgetvalue(res, k, i);
			sizes[i] = (size_t)PQgetlength(res, k, i);
		}
		if (!row(userdata, columns, sizes, (unsigned int)n))
			return false;
	}
	return true;
}

static bool take_results(PGconn *c, int64_t deadline_ns, fdr_sql_row *row, void *userdata,
			 struct fdr_sql_failure *f)
{
	bool good = true;
	PGresult *res;

	for (;;) {
		if (!next_result(c, deadline_ns, &res, f))
			return false;
		if (!res)
			return good;
		switch (PQresultStatus(res)) {
		case PGRES_COMMAND_OK:
		case PGRES_TUPLES_OK:
		case PGRES_SINGLE_TUPLE:
		case PGRES_EMPTY_QUERY:
			if (!give_row(res, row, userdata)) {
				late(f, "not all rows came in time");
				PQclear(res);
				return false;
			}
			break;
		default:
			explain(c, res, f);
			good = false;
			break;
		}
		PQclear(res);
	}
}

static bool flush(PGconn *c, int64_t deadline_ns, struct fdr_sql_failure *f)
{
	for (;;) {
		int r = PQflush(c);

		if (!r)
			return true;
		if (r < 0) {
			explain(c, NULL, f);
			f->gone = true;
			return false;
		}
		if (!wait_for(c, POLLIN | POLLOUT, deadline_ns)) {
			late(f, "not sent in time");
			return false;
		}
		if (!PQconsumeInput(c)) {
			explain(c, NULL, f);
			f->gone = true;
			return false;
		}
	}
}

static bool pg_do(void *connection, const char *sql, int64_t deadline_ns, fdr_sql_row *row,
		  void *userdata, struct fdr_sql_failure *f)
{
	PGconn *c = connection;

	PQsetnonblocking(c, 1);
	if (!PQsendQuery(c, sql)) {
		explain(c, NULL, f);
		f->gone = true;
		return false;
	}
	/* Millions of records need not be held at once. */
	PQsetSingleRowMode(c);
	return flush(c, deadline_ns, f) && take_results(c, deadline_ns, row, userdata, f);
}

static void name_table(const struct fdr_sql_config *c, char *buf, size_t size)
{
	snprintf(buf, size, "\"%s\"", c->table);
}

/* No number is unique here: what comes twice is to be found. */
static const char *const create[] = {
	"CREATE TABLE IF NOT EXISTS {table} (id bigserial PRIMARY KEY, ledger text NOT NULL,"
	" seq bigint NOT NULL, payload text NOT NULL, digest text NOT NULL)",
	"CREATE INDEX ON {table} (ledger, seq)",
	NULL,
};

static const struct fdr_sql_driver driver = {
	.name = "postgresql",
	.identify = "SELECT current_setting('transaction_read_only') = 'on',"
		    " coalesce(host(inet_server_addr()), 'local') || ':' ||"
		    " current_setting('port')",
	.create = create, .name_table = name_table, .connect = pg_open, .close = pg_close,
	.run = pg_do,
};

static int start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		 void **ret_state, struct fdr_error *e)
{
	return fdr_sql_start(&driver, env, opts, ret_state, e);
}

static int read_back(struct fdr_ledger_reading *r, struct fdr_error *e)
{
	return fdr_sql_read_back(&driver, r, e);
}

static const struct fdr_opt_desc options[] = {
	FDR_SQL_OPTIONS("where the statement runs, and the ledger's table is"),
	{ .name = "conninfo", .type = FDR_OPT_STRING,
	  .summary = "more for libpq, as in \"sslmode=require\"" },
	FDR_OPEN_LOOP_OPTIONS,
	FDR_WORKER_POOL_OPTIONS,
	FDR_LEDGER_OPTIONS,
};

const struct fdr_workload_ops fdr_workload_postgresql = {
	.kind = { .name = "postgresql", .summary = "statements to PostgreSQL",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = start, .drain = fdr_pooled_drain, .stop = fdr_pooled_stop,
	.pending = fdr_pooled_pending, .read_back = read_back,
};
