// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ledger workloads in a run: whose requests have ended, and the reading back after each
 * trial.  What was found goes to the store as it is; analysis judges it.
 */
#include "ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/loop.h"
#include "flow.h"
#include "run.h"
#include "workload/ledger.h"
#include "workload/read-back.h"

/* A reader that keeps to its deadline reports a moment after it. */
#define GRACE_NS	(500 * FDR_NS_PER_MS)

/* One of a run's workloads, in the order of the plan. */
struct fdr_run_ledger {
	bool wanted;
	struct fdr_ledger what;
	struct fdr_flow flow;		/* up to where have all requests ended? */
	uint64_t ended;
	int64_t timeout_ns;

	/* While it is being read. */
	struct fdr_read_back *reading;
	uint64_t cut;
};

static void on_settled(void *userdata, const struct fdr_flow_request *r)
{
	(void)userdata;
	(void)r;
}

static int session_of(struct fdr_run *run)
{
	const char *before = run->resumed ? fdr_store_meta(run->store, "sessions") : NULL;
	uint64_t n = before ? strtoull(before, NULL, 10) : run->resumed;
	char text[24];

	run->first_seq = n << FDR_SEQ_SESSION_SHIFT;
	snprintf(text, sizeof(text), "%" PRIu64, n + 1);
	return fdr_store_put_meta(run->store, "sessions", text);
}

/* Of the run: one that goes on keeps it. */
static int ledger_id(struct fdr_run *run, char ret[FDR_LEDGER_ID_TEXT])
{
	const char *before = run->resumed ? fdr_store_meta(run->store, "ledger_id") : NULL;
	uint64_t id;

	if (before && strlen(before) == FDR_LEDGER_ID_TEXT - 1) {
		memcpy(ret, before, FDR_LEDGER_ID_TEXT);
		return 0;
	}
	/* Not from the seed: a run that repeats another one has a ledger of its own. */
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -errno;
	snprintf(ret, FDR_LEDGER_ID_TEXT, "%016" PRIx64, id);
	return fdr_store_put_meta(run->store, "ledger_id", ret);
}

int fdr_run_start_ledgers(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	char id[FDR_LEDGER_ID_TEXT] = "";
	int r = session_of(run);

	run->ledgers = calloc(p->n_workloads + 1, sizeof(*run->ledgers));
	if (!run->ledgers)
		r = -ENOMEM;
	for (size_t i = 0; !r && i < p->n_workloads; i++) {
		const struct fdr_opts *o = &p->workloads[i].opts;
		struct fdr_run_ledger *l = &run->ledgers[i];

		if (!fdr_ledger_wanted(o))
			continue;
		if (!*id)
			r = ledger_id(run, id);
		l->wanted = true;
		memcpy(l->what.id, id, sizeof(id));
		l->what.payload = fdr_opts_num(o, "payload");
		l->timeout_ns = (int64_t)fdr_opts_num(o, "read_timeout");
		l->flow.settled = on_settled;
		l->flow.next_seq = run->first_seq;
	}
	return r < 0 ? fdr_err(e, r, "cannot begin a ledger: %s", strerror(-r)) : 0;
}

const struct fdr_ledger *fdr_run_ledger(const struct fdr_run *run, size_t i)
{
	return run->ledgers[i].wanted ? &run->ledgers[i].what : NULL;
}

int fdr_run_ledger_request(struct fdr_run *run, const struct fdr_request *r)
{
	for (size_t i = 0; run->ledgers && i < run->plan->n_workloads; i++) {
		struct fdr_run_ledger *l = &run->ledgers[i];

		if (!l->wanted || strcmp(run->plan->workloads[i].name, r->source))
			continue;
		l->ended++;
		return fdr_flow_add(&l->flow, r);
	}
	return 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static json_t *pair(uint64_t a, uint64_t b)
{
	return json_pack("[I, I]", (json_int_t)a, (json_int_t)b);
}

/* Sorted numbers as ranges [first, how many], and those that are there more than once. */
static void put_present(json_t *o, uint64_t *v, size_t n)
{
	json_t *present = json_array(), *twice = json_array();
	size_t i = 0;

	qsort(v, n, sizeof(*v), by_number);
	while (i < n) {
		uint64_t first = v[i], last = first;

		while (i < n && v[i] - last <= 1) {
			size_t k = 1;

			last = v[i];
			while (i + k < n && v[i + k] == last)
				k++;
			if (k > 1)
				json_array_append_new(twice, pair(last, k));
			i += k;
		}
		json_array_append_new(present, pair(first, last - first + 1));
	}
	json_object_set_new(o, "present", present);
	json_object_set_new(o, "duplicates", twice);
}

static void put_view(json_t *o, const struct fdr_ledger_view *view)
{
	uint64_t *seqs FDR_CLEANUP_FREE = calloc(view->n + 1, sizeof(*seqs));
	json_t *corrupt = json_array();

	if (!seqs) {
		json_object_set_new(o, "error", json_string("out of memory"));
		return;
	}
	if (view->n)
		memcpy(seqs, view->seqs, view->n * sizeof(*seqs));
	put_present(o, seqs, view->n);
	for (size_t i = 0; i < view->n_corrupt; i++)
		json_array_append_new(corrupt, json_integer((json_int_t)view->corrupt[i]));
	json_object_set_new(o, "corrupt", corrupt);
	json_object_set_new(o, "foreign", json_integer((json_int_t)view->foreign));
	json_object_set_new(o, "foreign_text", json_string(view->foreign_text));
}

/* Errors of servers come in whatever encoding theirs is. */
static json_t *printable(const char *text)
{
	json_t *j = json_string(text);

	return j ? j : json_string("an error whose text is no UTF-8");
}

static void record_copy(struct fdr_run *run, size_t i, size_t copy)
{
	struct fdr_run_ledger *l = &run->ledgers[i];
	uint64_t next = run->first_seq + l->ended + fdr_workload_pending(run->workloads[i]);
	const char *name = run->plan->workloads[i].name;
	struct fdr_read_copy c;
	json_t *o;

	fdr_read_back_copy(l->reading, copy, &c);
	o = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:i, s:o}", "workload", name,
		      "copy", c.name, "ledger", l->what.id, "first", (json_int_t)run->first_seq,
		      "cut", (json_int_t)l->cut, "next", (json_int_t)next, "begun_ns",
		      (json_int_t)c.begun_ns, "attempts", (int)c.attempts, "error",
		      c.done ? json_null() : printable(c.error));
	if (c.done)
		put_view(o, c.view);
	else
		fdr_run_warn(run, "ledger %s: copy %s could not be read back: %s", name, c.name,
			     c.error);
	fdr_run_event(run, "ledger", NULL, c.ended_ns ? c.ended_ns : fdr_now_ns(), o);
}

static bool all_read(void *userdata)
{
	const struct fdr_run *run = userdata;

	for (size_t i = 0; i < run->plan->n_workloads; i++)
		if (run->ledgers[i].reading && !fdr_read_back_over(run->ledgers[i].reading))
			return false;
	return true;
}

/* Begins to read; gives when the last of them has to be over, 0 if there is nothing. */
static int begin_reading(struct fdr_run *run, int64_t *ret_until_ns, struct fdr_error *e)
{
	int r = 0;

	*ret_until_ns = 0;
	for (size_t i = 0; !r && run->workloads && i < run->plan->n_workloads; i++) {
		const struct fdr_opts *opts = &run->plan->workloads[i].opts;
		struct fdr_run_ledger *l = &run->ledgers[i];
		int64_t until_ns = fdr_now_ns() + l->timeout_ns;

		if (!l->wanted)
			continue;
		l->cut = l->flow.next_seq;
		r = fdr_read_back_start(fdr_workload_kind(opts->kind->name), opts, &l->what,
					until_ns, run->poller, &l->reading, e);
		if (until_ns > *ret_until_ns)
			*ret_until_ns = until_ns;
	}
	return r;
}

int fdr_run_read_ledgers(struct fdr_run *run, struct fdr_error *e)
{
	int64_t until_ns;
	int r;

	if (!run->ledgers)
		return 0;
	r = begin_reading(run, &until_ns, e);
	if (r >= 0 && until_ns) {
		fdr_run_phase(run, "reading");
		r = fdr_loop_wait(run->loop, all_read, run, until_ns + GRACE_NS);
		if (r == -ECANCELED)
			fdr_err(e, r, "interrupted");
		else if (r < 0 && r != -ETIMEDOUT)
			fdr_err(e, r, "the event loop failed: %s", strerror(-r));
		else
			r = 0;
	}
	for (size_t i = 0; i < run->plan->n_workloads; i++) {
		struct fdr_run_ledger *l = &run->ledgers[i];

		for (size_t c = 0; !r && l->reading && c < fdr_read_back_copies(l->reading); c++)
			record_copy(run, i, c);
		l->reading = fdr_read_back_end(l->reading);
	}
	if (!r && until_ns)
		fdr_run_phase(run, "read");
	return r;
}

void fdr_run_end_ledgers(struct fdr_run *run)
{
	for (size_t i = 0; run->ledgers && i < run->plan->n_workloads; i++)
		fdr_flow_clear(&run->ledgers[i].flow);
	free(run->ledgers);
	run->ledgers = NULL;
}
