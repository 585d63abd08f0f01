// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger-judge.h"

#include <errno.h>
#include <string.h>

#include "ledger.h"

static bool holds(const struct fdr_ledger_copy *c, uint64_t seq)
{
	size_t lo = 0, hi = c->n_present;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (seq < c->present[mid].first)
			hi = mid;
		else if (seq - c->present[mid].first >= c->present[mid].n)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int append(struct fdr_ledger_numbers *s, uint64_t seq)
{
	/* Grows at the powers of two. */
	if (!(s->n & (s->n - 1))) {
		uint64_t *more = reallocarray(s->v, s->n ? s->n * 2 : 1, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->v = more;
	}
	s->v[s->n++] = seq;
	return 0;
}

static size_t unique(uint64_t *v, size_t n)
{
	size_t to = 0;

	if (n)
		qsort(v, n, sizeof(*v), by_number);
	for (size_t i = 0; i < n; i++)
		if (!i || v[i] != v[i - 1])
			v[to++] = v[i];
	return to;
}

static bool among(const uint64_t *v, size_t n, uint64_t seq)
{
	return n && bsearch(&seq, v, n, sizeof(*v), by_number);
}

/* How many of @now were not known; they are afterwards.  @now is used up. */
static int count_new(struct fdr_ledger_numbers *known, struct fdr_ledger_numbers *now,
		     uint64_t *ret)
{
	size_t old = known->n;
	int r = 0;

	now->n = unique(now->v, now->n);
	*ret = 0;
	for (size_t i = 0; !r && i < now->n; i++) {
		if (among(known->v, old, now->v[i]))
			continue;
		r = append(known, now->v[i]);
		++*ret;
	}
	if (known->n)
		qsort(known->v, known->n, sizeof(*known->v), by_number);
	free(now->v);
	*now = (struct fdr_ledger_numbers){ NULL, 0 };
	return r;
}

static int count_marked(struct fdr_ledger_case *c, bool corrupt, struct fdr_ledger_numbers *known,
			uint64_t *ret)
{
	struct fdr_ledger_numbers now = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; i < c->n_copies; i++) {
		const struct fdr_ledger_copy *x = &c->copies[i];
		const uint64_t *v = corrupt ? x->corrupt : x->twice;
		size_t n = corrupt ? x->n_corrupt : x->n_twice;

		for (size_t k = 0; !r && x->read && k < n; k++)
			r = append(&now, v[k]);
	}
	if (r < 0) {
		free(now.v);
		return r;
	}
	return count_new(known, &now, ret);
}

/*
 * Present and never sent: numbers that nobody has given out, and requests that are known
 * not to have left.  What a controller that died sent last is not known, so whatever is
 * there of its range may be its.
 */
static int find_phantoms(const struct fdr_ledger_case *c, const struct fdr_ledger_copy *x,
			 struct fdr_ledger_numbers *now)
{
	int r = 0;

	for (size_t i = 0; !r && i < c->n_entries; i++)
		if (c->entries[i].fate == FDR_LEDGER_NEVER_SENT && holds(x, c->entries[i].seq))
			r = append(now, c->entries[i].seq);
	for (size_t i = 0; i < x->n_present; i++) {
		uint64_t at = x->present[i].first, end = at + x->present[i].n;

		for (at = at < c->next ? c->next : at; !r && at < end; at++)
			r = append(now, at);
	}
	return r;
}

static int count_phantoms(struct fdr_ledger_case *c, struct fdr_ledger_known *known, uint64_t *ret)
{
	struct fdr_ledger_numbers now = { NULL, 0 };
	int r = 0;

	for (size_t i = 0; !r && i < c->n_copies; i++)
		if (c->copies[i].read)
			r = find_phantoms(c, &c->copies[i], &now);
	if (r < 0) {
		free(now.v);
		return r;
	}
	return count_new(&known->phantom, &now, ret);
}

static void count_lost(struct fdr_ledger_case *c, struct fdr_ledger_entry *e,
		       struct fdr_ledger_verdict *v)
{
	const struct fdr_ledger_copy *service = &c->copies[0];

	/* A record that is there with a wrong checksum is corrupt, not lost. */
	if (e->lost || holds(service, e->seq) ||
	    among(service->corrupt, service->n_corrupt, e->seq))
		return;
	e->lost = true;
	if (!v->lost++ || e->done_ns < v->oldest_lost_ns)
		v->oldest_lost_ns = e->done_ns;
	if (v->lost == 1 || e->done_ns > v->newest_lost_ns)
		v->newest_lost_ns = e->done_ns;
	for (size_t i = 1; i < c->n_copies; i++) {
		if (c->copies[i].read && holds(&c->copies[i], e->seq)) {
			v->recoverable++;
			return;
		}
	}
}

static void judge_entries(struct fdr_ledger_case *c, struct fdr_ledger_verdict *v)
{
	for (size_t i = 0; i < c->n_entries; i++) {
		struct fdr_ledger_entry *e = &c->entries[i];

		if (e->seq >= c->cut)
			break;
		if (e->fate == FDR_LEDGER_ACKNOWLEDGED) {
			v->acknowledged++;
			count_lost(c, e, v);
		} else if (e->fate == FDR_LEDGER_UNKNOWN) {
			v->unknown++;
			v->unknown_there += holds(&c->copies[0], e->seq);
		}
	}
}

/* How many numbers below @cut are in @a and not in @b. */
static uint64_t only_in(const struct fdr_ledger_copy *a, const struct fdr_ledger_copy *b,
			uint64_t cut)
{
	uint64_t only = 0;
	size_t k = 0;

	for (size_t i = 0; i < a->n_present; i++) {
		uint64_t at = a->present[i].first, end = at + a->present[i].n;

		if (end > cut)
			end = cut;
		while (at < end) {
			uint64_t from, to;

			while (k < b->n_present && b->present[k].first + b->present[k].n <= at)
				k++;
			from = k < b->n_present ? b->present[k].first : UINT64_MAX;
			to = k < b->n_present ? from + b->present[k].n : UINT64_MAX;
			if (from > at) {
				only += (from < end ? from : end) - at;
				at = from < end ? to : end;
			} else {
				at = to;
			}
		}
	}
	return only;
}

static int compare_copies(struct fdr_ledger_case *c, struct fdr_ledger_verdict *v)
{
	v->splits = calloc(c->n_copies * c->n_copies + 1, sizeof(*v->splits));
	if (!v->splits)
		return -ENOMEM;
	for (size_t a = 0; a < c->n_copies; a++) {
		for (size_t b = a + 1; b < c->n_copies; b++) {
			struct fdr_ledger_copy *x = &c->copies[a], *y = &c->copies[b];
			struct fdr_ledger_split s = { .a = a, .b = b };

			if (!x->read || !y->read)
				continue;
			s.only_a = only_in(x, y, c->cut);
			s.only_b = only_in(y, x, c->cut);
			if (!a) {
				y->behind = s.only_a;
				y->ahead = s.only_b;
			}
			if (s.only_a && s.only_b)
				v->splits[v->n_splits++] = s;
		}
	}
	return 0;
}

int fdr_ledger_judge(struct fdr_ledger_case *c, struct fdr_ledger_known *known,
		     struct fdr_ledger_verdict *ret)
{
	int r;

	*ret = (struct fdr_ledger_verdict){ .judged = c->n_copies && c->copies[0].read };
	for (size_t i = 0; i < c->n_copies; i++) {
		c->copies[i].records = 0;
		for (size_t k = 0; c->copies[i].read && k < c->copies[i].n_present; k++)
			c->copies[i].records += c->copies[i].present[k].n;
	}
	if (ret->judged)
		judge_entries(c, ret);
	r = compare_copies(c, ret);
	if (r >= 0)
		r = count_phantoms(c, known, &ret->phantom);
	if (r >= 0)
		r = count_marked(c, true, &known->corrupt, &ret->corrupt);
	if (r >= 0)
		r = count_marked(c, false, &known->twice, &ret->duplicate);
	if (r < 0)
		fdr_ledger_verdict_clear(ret);
	return r;
}

void fdr_ledger_verdict_clear(struct fdr_ledger_verdict *v)
{
	free(v->splits);
	*v = (struct fdr_ledger_verdict){ 0 };
}

void fdr_ledger_known_clear(struct fdr_ledger_known *k)
{
	free(k->corrupt.v);
	free(k->twice.v);
	free(k->phantom.v);
	*k = (struct fdr_ledger_known){ 0 };
}
