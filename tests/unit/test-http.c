// SPDX-License-Identifier: GPL-2.0-or-later
/* The two HTTP clients: both give the same answers, whoever carries the request out. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>

#include "common-peer.h"
#include "sys/http.h"

#define LIMIT	(20 * FDR_NS_PER_S)

struct got {
	unsigned int n;
	int code;
	bool timed_out;
	char error[200], header[128], body[256];
	size_t body_len;
};

struct fixture {
	struct fdr_poller *p;
	struct peer *peer;
	struct fdr_http *http;
	struct peer_conn *conn;		/* the last that asked */
	const char *answer;		/* NULL: none */
	bool close;			/* after the answer */
	char asked[4096];
	size_t n_asked;
	struct got got;
};

static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	struct fixture *f = userdata;

	snprintf(f->asked, sizeof(f->asked), "%.*s", (int)len, data);
	f->n_asked++;
	f->conn = c;
	if (f->answer)
		peer_send(c, f->answer, strlen(f->answer));
	if (f->close)
		peer_hang_up(c);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int r = fdr_poller_new(&f->p);

	f->peer = peer_listen(f->p, NULL, 0, on_text, f);
	*state = f;
	return r;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_http_free(f->http);
	peer_close(f->peer);
	fdr_poller_free(f->p);
	free(f);
	return 0;
}

/* A name is looked up by libcurl; a numeric address is the plain client's. */
static const char *const hosts[] = { "127.0.0.1", "localhost" };

static void make(struct fixture *f, const char *host, struct fdr_http_request what)
{
	struct fdr_error e = { "" };
	char url[128];

	snprintf(url, sizeof(url), "http://%s:%u/a/b?c=d", host, peer_port(f->peer));
	what.url = url;
	f->http = fdr_http_free(f->http);
	if (fdr_http_new(f->p, &what, &f->http, &e) < 0)
		fail_msg("%s", e.text);
}

static void on_answer(void *userdata, const struct fdr_http_answer *a)
{
	struct got *g = userdata;

	assert_true(a->sent_ns <= a->done_ns && a->done_ns <= fdr_now_ns());
	g->n++;
	g->code = a->code;
	g->timed_out = a->timed_out;
	g->body_len = a->body_len;
	assert_int_equal(a->body[a->body_len], '\0');
	snprintf(g->error, sizeof(g->error), "%s", a->error);
	snprintf(g->header, sizeof(g->header), "%s", a->header);
	snprintf(g->body, sizeof(g->body), "%s", a->body);
}

static void await(struct fixture *f, const size_t *counter, size_t n, const unsigned int *answers)
{
	int64_t end = fdr_now_ns() + LIMIT;

	while (counter ? *counter < n : *answers < n) {
		assert_true(fdr_now_ns() < end);
		assert_int_equal(fdr_poller_run_once(f->p, 10 * MS), 0);
	}
}

static void ask(struct fixture *f, int64_t timeout_ns)
{
	f->got = (struct got){ 0 };
	assert_int_equal(fdr_http_call(f->http, timeout_ns, on_answer, &f->got), 0);
	/* Never from within the call. */
	assert_int_equal(f->got.n, 0);
	assert_int_equal(fdr_http_pending(f->http), 1);
}

static void ask_and_wait(struct fixture *f, int64_t timeout_ns)
{
	ask(f, timeout_ns);
	await(f, NULL, 1, &f->got.n);
	assert_int_equal(fdr_http_pending(f->http), 0);
}

/* Cut short within its headers: libcurl is content with that. */
#define CUT	"HTTP/1.1 200 OK\r\nContent-Le"
#define CHUNKED	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct answer {
	const char *answer;
	bool close;
	int code;		/* 0: an error */
	const char *header, *body;
} answers[] = {
	{ "HTTP/1.1 200 OK\r\nX-Server:  one \r\nContent-Length: 4\r\n\r\nbody", false, 200, "one",
	  "body" },
	{ "HTTP/1.0 200 OK\r\nx-SERVER: t\x01w\xffo\r\n\r\nuntil the end", true, 200, "t?w?o",
	  "until the end" },
	{ "HTTP/1.1 204 None\r\nX-Server:\r\n\r\n", false, 204, "", "" },
	{ "HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n", false, 304, "", "" },
	{ CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Late: z\r\n\r\n", false, 200, "", "abcde" },
	{ "HTTP/1.1 100 Go on\r\nX-Server: no\r\n\r\nHTTP/1.1 102 So\r\n\r\n"
	  "HTTP/1.1 503 Bad\r\nContent-Length: 1\r\n\r\nx", false, 503, "", "x" },
	{ "HTTP/1.1 200 OK\r\nX-Serve: a\r\nX-Server2: b\r\nX-Server: c\r\nContent-Length: 0\r\n\r\n",
	  false, 200, "c", "" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n0123456789abcdefghijklmnopqrst", false, 200,
	  "", "0123456789abcdefghij" },		/* so much is kept */
	{ "", true, 0, NULL, NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true, 0, NULL, NULL },
	{ CUT, true, 0, NULL, NULL },
	{ CHUNKED "3\r\nab", true, 0, NULL, NULL },
	{ CHUNKED "what\r\n", false, 0, NULL, NULL },
	{ "\xff\xfegarbage\r\n\r\n", true, 0, NULL, NULL },
	{ "SSH-2.0-OpenSSH_9.2p1\r\n", true, 0, NULL, NULL },
};

static void check(const struct fixture *f, size_t i, const char *host)
{
	const struct answer *a = &answers[i];

	if (f->got.code != a->code || f->got.timed_out || !*f->got.error != !!a->code)
		fail_msg("%s, answer %zu: code %d, error \"%s\"", host, i, f->got.code, f->got.error);
	if (!a->code)
		return;
	assert_string_equal(f->got.header, a->header);
	assert_string_equal(f->got.body, a->body);
}

static const struct fdr_http_request wants = { .want_header = "X-Server", .max_body = 20 };

static void same_answers(void **state)
{
	struct fixture *f = *state;

	for (size_t h = 0; h < FDR_ARRAY_LEN(hosts); h++) {
		make(f, hosts[h], wants);
		for (size_t i = 0; i < FDR_ARRAY_LEN(answers); i++) {
			if (h && !strcmp(answers[i].answer, CUT))
				continue;
			f->answer = answers[i].answer;
			f->close = answers[i].close;
			ask_and_wait(f, LIMIT);
			check(f, i, hosts[h]);
		}
	}
}

/* Every answer again, a byte at a time. */
static void in_pieces(void **state)
{
	struct fixture *f = *state;

	for (size_t h = 0; h < FDR_ARRAY_LEN(hosts); h++) {
		make(f, hosts[h], wants);
		for (size_t i = 0; i < FDR_ARRAY_LEN(answers); i++) {
			size_t asked = f->n_asked;

			if (h && !strcmp(answers[i].answer, CUT))
				continue;
			ask(f, LIMIT);
			await(f, &f->n_asked, asked + 1, NULL);
			for (const char *s = answers[i].answer; *s && !f->got.n; s++) {
				peer_send(f->conn, s, 1);
				assert_int_equal(fdr_poller_run_once(f->p, 0), 0);
			}
			if (answers[i].close && !f->got.n)
				peer_hang_up(f->conn);
			await(f, NULL, 1, &f->got.n);
			check(f, i, hosts[h]);
			run_for(f->p, MS);
		}
	}
}

static void what_is_asked(void **state)
{
	static const char *const headers[] = { "X-One: 1", "X-Empty;" };
	static const char *const odd[] = { "Host: other", "User-Agent: me" };
	struct fixture *f = *state;
	char line[64];

	f->answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	for (size_t h = 0; h < FDR_ARRAY_LEN(hosts); h++) {
		make(f, hosts[h], (struct fdr_http_request){ .headers = headers, .n_headers = 2,
							     .body = "x=1&y=2" });
		ask_and_wait(f, LIMIT);
		assert_int_equal(f->got.code, 200);
		assert_memory_equal(f->asked, "POST /a/b?c=d HTTP/1.1\r\n", 24);
		snprintf(line, sizeof(line), "\r\nHost: %s:%u\r\n", hosts[h], peer_port(f->peer));
		assert_non_null(strstr(f->asked, line));
		assert_non_null(strstr(f->asked, "\r\nUser-Agent: faultdrill/"));
		assert_non_null(strstr(f->asked, "\r\nAccept: */*\r\n"));
		assert_non_null(strstr(f->asked, "\r\nX-One: 1\r\n"));
		assert_non_null(strstr(f->asked, "\r\nX-Empty:\r\n"));
		assert_non_null(strstr(f->asked, "\r\nContent-Length: 7\r\n"));
		assert_non_null(strstr(f->asked, "\r\nContent-Type: application/x-www-form-urlencoded"
					"\r\n"));
		assert_non_null(strstr(f->asked, "\r\n\r\nx=1&y=2"));
		make(f, hosts[h], (struct fdr_http_request){ .headers = odd, .n_headers = 2,
							     .method = "HEAD" });
		ask_and_wait(f, LIMIT);
		assert_memory_equal(f->asked, "HEAD /a/b?c=d HTTP/1.1\r\n", 24);
		assert_non_null(strstr(f->asked, "\r\nHost: other\r\n"));
		assert_non_null(strstr(f->asked, "\r\nUser-Agent: me\r\n"));
		assert_null(strstr(f->asked, "faultdrill"));
	}
}

static void no_body_after_head(void **state)
{
	struct fixture *f = *state;

	f->answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
	for (size_t h = 0; h < FDR_ARRAY_LEN(hosts); h++) {
		make(f, hosts[h], (struct fdr_http_request){ .method = "HEAD" });
		ask_and_wait(f, LIMIT);
		assert_int_equal(f->got.code, 200);
	}
}

/* A request that the socket does not take at once; the server reads on. */
static void long_body(void **state)
{
	enum { SIZE = 8 << 20 };
	struct fixture *f = *state;
	char *body = malloc(SIZE + 1);

	memset(body, 'x', SIZE);
	body[SIZE] = '\0';
	for (size_t h = 0; h < FDR_ARRAY_LEN(hosts); h++) {
		size_t asked = f->n_asked;

		make(f, hosts[h], (struct fdr_http_request){ .body = body });
		ask(f, LIMIT);
		/* At most 64 KiB at a time come. */
		await(f, &f->n_asked, asked + SIZE / 65536, NULL);
		peer_send(f->conn, "HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n", 38);
		await(f, NULL, 1, &f->got.n);
		assert_int_equal(f->got.code, 201);
	}
	free(body);
}

static void time_runs_out(void **state)
{
	struct fixture *f = *state;

	for (size_t h = 0; h < FDR_ARRAY_LEN(hosts); h++) {
		int64_t from;

		make(f, hosts[h], (struct fdr_http_request){ 0 });
		from = fdr_now_ns();
		ask_and_wait(f, 30 * MS);
		assert_true(f->got.timed_out);
		assert_string_equal(f->got.error, "timed out");
		assert_true(fdr_now_ns() - from >= 30 * MS);
		ask(f, LIMIT);
		fdr_http_expire(f->http);
		assert_int_equal(f->got.n, 1);
		assert_true(f->got.timed_out);
		/* Freed with one under way: it ends without a word. */
		ask(f, LIMIT);
		f->http = fdr_http_free(f->http);
		assert_int_equal(f->got.n, 0);
	}
}

static void refused(void **state)
{
	struct fixture *f = *state;

	peer_deafen(f->peer);
	make(f, hosts[0], (struct fdr_http_request){ 0 });
	ask_and_wait(f, LIMIT);
	assert_string_equal(f->got.error, "cannot connect: Connection refused");
	make(f, hosts[1], (struct fdr_http_request){ 0 });
	ask_and_wait(f, LIMIT);
	assert_string_equal(f->got.error, "cannot connect: Connection refused");
	/* Nowhere to go is an answer, too, and not told from within the call. */
	make(f, "255.255.255.255", (struct fdr_http_request){ 0 });
	ask_and_wait(f, LIMIT);
	assert_non_null(strstr(f->got.error, "cannot connect: "));
	assert_false(f->got.timed_out);
}

/* Several URLs, of both clients, in one. */
static void many_urls(void **state)
{
	struct fixture *f = *state;
	struct got got[8] = { 0 };
	struct fdr_error e = { "" };
	char url[64];
	size_t n;

	f->answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	make(f, hosts[0], (struct fdr_http_request){ 0 });
	for (size_t i = 1; i < FDR_ARRAY_LEN(got); i++) {
		snprintf(url, sizeof(url), "http://%s:%u/%zu", hosts[i & 1], peer_port(f->peer), i);
		assert_int_equal(fdr_http_add_url(f->http, url, &n, &e), 0);
		assert_int_equal(n, i);
	}
	assert_int_equal(fdr_http_add_url(f->http, "ftp://x/", &n, &e), -EINVAL);
	assert_non_null(strstr(e.text, "is no URL"));
	for (size_t i = 0; i < FDR_ARRAY_LEN(got); i++)
		assert_int_equal(fdr_http_call_url(f->http, i, LIMIT, on_answer, &got[i]), 0);
	assert_int_equal(fdr_http_pending(f->http), FDR_ARRAY_LEN(got));
	for (size_t i = 0; i < FDR_ARRAY_LEN(got); i++) {
		await(f, NULL, 1, &got[i].n);
		assert_int_equal(got[i].code, 200);
	}
}

/* No descriptor left: our own trouble, no word of the server. */
static void no_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit lim, low;

	make(f, hosts[0], (struct fdr_http_request){ 0 });
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	low = lim;
	low.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(fdr_http_call(f->http, LIMIT, on_answer, &f->got), -EMFILE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	assert_int_equal(fdr_http_pending(f->http), 0);
	run_for(f->p, 5 * MS);
	assert_int_equal(f->got.n, 0);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(same_answers), T(in_pieces), T(what_is_asked), T(no_body_after_head),
		T(long_body), T(time_runs_out), T(refused), T(many_urls), T(no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
