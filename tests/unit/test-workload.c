// SPDX-License-Identifier: GPL-2.0-or-later
/* The http workload, against servers on the same poller. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <sys/resource.h>

#include "common-workload.h"
#include "workload/arrivals.h"
#include "workload/workload.h"

struct fixture {
	struct fdr_poller *p;
	struct recorder rec;
	struct fdr_opts opts;
	struct fdr_workload *w;
	struct peer *peer;
	const char *answer;		/* NULL: none */
	char url[64];
	char got[4096];			/* the last request, as it came */
	struct peer_conn *held[4];	/* connections that wait for an answer */
	size_t n_held;
	bool hold;
};

#define OK	"HTTP/1.1 200 OK\r\nX-Served-By: node1\r\nContent-Length: 2\r\n\r\nok"

static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	struct fixture *f = userdata;

	snprintf(f->got, sizeof(f->got), "%.*s", (int)len, data);
	if (f->hold && f->n_held < FDR_ARRAY_LEN(f->held))
		f->held[f->n_held++] = c;
	else if (f->answer)
		peer_send(c, f->answer, strlen(f->answer));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int r = fdr_poller_new(&f->p);

	recorder_init(&f->rec);
	f->answer = OK;
	f->peer = peer_listen(f->p, NULL, 0, on_text, f);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u/", peer_port(f->peer));
	*state = f;
	return r;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_workload_stop(f->w);
	peer_close(f->peer);
	fdr_poller_free(f->p);
	fdr_opts_clear(&f->opts);
	recorder_clear(&f->rec);
	free(f);
	return 0;
}

static const struct fdr_kind *kind(void)
{
	return &fdr_workload_kind("http")->kind;
}

static int try_start(struct fixture *f, uint64_t seed, struct fdr_error *e)
{
	struct fdr_workload_env env = { .name = "users", .poller = f->p, .sink = &f->rec.sink,
					.seed = seed };

	return fdr_workload_start(fdr_workload_kind("http"), &env, &f->opts, &f->w, e);
}

static void start(struct fixture *f)
{
	struct fdr_error e = { "" };

	if (try_start(f, 1, &e) < 0)
		fail_msg("%s", e.text);
}

static void on_schedule(void **state)
{
	struct fixture *f = *state;
	int64_t first = 0;

	make_opts(&f->opts, kind(), "url", f->url, "rate", "500/s", NULL);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 200));
	fdr_workload_drain(f->w);
	while (fdr_workload_pending(f->w))
		fdr_poller_run_once(f->p, 10 * MS);
	check_accounting(&f->rec);
	for (size_t i = 0; i < f->rec.n_requests; i++)
		if (!f->rec.requests[i].seq)
			first = f->rec.requests[i].intended_ns;
	for (size_t i = 0; i < f->rec.n_requests; i++) {
		const struct seen_request *q = &f->rec.requests[i];

		assert_int_equal(q->intended_ns, first + (int64_t)q->seq * 2 * MS);
		assert_int_equal(q->code, 200);
		assert_string_equal(q->served_by, "node1");
		if (q->status == FDR_REQUEST_OK)
			assert_string_equal(q->detail, "");
	}
	/* A connection each. */
	assert_int_equal(peer_accepted(f->peer), f->rec.n_requests);
}

/* A server that stalls: the schedule goes on, and all of its requests show the stall. */
static void open_loop(void **state)
{
	struct fixture *f = *state;
	size_t late = 0, sent_before;

	make_opts(&f->opts, kind(), "url", f->url, "rate", "200/s", "late", "100ms", NULL);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 20));
	/* Deaf for 400 ms: nothing is read, so nothing is answered. */
	f->answer = NULL;
	f->hold = false;
	sent_before = peer_accepted(f->peer);
	run_for(f->p, 400 * MS);
	/* They were sent all the same: about 80 of them. */
	assert_true(peer_accepted(f->peer) - sent_before > 30);
	assert_true(fdr_workload_pending(f->w) > 30);
	f->answer = OK;
	run_for(f->p, 50 * MS);
	f->w = fdr_workload_stop(f->w);
	check_accounting(&f->rec);
	for (size_t i = 0; i < f->rec.n_requests; i++)
		late += f->rec.requests[i].status == FDR_REQUEST_TIMEOUT;
	/* Those that had no answer when it stopped are not forgotten. */
	assert_true(late > 30);
}

static void outcomes(void **state)
{
	static const struct {
		const char *answer;
		enum fdr_request_status status;
		int code;
	} cases[] = {
		{ OK, FDR_REQUEST_OK, 200 },
		{ "HTTP/1.1 304 Same\r\n\r\n", FDR_REQUEST_OK, 304 },
		{ "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", FDR_REQUEST_ERROR, 503 },
		{ "\xff\xff\xff", FDR_REQUEST_ERROR, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", FDR_REQUEST_TIMEOUT, 0 },
		{ NULL, FDR_REQUEST_TIMEOUT, 0 },
	};
	struct fixture *f = *state;

	make_opts(&f->opts, kind(), "url", f->url, "rate", "100/s", "timeout", "60ms", "expect",
		  "200-299,304", NULL);
	start(f);
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct seen_request *q;
		unsigned int late = 0;
		int64_t from;

		f->answer = cases[i].answer;
		from = fdr_now_ns();
		/* A busy machine may not manage an answer in time: it is asked again. */
		do {
			assert_true(await_requests(f->p, &f->rec, f->rec.n_requests + 1));
			q = &f->rec.requests[f->rec.n_requests - 1];
		} while (q->intended_ns < from ||
			 (q->status == FDR_REQUEST_TIMEOUT && q->status != cases[i].status &&
			  late++ < 200));
		if (q->status != cases[i].status || q->code != cases[i].code)
			fail_msg("case %zu: status %d, code %d, \"%s\"", i, q->status, q->code,
				 q->detail);
	}
}

static void refused_connection(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, kind(), "url", f->url, "rate", "1000/s", NULL);
	peer_deafen(f->peer);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 100));
	check_accounting(&f->rec);
	for (size_t i = 0; i < f->rec.n_requests; i++) {
		assert_int_equal(f->rec.requests[i].status, FDR_REQUEST_ERROR);
		assert_string_equal(f->rec.requests[i].detail, "cannot connect: Connection refused");
		/* Told at once, not when a timer comes round. */
		assert_true(f->rec.requests[i].done_ns - f->rec.requests[i].sent_ns < 500 * MS);
	}
}

static void late_is_no_success(void **state)
{
	struct fixture *f = *state;

	f->hold = true;
	make_opts(&f->opts, kind(), "url", f->url, "rate", "1/s", "late", "20ms", NULL);
	start(f);
	while (!f->n_held)
		fdr_poller_run_once(f->p, 10 * MS);
	run_for(f->p, 40 * MS);
	peer_send(f->held[0], OK, strlen(OK));
	assert_true(await_requests(f->p, &f->rec, 1));
	assert_int_equal(f->rec.requests[0].status, FDR_REQUEST_LATE);
	assert_int_equal(f->rec.requests[0].code, 200);
}

static void bounded_in_flight(void **state)
{
	struct fixture *f = *state;
	size_t not_sent = 0, timed_out = 0;

	f->answer = NULL;
	make_opts(&f->opts, kind(), "url", f->url, "rate", "1000/s", "max_in_flight", "10", NULL);
	start(f);
	assert_true(await_requests(f->p, &f->rec, 50));
	assert_int_equal(fdr_workload_pending(f->w), 10);
	f->w = fdr_workload_stop(f->w);
	check_accounting(&f->rec);
	for (size_t i = 0; i < f->rec.n_requests; i++) {
		const struct seen_request *q = &f->rec.requests[i];

		if (q->status == FDR_REQUEST_TIMEOUT) {
			timed_out++;
			continue;
		}
		assert_int_equal(q->status, FDR_REQUEST_ERROR);
		assert_string_equal(q->detail, "not sent: 10 in flight");
		not_sent++;
	}
	assert_int_equal(timed_out, 10);
	assert_true(not_sent >= 50);
}

static void draining(void **state)
{
	struct fixture *f = *state;
	size_t n;

	f->hold = true;
	make_opts(&f->opts, kind(), "url", f->url, "rate", "100/s", NULL);
	start(f);
	while (f->n_held < 3)
		fdr_poller_run_once(f->p, 10 * MS);
	fdr_workload_drain(f->w);
	fdr_workload_drain(f->w);
	n = fdr_workload_pending(f->w);
	assert_true(n >= 3);
	run_for(f->p, 60 * MS);
	assert_int_equal(fdr_workload_pending(f->w) + f->rec.n_requests, n);
	for (size_t i = 0; i < f->n_held; i++)
		peer_send(f->held[i], OK, strlen(OK));
	while (fdr_workload_pending(f->w))
		fdr_poller_run_once(f->p, 10 * MS);
	assert_int_equal(f->rec.n_requests, n);
	check_accounting(&f->rec);
}

static void what_is_sent(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, kind(), "url", f->url, "rate", "100/s", "method", "PUT", "body",
		  "a=1", "headers:X-One", "1", "headers:Host", "other", "headers:X-Empty", "",
		  "keepalive", "yes", "served_by", "server", NULL);
	f->answer = "HTTP/1.1 200 OK\r\nSERVER:\t ngi\x01nx \xff \r\nContent-Length: 2\r\n\r\nok";
	start(f);
	assert_true(await_requests(f->p, &f->rec, 40));
	assert_non_null(strstr(f->got, "PUT / HTTP/1.1\r\n"));
	assert_non_null(strstr(f->got, "\r\nHost: other\r\n"));
	assert_non_null(strstr(f->got, "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(f->got, "\r\nX-Empty:"));
	assert_non_null(strstr(f->got, "\r\nContent-Length: 3\r\n"));
	assert_non_null(strstr(f->got, "\r\n\r\na=1"));
	assert_null(strstr(f->got, "Expect:"));
	assert_int_equal(f->rec.requests[39].status, FDR_REQUEST_OK);
	assert_string_equal(f->rec.requests[39].served_by, "ngi?nx ?");
	/* Kept: far fewer connections than requests. */
	assert_true(peer_accepted(f->peer) < 20);
}

static void arrivals_are_what_they_say(void **state)
{
	enum { N = 20000 };
	struct fdr_arrivals a, b;
	double sum = 0, squares = 0;
	int64_t last = 1000, t;

	(void)state;
	/* 3 a second, exactly, however long it runs. */
	fdr_arrivals_init(&a, FDR_ARRIVALS_FIXED, 3000, 0, 5);
	for (int i = 0; i <= 3000000; i++)
		t = fdr_arrivals_next(&a);
	assert_int_equal(t, 5 + INT64_C(1000000000000000));
	fdr_arrivals_init(&a, FDR_ARRIVALS_POISSON, 1000000, 42, 1000);
	fdr_arrivals_init(&b, FDR_ARRIVALS_POISSON, 1000000, 42, 1000);
	for (int i = 0; i < N; i++) {
		double gap;

		t = fdr_arrivals_next(&a);
		assert_int_equal(t, fdr_arrivals_next(&b));
		assert_true(t >= last);
		gap = (double)(t - last) / 1e6;
		sum += gap;
		squares += gap * gap;
		last = t;
	}
	/* An exponential gap has its mean, 1 ms, as its standard deviation. */
	assert_true(fabs(sum / N - 1) < 0.05);
	assert_true(fabs(sqrt(squares / N - sum / N * (sum / N)) - 1) < 0.05);
	fdr_arrivals_init(&b, FDR_ARRIVALS_POISSON, 1000000, 43, 1000);
	assert_int_not_equal(fdr_arrivals_next(&a), fdr_arrivals_next(&b));
}

static void refused(void **state)
{
	static const struct {
		const char *name, *value, *words;
	} cases[] = {
		{ "url", "nothing", "url: \"nothing\" is no URL" },
		{ "expect", "200;201", "expect: \"200;201\" is no list of status codes" },
		{ "expect", "", "is no list of status codes" },
		{ "expect", "600", "is no list of status codes" },
		{ "method", "get it", "method: \"get it\" is no method" },
		{ "headers:A B", "x", "headers: \"A B\" is no header of one line" },
		{ "headers:A", "x\r\nB: y", "headers: \"A\" is no header of one line" },
	};
	struct fixture *f = *state;
	struct rlimit lim, low;
	struct fdr_error e = { "" };

	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		bool url = !strcmp(cases[i].name, "url");

		make_opts(&f->opts, kind(), cases[i].name, cases[i].value, url ? NULL : "url",
			  f->url, NULL);
		assert_int_equal(try_start(f, 0, &e), -EINVAL);
		if (strncmp(e.text, "workload users: ", 16) || !strstr(e.text, cases[i].words))
			fail_msg("\"%s\" lacks \"%s\"", e.text, cases[i].words);
		fdr_opts_clear(&f->opts);
	}
	/* More requests than files: refused before anything is blamed on the service. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	low = lim;
	low.rlim_max = 1000;
	low.rlim_cur = 1000;
	make_opts(&f->opts, kind(), "url", f->url, "max_in_flight", "1000", NULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(try_start(f, 0, &e), -EMFILE);
	assert_non_null(strstr(e.text, "ulimit -Hn"));
	/* Without the capability it stays low: this is the last test. */
	(void)!setrlimit(RLIMIT_NOFILE, &lim);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(on_schedule), T(open_loop), T(outcomes), T(refused_connection),
		T(late_is_no_success), T(bounded_in_flight), T(draining), T(what_is_sent),
		cmocka_unit_test(arrivals_are_what_they_say), T(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
