// SPDX-License-Identifier: GPL-2.0-or-later
#include "sql.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "substitute.h"
#include "worker-pool.h"

/* Between two attempts at a request that is to be retried. */
#define RETRY_NS	(20 * FDR_NS_PER_MS)

/* One worker's connection. */
struct client {
	struct fdr_sql_config *config;
	void *connection;		/* NULL: none */
	size_t at;			/* the endpoint that was good last */
	char server[128];
};

struct identity {
	bool read_only;
	char name[128];
};

static bool on_identity(void *userdata, const char *const *columns, const size_t *sizes,
			unsigned int n)
{
	struct identity *id = userdata;

	(void)sizes;
	if (n != 2 || !columns[0])
		return true;
	id->read_only = *columns[0] == '1' || *columns[0] == 't';
	fdr_text_clean(id->name, sizeof(id->name), columns[1] ? columns[1] : "");
	return true;
}

static void drop(struct client *x)
{
	if (x->connection)
		x->config->driver->close(x->connection);
	x->connection = NULL;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* One endpoint; @write: it has to take writes. */
static bool try_endpoint(struct client *x, const struct fdr_sql_endpoint *at, bool write,
			 int64_t deadline_ns, struct fdr_sql_failure *f)
{
	const struct fdr_sql_driver *d = x->config->driver;
	int64_t until_ns = sooner(deadline_ns, fdr_now_ns() + x->config->connect_ns);
	struct identity id = { 0 };

	*f = (struct fdr_sql_failure){ 0 };
	x->connection = d->connect(x->config, at, until_ns, f);
	if (!x->connection)
		return false;
	if (d->run(x->connection, d->identify, until_ns, on_identity, &id, f)) {
		if (!write || !id.read_only) {
			memcpy(x->server, id.name, sizeof(x->server));
			return true;
		}
		snprintf(f->text, sizeof(f->text), "it takes no writes (read only)");
	}
	drop(x);
	return false;
}

/* The first of the endpoints that will do, from the one that was good last. */
static bool connect_any(struct client *x, int64_t deadline_ns, char *why, size_t size)
{
	const struct fdr_sql_config *c = x->config;
	struct fdr_sql_failure f;

	*why = '\0';
	for (size_t i = 0; i < c->n_endpoints; i++) {
		size_t k = (x->at + i) % c->n_endpoints, n = strlen(why);

		if (try_endpoint(x, &c->endpoints[k], true, deadline_ns, &f)) {
			x->at = k;
			return true;
		}
		snprintf(why + n, size - n, "%s%.60s: %.120s", n ? "; " : "",
			 c->endpoints[k].host, f.text);
		if (fdr_now_ns() >= deadline_ns)
			break;
	}
	return false;
}

static bool run_named(struct client *x, const char *statement, int64_t deadline_ns,
		      struct fdr_sql_failure *f)
{
	char *sql FDR_CLEANUP_FREE = fdr_sql_with_names(x->config, statement);

	*f = (struct fdr_sql_failure){ .text = "out of memory" };
	return sql && x->config->driver->run(x->connection, sql, deadline_ns, NULL, NULL, f);
}

/* Is it there?  If not, make it: a user who may not is to find it there. */
static bool create_table(struct client *x, int64_t deadline_ns, struct fdr_sql_failure *f)
{
	const struct fdr_sql_driver *d = x->config->driver;

	if (run_named(x, "SELECT 1 FROM {table} LIMIT 0", deadline_ns, f))
		return true;
	if (!f->no_table)
		return false;
	if (d->create_database && !run_named(x, d->create_database, deadline_ns, f))
		return false;
	for (size_t i = 0; d->create[i]; i++)
		if (!run_named(x, d->create[i], deadline_ns, f))
			return false;
	return true;
}

/* The ledger's table, once; the others wait for the one that makes it. */
static bool make_table(struct client *x, int64_t deadline_ns, char *why, size_t size)
{
	struct fdr_sql_config *c = x->config;
	struct fdr_sql_failure f;

	if (!c->ledgered)
		return true;
	pthread_mutex_lock(c->lock);
	if (!c->created)
		c->created = create_table(x, deadline_ns, &f);
	pthread_mutex_unlock(c->lock);
	if (c->created)
		return true;
	snprintf(why, size, "cannot make table %s: %.120s", c->table, f.text);
	drop(x);
	return false;
}

static char *statement_of(const struct fdr_sql_config *c, uint64_t seq)
{
	struct fdr_ledger_record r;
	char name[160], *sql;

	if (!c->ledgered)
		return fdr_substitute(c->statement, "seq", seq);
	fdr_ledger_make(&c->ledger, seq, &r);
	c->driver->name_table(c, name, sizeof(name));
	/* Letters and digits all, so that nothing is to be quoted. */
	if (asprintf(&sql, "INSERT INTO %s (ledger, seq, payload, digest) VALUES ('%s', %" PRIu64
		     ", '%s', '%s')", name, c->ledger.id, seq, r.payload, r.sum) < 0)
		return NULL;
	return sql;
}

/* One attempt; false: it failed, and @j says how. */
static bool attempt(struct client *x, struct fdr_job *j, const char *sql, bool *sent)
{
	struct fdr_sql_failure f = { 0 };
	char why[300];

	*j->detail = '\0';
	if (!x->connection && (!connect_any(x, j->deadline_ns, why, sizeof(why)) ||
			       !make_table(x, j->deadline_ns, why, sizeof(why)))) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "%s%.140s", *sent ? "" : FDR_NOT_SENT, why);
		return false;
	}
	*sent = true;
	if (x->config->driver->run(x->connection, sql, j->deadline_ns, NULL, NULL, &f)) {
		j->status = FDR_REQUEST_OK;
		j->code = 0;
		snprintf(j->served_by, sizeof(j->served_by), "%s", x->server);
		return true;
	}
	j->status = f.timed_out ? FDR_REQUEST_TIMEOUT : FDR_REQUEST_ERROR;
	j->code = f.code;
	fdr_text_clean(j->detail, sizeof(j->detail), f.text);
	if (f.gone || f.timed_out || f.read_only)
		drop(x);
	/* A Galera node that has no majority does not say so when it is asked who it is. */
	if (f.read_only)
		x->at = (x->at + 1) % x->config->n_endpoints;
	return false;
}

static void pause_a_moment(void)
{
	const struct timespec t = { .tv_nsec = RETRY_NS };

	nanosleep(&t, NULL);
}

static void run_job(void *worker, struct fdr_job *j)
{
	struct client *x = worker;
	char *sql FDR_CLEANUP_FREE = statement_of(x->config, j->seq);
	bool sent = false;

	if (!sql) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), FDR_NOT_SENT "out of memory");
		return;
	}
	/* A request that failed may have been carried out: only who asks for it sends it again. */
	while (!attempt(x, j, sql, &sent) && x->config->retry &&
	       fdr_now_ns() + RETRY_NS < j->deadline_ns)
		pause_a_moment();
}

static void *open_worker(void *shared, unsigned int index)
{
	struct client *x = calloc(1, sizeof(*x));

	(void)index;
	if (x)
		x->config = shared;
	return x;
}

static void close_worker(void *worker)
{
	drop(worker);
	free(worker);
}

static const struct fdr_worker_ops worker_ops = {
	.open = open_worker, .run = run_job, .close = close_worker,
	.free_shared = fdr_sql_config_free,
};

int fdr_sql_start(const struct fdr_sql_driver *driver, const struct fdr_workload_env *env,
		  const struct fdr_opts *opts, void **ret_state, struct fdr_error *e)
{
	struct fdr_sql_config *c;
	int r = fdr_sql_config_new(driver, opts, env->ledger, &c, e);

	return r < 0 ? r : fdr_pooled_start(env, opts, &worker_ops, c, ret_state, e);
}

static bool on_record(void *userdata, const char *const *columns, const size_t *sizes,
		      unsigned int n)
{
	struct fdr_ledger_reading *r = userdata;
	char *end;

	if (n != 3 || !columns[0])
		return true;
	fdr_ledger_found(&r->view, &r->ledger, strtoull(columns[0], &end, 10), columns[1],
			 sizes[1], columns[2], sizes[2]);
	return fdr_now_ns() < r->deadline_ns;
}

static int read_all(struct client *x, struct fdr_ledger_reading *r, struct fdr_error *e)
{
	struct fdr_sql_failure f = { 0 };
	char name[160], sql[320];

	x->config->driver->name_table(x->config, name, sizeof(name));
	snprintf(sql, sizeof(sql), "SELECT seq, payload, digest FROM %s WHERE ledger = '%s'", name,
		 r->ledger.id);
	/* A server that never got the table holds no record: that is an answer. */
	if (x->config->driver->run(x->connection, sql, r->deadline_ns, on_record, r, &f) ||
	    f.no_table)
		return 0;
	return fdr_err(e, f.timed_out ? -ETIMEDOUT : -EIO, "%s", f.text);
}

static int connect_reader(struct client *x, const struct fdr_ledger_reading *r,
			  struct fdr_error *e)
{
	struct fdr_sql_endpoint at;
	struct fdr_sql_failure f;
	char why[300];

	if (!r->endpoint)
		return connect_any(x, r->deadline_ns, why, sizeof(why)) ? 0 :
		       fdr_err(e, -ECONNREFUSED, "%s", why);
	if (!fdr_sql_parse_endpoint(r->endpoint, &at))
		return fdr_err(e, -EINVAL, "\"%.200s\" is no server: write HOST, HOST:PORT, "
			       "[IPv6]:PORT or the path of a socket", r->endpoint);
	return try_endpoint(x, &at, false, r->deadline_ns, &f) ? 0 :
	       fdr_err(e, -ECONNREFUSED, "%s", f.text);
}

int fdr_sql_read_back(const struct fdr_sql_driver *driver, struct fdr_ledger_reading *r,
		      struct fdr_error *e)
{
	struct client x = { 0 };
	int err = fdr_sql_config_new(driver, r->opts, &r->ledger, &x.config, e);

	if (err < 0)
		return err;
	err = connect_reader(&x, r, e);
	if (err >= 0)
		err = read_all(&x, r, e);
	drop(&x);
	fdr_sql_config_free(x.config);
	return err;
}
