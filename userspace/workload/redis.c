// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands to a Redis server (or what speaks its protocol), by clients that keep one
 * connection each, as an application's pool does: one that failed is made anew, to
 * whatever the address leads to then.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "kinds.h"
#include "ledger.h"
#include "open-loop.h"
#include "redis-client.h"
#include "redis-ledger.h"
#include "substitute.h"

#define WORDS_MAX	32		/* of a command */

enum op { OP_SET, OP_GET, OP_PING, OP_COMMAND };

/* Of all clients; nothing changes in it. */
struct shared {
	enum op op;
	struct fdr_redis_place place;
	char *words[WORDS_MAX];		/* op COMMAND */
	int n_words;
	char *name;
	uint64_t keys, size, replicas;
	bool ledger_mode;
	struct fdr_ledger ledger;
};

struct client {
	struct shared *shared;
	struct fdr_redis redis;
	char *value;
};

/* "acknowledged" is then what so many replicas have. */
static void await_replicas(struct client *x, struct fdr_job *j)
{
	char n[24], ms[24];
	const char *words[] = { "WAIT", n, ms };
	struct timeval tv = fdr_redis_left(j);
	long long wait_ms = ((long long)tv.tv_sec * 1000 + tv.tv_usec / 1000) * 3 / 4;
	redisReply *r;

	/* Less than there is, so that its answer comes in time; and 0 would be for ever. */
	snprintf(n, sizeof(n), "%" PRIu64, x->shared->replicas);
	snprintf(ms, sizeof(ms), "%lld", wait_ms > 0 ? wait_ms : 1);
	r = fdr_redis_ask(&x->redis, j, 3, words);
	if (!r)
		return;
	if (r->type != REDIS_REPLY_INTEGER || r->integer < (long long)x->shared->replicas) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "written, but %lld of %s replicas have it",
			 r->type == REDIS_REPLY_INTEGER ? r->integer : 0, n);
	}
	freeReplyObject(r);
}

static void out_of_memory(struct fdr_job *j)
{
	j->status = FDR_REQUEST_ERROR;
	snprintf(j->detail, sizeof(j->detail), "not sent: out of memory");
}

static void request(struct client *x, struct fdr_job *j)
{
	const struct shared *s = x->shared;
	const char *words[WORDS_MAX] = { NULL };
	char *own[WORDS_MAX] = { NULL }, key[FDR_REDIS_KEY_MAX];
	redisReply *r = NULL;
	int n = 0;

	if (s->ledger_mode)
		fdr_redis_ledger_key(&s->ledger, j->seq, key);
	else
		snprintf(key, sizeof(key), "faultdrill:%.63s:%" PRIu64, s->name, j->seq % s->keys);
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
		r = fdr_redis_ask(&x->redis, j, n, words);
	else
		out_of_memory(j);
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

	if (!fdr_redis_connect(&x->redis, j))
		return;
	/* The value tells which request wrote it. */
	if (x->shared->ledger_mode)
		fdr_ledger_text(&x->shared->ledger, j->seq, x->value);
	else if (x->shared->op == OP_SET)
		x->value[snprintf(x->value, x->shared->size + 1, "%020" PRIu64, j->seq)] = '.';
	request(x, j);
	snprintf(j->served_by, sizeof(j->served_by), "%s", x->redis.server);
}

static void redis_close(void *worker)
{
	struct client *x = worker;

	fdr_redis_close(&x->redis);
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
	x->redis.place = &x->shared->place;
	x->value = calloc(1, x->shared->ledger_mode ? FDR_LEDGER_TEXT_MAX : x->shared->size + 1);
	if (!x->value) {
		free(x);
		return NULL;
	}
	if (!x->shared->ledger_mode)
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
	free(s->name);
	fdr_redis_place_clear(&s->place);
	free(s);
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

static int fill(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		struct shared *s, struct fdr_error *e)
{
	const char *command = fdr_opts_str(opts, "command");
	int r;

	s->op = (enum op)fdr_opts_num(opts, "op");
	s->keys = fdr_opts_num(opts, "keys");
	s->size = fdr_opts_num(opts, "size");
	s->replicas = fdr_opts_num(opts, "replicas");
	s->name = strdup(env->name);
	if (env->ledger) {
		s->ledger_mode = true;
		s->ledger = *env->ledger;
	}
	if (!s->name)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_redis_place_read(opts, NULL, &s->place, e);
	if (r >= 0 && command)
		r = split_command(command, s, e);
	if (r >= 0 && s->ledger_mode && s->op != OP_SET)
		r = fdr_err(e, -EINVAL, "ledger: its records are written by op \"set\"");
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
	FDR_LEDGER_OPTIONS,
};

const struct fdr_workload_ops fdr_workload_redis = {
	.kind = { .name = "redis", .summary = "commands to a Redis server",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = redis_start, .drain = fdr_pooled_drain, .stop = fdr_pooled_stop,
	.pending = fdr_pooled_pending, .read_back = fdr_redis_read_back,
};
