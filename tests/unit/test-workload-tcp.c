// SPDX-License-Identifier: GPL-2.0-or-later
/* The tcp workload: against a peer that answers as the test likes, and a real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "base/spawn.h"
#include "common-workload.h"

static struct {
	const char *answer;
	bool hang_up, silent;
	char got[256];
} server;

static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	(void)userdata;
	snprintf(server.got, sizeof(server.got), "%.*s", (int)len, data);
	if (server.silent)
		return;
	if (server.answer)
		peer_send(c, server.answer, strlen(server.answer));
	if (server.hang_up)
		peer_hang_up(c);
}

static struct peer *serve(struct bench *b, char *address, size_t size)
{
	struct peer *s = peer_listen(b->p, NULL, 0, on_text, NULL);

	memset(&server, 0, sizeof(server));
	snprintf(address, size, "127.0.0.1:%u", peer_port(s));
	return s;
}

static void connections(void **state)
{
	struct bench *b = *state;
	char address[64];
	struct peer *s = serve(b, address, sizeof(address));

	make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, "address", address, "rate", "500/s",
		  NULL);
	bench_start(b, "tcp");
	assert_true(await_requests(b->p, &b->rec, 100));
	bench_drain(b);
	check_accounting(&b->rec);
	assert_int_equal(count_status(&b->rec, FDR_REQUEST_ERROR), 0);
	peer_close(s);
}

static void exchanges(void **state)
{
	struct bench *b = *state;
	char address[64];
	struct peer *s = serve(b, address, sizeof(address));
	const struct seen_request *q;

	server.answer = "+PONG from node7\r\nmore";
	make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, "address", address, "rate", "200/s",
		  "send", "PING {seq}\r\n", "expect", "^\\+PONG", "served_by",
		  "from ([a-z0-9]+)", NULL);
	bench_start(b, "tcp");
	assert_true(await_requests(b->p, &b->rec, 50));
	bench_drain(b);
	check_accounting(&b->rec);
	q = &b->rec.requests[49];
	assert_int_equal(q->status, FDR_REQUEST_OK);
	assert_string_equal(q->served_by, "node7");
	assert_non_null(strstr(server.got, "PING "));
	assert_null(strstr(server.got, "{seq}"));
	assert_int_equal(peer_accepted(s), b->rec.n_requests);
	peer_close(s);
}

static void kept_connections(void **state)
{
	struct bench *b = *state;
	char address[64];
	struct peer *s = serve(b, address, sizeof(address));
	size_t accepted;

	server.answer = "one\ntwo\n";
	make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, "address", address, "rate", "200/s",
		  "send", "x", "expect", "^two$", "lines", "2", "keepalive", "yes", NULL);
	bench_start(b, "tcp");
	assert_true(await_requests(b->p, &b->rec, 100));
	assert_int_equal(count_status(&b->rec, FDR_REQUEST_ERROR), 0);
	/* On a busy machine many are under way at once, each on a connection. */
	accepted = peer_accepted(s);
	assert_true(accepted < 100);
	/* The server closes them: an idle one that is gone is not used again. */
	server.hang_up = true;
	assert_true(await_requests(b->p, &b->rec, 200 + 2 * accepted));
	bench_drain(b);
	check_accounting(&b->rec);
	assert_int_equal(count_status(&b->rec, FDR_REQUEST_ERROR), 0);
	assert_true(peer_accepted(s) >= accepted + 50);
	peer_close(s);
}

static void outcomes(void **state)
{
	static const struct {
		const char *answer;
		bool hang_up;
		enum fdr_request_status status;
		const char *detail;
	} cases[] = {
		{ "OK\r\n", false, FDR_REQUEST_OK, "" },
		{ "not OK\n", false, FDR_REQUEST_ERROR, "answer: not OK?" },
		{ "part of OK", true, FDR_REQUEST_ERROR, "answer: part of OK" },
		{ NULL, true, FDR_REQUEST_ERROR, "closed without an answer" },
		{ NULL, false, FDR_REQUEST_TIMEOUT, "no whole answer in time" },
	};
	struct bench *b = *state;
	char address[64];
	struct peer *s = serve(b, address, sizeof(address));

	make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, "address", address, "rate", "100/s",
		  "send", "x", "expect", "^OK$", "timeout", "80ms", NULL);
	bench_start(b, "tcp");
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct seen_request *q;
		unsigned int late = 0;
		int64_t from = fdr_now_ns();

		server.answer = cases[i].answer;
		server.hang_up = cases[i].hang_up;
		/* A busy machine may not manage an answer in time: it is asked again. */
		do {
			assert_true(await_requests(b->p, &b->rec, b->rec.n_requests + 1));
			q = &b->rec.requests[b->rec.n_requests - 1];
		} while (q->intended_ns < from ||
			 (q->status == FDR_REQUEST_TIMEOUT && q->status != cases[i].status &&
			  late++ < 200));
		if (q->status != cases[i].status || strcmp(q->detail, cases[i].detail))
			fail_msg("case %zu: status %d, \"%s\"", i, q->status, q->detail);
	}
	peer_close(s);
}

static void refused_connection(void **state)
{
	struct bench *b = *state;
	char address[64];
	struct peer *s = serve(b, address, sizeof(address));

	peer_close(s);
	make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, "address", address, "rate", "500/s",
		  NULL);
	bench_start(b, "tcp");
	assert_true(await_requests(b->p, &b->rec, 50));
	for (size_t i = 0; i < b->rec.n_requests; i++) {
		assert_int_equal(b->rec.requests[i].status, FDR_REQUEST_ERROR);
		assert_string_equal(b->rec.requests[i].detail,
				    "cannot connect: Connection refused");
	}
}

/* socat, stopped for 400 ms: its requests are late by what they waited, not lost. */
static void stalled_server(void **state)
{
	struct bench *b = *state;
	char address[128], listen[160];
	const char *argv[] = { "socat", listen, "EXEC:cat", NULL };
	struct fdr_error e = { "" };
	struct fdr_child c;
	int64_t end, worst = 0;
	int status;

	snprintf(address, sizeof(address), "%s/s", b->dir);
	snprintf(listen, sizeof(listen), "UNIX-LISTEN:%s,fork,backlog=500", address);
	if (fdr_spawn(argv, &c, &e) == -ENOENT)
		skip();
	assert_true(await_listener(b, address));
	make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, "address", address, "rate", "20/s",
		  "late", "200ms", "send", "hello\n", "expect", "^hello", "timeout", "20s", NULL);
	bench_start(b, "tcp");
	assert_true(await_requests(b->p, &b->rec, 5));
	kill(-c.pid, SIGSTOP);
	run_for(b->p, 400 * MS);
	end = fdr_now_ns();
	kill(-c.pid, SIGCONT);
	run_for(b->p, 100 * MS);
	bench_drain(b);
	check_accounting(&b->rec);
	assert_int_equal(count_status(&b->rec, FDR_REQUEST_ERROR), 0);
	assert_int_equal(count_status(&b->rec, FDR_REQUEST_TIMEOUT), 0);
	for (size_t i = 0; i < b->rec.n_requests; i++) {
		const struct seen_request *q = &b->rec.requests[i];

		if (q->intended_ns < end && q->done_ns >= end &&
		    q->done_ns - q->intended_ns > worst)
			worst = q->done_ns - q->intended_ns;
	}
	assert_true(worst >= 300 * MS);
	assert_true(count_status(&b->rec, FDR_REQUEST_LATE) >= 3);
	fdr_spawn_end(c.pid, 2 * FDR_NS_PER_S, &status);
	close(c.in_fd);
	close(c.out_fd);
	close(c.err_fd);
}

static void refused(void **state)
{
	static const struct {
		const char *name, *value, *words;
	} cases[] = {
		{ "address", "nowhere", "address: \"nowhere\" is no address" },
		{ "expect", "(", "expect: \"(\" is no extended regular expression" },
		{ "served_by", "x", "served_by: no answer is read without \"expect\"" },
		{ "keepalive", "yes", "keepalive: on a kept connection" },
	};
	struct bench *b = *state;
	struct fdr_error e = { "" };

	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		bool address = !strcmp(cases[i].name, "address");

		make_opts(&b->opts, &fdr_workload_kind("tcp")->kind, cases[i].name,
			  cases[i].value, address ? NULL : "address", "127.0.0.1:1", NULL);
		assert_int_equal(bench_try(b, "tcp", &e), -EINVAL);
		if (!strstr(e.text, cases[i].words))
			fail_msg("\"%s\" lacks \"%s\"", e.text, cases[i].words);
		fdr_opts_clear(&b->opts);
	}
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		T(connections), T(exchanges), T(kept_connections), T(outcomes),
		T(refused_connection), T(stalled_server), T(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
