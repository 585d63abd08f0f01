// SPDX-License-Identifier: GPL-2.0-or-later
#include "ledger-book.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "ledger-found.h"
#include "ledger-judge.h"
#include "workload/workload.h"

struct account {
	const char *workload;
	struct fdr_ledger_entry *entries;
	size_t n;
	struct fdr_ledger_known known;
	struct fdr_ledger_readings readings;	/* of the present trial */
};

struct fdr_ledger_book {
	json_t *plan;			/* owns the names */
	struct account *v;
	size_t n;
	unsigned int next_trial;	/* whose requests have not been entered yet */
};

int fdr_ledger_book_new(const json_t *plan, struct fdr_ledger_book **ret)
{
	json_t *workloads = json_object_get(plan, "workloads"), *w;
	struct fdr_ledger_book *b = calloc(1, sizeof(*b));
	const char *name;

	if (!b)
		return -ENOMEM;
	b->v = calloc(json_object_size(workloads) + 1, sizeof(*b->v));
	if (!b->v) {
		free(b);
		return -ENOMEM;
	}
	b->plan = json_incref((json_t *)plan);
	json_object_foreach(workloads, name, w)
		if (json_is_true(json_object_get(json_object_get(w, "options"), "ledger")))
			b->v[b->n++].workload = name;
	*ret = b;
	return 0;
}

static struct account *find(struct fdr_ledger_book *b, const char *workload)
{
	for (size_t i = 0; i < b->n; i++)
		if (!strcmp(b->v[i].workload, workload))
			return &b->v[i];
	return NULL;
}

static enum fdr_ledger_fate fate_of(const struct fdr_request *r)
{
	if (r->status == FDR_REQUEST_OK || r->status == FDR_REQUEST_LATE)
		return FDR_LEDGER_ACKNOWLEDGED;
	return fdr_request_not_sent(r) ? FDR_LEDGER_NEVER_SENT : FDR_LEDGER_UNKNOWN;
}

static int on_request(void *userdata, const struct fdr_request *r)
{
	struct account *a = find(userdata, r->source);

	if (!a)
		return 0;
	/* Grows at the powers of two. */
	if (!(a->n & (a->n - 1))) {
		void *more = reallocarray(a->entries, a->n ? a->n * 2 : 1, sizeof(*a->entries));

		if (!more)
			return -ENOMEM;
		a->entries = more;
	}
	a->entries[a->n++] = (struct fdr_ledger_entry){ .seq = r->seq, .done_ns = r->done_ns,
							.fate = fate_of(r) };
	return 0;
}

static int by_seq(const void *a, const void *b)
{
	const struct fdr_ledger_entry *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* Everything that had ended by the reading is filed under this trial or one before. */
static int enter_requests(struct fdr_ledger_book *b, struct fdr_store *store, unsigned int trial)
{
	int r = 0;

	for (; !r && b->next_trial <= trial; b->next_trial++)
		r = fdr_store_each_request(store, b->next_trial, on_request, b);
	for (size_t i = 0; !r && i < b->n; i++) {
		struct account *a = &b->v[i];

		if (a->n)
			qsort(a->entries, a->n, sizeof(*a->entries), by_seq);
		for (size_t k = 1; k < a->n; k++)
			if (a->entries[k].seq == a->entries[k - 1].seq)
				return -EBADMSG;
	}
	return r;
}

static int on_reading(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	const char *workload = json_string_value(json_object_get(data, "workload"));
	struct account *a = workload ? find(userdata, workload) : NULL;

	(void)node;
	(void)at_ns;
	return a ? fdr_ledger_readings_add(&a->readings, data) : -EBADMSG;
}

/* Of a server's words only what every report can show. */
static void FDR_PRINTF(2, 3) say_why(struct fdr_result_loss *l, const char *fmt, ...)
{
	va_list ap;

	if (*l->why_not)
		return;
	va_start(ap, fmt);
	vsnprintf(l->why_not, sizeof(l->why_not), fmt, ap);
	va_end(ap);
	for (char *c = l->why_not; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/*
 * The data acknowledged in this span of time are not all there: from the acknowledgement
 * of the oldest lost record to the onset, or to that of the newest lost one if it is later.
 */
static struct fdr_interval rpo_of(const struct fdr_ledger_verdict *v,
				  const struct fdr_interval *onset)
{
	int64_t lo = v->newest_lost_ns, hi = lo;

	if (!v->lost)
		return (struct fdr_interval){ 0, 0 };
	if (onset && onset->lo_ns > lo)
		lo = onset->lo_ns;
	if (onset && onset->hi_ns > hi)
		hi = onset->hi_ns;
	return (struct fdr_interval){ lo - v->oldest_lost_ns, hi - v->oldest_lost_ns };
}

static json_t *copies_json(const struct fdr_ledger_readings *x)
{
	json_t *all = json_array();

	for (size_t i = 0; i < x->n; i++) {
		const struct fdr_ledger_copy *c = &x->copies[i];

		json_array_append_new(all, json_pack(
			"{s:s, s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "name", c->name, "read",
			c->read, "error", x->errors[i], "records", (json_int_t)c->records,
			"behind", (json_int_t)c->behind, "ahead", (json_int_t)c->ahead, "corrupt",
			(json_int_t)c->n_corrupt, "duplicate", (json_int_t)c->n_twice, "foreign",
			(json_int_t)x->foreign[i]));
	}
	return all;
}

static json_t *splits_json(const struct fdr_ledger_readings *x, const struct fdr_ledger_verdict *v)
{
	json_t *all = json_array();

	for (size_t i = 0; i < v->n_splits; i++) {
		const struct fdr_ledger_split *s = &v->splits[i];

		json_array_append_new(all, json_pack(
			"{s:s, s:s, s:I, s:I}", "a", x->copies[s->a].name, "b",
			x->copies[s->b].name, "only_a", (json_int_t)s->only_a, "only_b",
			(json_int_t)s->only_b));
	}
	return all;
}

static json_t *ledger_json(const struct account *a, const struct fdr_ledger_verdict *v,
			   const struct fdr_interval *rpo)
{
	return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I}, s:o, s:o}",
			 "workload", a->workload, "judged", v->judged,
			 "acknowledged", (json_int_t)v->acknowledged,
			 "unknown", (json_int_t)v->unknown,
			 "unknown_present", (json_int_t)v->unknown_there,
			 "lost", (json_int_t)v->lost, "recoverable", (json_int_t)v->recoverable,
			 "phantom", (json_int_t)v->phantom, "corrupt", (json_int_t)v->corrupt,
			 "duplicate", (json_int_t)v->duplicate,
			 "rpo", "lo_ns", (json_int_t)rpo->lo_ns, "hi_ns", (json_int_t)rpo->hi_ns,
			 "copies", copies_json(&a->readings), "diverged",
			 splits_json(&a->readings, v));
}

static int sum_up(const struct account *a, const struct fdr_ledger_verdict *v,
		  const struct fdr_interval *onset, struct fdr_result_loss *l)
{
	struct fdr_interval rpo = rpo_of(v, onset);

	l->judged = l->judged && v->judged;
	l->acknowledged += v->acknowledged;
	l->unknown += v->unknown;
	l->lost += v->lost;
	l->recoverable += v->recoverable;
	l->phantom += v->phantom;
	l->corrupt += v->corrupt;
	l->duplicate += v->duplicate;
	l->diverged += (unsigned int)v->n_splits;
	if (rpo.hi_ns > l->rpo.hi_ns)
		l->rpo = rpo;
	if (!a->readings.n)
		say_why(l, "ledger %s was not read back", a->workload);
	for (size_t i = 0; i < a->readings.n; i++)
		if (!a->readings.copies[i].read)
			say_why(l, "ledger %s: copy %s could not be read back: %s", a->workload,
				a->readings.copies[i].name, a->readings.errors[i]);
	return json_array_append_new(l->ledgers, ledger_json(a, v, &rpo)) < 0 ? -ENOMEM : 0;
}

static int judge(struct account *a, const struct fdr_interval *onset, struct fdr_result_loss *l)
{
	struct fdr_ledger_case c = {
		.entries = a->entries, .n_entries = a->n, .cut = a->readings.cut,
		.next = a->readings.next, .copies = a->readings.copies, .n_copies = a->readings.n,
	};
	struct fdr_ledger_verdict v;
	int r = fdr_ledger_judge(&c, &a->known, &v);

	if (r < 0)
		return r;
	r = sum_up(a, &v, onset, l);
	fdr_ledger_verdict_clear(&v);
	return r;
}

int fdr_ledger_book_trial(struct fdr_ledger_book *b, struct fdr_store *store, unsigned int trial,
			  const struct fdr_interval *onset, struct fdr_result_loss *ret)
{
	int r;

	*ret = (struct fdr_result_loss){ .wanted = b->n, .judged = b->n };
	if (!b->n)
		return 0;
	ret->ledgers = json_array();
	r = enter_requests(b, store, trial);
	if (!r)
		r = fdr_store_each_event(store, trial, "ledger", on_reading, b);
	for (size_t i = 0; !r && i < b->n; i++)
		r = judge(&b->v[i], onset, ret);
	for (size_t i = 0; i < b->n; i++)
		fdr_ledger_readings_clear(&b->v[i].readings);
	return r;
}

struct fdr_ledger_book *fdr_ledger_book_free(struct fdr_ledger_book *b)
{
	if (!b)
		return NULL;
	for (size_t i = 0; i < b->n; i++) {
		free(b->v[i].entries);
		fdr_ledger_known_clear(&b->v[i].known);
		fdr_ledger_readings_clear(&b->v[i].readings);
	}
	free(b->v);
	json_decref(b->plan);
	free(b);
	return NULL;
}
