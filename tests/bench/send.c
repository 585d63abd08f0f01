// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The http workload on its own: send URL RATE SECONDS.  Prints how many requests there
 * were, how many were a success, its own lateness in sending, in microseconds, and the
 * latency from the intended instants, in ms.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "workload/workload.h"

struct tally {
	int64_t *late, *took;
	size_t n, capacity, ok;
};

static void on_request(void *userdata, const struct fdr_request *r)
{
	struct tally *t = userdata;

	if (t->n == t->capacity) {
		t->capacity = t->capacity ? t->capacity * 2 : 4096;
		t->late = reallocarray(t->late, t->capacity, sizeof(*t->late));
		t->took = reallocarray(t->took, t->capacity, sizeof(*t->took));
		if (!t->late || !t->took)
			abort();
	}
	t->took[t->n] = r->done_ns - r->intended_ns;
	t->late[t->n++] = r->sent_ns - r->intended_ns;
	t->ok += r->status == FDR_REQUEST_OK;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static double quantile_us(const int64_t *sorted, size_t n, double p)
{
	return (double)sorted[(size_t)(p * (double)(n - 1))] / 1e3;
}

static int send_for(const struct fdr_opts *opts, int64_t ns, struct fdr_sink *sink,
		    struct fdr_error *e)
{
	struct fdr_poller *p FDR_CLEANUP(fdr_poller_freep) = NULL;
	struct fdr_workload_env env = { .name = "bench", .sink = sink, .seed = 1 };
	int64_t end = fdr_now_ns() + ns;
	struct fdr_workload *w;
	int r;

	r = fdr_poller_new(&p);
	if (r < 0)
		return fdr_err(e, r, "%s", strerror(-r));
	env.poller = p;
	r = fdr_workload_start(fdr_workload_kind("http"), &env, opts, &w, e);
	if (r < 0)
		return r;
	while (r >= 0 && fdr_now_ns() < end)
		r = fdr_poller_run_once(p, end - fdr_now_ns() > 0 ? end - fdr_now_ns() : 0);
	fdr_workload_drain(w);
	while (r >= 0 && fdr_workload_pending(w))
		r = fdr_poller_run_once(p, FDR_NS_PER_S);
	fdr_workload_stop(w);
	return r;
}

int main(int argc, char **argv)
{
	struct tally t = { 0 };
	struct fdr_sink sink = { .request = on_request, .userdata = &t };
	struct fdr_opts opts = { .kind = &fdr_workload_kind("http")->kind };
	struct fdr_place nowhere = { 0 };
	struct fdr_error e = { "" };
	char rate[32];
	int r;

	if (argc != 4) {
		fprintf(stderr, "usage: send URL RATE SECONDS\n");
		return 2;
	}
	snprintf(rate, sizeof(rate), "%.20s/s", argv[2]);
	r = fdr_opts_add(&opts, "url", NULL, argv[1], nowhere, &e);
	if (r >= 0)
		r = fdr_opts_add(&opts, "rate", NULL, rate, nowhere, &e);
	if (r >= 0)
		r = fdr_opts_add(&opts, "max_in_flight", NULL, "10000", nowhere, &e);
	if (r >= 0)
		r = fdr_opts_finish(&opts, &e);
	if (r >= 0)
		r = send_for(&opts, (int64_t)(atof(argv[3]) * 1e9), &sink, &e);
	if (r < 0 || !t.n) {
		fdr_error_("%s", r < 0 ? e.text : "nothing was sent");
		return 1;
	}
	qsort(t.late, t.n, sizeof(*t.late), by_value);
	qsort(t.took, t.n, sizeof(*t.took), by_value);
	printf("requests %zu ok %zu p50_us %.1f p99_us %.1f max_us %.1f", t.n, t.ok,
	       quantile_us(t.late, t.n, 0.5), quantile_us(t.late, t.n, 0.99),
	       quantile_us(t.late, t.n, 1));
	printf(" took_p50_ms %.3f took_p99_ms %.3f\n", quantile_us(t.took, t.n, 0.5) / 1e3,
	       quantile_us(t.took, t.n, 0.99) / 1e3);
	fdr_opts_clear(&opts);
	free(t.late);
	free(t.took);
	return 0;
}
