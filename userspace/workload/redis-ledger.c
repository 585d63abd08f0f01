// SPDX-License-Identifier: GPL-2.0-or-later
#include "redis-ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "redis-client.h"

/* Keys asked for at once. */
#define BATCH	500

struct keys {
	char **v;
	size_t n, capacity;
};

struct reader {
	struct fdr_ledger_reading *reading;
	struct fdr_redis redis;
	struct fdr_job job;		/* the deadline, and what went wrong */
	struct keys keys;
};

void fdr_redis_ledger_key(const struct fdr_ledger *l, uint64_t seq, char ret[FDR_REDIS_KEY_MAX])
{
	snprintf(ret, FDR_REDIS_KEY_MAX, "faultdrill:%s:%" PRIu64, l->id, seq);
}

static int failed(const struct reader *x, struct fdr_error *e)
{
	return fdr_err(e, x->job.status == FDR_REQUEST_TIMEOUT ? -ETIMEDOUT : -EIO, "%s",
		       x->job.detail);
}

static int add_key(struct keys *k, const redisReply *r)
{
	if (k->n == k->capacity) {
		size_t capacity = k->capacity ? k->capacity * 2 : 1024;
		char **v = reallocarray(k->v, capacity, sizeof(*v));

		if (!v)
			return -ENOMEM;
		k->v = v;
		k->capacity = capacity;
	}
	k->v[k->n] = r->str ? strdup(r->str) : NULL;
	if (!k->v[k->n])
		return -ENOMEM;
	k->n++;
	return 0;
}

/* One step of a scan: the next cursor, and some keys. */
static int take_keys(struct reader *x, const redisReply *r, char *cursor, size_t size,
		     struct fdr_error *e)
{
	const redisReply *all;

	if (r->type != REDIS_REPLY_ARRAY || r->elements != 2 || !r->element[0]->str ||
	    r->element[1]->type != REDIS_REPLY_ARRAY)
		return fdr_err(e, -EBADMSG, "SCAN: this is no answer of Redis");
	snprintf(cursor, size, "%s", r->element[0]->str);
	all = r->element[1];
	for (size_t i = 0; i < all->elements; i++)
		if (add_key(&x->keys, all->element[i]) < 0)
			return fdr_err(e, -ENOMEM, "out of memory");
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A scan may give a key more than once; a record that is there once must count once. */
static void sort_keys(struct keys *k)
{
	size_t n = 0;

	if (!k->n)
		return;
	qsort(k->v, k->n, sizeof(*k->v), by_name);
	for (size_t i = 0; i < k->n; i++) {
		if (n && !strcmp(k->v[n - 1], k->v[i]))
			free(k->v[i]);
		else
			k->v[n++] = k->v[i];
	}
	k->n = n;
}

static int scan(struct reader *x, struct fdr_error *e)
{
	char cursor[32] = "0", pattern[64];
	const char *words[] = { "SCAN", cursor, "MATCH", pattern, "COUNT", "1000" };

	snprintf(pattern, sizeof(pattern), "faultdrill:%s:*", x->reading->ledger.id);
	do {
		redisReply *r = fdr_redis_ask(&x->redis, &x->job, 6, words);
		int err;

		if (!r)
			return failed(x, e);
		err = take_keys(x, r, cursor, sizeof(cursor), e);
		freeReplyObject(r);
		if (err < 0)
			return err;
	} while (strcmp(cursor, "0"));
	sort_keys(&x->keys);
	return 0;
}

static int fetch(struct reader *x, size_t from, size_t n, struct fdr_error *e)
{
	struct fdr_ledger_reading *reading = x->reading;
	const char *words[BATCH + 1] = { "MGET" };
	redisReply *r;

	for (size_t i = 0; i < n; i++)
		words[i + 1] = x->keys.v[from + i];
	r = fdr_redis_ask(&x->redis, &x->job, (int)n + 1, words);
	if (!r)
		return failed(x, e);
	for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements; i++) {
		const redisReply *v = r->element[i];

		if (v->type == REDIS_REPLY_STRING)
			fdr_ledger_found_text(&reading->view, &reading->ledger, v->str,
					      (size_t)v->len);
	}
	freeReplyObject(r);
	return 0;
}

int fdr_redis_read_back(struct fdr_ledger_reading *r, struct fdr_error *e)
{
	struct reader x = { .reading = r, .job.deadline_ns = r->deadline_ns };
	struct fdr_redis_place place;
	int err = fdr_redis_place_read(r->opts, r->endpoint, &place, e);

	x.redis.place = &place;
	if (err >= 0 && !fdr_redis_connect(&x.redis, &x.job))
		err = failed(&x, e);
	if (err >= 0)
		err = scan(&x, e);
	for (size_t i = 0; err >= 0 && i < x.keys.n; i += BATCH)
		err = fetch(&x, i, x.keys.n - i < BATCH ? x.keys.n - i : BATCH, e);
	for (size_t i = 0; i < x.keys.n; i++)
		free(x.keys.v[i]);
	free(x.keys.v);
	fdr_redis_close(&x.redis);
	fdr_redis_place_clear(&place);
	return err;
}
