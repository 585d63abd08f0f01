// SPDX-License-Identifier: GPL-2.0-or-later
/* MariaDB and MySQL, by libmariadb; autocommit: a statement is a transaction. */
#include <errno.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <pthread.h>
#include <string.h>

#include "base/text.h"
#include "kinds.h"
#include "open-loop.h"
#include "sql.h"
#include "worker-pool.h"

/* The client's own errors (errmsg.h has no word of where they end). */
#define CLIENT_FIRST	2000
#define CLIENT_LAST	2999
/*
 * ER_OPTION_PREVENTS_STATEMENT, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION, ER_READ_ONLY_MODE, and
 * ER_UNKNOWN_COM_ERROR, by which a Galera node without a majority refuses.
 */
#define READ_ONLY_CODES	1290, 1792, 1836, 1047

static pthread_once_t library_once = PTHREAD_ONCE_INIT;

static void library_begin(void)
{
	mysql_library_init(0, NULL, NULL);
}

/* The library counts in seconds; the pool keeps the exact deadline. */
static unsigned int whole_seconds(int64_t ns)
{
	return ns <= 0 ? 1 : (unsigned int)((ns + FDR_NS_PER_S - 1) / FDR_NS_PER_S);
}

static void explain(MYSQL *m, int64_t deadline_ns, struct fdr_sql_failure *f)
{
	static const unsigned int read_only[] = { READ_ONLY_CODES };
	unsigned int code = mysql_errno(m);

	f->code = (int)code;
	fdr_text_clean(f->text, sizeof(f->text), mysql_error(m));
	f->gone = (code >= CLIENT_FIRST && code <= CLIENT_LAST) || code == ER_SERVER_SHUTDOWN ||
		  code == ER_CONNECTION_KILLED;
	/* A read that timed out looks like a connection that went. */
	f->timed_out = f->gone && fdr_now_ns() >= deadline_ns;
	f->no_table = code == ER_NO_SUCH_TABLE || code == ER_BAD_DB_ERROR;
	for (size_t i = 0; i < FDR_ARRAY_LEN(read_only); i++)
		f->read_only = f->read_only || code == read_only[i];
}

static void *mysql_open(const struct fdr_sql_config *c, const struct fdr_sql_endpoint *at,
			int64_t deadline_ns, struct fdr_sql_failure *f)
{
	unsigned int connect = whole_seconds(deadline_ns - fdr_now_ns());
	unsigned int answer = whole_seconds(c->timeout_ns);
	unsigned int no_files = 0;	/* of ours, for whatever server this may be */
	MYSQL *m = mysql_init(NULL);

	if (!m) {
		snprintf(f->text, sizeof(f->text), "out of memory");
		return NULL;
	}
	mysql_options(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
	mysql_options(m, MYSQL_OPT_READ_TIMEOUT, &answer);
	mysql_options(m, MYSQL_OPT_WRITE_TIMEOUT, &answer);
	mysql_options(m, MYSQL_OPT_LOCAL_INFILE, &no_files);
	mysql_options(m, MYSQL_INIT_COMMAND, "SET autocommit = 1");
	if (c->extra) {
		mysql_options(m, MYSQL_READ_DEFAULT_FILE, c->extra);
		mysql_options(m, MYSQL_READ_DEFAULT_GROUP, "client");
	}
	if (mysql_real_connect(m, at->path ? NULL : at->host, c->user,
			       c->has_password ? c->password : NULL,
			       c->ledgered ? NULL : c->database, (unsigned int)at->port,
			       at->path ? at->host : NULL, 0))
		return m;
	explain(m, deadline_ns, f);
	mysql_close(m);
	return NULL;
}

static void close_connection(void *connection)
{
	mysql_close(connection);
}

static bool give_rows(MYSQL *m, int64_t deadline_ns, fdr_sql_row *row, void *userdata,
		      struct fdr_sql_failure *f)
{
	MYSQL_RES *res = mysql_use_result(m);
	unsigned int n = mysql_field_count(m);
	size_t sizes[8];
	MYSQL_ROW v;

	if (!res) {
		if (!n)
			return true;	/* a statement without an answer */
		explain(m, deadline_ns, f);
		return false;
	}
	while ((v = mysql_fetch_row(res))) {
		const unsigned long *lengths = mysql_fetch_lengths(res);

		for (unsigned int i = 0; i < n && i < FDR_ARRAY_LEN(sizes); i++)
			sizes[i] = lengths[i];
		if (row && n <= FDR_ARRAY_LEN(sizes) &&
		    !row(userdata, (const char *const *)v, sizes, n)) {
			f->timed_out = f->gone = true;
			snprintf(f->text, sizeof(f->text), "not all rows came in time");
			break;
		}
	}
	if (!f->timed_out && mysql_errno(m))
		explain(m, deadline_ns, f);
	mysql_free_result(res);
	return !f->timed_out && !mysql_errno(m);
}

static bool mysql_do(void *connection, const char *sql, int64_t deadline_ns, fdr_sql_row *row,
		     void *userdata, struct fdr_sql_failure *f)
{
	if (!mysql_real_query(connection, sql, strlen(sql)))
		return give_rows(connection, deadline_ns, row, userdata, f);
	explain(connection, deadline_ns, f);
	return false;
}

static void name_table(const struct fdr_sql_config *c, char *buf, size_t size)
{
	snprintf(buf, size, "`%s`.`%s`", c->database, c->table);
}

/* No number is unique here: what comes twice is to be found. */
static const char *const create[] = {
	"CREATE TABLE IF NOT EXISTS {table} ("
	"id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,"
	" ledger CHAR(16) CHARACTER SET ascii NOT NULL, seq BIGINT UNSIGNED NOT NULL,"
	" payload VARCHAR(4096) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,"
	" digest CHAR(64) CHARACTER SET ascii NOT NULL, KEY of_ledger (ledger, seq)) ENGINE=InnoDB",
	NULL,
};

static const struct fdr_sql_driver driver = {
	.name = "mysql",
	.identify = "SELECT @@global.read_only, CONCAT(@@hostname, ':', @@port)",
	.create_database = "CREATE DATABASE IF NOT EXISTS `{database}`",
	.create = create, .name_table = name_table, .connect = mysql_open,
	.close = close_connection, .run = mysql_do,
};

static int start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		 void **ret_state, struct fdr_error *e)
{
	pthread_once(&library_once, library_begin);
	return fdr_sql_start(&driver, env, opts, ret_state, e);
}

static int read_back(struct fdr_ledger_reading *r, struct fdr_error *e)
{
	pthread_once(&library_once, library_begin);
	return fdr_sql_read_back(&driver, r, e);
}

static const struct fdr_opt_desc options[] = {
	FDR_SQL_OPTIONS("where the statement runs; the ledger's is made if it is not there"),
	{ .name = "defaults_file", .type = FDR_OPT_PATH,
	  .summary = "an option file whose group [client] says more, TLS for example" },
	FDR_OPEN_LOOP_OPTIONS,
	FDR_WORKER_POOL_OPTIONS,
	FDR_LEDGER_OPTIONS,
};

const struct fdr_workload_ops fdr_workload_mysql = {
	.kind = { .name = "mysql", .summary = "statements to MariaDB or MySQL",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = start, .drain = fdr_pooled_drain, .stop = fdr_pooled_stop,
	.pending = fdr_pooled_pending, .read_back = read_back,
};
