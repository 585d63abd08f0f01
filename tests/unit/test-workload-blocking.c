// SPDX-License-Identifier: GPL-2.0-or-later
/* The workloads whose requests block: exec, file, and redis against the real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/sha256.h"
#include "base/spawn.h"
#include "common-workload.h"

static void exec_outcomes(void **state)
{
	struct bench *b = *state;

	make_opts(&b->opts, &fdr_workload_kind("exec")->kind, "rate", "20/s", "workers", "4",
		  "timeout", "10s", "late", "10s", "command",
		  "case $1 in *1) echo whoops >&2; exit 3;; *2) kill -9 $$;; esac; echo node$1; "
		  "echo more", NULL);
	bench_start(b, "exec");
	assert_true(await_requests(b->p, &b->rec, 10));
	bench_drain(b);
	check_accounting(&b->rec);
	for (size_t i = 0; i < b->rec.n_requests; i++) {
		const struct seen_request *q = &b->rec.requests[i];
		char server[32];

		snprintf(server, sizeof(server), "node%ju", (uintmax_t)q->seq);
		if (q->seq % 10 == 1) {
			assert_int_equal(q->status, FDR_REQUEST_ERROR);
			assert_int_equal(q->code, 3);
			assert_string_equal(q->detail, "exited with status 3: whoops");
			assert_string_equal(q->served_by, "");
		} else if (q->seq % 10 == 2) {
			assert_int_equal(q->status, FDR_REQUEST_ERROR);
			assert_string_equal(q->detail, "was killed by signal 9 (Killed)");
		} else {
			assert_int_equal(q->status, FDR_REQUEST_OK);
			assert_string_equal(q->served_by, server);
		}
	}
}

/* A command that never ends is killed at its deadline, with what it started. */
static void exec_timeout(void **state)
{
	struct bench *b = *state;
	char command[256], line[32] = "", path[160];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/pid", b->dir);
	snprintf(command, sizeof(command), "sleep 1000 & echo $! >%s; wait", path);
	make_opts(&b->opts, &fdr_workload_kind("exec")->kind, "rate", "1/s", "workers", "1",
		  "timeout", "1s", "command", command, NULL);
	bench_start(b, "exec");
	assert_true(await_requests(b->p, &b->rec, 1));
	assert_int_equal(b->rec.requests[0].status, FDR_REQUEST_TIMEOUT);
	b->w = fdr_workload_stop(b->w);
	assert_true(fdr_read_line(path, line, sizeof(line)) >= 0);
	pid = (pid_t)strtol(line, NULL, 10);
	assert_true(pid > 1);
	/* An orphan: gone once init has reaped it, a zombie until then. */
	for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++) {
		char stat[64], text[256] = "";

		snprintf(stat, sizeof(stat), "/proc/%d/stat", (int)pid);
		fdr_read_line(stat, text, sizeof(text));
		if (strstr(text, ") Z"))
			break;
		run_for(b->p, 10 * MS);
		assert_true(i < 999);
	}
}

static void check_file(const char *path, const char *name)
{
	char data[4096], head[128], sum[FDR_SHA256_TEXT], want[FDR_SHA256_TEXT];
	FILE *f FDR_CLEANUP_FCLOSE = fopen(path, "r");
	unsigned long n, of;

	assert_non_null(f);
	assert_int_equal(fread(data, 1, sizeof(data), f), sizeof(data));
	assert_int_equal(sscanf(data, "faultdrill users %20lu %64s\n", &n, sum), 2);
	assert_int_equal(sscanf(name, "users-%lu", &of), 1);
	assert_int_equal(n % 7, of);
	snprintf(head, sizeof(head), "faultdrill users %020lu", n);
	fdr_sha256_text(head, strlen(head), want);
	assert_string_equal(sum, want);
}

static void files_written(void **state)
{
	static const char *const how[][2] = {
		{ "rename", "fsync" }, { "write", "fdatasync" }, { "rename", "dsync" },
		{ "write", "none" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < FDR_ARRAY_LEN(how); i++) {
		size_t n = 0, others = 0;
		struct dirent *d;
		DIR *dir;

		make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", b->dir, "rate",
			  "200/s", "workers", "3", "files", "7", "write", how[i][0], "sync",
			  how[i][1], "timeout", "20s", NULL);
		bench_start(b, "file");
		assert_true(await_requests(b->p, &b->rec, 40));
		bench_drain(b);
		check_accounting(&b->rec);
		for (size_t k = 0; k < b->rec.n_requests; k++)
			if (b->rec.requests[k].status == FDR_REQUEST_ERROR)
				fail_msg("%s, %s: %s", how[i][0], how[i][1],
					 b->rec.requests[k].detail);
		b->w = fdr_workload_stop(b->w);
		dir = opendir(b->dir);
		while ((d = readdir(dir))) {
			char path[512];

			snprintf(path, sizeof(path), "%s/%s", b->dir, d->d_name);
			if (!strncmp(d->d_name, "users-", 6)) {
				check_file(path, d->d_name);
				unlink(path);
				n++;
			} else if (d->d_name[0] == '.' && strlen(d->d_name) > 2) {
				others++;
			}
		}
		closedir(dir);
		assert_int_equal(n, 7);
		assert_int_equal(others, 0);
		fdr_opts_clear(&b->opts);
		recorder_clear(&b->rec);
		recorder_init(&b->rec);
	}
}

/* Failures of the filesystem have the step and the kernel's word. */
static void files_refused(void **state)
{
	struct bench *b = *state;
	struct fdr_error e = { "" };
	char path[200];

	make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", "/nowhere", NULL);
	assert_int_equal(bench_try(b, "file", &e), -ENOENT);
	assert_non_null(strstr(e.text, "directory: /nowhere: No such file"));
	fdr_opts_clear(&b->opts);
	make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", b->dir, "direct",
		  "yes", "size", "5000", NULL);
	assert_int_equal(bench_try(b, "file", &e), -EINVAL);
	assert_non_null(strstr(e.text, "multiple of 4096"));
	fdr_opts_clear(&b->opts);
	snprintf(path, sizeof(path), "%s/users-0", b->dir);
	assert_int_equal(mkdir(path, 0755), 0);
	make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", b->dir, "files", "1",
		  NULL);
	bench_start(b, "file");
	assert_true(await_requests(b->p, &b->rec, 5));
	assert_int_equal(b->rec.requests[0].status, FDR_REQUEST_ERROR);
	assert_int_equal(b->rec.requests[0].code, EISDIR);
	assert_string_equal(b->rec.requests[0].detail, "rename: Is a directory");
	b->w = fdr_workload_stop(b->w);
	rmdir(path);
}

/* The one process that there is besides this one. */
static pid_t child_of_a_thread(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *d;
	pid_t pid = 0;

	while (!pid && (d = readdir(dir))) {
		char path[300], line[64] = "";

		snprintf(path, sizeof(path), "/proc/self/task/%s/children", d->d_name);
		fdr_read_line(path, line, sizeof(line));
		pid = (pid_t)strtol(line, NULL, 10);
	}
	closedir(dir);
	return pid;
}

/* The processes that write hang: stopped, as a disk would do it, and nobody waits for them. */
static void files_hang(void **state)
{
	struct bench *b = *state;
	size_t waiting = 0, hung = 0;
	int64_t from;
	pid_t pid;

	make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", b->dir, "rate",
		  "50/s", "workers", "1", "timeout", "300ms", NULL);
	bench_start(b, "file");
	assert_true(await_requests(b->p, &b->rec, 5));
	pid = child_of_a_thread();
	assert_true(pid > 1);
	kill(pid, SIGSTOP);
	assert_true(await_requests(b->p, &b->rec, b->rec.n_requests + 30));
	from = fdr_now_ns();
	b->w = fdr_workload_stop(b->w);
	assert_true(fdr_now_ns() - from < 5 * FDR_NS_PER_S);
	check_accounting(&b->rec);
	for (size_t i = 0; i < b->rec.n_requests; i++) {
		hung += !strcmp(b->rec.requests[i].detail, "no whole answer in time");
		waiting += !strcmp(b->rec.requests[i].detail,
				   "not sent: no worker was free in time");
	}
	assert_int_equal(hung, 1);
	assert_true(waiting >= 10);
	/* It goes on, finds its orders at an end, and is reaped by its thread. */
	kill(pid, SIGCONT);
	for (int i = 0; i < 1000 && kill(pid, 0) == 0; i++)
		run_for(b->p, 10 * MS);
	assert_int_equal(kill(pid, 0), -1);
}

static void redis(void **state)
{
	struct bench *b = *state;
	char address[128], password[128];
	struct fdr_child c;
	int64_t end, worst = 0;
	size_t n;

	if (!start_redis(b, &c, address, sizeof(address)))
		skip();
	snprintf(password, sizeof(password), "%s/password", b->dir);
	make_opts(&b->opts, &fdr_workload_kind("redis")->kind, "address", address, "rate",
		  "200/s", "workers", "4", "late", "200ms", "timeout", "20s", "password_file",
		  password, NULL);
	bench_start(b, "redis");
	assert_true(await_requests(b->p, &b->rec, 100));
	assert_int_equal(count_status(&b->rec, FDR_REQUEST_ERROR), 0);
	assert_int_equal(strlen(b->rec.requests[50].served_by), 40);
	/* Stopped: each waits since its own instant, those without a worker too. */
	kill(c.pid, SIGSTOP);
	n = b->rec.n_requests;
	run_for(b->p, 500 * MS);
	assert_true(b->rec.n_requests < n + 20);
	assert_true(fdr_workload_pending(b->w) >= 60);
	end = fdr_now_ns();
	kill(c.pid, SIGCONT);
	run_for(b->p, 300 * MS);
	for (size_t i = 0; i < b->rec.n_requests; i++) {
		const struct seen_request *q = &b->rec.requests[i];

		if (q->done_ns - q->intended_ns > worst)
			worst = q->done_ns - q->intended_ns;
		if (q->intended_ns > end - 500 * MS && q->intended_ns < end - 300 * MS &&
		    q->done_ns > end)
			assert_int_equal(q->status, FDR_REQUEST_LATE);
	}
	assert_true(worst >= 450 * MS);
	assert_true(count_status(&b->rec, FDR_REQUEST_LATE) >= 40);
	/* Killed: errors with a reason. */
	kill(c.pid, SIGKILL);
	n = b->rec.n_requests;
	assert_true(await_requests(b->p, &b->rec, n + 40));
	assert_int_equal(b->rec.requests[n + 39].status, FDR_REQUEST_ERROR);
	assert_non_null(strstr(b->rec.requests[n + 39].detail, "cannot connect: "));
	bench_drain(b);
	check_accounting(&b->rec);
	end_redis(&c);
}

static void redis_commands(void **state)
{
	static const struct {
		const char *name, *value;
		enum fdr_request_status status;
		const char *words;
	} cases[] = {
		{ "op", "ping", FDR_REQUEST_OK, "" },
		{ "op", "get", FDR_REQUEST_OK, "" },
		{ "command", "RPUSH list {seq}", FDR_REQUEST_OK, "" },
		{ "command", "LPOP", FDR_REQUEST_ERROR, "ERR wrong number of arguments" },
		{ "replicas", "1", FDR_REQUEST_ERROR, "written, but 0 of 1 replicas have it" },
	};
	struct bench *b = *state;
	char address[128], password[128];
	struct fdr_error e = { "" };
	struct fdr_child c;

	if (!start_redis(b, &c, address, sizeof(address)))
		skip();
	snprintf(password, sizeof(password), "%s/password", b->dir);
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		const struct seen_request *q;

		make_opts(&b->opts, &fdr_workload_kind("redis")->kind, "address", address, "rate",
			  "100/s", "workers", "2", "late", "20s", "timeout", "4s",
			  "password_file", password, cases[i].name, cases[i].value, NULL);
		bench_start(b, "redis");
		assert_true(await_requests(b->p, &b->rec, 1));
		q = &b->rec.requests[0];
		if (q->status != cases[i].status || !strstr(q->detail, cases[i].words))
			fail_msg("case %zu: status %d, \"%s\"", i, q->status, q->detail);
		b->w = fdr_workload_stop(b->w);
		fdr_opts_clear(&b->opts);
		recorder_clear(&b->rec);
		recorder_init(&b->rec);
	}
	/* Without the password. */
	make_opts(&b->opts, &fdr_workload_kind("redis")->kind, "address", address, NULL);
	bench_start(b, "redis");
	assert_true(await_requests(b->p, &b->rec, 1));
	assert_non_null(strstr(b->rec.requests[0].detail, "NOAUTH"));
	b->w = fdr_workload_stop(b->w);
	fdr_opts_clear(&b->opts);
	make_opts(&b->opts, &fdr_workload_kind("redis")->kind, "address", "here", NULL);
	assert_int_equal(bench_try(b, "redis", &e), -EINVAL);
	assert_non_null(strstr(e.text, "write HOST:PORT"));
	end_redis(&c);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
		T(exec_outcomes), T(exec_timeout), T(files_written), T(files_refused),
		T(files_hang), T(redis), T(redis_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
