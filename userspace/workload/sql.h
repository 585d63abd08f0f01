/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_SQL_H
#define FDR_WORKLOAD_SQL_H

#include <pthread.h>

#include "ledger.h"
#include "workload.h"

/*
 * What workloads on SQL databases share: the list of servers, connections that each
 * worker keeps and makes anew, one statement a request, and the ledger's table.  A
 * driver knows one client library.
 */
#define FDR_SQL_ENDPOINTS_MAX	16

struct fdr_sql_endpoint {
	char host[256];			/* or the path of a socket (of its directory) */
	int port;			/* 0: the driver's */
	bool path;
};

struct fdr_sql_driver;

/* Of all threads; nothing but "created" changes in it. */
struct fdr_sql_config {
	const struct fdr_sql_driver *driver;
	struct fdr_sql_endpoint endpoints[FDR_SQL_ENDPOINTS_MAX];
	size_t n_endpoints;
	char *user, *database, *table, *statement, *extra;
	char password[256];
	bool has_password, retry, ledgered;
	struct fdr_ledger ledger;
	int64_t connect_ns, timeout_ns;
	pthread_mutex_t *lock;		/* of "created" */
	bool created;
};

struct fdr_sql_failure {
	bool timed_out;
	bool gone;			/* the connection is of no more use */
	bool read_only;			/* this server takes no writes now */
	bool no_table;
	int code;			/* the server's */
	char text[200];
};

/* A row of an answer, its columns as texts (NULL: null).  False: enough. */
typedef bool fdr_sql_row(void *userdata, const char *const *columns, const size_t *sizes,
			 unsigned int n);

struct fdr_sql_driver {
	const char *name;
	/* One row: does it refuse writes ("1", "t"), and its name. */
	const char *identify;
	/* Where the table is not there; "{table}" and "{database}" are put in. */
	const char *create_database;	/* NULL: it has to be there */
	const char *const *create;	/* up to NULL */
	void (*name_table)(const struct fdr_sql_config *c, char *buf, size_t size);
	/* NULL: could not connect by then, and @f says why. */
	void *(*connect)(const struct fdr_sql_config *c, const struct fdr_sql_endpoint *at,
			 int64_t deadline_ns, struct fdr_sql_failure *f);
	void (*close)(void *connection);
	/* Carries out one statement to its end; rows go to @row, if that is not NULL. */
	bool (*run)(void *connection, const char *sql, int64_t deadline_ns, fdr_sql_row *row,
		    void *userdata, struct fdr_sql_failure *f);
};

int fdr_sql_start(const struct fdr_sql_driver *driver, const struct fdr_workload_env *env,
		  const struct fdr_opts *opts, void **ret_state, struct fdr_error *e);
int fdr_sql_read_back(const struct fdr_sql_driver *driver, struct fdr_ledger_reading *r,
		      struct fdr_error *e);

/* sql-config.c */
int fdr_sql_config_new(const struct fdr_sql_driver *driver, const struct fdr_opts *opts,
		       const struct fdr_ledger *ledger, struct fdr_sql_config **ret,
		       struct fdr_error *e);
void fdr_sql_config_free(void *config);
/* "HOST", "HOST:PORT", "[IPv6]:PORT", "/path"; false: it is none of them. */
bool fdr_sql_parse_endpoint(const char *text, struct fdr_sql_endpoint *ret);
/* A statement with "{table}" or "{database}" put in; to be freed. */
char *fdr_sql_with_names(const struct fdr_sql_config *c, const char *statement);

/* For a kind's table, beside FDR_OPEN_LOOP_OPTIONS, FDR_WORKER_POOL_OPTIONS and the ledger's. */
#define FDR_SQL_OPTIONS(what_database) \
	{ .name = "endpoints", .type = FDR_OPT_LIST, .required = true, \
	  .summary = "servers, HOST[:PORT] or the path of a socket; of several the one that " \
	  "takes writes is used, also after a failover" }, \
	{ .name = "user", .type = FDR_OPT_STRING, .summary = "to log in with" }, \
	{ .name = "password_file", .type = FDR_OPT_PATH, \
	  .summary = "file whose first line is the password" }, \
	{ .name = "database", .type = FDR_OPT_STRING, .def = "faultdrill", \
	  .summary = what_database }, \
	{ .name = "table", .type = FDR_OPT_STRING, .def = "faultdrill_ledger", \
	  .summary = "ledger: where records go; made if it is not there" }, \
	{ .name = "statement", .type = FDR_OPT_STRING, \
	  .summary = "without ledger: one statement of yours a request; {seq} is its number" }, \
	{ .name = "retry", .type = FDR_OPT_BOOL, .def = "no", \
	  .summary = "send again what failed, until the timeout; a record may then come twice" }, \
	{ .name = "connect_timeout", .type = FDR_OPT_TIME, .def = "1s", .min = 10000000, \
	  .max = 600000000000, .summary = "then the next endpoint is tried" }

#endif /* FDR_WORKLOAD_SQL_H */
