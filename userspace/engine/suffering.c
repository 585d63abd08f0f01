// SPDX-License-Identifier: GPL-2.0-or-later
/* What the users of the service saw, from the requests of a trial. */
#include "raw.h"

#include <errno.h>
#include <string.h>

/* A gap: no success for longer than so many mean sending intervals. */
#define GAP_INTERVALS	10
/* Requests this long before the onset are kept for the plot. */
#define PLOT_BEFORE_NS	(2 * FDR_NS_PER_S)

static bool succeeded(const struct fdr_raw_request *r)
{
	return r->status == FDR_REQUEST_OK || r->status == FDR_REQUEST_LATE;
}

/* Under way at the onset, or meant after it. */
static bool concerned(const struct fdr_raw_request *r, const struct fdr_interval *onset,
		      int64_t end_ns)
{
	return r->done_ns > onset->lo_ns && r->intended_ns < end_ns;
}

static void count(struct fdr_result_trial *t, const struct fdr_raw_request *r)
{
	int64_t late_ns = r->sent_ns - r->intended_ns;

	t->workload.requests++;
	t->workload.ok += r->status == FDR_REQUEST_OK;
	t->workload.late += r->status == FDR_REQUEST_LATE;
	t->workload.errors += r->status == FDR_REQUEST_ERROR;
	t->workload.timeouts += r->status == FDR_REQUEST_TIMEOUT;
	if (late_ns > t->workload.max_send_late_ns)
		t->workload.max_send_late_ns = late_ns;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* Distances between successes by completion, from the last one before the onset. */
static int measure_gaps(const struct fdr_raw *raw, const struct fdr_interval *onset,
			int64_t end_ns, int64_t interval_ns, struct fdr_result_trial *t)
{
	int64_t *done FDR_CLEANUP_FREE = calloc(raw->n_requests + 1, sizeof(*done));
	size_t n = 0;

	if (!done)
		return -ENOMEM;
	for (size_t i = 0; i < raw->n_requests; i++)
		if (succeeded(&raw->requests[i]) && raw->requests[i].done_ns < end_ns)
			done[n++] = raw->requests[i].done_ns;
	qsort(done, n, sizeof(*done), by_time);
	/* What lasts until the end of the trial is a gap as well. */
	if (n)
		done[n++] = end_ns;
	for (size_t i = 1; i < n; i++) {
		int64_t gap_ns = done[i] - done[i - 1];

		if (done[i] <= onset->lo_ns)
			continue;
		if (gap_ns > t->workload.longest_gap_ns)
			t->workload.longest_gap_ns = gap_ns;
		t->workload.gaps += gap_ns > GAP_INTERVALS * interval_ns;
	}
	return 0;
}

/* Mean distance between intended send times; 0 if it cannot be told. */
static int64_t sending_interval(const struct fdr_raw *raw)
{
	if (raw->n_requests < 2)
		return 0;
	return (raw->requests[raw->n_requests - 1].intended_ns - raw->requests[0].intended_ns) /
	       (int64_t)(raw->n_requests - 1);
}

/*
 * Service is back with the answer to the first request from which on all
 * succeed for the hold time.  That is an event with a stamp of its own, so its
 * uncertainty is the onset's alone.
 */
static void find_served(const struct fdr_raw *raw, const struct fdr_interval *onset,
			int64_t end_ns, int64_t hold_ns, struct fdr_suffering *s)
{
	const struct fdr_raw_request *first_ok = NULL;

	for (size_t i = 0; i < raw->n_requests; i++) {
		const struct fdr_raw_request *r = &raw->requests[i];

		if (!concerned(r, onset, end_ns))
			continue;
		if (r->status != FDR_REQUEST_OK) {
			if (!s->any) {
				s->any = true;
				s->first_error_ns = r->intended_ns;
				s->in_flight = r->intended_ns < onset->lo_ns;
			}
			first_ok = NULL;
			continue;
		}
		if (!s->any)
			continue;
		if (!first_ok)
			first_ok = r;
		if (r->intended_ns - first_ok->intended_ns >= hold_ns) {
			s->served = true;
			s->served_at = (struct fdr_interval){ first_ok->done_ns, first_ok->done_ns };
			return;
		}
	}
}

static int plot(const struct fdr_raw *raw, const struct fdr_interval *onset, int64_t end_ns,
		struct fdr_result_trial *t)
{
	int64_t zero_ns = onset->lo_ns + (onset->hi_ns - onset->lo_ns) / 2;
	int r = 0;

	for (size_t i = 0; !r && i < raw->n_requests; i++) {
		const struct fdr_raw_request *q = &raw->requests[i];
		struct fdr_result_point p = { q->intended_ns - zero_ns,
					      q->done_ns - q->intended_ns, q->status };

		if (q->intended_ns >= zero_ns - PLOT_BEFORE_NS && q->intended_ns < end_ns)
			r = fdr_result_add_point(t, &p);
	}
	return r;
}

int fdr_measure_workload(const struct fdr_raw *raw, const struct fdr_interval *onset,
			 int64_t end_ns, int64_t hold_ns, struct fdr_result_trial *t,
			 struct fdr_suffering *ret)
{
	int64_t interval_ns = sending_interval(raw);
	uint64_t bad;
	int r;

	*ret = (struct fdr_suffering){ 0 };
	for (size_t i = 0; i < raw->n_requests; i++)
		if (concerned(&raw->requests[i], onset, end_ns))
			count(t, &raw->requests[i]);
	bad = t->workload.late + t->workload.errors + t->workload.timeouts;
	t->workload.outage_ns = (int64_t)bad * interval_ns;
	find_served(raw, onset, end_ns, hold_ns, ret);
	r = measure_gaps(raw, onset, end_ns, interval_ns, t);
	return r < 0 ? r : plot(raw, onset, end_ns, t);
}
