// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds tcp and http with many targets, on the loopback interface's addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>

#include "common-probe.h"

static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	struct fixture *f = userdata;

	(void)data;
	(void)len;
	if (f->answer)
		peer_send(c, f->answer, strlen(f->answer));
}

/* 300 targets of one probe, each by its own name; one port of them goes away. */
static void check_many(struct fixture *f, const char *name, const char *format)
{
	struct fdr_poller *p = f->p;
	char subject[100], gone[100];
	struct peer *other = peer_listen(p, "127.9.9.9", 0, on_text, f);
	size_t n;

	f->answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	f->peer = peer_listen(p, "0.0.0.0", 0, on_text, f);
	snprintf(f->text, sizeof(f->text), format, "127.0.[1-3].[1-100]", peer_port(f->peer));
	snprintf(gone, sizeof(gone), format, "127.9.9.9", peer_port(other));
	f->opts.kind = probe_kind(name);
	make_more(&f->opts, f->opts.kind->opts[0].name, f->text);
	make_more(&f->opts, f->opts.kind->opts[0].name, gone);
	make_more(&f->opts, "interval", "200ms");
	make_more(&f->opts, NULL, NULL);
	probe_start(f, name);
	snprintf(subject, sizeof(subject), format, "127.0.3.100", peer_port(f->peer));
	assert_true(await_state(p, &f->rec, subject, "up"));
	assert_true(await_state(p, &f->rec, gone, "up"));
	while (f->rec.n_obs < 301)
		run_for(p, MS);
	run_for(p, 300 * MS);
	n = f->rec.n_obs;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i && n == 301; j++)
			assert_string_not_equal(f->rec.obs[i].subject, f->rec.obs[j].subject);
	peer_close(other);
	assert_true(await_state(p, &f->rec, gone, "down"));
	assert_true(fdr_probe_lateness(f->probe)->asked > 301);
}

static void tcp_many(void **state)
{
	check_many(*state, "tcp", "%s:%u");
}

static void http_many(void **state)
{
	check_many(*state, "http", "http://%s:%u/health");
}

static void expect_refusal(struct fixture *f, const char *name, int err, const char *words)
{
	struct fdr_error e = { "" };

	assert_int_equal(probe_try(f, name, &e), err);
	if (strncmp(e.text, "probe p: ", 9) || !strstr(e.text, words))
		fail_msg("\"%s\" lacks \"%s\"", e.text, words);
	fdr_opts_clear(&f->opts);
}

static void refused_targets(void **state)
{
	struct fixture *f = *state;
	struct rlimit lim, low;

	make_opts(&f->opts, probe_kind("tcp"), "address", "127.0.0.1:[1-3]", "address", "127.0.0.1:2", NULL);
	expect_refusal(f, "tcp", -EINVAL, "address: \"127.0.0.1:2\" is given twice");
	make_opts(&f->opts, probe_kind("tcp"), "address", "127.0.0.1:1", "address", "nowhere", NULL);
	expect_refusal(f, "tcp", -EINVAL, "address: \"nowhere\" is no address");
	make_opts(&f->opts, probe_kind("http"), "url", "http://h[1-3]/", "url", "ftp://h4/", NULL);
	expect_refusal(f, "http", -EINVAL, "url: \"ftp://h4/\" is no URL");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	low = lim;
	low.rlim_cur = low.rlim_max = 1000;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	make_opts(&f->opts, probe_kind("tcp"), "address", "127.0.[1-4].[1-250]:1", NULL);
	expect_refusal(f, "tcp", -EMFILE, "address: 1000 targets with up to 11000 questions under way, "
		       "which needs 11000 more open files");
	/* Without the capability it stays low: this is the last test. */
	(void)!setrlimit(RLIMIT_NOFILE, &lim);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, probe_setup, probe_teardown)
	const struct CMUnitTest tests[] = {
		T(tcp_many), T(http_many), T(refused_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
