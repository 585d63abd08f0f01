// SPDX-License-Identifier: GPL-2.0-or-later
/* Workloads in threads: a worker of this test blocks for as long as the test likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>

#include "common-workload.h"
#include "workload/open-loop.h"
#include "workload/worker-pool.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool shut;
	unsigned int inside, opened, closed, freed;
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

struct worker {
	unsigned int index;
	char *memory;
};

static void *worker_open(void *shared, unsigned int index)
{
	struct worker *w = calloc(1, sizeof(*w));

	assert_string_equal(shared, "shared");
	w->index = index;
	w->memory = strdup("of the thread");
	pthread_mutex_lock(&gate.lock);
	gate.opened++;
	pthread_mutex_unlock(&gate.lock);
	return w;
}

static void worker_run(void *worker, struct fdr_job *j)
{
	struct worker *w = worker;

	pthread_mutex_lock(&gate.lock);
	gate.inside++;
	while (gate.shut)
		pthread_cond_wait(&gate.changed, &gate.lock);
	gate.inside--;
	pthread_mutex_unlock(&gate.lock);
	j->code = (int)w->index;
	snprintf(j->served_by, sizeof(j->served_by), "worker %u", w->index);
	if (j->seq % 10 == 9) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "no %ju", (uintmax_t)j->seq);
	}
}

static void worker_close(void *worker)
{
	struct worker *w = worker;

	free(w->memory);
	free(w);
	pthread_mutex_lock(&gate.lock);
	gate.closed++;
	pthread_mutex_unlock(&gate.lock);
}

static void free_shared(void *shared)
{
	free(shared);
	pthread_mutex_lock(&gate.lock);
	gate.freed++;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static const struct fdr_worker_ops ops = {
	.open = worker_open, .run = worker_run, .close = worker_close,
	.free_shared = free_shared,
};
static const struct fdr_opt_desc options[] = { FDR_OPEN_LOOP_OPTIONS, FDR_WORKER_POOL_OPTIONS };
static const struct fdr_kind kind = { .name = "test", .summary = "", .opts = options,
				      .n_opts = FDR_ARRAY_LEN(options) };

struct fixture {
	struct fdr_poller *p;
	struct recorder rec;
	struct fdr_opts opts;
	struct fdr_workload_env env;
	void *w;
};

static void shut(bool on)
{
	pthread_mutex_lock(&gate.lock);
	gate.shut = on;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int r = fdr_poller_new(&f->p);

	recorder_init(&f->rec);
	f->env = (struct fdr_workload_env){ .name = "users", .poller = f->p,
					    .sink = &f->rec.sink, .seed = 1 };
	gate.opened = gate.closed = gate.freed = 0;
	*state = f;
	return r;
}

static void stop(struct fixture *f)
{
	if (f->w)
		fdr_pooled_stop(FDR_TAKE_PTR(f->w));
}

/* Until the threads that were left behind have gone too. */
static void await_freed(void)
{
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	pthread_mutex_lock(&gate.lock);
	while (!gate.freed && !r)
		r = pthread_cond_timedwait(&gate.changed, &gate.lock, &until);
	pthread_mutex_unlock(&gate.lock);
	assert_int_equal(r, 0);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	shut(false);
	stop(f);
	fdr_poller_free(f->p);
	fdr_opts_clear(&f->opts);
	recorder_clear(&f->rec);
	free(f);
	return 0;
}

static void start(struct fixture *f)
{
	struct fdr_error e = { "" };

	if (fdr_pooled_start(&f->env, &f->opts, &ops, strdup("shared"), &f->w, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(fdr_pooled_shared(f->w), "shared");
}

static void outcomes(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, &kind, "rate", "1000/s", "workers", "4", NULL);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 300));
	fdr_pooled_drain(f->w);
	for (int i = 0; i < 1000 && fdr_pooled_pending(f->w); i++)
		fdr_poller_run_once(f->p, 10 * MS);
	assert_int_equal(fdr_pooled_pending(f->w), 0);
	check_accounting(&f->rec);
	for (size_t i = 0; i < f->rec.n_requests; i++) {
		const struct seen_request *q = &f->rec.requests[i];
		char words[32];

		assert_in_range(q->code, 0, 3);
		snprintf(words, sizeof(words), "worker %d", q->code);
		assert_string_equal(q->served_by, words);
		snprintf(words, sizeof(words), "no %ju", (uintmax_t)q->seq);
		if (q->seq % 10 == 9) {
			assert_int_equal(q->status, FDR_REQUEST_ERROR);
			assert_string_equal(q->detail, words);
		} else if (q->status == FDR_REQUEST_OK) {
			assert_string_equal(q->detail, "");
		}
	}
	stop(f);
	await_freed();
	assert_int_equal(gate.opened, 4);
	assert_int_equal(gate.closed, 4);
}

/* All workers stall for 300 ms: what waited for one has waited since its instant. */
static void stall_is_counted(void **state)
{
	struct fixture *f = *state;
	size_t late = 0, waited = 0, n;
	int64_t end;

	make_opts(&f->opts, &kind, "rate", "200/s", "workers", "2", "late", "100ms",
		  "timeout", "60s", NULL);
	shut(true);
	start(f);
	run_for(f->p, 300 * MS);
	/* The schedule goes on, for two workers that do nothing. */
	for (int i = 0; i < 2000 && fdr_pooled_pending(f->w) < 60; i++)
		fdr_poller_run_once(f->p, 10 * MS);
	n = fdr_pooled_pending(f->w);
	assert_true(n >= 60);
	assert_int_equal(f->rec.n_requests, 0);
	end = fdr_now_ns();
	shut(false);
	assert_true(await_requests(f->p, &f->rec, n));
	fdr_pooled_drain(f->w);
	stop(f);
	check_accounting(&f->rec);
	for (size_t i = 0; i < f->rec.n_requests; i++) {
		const struct seen_request *q = &f->rec.requests[i];

		/* What we sent late ourselves, on a busy machine, tells nothing. */
		if (q->intended_ns > end - 150 * MS || q->sent_ns >= end ||
		    q->status == FDR_REQUEST_ERROR)
			continue;
		assert_int_equal(q->status, FDR_REQUEST_LATE);
		assert_true(q->done_ns >= end);
		/* The wait is no lateness of ours: it does not count before the sending. */
		waited += q->done_ns - q->sent_ns >= 100 * MS;
		late++;
	}
	assert_true(late >= 20);
	assert_true(waited >= 20);
}

/* Nobody comes back: each is reported at its deadline, and the end waits for nobody. */
static void stuck(void **state)
{
	struct fixture *f = *state;
	size_t running = 0, waiting = 0, rest = 0;
	int64_t from;

	make_opts(&f->opts, &kind, "rate", "100/s", "workers", "3", "timeout", "100ms",
		  "max_in_flight", "8", NULL);
	shut(true);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 40));
	for (size_t i = 0; i < f->rec.n_requests; i++) {
		const struct seen_request *q = &f->rec.requests[i];

		if (!strcmp(q->detail, "no whole answer in time"))
			running++;
		else if (!strcmp(q->detail, "not sent: no worker was free in time"))
			waiting++;
		else if (!strcmp(q->detail, "not sent: 8 in flight"))
			rest++;
		else
			fail_msg("\"%s\"", q->detail);
		if (q->status == FDR_REQUEST_TIMEOUT)
			assert_true(q->done_ns - q->intended_ns >= 100 * MS);
	}
	assert_int_equal(running, 3);
	assert_true(waiting > 0);
	assert_true(rest > 0);
	from = fdr_now_ns();
	stop(f);
	assert_true(fdr_now_ns() - from < 5 * FDR_NS_PER_S);
	check_accounting(&f->rec);
	assert_int_equal(gate.closed, 0);
	assert_int_equal(gate.freed, 0);
	/* They come back at last, and clean up after themselves. */
	shut(false);
	await_freed();
	assert_int_equal(gate.closed, 3);
}

/* Workers that come back after their requests were given up serve the next ones. */
static void come_back(void **state)
{
	struct fixture *f = *state;
	size_t n;

	make_opts(&f->opts, &kind, "rate", "100/s", "workers", "2", "timeout", "200ms", NULL);
	shut(true);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 2));
	assert_int_equal(f->rec.requests[0].status, FDR_REQUEST_TIMEOUT);
	shut(false);
	n = f->rec.n_requests;
	assert_true(await_requests(f->p, &f->rec, n + 60));
	fdr_pooled_drain(f->w);
	stop(f);
	/* And nothing is reported twice. */
	check_accounting(&f->rec);
	n = 0;
	for (size_t i = 0; i < f->rec.n_requests; i++)
		n += !strncmp(f->rec.requests[i].served_by, "worker ", 7);
	assert_true(n >= 20);
}

static void nothing_is_left_of_a_failure(void **state)
{
	struct fixture *f = *state;
	struct rlimit lim, low;
	struct fdr_error e = { "" };
	int r;

	make_opts(&f->opts, &kind, "workers", "1024", NULL);
	/* No descriptor for the pool. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	low = lim;
	low.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	r = fdr_pooled_start(&f->env, &f->opts, &ops, strdup("shared"), &f->w, &e);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	assert_int_equal(r, -EMFILE);
	assert_non_null(strstr(e.text, "cannot make a pool of workers"));
	assert_null(f->w);
	assert_int_equal(gate.freed, 1);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(outcomes), T(stall_is_counted), T(stuck), T(come_back),
		T(nothing_is_left_of_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
