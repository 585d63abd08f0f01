// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds tcp, http, exec and log, against real sockets, files and processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/spawn.h"
#include "common-probe.h"
#include "workload/workload.h"

static void registry(void **state)
{
	size_t n;
	const struct fdr_probe_ops *const *kinds = fdr_probe_kinds(&n);

	(void)state;
	assert_true(n);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(fdr_probe_kind(kinds[i]->kind.name), kinds[i]);
		assert_non_null(kinds[i]->kind.summary);
		/* In order of their names, as the manual lists them. */
		if (i)
			assert_true(strcmp(kinds[i - 1]->kind.name, kinds[i]->kind.name) < 0);
	}
	assert_null(fdr_probe_kind("nosuch"));
}

/* The tables of Documentation/probes.md have a row for each option, with its default. */
static void check_documented(const char *text, const char *heading, const char *shared,
			     const struct fdr_kind *k)
{
	const char *section = strstr(text, heading), *end;

	if (!section)
		fail_msg("Documentation/probes.md has no section \"%s\"", heading + 1);
	end = strstr(section + 1, "\n## ");
	for (size_t i = 0; i < k->n_opts; i++) {
		const struct fdr_opt_desc *o = &k->opts[i];
		char row[128];
		const char *at;

		snprintf(row, sizeof(row), "\n| `%s` | %s%s%s", o->name,
			 o->required ? "required |" : o->def ? "`" : "",
			 o->def ? o->def : "", o->def ? "` |" : "");
		at = strstr(section, row);
		if (!at || (end && at > end))
			at = shared ? strstr(shared, row) : NULL;
		if (!at)
			fail_msg("Documentation/probes.md, %s: no row \"%s\"", k->name, row + 1);
	}
}

static void documented(void **state)
{
	static char text[65536];
	FILE *in = fopen("Documentation/probes.md", "re");
	size_t n, n_workloads, len;
	const struct fdr_probe_ops *const *probes = fdr_probe_kinds(&n);
	const struct fdr_workload_ops *const *workloads = fdr_workload_kinds(&n_workloads);
	char heading[64], *shared;

	(void)state;
	assert_non_null(in);
	len = fread(text, 1, sizeof(text) - 1, in);
	fclose(in);
	text[len] = '\0';
	for (size_t i = 0; i < n; i++) {
		snprintf(heading, sizeof(heading), "\n## %s\n", probes[i]->kind.name);
		check_documented(text, heading, NULL, &probes[i]->kind);
	}
	/* What all workloads share has a section of its own, before theirs. */
	shared = strstr(text, "\n## Workloads: what all share\n");
	assert_non_null(shared);
	for (size_t i = 0; i < n_workloads; i++) {
		snprintf(heading, sizeof(heading), "\n## Workload: %s\n", workloads[i]->kind.name);
		check_documented(text, heading, shared, &workloads[i]->kind);
	}
}

static void on_text(void *userdata, struct peer_conn *c, const char *data, size_t len)
{
	struct fixture *f = userdata;

	(void)data;
	(void)len;
	if (f->answer)
		peer_send(c, f->answer, strlen(f->answer));
}

static void tcp_up_and_down(void **state)
{
	struct fixture *f = *state;
	const struct seen_obs *o;
	unsigned int port;
	int64_t turned;

	f->peer = peer_listen(f->p, NULL, 0, on_text, f);
	port = peer_port(f->peer);
	snprintf(f->text, sizeof(f->text), "127.0.0.1:%u", port);
	make_opts(&f->opts, probe_kind("tcp"), "address", f->text, "interval", "3ms", NULL);
	probe_start(f, "tcp");
	assert_true(await_state(f->p, &f->rec, "", "up"));
	run_for(f->p, 30 * MS);
	assert_int_equal(f->rec.n_obs, 1);
	peer_close(f->peer);
	turned = fdr_now_ns();
	f->peer = NULL;
	assert_true(await_state(f->p, &f->rec, "", "down"));
	o = recorder_obs(&f->rec, "", 1);
	/* Refused, or (where the listener went while it was accepted) reset. */
	assert_true(!strncmp(o->detail, "Connection re", 13));
	assert_true(o->when.lo_ns <= turned && turned <= o->when.hi_ns);
	f->peer = peer_listen(f->p, NULL, port, on_text, f);
	assert_true(await_state(f->p, &f->rec, "", "up"));
}

/* A listener whose queue is full and that never accepts: connecting goes unanswered. */
static void tcp_times_out(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	struct fixture *f = *state;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	snprintf(f->text, sizeof(f->text), "127.0.0.1:%d", ntohs(in.sin_port));
	make_opts(&f->opts, probe_kind("tcp"), "address", f->text, "interval", "5ms", "timeout", "40ms",
		  NULL);
	probe_start(f, "tcp");
	assert_true(await_state(f->p, &f->rec, "", "up"));
	assert_true(await_state(f->p, &f->rec, "", "down"));
	assert_string_equal(f->rec.obs[1].detail, "Connection timed out");
	/* Stopped with attempts under way. */
	run_for(f->p, 20 * MS);
	close(fd);
}

static void http_states(void **state)
{
	static const struct {
		const char *answer, *state, *detail;
	} cases[] = {
		{ "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nrole: ok", "up", "status 200" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nrole: bad", "down",
		  "status 200, the body does not match: role: bad" },
		{ "HTTP/1.1 203 Fine\r\nContent-Length: 0\r\n\r\n", "up", "status 203" },
		{ "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "down", "status 503" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nrole: ok", "up", "status 200" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", "down", "timed out" },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nrole: ok", "up", "status 200" },
		{ "\xff\xfegarbage\r\n\r\n", "down", NULL },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nrole: ok", "up", "status 200" },
		{ NULL, "down", "timed out" },
	};
	struct fixture *f = *state;

	f->peer = peer_listen(f->p, NULL, 0, on_text, f);
	snprintf(f->text, sizeof(f->text), "http://127.0.0.1:%u/health", peer_port(f->peer));
	make_opts(&f->opts, probe_kind("http"), "url", f->text, "interval", "5ms", "timeout", "50ms",
		  "expect", "200-203, 205", "body", "role: ok|^$", NULL);
	probe_start(f, "http");
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		f->answer = cases[i].answer;
		if (!await_state(f->p, &f->rec, "", cases[i].state))
			fail_msg("case %zu: not %s", i, cases[i].state);
		if (cases[i].detail)
			assert_string_equal(f->rec.obs[f->rec.n_obs - 1].detail, cases[i].detail);
	}
}

static void http_slow_drip(void **state)
{
	struct fixture *f = *state;

	/* Asked every 5 ms, an answer never comes: what is in flight is bounded. */
	f->peer = peer_listen(f->p, NULL, 0, on_text, f);
	snprintf(f->text, sizeof(f->text), "http://127.0.0.1:%u/", peer_port(f->peer));
	make_opts(&f->opts, probe_kind("http"), "url", f->text, "interval", "1ms", "timeout", "1h", NULL);
	probe_start(f, "http");
	run_for(f->p, 700 * MS);
	assert_true(peer_accepted(f->peer) > 20);
	assert_true(peer_accepted(f->peer) <= 256);
	assert_int_equal(f->rec.n_obs, 0);
}

static void http_refused_connection(void **state)
{
	struct fixture *f = *state;

	f->peer = peer_listen(f->p, NULL, 0, on_text, f);
	snprintf(f->text, sizeof(f->text), "http://127.0.0.1:%u/", peer_port(f->peer));
	peer_close(f->peer);
	f->peer = NULL;
	make_opts(&f->opts, probe_kind("http"), "url", f->text, "interval", "5ms", NULL);
	probe_start(f, "http");
	assert_true(await_state(f->p, &f->rec, "", "down"));
	assert_string_equal(f->rec.obs[0].detail, "cannot connect: Connection refused");
}

static void exec_exit_codes(void **state)
{
	static const struct {
		const char *code, *state;
	} cases[] = {
		{ "0", "ok" }, { "1", "warning" }, { "2", "critical" }, { "77", "critical" },
		{ "78", "unknown" }, { "0", "ok" }, { "signal", "dead" },
	};
	struct fixture *f = *state;

	snprintf(f->text, sizeof(f->text),
		 "c=$(cat %s); echo \"code $c\"; [ $c = signal ] && kill -9 $$; exit $c", f->path);
	make_opts(&f->opts, probe_kind("exec"), "command", f->text, "interval", "10ms", "exits:ok", "0",
		  "exits:warning", "1", "exits:critical", "2-77", "exits:dead", "signal", NULL);
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		char tmp[160];
		FILE *out;

		/* Whole at once: a run must not read an empty file. */
		snprintf(tmp, sizeof(tmp), "%s.new", f->path);
		out = fopen(tmp, "we");
		fputs(cases[i].code, out);
		fclose(out);
		assert_int_equal(rename(tmp, f->path), 0);
		if (!f->probe)
			probe_start(f, "exec");
		if (!await_state(f->p, &f->rec, "", cases[i].state))
			fail_msg("exit %s is not %s", cases[i].code, cases[i].state);
	}
	assert_string_equal(f->rec.obs[1].detail, "exit 1: code 1");
	assert_string_equal(f->rec.obs[f->rec.n_obs - 1].detail,
			    "killed by signal 9: code signal");
}

/* What hangs is killed with all that it started, and is "down" by default. */
static void exec_hangs(void **state)
{
	struct fixture *f = *state;
	int64_t end = fdr_now_ns() + 30 * FDR_NS_PER_S;
	pid_t pid = 0;
	FILE *in;

	snprintf(f->text, sizeof(f->text), "sleep 1000 & echo $! > %s; wait", f->path);
	make_opts(&f->opts, probe_kind("exec"), "command", f->text, "interval", "1h", "timeout", "100ms",
		  NULL);
	probe_start(f, "exec");
	assert_true(await_state(f->p, &f->rec, "", "down"));
	assert_string_equal(f->rec.obs[0].detail, "timed out");
	assert_true(f->rec.obs[0].when.hi_ns - f->rec.obs[0].when.lo_ns >= 100 * MS);
	in = fopen(f->path, "re");
	assert_non_null(in);
	assert_int_equal(fscanf(in, "%d", &pid), 1);
	fclose(in);
	/* Dead at once; whoever inherits orphans here may reap it late. */
	while (kill(pid, 0) == 0 && fdr_now_ns() < end) {
		char stat[64], line[256] = "";

		snprintf(stat, sizeof(stat), "/proc/%d/stat", pid);
		in = fopen(stat, "re");
		if (!in || !fgets(line, sizeof(line), in) || strstr(line, ") Z "))
			end = 0;
		if (in)
			fclose(in);
	}
	assert_true(end == 0 || kill(pid, 0) < 0);
}

static void exec_words(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("exec"), "command",
		  "echo noise; echo node1: Online; echo node2: OFFLINE; echo node1: OFFLINE; exit 3",
		  "interval", "10ms", "patterns:up", "^([a-z0-9]+): Online", "patterns:down",
		  "^([a-z0-9]+): OFFLINE", NULL);
	probe_start(f, "exec");
	assert_true(await_state(f->p, &f->rec, "node1", "up"));
	assert_true(await_state(f->p, &f->rec, "node2", "down"));
	run_for(f->p, 50 * MS);
	assert_int_equal(f->rec.n_obs, 2);
}

static void say(int fd, const char *line)
{
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
}

static void exec_follow(void **state)
{
	struct fixture *f = *state;
	const struct seen_obs *o;
	int64_t before, after;
	int fd;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	fd = open(f->path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	/* Its lines go to its standard error: taken as well. */
	snprintf(f->text, sizeof(f->text),
		 "while read l; do echo \"$l\" >&2; [ \"$l\" = end ] && exit 4; done < %s",
		 f->path);
	make_opts(&f->opts, probe_kind("exec"), "command", f->text, "mode", "follow", "interval", "1h",
		  "patterns:down", "node (.*) lost", "patterns:up", "node (.*) joined", NULL);
	probe_start(f, "exec");
	say(fd, "node a joined\n");
	assert_true(await_state(f->p, &f->rec, "a", "up"));
	run_for(f->p, 20 * MS);
	before = fdr_now_ns();
	say(fd, "node a lost\n");
	assert_true(await_state(f->p, &f->rec, "a", "down"));
	after = fdr_now_ns();
	o = recorder_obs(&f->rec, "a", 1);
	assert_true(o->pushed);
	assert_true(o->when.hi_ns >= before && o->when.lo_ns <= after);
	say(fd, "end\n");
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	assert_non_null(strstr(recorder_obs(&f->rec, "", 0)->detail, "exit 4"));
	close(fd);
}

static void exec_floods(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("exec"), "command", "exec yes node a lost", "mode", "follow",
		  "interval", "1h", "patterns:down", "node (.*) lost", NULL);
	probe_start(f, "exec");
	assert_true(await_state(f->p, &f->rec, "a", "down"));
	run_for(f->p, 50 * MS);
	assert_int_equal(f->rec.n_obs, 1);
}

static void log_patterns(void **state)
{
	struct fixture *f = *state;
	FILE *out;

	snprintf(f->text, sizeof(f->text), "file:%s", f->path);
	make_opts(&f->opts, probe_kind("log"), "source", f->text, "patterns:down",
		  "Host ([^ ]+) is (dead|gone)", "patterns:up", "Host ([^ ]+) is alive",
		  "patterns:panic", "everything", NULL);
	probe_start(f, "log");
	out = fopen(f->path, "we");
	setvbuf(out, NULL, _IOLBF, 0);
	fprintf(out, "Host a is alive\nHost b is gone\nHost a is alive\nelse\n");
	assert_true(await_state(f->p, &f->rec, "b", "down"));
	fprintf(out, "lose everything\nHost a is dead\n");
	fclose(out);
	assert_true(await_state(f->p, &f->rec, "a", "down"));
	assert_int_equal(f->rec.n_obs, 4);
	assert_true(recorder_is(&f->rec, "", "panic"));
	assert_true(f->rec.obs[0].pushed);
	assert_string_equal(f->rec.obs[3].detail, "Host a is dead");
}

static void expect_refusal(struct fixture *f, const char *name, int err, const char *words)
{
	struct fdr_error e = { "" };

	assert_int_equal(probe_try(f, name, &e), err);
	if (strncmp(e.text, "probe p: ", 9) || !strstr(e.text, words))
		fail_msg("\"%s\" lacks \"%s\"", e.text, words);
	fdr_opts_clear(&f->opts);
}

static void refused(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("log"), "source", "file:/tmp/x", "patterns:down", "(", NULL);
	expect_refusal(f, "log", -EINVAL, "patterns: down: \"(\" is no extended regular expression");
	make_opts(&f->opts, probe_kind("log"), "source", "x", "patterns:down", "y", NULL);
	expect_refusal(f, "log", -EINVAL, "source: \"x\" is no source of lines");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "exits:up", "0,256", NULL);
	expect_refusal(f, "exec", -EINVAL, "exits: up: \"0,256\" is no list of exit codes");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "exits:up", "zero", NULL);
	expect_refusal(f, "exec", -EINVAL, "is no list of exit codes");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "exits:up", "3-1", NULL);
	expect_refusal(f, "exec", -EINVAL, "is no list of exit codes");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "exits:up", "1-", NULL);
	expect_refusal(f, "exec", -EINVAL, "is no list of exit codes");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "exits:up", "", NULL);
	expect_refusal(f, "exec", -EINVAL, "is no list of exit codes");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "mode", "follow", NULL);
	expect_refusal(f, "exec", -ENODATA, "mode \"follow\" needs \"patterns\"");
	make_opts(&f->opts, probe_kind("exec"), "command", "x", "mode", "follow", "patterns:up", "x",
		  "exits:up", "0", NULL);
	expect_refusal(f, "exec", -EINVAL, "no meaning in mode \"follow\"");
	make_opts(&f->opts, probe_kind("tcp"), "address", "localhost", NULL);
	expect_refusal(f, "tcp", -EINVAL, "address: \"localhost\" is no address");
	make_opts(&f->opts, probe_kind("http"), "url", "ftp://x/", NULL);
	expect_refusal(f, "http", -EINVAL, "is no URL that begins with http:// or https://");
	make_opts(&f->opts, probe_kind("http"), "url", "http://[::1/", NULL);
	expect_refusal(f, "http", -EINVAL, "is no URL");
	make_opts(&f->opts, probe_kind("http"), "url", "http://x/", "expect", "20", NULL);
	expect_refusal(f, "http", -EINVAL, "expect: \"20\" is no list of status codes");
	make_opts(&f->opts, probe_kind("http"), "url", "http://x/", "body", "[", NULL);
	expect_refusal(f, "http", -EINVAL, "body: \"[\" is no extended regular expression");
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, probe_setup, probe_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registry), cmocka_unit_test(documented), T(tcp_up_and_down), T(tcp_times_out), T(http_states),
		T(http_slow_drip), T(http_refused_connection), T(exec_exit_codes), T(exec_hangs),
		T(exec_words), T(exec_follow), T(exec_floods), T(log_patterns), T(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
