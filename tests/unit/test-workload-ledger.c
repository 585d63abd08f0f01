// SPDX-License-Identifier: GPL-2.0-or-later
/* Ledgers of redis, file and exec: what was acknowledged is read back, and what was planted. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>

#include "common-workload.h"

#define ID	"0123456789abcdef"

static const struct fdr_ledger ledger = { .id = ID, .payload = 40 };

static int setup(void **state)
{
	int r = bench_setup(state);

	((struct bench *)*state)->ledger = &ledger;
	return r;
}

/* Reads one copy by the kind's own reader; 0 or its error. */
static int read_back(struct bench *b, const char *kind, const char *endpoint, int64_t limit_ns,
		     struct fdr_ledger_view *ret, struct fdr_error *e)
{
	struct fdr_ledger_reading r = {
		.opts = &b->opts, .endpoint = endpoint, .ledger = ledger,
		.deadline_ns = fdr_now_ns() + limit_ns,
	};
	int err = fdr_workload_kind(kind)->read_back(&r, e);

	*ret = r.view;
	return err;
}

static void read_well(struct bench *b, const char *kind, struct fdr_ledger_view *ret)
{
	struct fdr_error e = { "" };

	if (read_back(b, kind, NULL, 60 * FDR_NS_PER_S, ret, &e) < 0)
		fail_msg("%s", e.text);
	assert_false(ret->failed);
}

static size_t times(const struct fdr_ledger_view *v, uint64_t seq)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		n += v->seqs[i] == seq;
	return n;
}

/* Some requests; each that was acknowledged is there once, and nothing else is wrong. */
static void fill(struct bench *b, const char *kind, size_t n)
{
	struct fdr_ledger_view v;

	bench_start(b, kind);
	assert_true(await_requests(b->p, &b->rec, n));
	bench_drain(b);
	check_accounting(&b->rec);
	b->w = fdr_workload_stop(b->w);
	read_well(b, kind, &v);
	for (size_t i = 0; i < b->rec.n_requests; i++) {
		const struct seen_request *q = &b->rec.requests[i];

		if (q->status == FDR_REQUEST_ERROR)
			fail_msg("%s", q->detail);
		if (q->status != FDR_REQUEST_TIMEOUT)
			assert_int_equal(times(&v, q->seq), 1);
	}
	assert_true(v.n <= b->rec.n_requests);
	assert_int_equal(v.n_corrupt, 0);
	assert_int_equal(v.foreign, 0);
	fdr_ledger_view_clear(&v);
}

static void put_file(const struct bench *b, const char *name, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", b->dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void files(void **state)
{
	struct bench *b = *state;
	struct fdr_ledger_view v;
	struct fdr_error e = { "" };
	char path[300];

	make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", b->dir, "rate",
		  "300/s", "ledger", "yes", "timeout", "20s", "late", "20s", NULL);
	fill(b, "file", 60);
	/* One is lost, one torn, one never written by us, one of another ledger. */
	snprintf(path, sizeof(path), "%s/" ID "-7", b->dir);
	assert_int_equal(unlink(path), 0);
	put_file(b, ID "-8", ID " 8 ");
	put_file(b, ID "-x", "what");
	put_file(b, "fedcba9876543210-1", "what");
	read_well(b, "file", &v);
	assert_int_equal(times(&v, 7), 0);
	assert_int_equal(times(&v, 8), 0);
	assert_int_equal(times(&v, 9), 1);
	assert_int_equal(v.n_corrupt, 1);
	assert_int_equal(v.corrupt[0], 8);
	assert_int_equal(v.foreign, 1);
	assert_string_equal(v.foreign_text, ID "-x");
	fdr_ledger_view_clear(&v);
	assert_int_equal(read_back(b, "file", "/nowhere", FDR_NS_PER_S * 10, &v, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere: No such file"));
	assert_int_equal(read_back(b, "file", NULL, -1, &v, &e), -ETIMEDOUT);
	fdr_ledger_view_clear(&v);
	fdr_opts_clear(&b->opts);
	make_opts(&b->opts, &fdr_workload_kind("file")->kind, "directory", b->dir, "write",
		  "write", "ledger", "yes", NULL);
	assert_int_equal(bench_try(b, "file", &e), -EINVAL);
	assert_non_null(strstr(e.text, "write: rename"));
}

static void commands(void **state)
{
	struct bench *b = *state;
	struct fdr_ledger_view v;
	struct fdr_error e = { "" };
	char write[400], read[400];

	snprintf(write, sizeof(write), "printf '%%s\\n' \"$2\" >>%s/all", b->dir);
	snprintf(read, sizeof(read), "test \"$1\" = " ID " && cat %s/all$2", b->dir);
	make_opts(&b->opts, &fdr_workload_kind("exec")->kind, "rate", "50/s", "workers", "1",
		  "ledger", "yes", "timeout", "20s", "late", "20s", "command", write,
		  "read_command", read, NULL);
	fill(b, "exec", 20);
	/* One twice, one of another ledger, one changed, and something else. */
	snprintf(write, sizeof(write), "cd %s && sed -n 4p all >>all && echo noise >>all && "
		 "sed -n 5p all | sed 's/^" ID "/fedcba9876543210/' >>all && "
		 "sed -i '6s/.$/!/' all", b->dir);
	assert_int_equal(system(write), 0);
	read_well(b, "exec", &v);
	assert_int_equal(times(&v, 3), 2);
	assert_int_equal(times(&v, 4), 1);
	assert_int_equal(times(&v, 5), 0);
	assert_int_equal(v.n_corrupt, 1);
	assert_int_equal(v.corrupt[0], 5);
	assert_int_equal(v.foreign, 1);
	assert_string_equal(v.foreign_text, "noise");
	fdr_ledger_view_clear(&v);
	assert_int_equal(read_back(b, "exec", ".no", FDR_NS_PER_S * 10, &v, &e), -EIO);
	assert_non_null(strstr(e.text, "read_command exited with status 1: cat: "));
	fdr_opts_clear(&b->opts);
	make_opts(&b->opts, &fdr_workload_kind("exec")->kind, "command", "true", "ledger", "yes",
		  "read_command", "sleep 1000", NULL);
	assert_int_equal(read_back(b, "exec", NULL, 300 * MS, &v, &e), -ETIMEDOUT);
	fdr_opts_clear(&b->opts);
	make_opts(&b->opts, &fdr_workload_kind("exec")->kind, "command", "true", "ledger", "yes",
		  NULL);
	assert_int_equal(bench_try(b, "exec", &e), -ENODATA);
}

/* By the server's own client, so that the two cannot be wrong together. */
static void redis_cli(const struct bench *b, const char *words)
{
	char command[700];

	snprintf(command, sizeof(command), "redis-cli -s %s/redis -a secret --no-auth-warning %s "
		 ">/dev/null", b->dir, words);
	assert_int_equal(system(command), 0);
}

static void redis(void **state)
{
	struct bench *b = *state;
	char address[128], password[160];
	struct fdr_ledger_view v;
	struct fdr_error e = { "" };
	struct fdr_child c;

	if (!start_redis(b, &c, address, sizeof(address)))
		skip();
	snprintf(password, sizeof(password), "%s/password", b->dir);
	make_opts(&b->opts, &fdr_workload_kind("redis")->kind, "address", address, "rate",
		  "2000/s", "ledger", "yes", "timeout", "20s", "late", "20s", "password_file",
		  password, "max_in_flight", "100000", NULL);
	/* More than a batch of keys, and than a scan gives at once. */
	fill(b, "redis", 1500);
	redis_cli(b, "DEL faultdrill:" ID ":7");
	redis_cli(b, "SET faultdrill:" ID ":8 '" ID " 8 bad payload'");
	redis_cli(b, "SET faultdrill:" ID ":x noise");
	redis_cli(b, "SET faultdrill:fedcba9876543210:1 other");
	read_well(b, "redis", &v);
	assert_int_equal(times(&v, 7), 0);
	assert_int_equal(times(&v, 9), 1);
	assert_int_equal(v.n_corrupt, 1);
	assert_int_equal(v.corrupt[0], 8);
	assert_int_equal(v.foreign, 1);
	assert_string_equal(v.foreign_text, "noise");
	fdr_ledger_view_clear(&v);
	/* A server that hangs is given up in time. */
	kill(c.pid, SIGSTOP);
	assert_int_equal(read_back(b, "redis", NULL, 300 * MS, &v, &e), -ETIMEDOUT);
	kill(c.pid, SIGCONT);
	assert_int_equal(read_back(b, "redis", "/nowhere", FDR_NS_PER_S, &v, &e), -EIO);
	assert_non_null(strstr(e.text, "cannot connect: No such file"));
	fdr_opts_clear(&b->opts);
	make_opts(&b->opts, &fdr_workload_kind("redis")->kind, "address", address, "op", "get",
		  "ledger", "yes", NULL);
	assert_int_equal(bench_try(b, "redis", &e), -EINVAL);
	end_redis(&c);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, bench_teardown)
	const struct CMUnitTest tests[] = { T(files), T(commands), T(redis) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
