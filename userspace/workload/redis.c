// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands to a Redis server (or what speaks its protocol), by clients that keep one
 * connection each, as an application's pool does: one that failed is made anew, to
 * whatever the address leads to then.
 */
#include <errno.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "kinds.h"
#include "open-loop.h"
#include "substitute.h"
#include "worker-pool.h"

#define WORDS_MAX	32		/* of a command */

enum op { OP_SET, OP_GET, OP_PING, OP_COMMAND };

/* Of all clients; nothing changes in it. */
struct shared {
	enum op op;
	char *host;			/* or the path of a socket */
	int port;			/* 0: a path */
	char *user, password[256];
	char *served_by;
	char *words[WORDS_MAX];		/* op COMMAND */
	int n_words;
	char *key_prefix;
	uint64_t keys, size, replicas;
};

struct client {
	struct shared *shared;
	redisContext *c;		/* NULL: not connected */
	char server[128];
	char *value;
};

static void failed(struct client *x, struct fdr_job *j, const char *what)
{
	/* A command's answer that comes after all must not be taken for the next one's. */
	bool late = x->c && x->c->err == REDIS_ERR_IO && (errno == EAGAIN || errno == ETIMEDOUT);

	j->status = late ? FDR_REQUEST_TIMEOUT : FDR_REQUEST_ERROR;
	snprintf(j->detail, sizeof(j->detail), "%s%.140s", what,
		 late ? "no answer in time" : x->c ? x->c->errstr : "out of memory");
	if (x->c)
		redisFree(x->c);
	x->c = NULL;
}

static struct timeval left(const struct fdr_job *j)
{
	int64_t ns = j->deadline_ns - fdr_now_ns();

	if (ns < FDR_NS_PER_MS)
		ns = FDR_NS_PER_MS;
	return (struct timeval){ .tv_sec = ns / FDR_NS_PER_S,
				 .tv_usec = ns % FDR_NS_PER_S / 1000 };
}

/* Runs a command; NULL: it failed, and @j says how. */
static redisReply *ask(struct client *x, struct fdr_job *j, int n, const char **words)
{
	redisReply *r = NULL;

	if (redisSetTimeout(x->c, left(j)) == REDIS_OK)
		r = redisCommandArgv(x->c, n, words, NULL);
	if (!r) {
		failed(x, j, "");
		return NULL;
	}
	if (r->type != REDIS_REPLY_ERROR)
		return r;
	j->status = FDR_REQUEST_ERROR;
	fdr_text_clean(j->detail, sizeof(j->detail), r->str);
	/*
	 * A server that takes no writes now, or holds no data yet: the address may lead to
	 * another one meanwhile.
	 */
	if (!strncmp(r->str, "READONLY", 8) || !strncmp(r->str, "LOADING", 7) ||
	    !strncmp(r->str, "MASTERDOWN", 10)) {
		redisFree(x->c);
		x->c = NULL;
	}
	freeReplyObject(r);
	return NULL;
}

/* "run_id" of INFO's "run_id:5e1f...\r\n"; not to be told is no failure, to be cut off is. */
static bool learn_server(struct client *x, struct fdr_job *j)
{
	const char *words[] = { "INFO", "server" }, *field = x->shared->served_by;
	struct fdr_job scratch = *j;
	redisReply *r = ask(x, &scratch, 2, words);
	size_t n = strlen(field);

	*x->server = '\0';
	for (char *p = r ? r->str : NULL; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, field, n) && p[n] == ':') {
			p[n + 1 + strcspn(p + n + 1, "\r\n")] = '\0';
			fdr_text_clean(x->server, sizeof(x->server), p + n + 1);
			break;
		}
	}
	if (r)
		freeReplyObject(r);
	if (!x->c)
		*j = scratch;
	return x->c;
}

static bool log_in(struct client *x, struct fdr_job *j)
{
	const struct shared *s = x->shared;
	const char *words[3] = { "AUTH" };
	int n = 1;
	redisReply *r;

	if (!*s->password)
		return true;
	if (s->user)
		words[n++] = s->user;
	words[n++] = s->password;
	r = ask(x, j, n, words);
	if (!r) {
		if (x->c)
			redisFree(x->c);
		x->c = NULL;
		return false;
	}
	freeReplyObject(r);
	return true;
}

static bool connected(struct client *x, struct fdr_job *j)
{
	const struct shared *s = x->shared;

	if (x->c)
		return true;
	errno = 0;
	x->c = s->port ? redisConnectWithTimeout(s->host, s->port, left(j)) :
			 redisConnectUnixWithTimeout(s->host, left(j));
	if (!x->c || x->c->err) {
		failed(x, j, "cannot connect: ");
		return false;
	}
	/* The library leaves it open to every program that is started meanwhile. */
	fcntl(x->c->fd, F_SETFD, FD_CLOEXEC);
	if (!log_in(x, j))
		return false;
	return !*s->served_by || learn_server(x, j);
}

/* "acknowledged" is then what so many replicas have. */
static void await_replicas(struct client *x, struct fdr_job *j)
{
	char n[24], ms[24];
	const char *words[] = { "WAIT", n, ms };
	struct timeval tv = left(j);
	long long wait_ms = ((long long)tv.tv_sec * 1000 + tv.tv_usec / 1000) * 3 / 4;
	redisReply *r;

	/* Less than there is, so that its answer comes in time; and 0 would be for ever. */
	snprintf(n, sizeof(n), "%" PRIu64, x->shared->replicas);
	snprintf(ms, sizeof(ms), "%lld", wait_ms > 0 ? wait_ms : 1);
	r = ask(x, j, 3, words);
	if (!r)
		return;
	if (r->type != REDIS_REPLY_INTEGER || r->integer < (long long)x->shared->replicas) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "written, but %lld of %s replicas have it",
			 r->type == REDIS_REPLY_INTEGER ? r->integer : 0, n);
	}
	freeReplyObject(r);
}

static void request(struct client *x, struct fdr_job *j)
{
	const struct shared *s = x->shared;
	const char *words[WORDS_MAX] = { NULL };
	char *own[WORDS_MAX] = { NULL }, key[128];
	redisReply *r = NULL;
	int n = 0;

	snprintf(key, sizeof(key), "%.90s:%" PRIu64, s->key_prefix, j->seq % s->keys);
	if (s->op == OP_COMMAND) {
		for (n = 0; n < s->n_words; n++)
			words[n] = own[n] = fdr_substitute(s->words[n], "seq", j->seq);
	} else {
		words[n++] = s->op == OP_SET ? "SET" : s->op == OP_GET ? "GET" : "PING";
		if (s->op != OP_PING)
			words[n++] = key;
		if (s->op == OP_SET)
			words[n++] = x->value;
	}
	for (int i = 0; i < n; i++)
		if (!words[i])
			n = 0;
	if (n)
		r = ask(x, j, n, words);
	else
		failed(x, j, "not sent: ");
	for (int i = 0; i < WORDS_MAX; i++)
		free(own[i]);
	if (!r)
		return;
	freeReplyObject(r);
	if (s->replicas)
		await_replicas(x, j);
}

static void redis_run(void *worker, struct fdr_job *j)
{
	struct client *x = worker;

	if (!connected(x, j))
		return;
	/* The value tells which request wrote it. */
	if (x->shared->op == OP_SET)
		x->value[snprintf(x->value, x->shared->size + 1, "%020" PRIu64, j->seq)] = '.';
	request(x, j);
	snprintf(j->served_by, sizeof(j->served_by), "%s", x->server);
}

static void redis_close(void *worker)
{
	struct client *x = worker;

	if (x->c)
		redisFree(x->c);
	free(x->value);
	free(x);
}

static void *redis_open(void *shared, unsigned int index)
{
	struct client *x = calloc(1, sizeof(*x));

	(void)index;
	if (!x)
		return NULL;
	x->shared = shared;
	x->value = calloc(1, x->shared->size + 1);
	if (!x->value) {
		free(x);
		return NULL;
	}
	memset(x->value, '.', x->shared->size);
	return x;
}

static void free_shared(void *shared)
{
	struct shared *s = shared;

	if (!s)
		return;
	for (int i = 0; i < s->n_words; i++)
		free(s->words[i]);
	free(s->host);
	free(s->user);
	free(s->served_by);
	free(s->key_prefix);
	explicit_bzero(s->password, sizeof(s->password));
	free(s);
}

static int split_address(const char *text, struct shared *s, struct fdr_error *e)
{
	const char *colon = strrchr(text, ':');
	bool bracket = *text == '[' && colon && colon > text && colon[-1] == ']';
	char *end;
	long port;

	if (*text == '/') {
		s->host = strdup(text);
		return s->host ? 0 : fdr_err(e, -ENOMEM, "out of memory");
	}
	port = colon ? strtol(colon + 1, &end, 10) : 0;
	if (!colon || colon == text || *end || port < 1 || port > 65535 ||
	    (!bracket && memchr(text, ':', (size_t)(colon - text))))
		return fdr_err(e, -EINVAL, "address: \"%.200s\" is no address: write HOST:PORT, "
			       "[IPv6]:PORT or the path of a socket", text);
	s->port = (int)port;
	s->host = strndup(text + bracket, (size_t)(colon - text) - 2 * bracket);
	return s->host ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}

static int split_command(const char *text, struct shared *s, struct fdr_error *e)
{
	for (const char *p = text + strspn(text, " "); *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (s->n_words == WORDS_MAX)
			return fdr_err(e, -EINVAL, "command: more than %d words", WORDS_MAX);
		s->words[s->n_words] = strndup(p, n);
		if (!s->words[s->n_words])
			return fdr_err(e, -ENOMEM, "out of memory");
		s->n_words++;
		p += n;
	}
	if (!s->n_words)
		return fdr_err(e, -EINVAL, "command: there are no words in it");
	s->op = OP_COMMAND;
	return 0;
}

static int read_password(const struct fdr_opts *opts, struct shared *s, struct fdr_error *e)
{
	const char *path = fdr_opts_str(opts, "password_file"), *user = fdr_opts_str(opts, "user");
	int r;

	if (!path)
		return user ? fdr_err(e, -EINVAL, "user: give \"password_file\" as well") : 0;
	r = fdr_read_line(path, s->password, sizeof(s->password));
	if (r < 0)
		return fdr_err(e, r, "password_file: %s: %s", path, strerror(-r));
	if (user && !(s->user = strdup(user)))
		return fdr_err(e, -ENOMEM, "out of memory");
	return 0;
}

static int fill(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		struct shared *s, struct fdr_error *e)
{
	const char *command = fdr_opts_str(opts, "command");
	int r;

	s->op = (enum op)fdr_opts_num(opts, "op");
	s->keys = fdr_opts_num(opts, "keys");
	s->size = fdr_opts_num(opts, "size");
	s->replicas = fdr_opts_num(opts, "replicas");
	s->served_by = strdup(fdr_opts_str(opts, "served_by"));
	if (!s->served_by || asprintf(&s->key_prefix, "faultdrill:%s", env->name) < 0) {
		s->key_prefix = NULL;
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	r = split_address(fdr_opts_str(opts, "address"), s, e);
	if (r >= 0 && command)
		r = split_command(command, s, e);
	if (r >= 0)
		r = read_password(opts, s, e);
	if (r >= 0 && command && fdr_opts_given(opts, "op"))
		r = fdr_err(e, -EINVAL, "command: give either \"op\" or \"command\"");
	if (r >= 0 && s->replicas && s->op != OP_SET && s->op != OP_COMMAND)
		r = fdr_err(e, -EINVAL, "replicas: only what is written reaches replicas; op is "
			    "\"%s\"", fdr_opts_str(opts, "op"));
	return r;
}

static int redis_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		       void **ret_state, struct fdr_error *e)
{
	static const struct fdr_worker_ops ops = {
		.open = redis_open, .run = redis_run, .close = redis_close,
		.free_shared = free_shared,
	};
	struct shared *s = calloc(1, sizeof(*s));
	int r = s ? fill(env, opts, s, e) : fdr_err(e, -ENOMEM, "out of memory");

	if (r < 0) {
		free_shared(s);
		return r;
	}
	return fdr_pooled_start(env, opts, &ops, s, ret_state, e);
}

static const struct fdr_opt_desc options[] = {
	{ .name = "address", .type = FDR_OPT_STRING, .required = true,
	  .summary = "HOST:PORT, or the path of a socket; looked up for each connection" },
	FDR_OPEN_LOOP_OPTIONS,
	FDR_WORKER_POOL_OPTIONS,
	{ .name = "op", .type = FDR_OPT_CHOICE, .choices = "set|get|ping", .def = "set",
	  .summary = "what a request is" },
	{ .name = "command", .type = FDR_OPT_STRING,
	  .summary = "a command of yours in its place, split at blanks; {seq} is the request's "
		     "number" },
	{ .name = "keys", .type = FDR_OPT_U64, .def = "1000", .min = 1, .max = 1000000000,
	  .summary = "so many keys, faultdrill:NAME:N, are used in turn" },
	{ .name = "size", .type = FDR_OPT_SIZE, .def = "64", .min = 20, .max = 16777216,
	  .summary = "bytes of a value" },
	{ .name = "replicas", .type = FDR_OPT_U64, .def = "0", .max = 100,
	  .summary = "a write is a success once so many replicas have it (WAIT)" },
	{ .name = "user", .type = FDR_OPT_STRING, .summary = "for AUTH" },
	{ .name = "password_file", .type = FDR_OPT_PATH,
	  .summary = "file whose first line is the password for AUTH" },
	{ .name = "served_by", .type = FDR_OPT_STRING, .def = "run_id",
	  .summary = "field of INFO server that names the server; \"\": do not ask" },
};

const struct fdr_workload_ops fdr_workload_redis = {
	.kind = { .name = "redis", .summary = "commands to a Redis server",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = redis_start, .drain = fdr_pooled_drain, .stop = fdr_pooled_stop,
	.pending = fdr_pooled_pending,
};
