// SPDX-License-Identifier: GPL-2.0-or-later
#include "tally.h"

#include <math.h>
#include <string.h>

/* Five bits behind the highest one: 32 buckets for each power of two. */
static size_t bucket_of(int64_t ns)
{
	uint64_t v = ns > 0 ? (uint64_t)ns : 0;
	unsigned int shift;

	if (v < 64)
		return (size_t)v;
	shift = 58 - (unsigned int)__builtin_clzll(v);
	return (size_t)(shift + 1) * 32 + (size_t)(v >> shift) - 32;
}

/* The largest value of a bucket. */
static int64_t bucket_end(size_t i)
{
	unsigned int shift = i < 64 ? 0 : (unsigned int)(i / 32) - 1;

	if (i < 64)
		return (int64_t)i;
	return (int64_t)(((uint64_t)(i % 32) + 33) << shift) - 1;
}

static void keep(struct fdr_tally *t, int64_t ns)
{
	if (t->n == t->capacity) {
		size_t capacity = t->capacity ? t->capacity * 2 : 1024;
		int64_t *v = reallocarray(t->latency_ns, capacity, sizeof(*v));

		if (!v) {
			t->failed = true;
			return;
		}
		t->latency_ns = v;
		t->capacity = capacity;
	}
	t->latency_ns[t->n++] = ns;
}

static void count(struct fdr_tally_count *c, enum fdr_request_status status)
{
	c->ok += status == FDR_REQUEST_OK;
	c->late += status == FDR_REQUEST_LATE;
	c->errors += status == FDR_REQUEST_ERROR;
	c->timeouts += status == FDR_REQUEST_TIMEOUT;
}

void fdr_tally_add(struct fdr_tally *t, const struct fdr_request *r)
{
	int64_t ns = r->done_ns - r->intended_ns;

	count(&t->now, r->status);
	count(&t->all, r->status);
	if (r->status == FDR_REQUEST_ERROR || r->status == FDR_REQUEST_TIMEOUT) {
		snprintf(t->why, sizeof(t->why), "%s", r->detail);
		return;
	}
	keep(t, ns);
	t->buckets[bucket_of(ns)]++;
	if (ns > t->max_ns)
		t->max_ns = ns;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* How many are at or below the quantile: at least one. */
static uint64_t rank_of(double p, uint64_t n)
{
	uint64_t rank = (uint64_t)ceil(p * (double)n);

	return rank < 1 ? 1 : rank > n ? n : rank;
}

int64_t fdr_tally_quantile(struct fdr_tally *t, double p)
{
	if (!t->n)
		return 0;
	qsort(t->latency_ns, t->n, sizeof(*t->latency_ns), by_time);
	return t->latency_ns[rank_of(p, t->n) - 1];
}

int64_t fdr_tally_quantile_all(const struct fdr_tally *t, double p)
{
	uint64_t n = fdr_tally_successes(&t->all), rank = rank_of(p, n), seen = 0;

	for (size_t i = 0; n && i < FDR_TALLY_BUCKETS; i++) {
		seen += t->buckets[i];
		if (seen >= rank)
			return bucket_end(i) < t->max_ns ? bucket_end(i) : t->max_ns;
	}
	return 0;
}

void fdr_tally_next(struct fdr_tally *t)
{
	t->now = (struct fdr_tally_count){ 0 };
	t->n = 0;
	*t->why = '\0';
}

void fdr_tally_clear(struct fdr_tally *t)
{
	free(t->latency_ns);
	t->latency_ns = NULL;
	t->n = t->capacity = 0;
}
