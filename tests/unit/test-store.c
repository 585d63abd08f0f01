// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/log.h"
#include "result/store.h"

static char dir[64];

static const char *at(const char *name)
{
	static char path[4][128];
	static unsigned int n;

	n = (n + 1) % FDR_ARRAY_LEN(path);
	snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
	return path[n];
}

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/fdr-store-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void put_request(struct fdr_store *s, unsigned int trial, uint64_t seq)
{
	struct fdr_request r = {
		.source = "shop", .seq = seq, .intended_ns = (int64_t)seq * 1000,
		.sent_ns = (int64_t)seq * 1000 + 7, .done_ns = (int64_t)seq * 1000 + 900,
		.status = FDR_REQUEST_OK, .code = 200, .served_by = "node1", .detail = "",
	};

	assert_int_equal(fdr_store_put_request(s, trial, &r), 0);
}

struct seen {
	uint64_t requests, out_of_order;
	struct fdr_request last;
	unsigned int obs, events;
	int64_t value;
};

static int count_request(void *userdata, const struct fdr_request *r)
{
	struct seen *seen = userdata;

	seen->out_of_order += r->seq != seen->requests;
	seen->requests++;
	seen->last = *r;
	assert_string_equal(r->source, "shop");
	assert_string_equal(r->served_by, "node1");
	return 0;
}

static int check_obs(void *userdata, const struct fdr_obs *o)
{
	struct seen *seen = userdata;

	seen->obs++;
	assert_string_equal(o->source, "lb");
	assert_string_equal(o->subject, "web/node1");
	assert_string_equal(o->state, "down");
	assert_string_equal(o->detail, "Layer4 timeout; \xe2\x80\x9cquoted\xe2\x80\x9d 'sql");
	assert_true(o->pushed);
	assert_int_equal(o->when.lo_ns, -5);
	assert_int_equal(o->when.hi_ns, 17);
	return 0;
}

static int check_event(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	struct seen *seen = userdata;

	seen->events++;
	seen->value = json_integer_value(json_object_get(data, "late_ns"));
	assert_string_equal(node, "node1");
	assert_int_equal(at_ns, 42);
	return 0;
}

static int stop_at_once(void *userdata, const struct fdr_request *r)
{
	(void)userdata;
	(void)r;
	return 7;
}

static void check_contents(struct fdr_store *s)
{
	struct seen seen = { 0 };

	assert_int_equal(fdr_store_each_obs(s, 1, check_obs, &seen), 0);
	assert_int_equal(fdr_store_each_event(s, 1, "kernel-event", check_event, &seen), 0);
	assert_int_equal(fdr_store_each_event(s, 1, "beacon", check_event, &seen), 0);
	assert_int_equal(fdr_store_each_request(s, 2, count_request, &seen), 0);
	assert_int_equal(seen.obs, 1);
	assert_int_equal(seen.events, 1);
	assert_true(seen.value == INT64_MAX);
	assert_int_equal(seen.requests, 5000);
	assert_int_equal(seen.out_of_order, 0);
	assert_int_equal(seen.last.done_ns - seen.last.intended_ns, 900);
	assert_int_equal(seen.last.code, 200);
	assert_int_equal(fdr_store_each_request(s, 2, stop_at_once, NULL), 7);
	assert_string_equal(fdr_store_meta(s, "seed"), "18446744073709551615");
	assert_string_equal(fdr_store_meta(s, "version"), "second");
	assert_null(fdr_store_meta(s, "nothing"));
}

static void round_trip(void **state)
{
	struct fdr_obs o = {
		.source = "lb", .subject = "web/node1", .state = "down", .pushed = true,
		.when = { -5, 17 }, .detail = "Layer4 timeout; \xe2\x80\x9cquoted\xe2\x80\x9d 'sql",
	};
	FDR_CLEANUP(fdr_store_closep) struct fdr_store *s = NULL;
	struct fdr_store *again;
	struct fdr_error e;
	struct stat st;
	json_t *data;

	(void)state;
	assert_int_equal(fdr_store_create(at("a.db"), &s, &e), 0);
	assert_int_equal(fdr_store_create(at("a.db"), &again, &e), -EEXIST);
	assert_non_null(strstr(e.text, "never overwritten"));
	assert_int_equal(fdr_store_put_meta(s, "seed", "18446744073709551615"), 0);
	assert_int_equal(fdr_store_put_meta(s, "version", "first"), 0);
	assert_int_equal(fdr_store_put_meta(s, "version", "second"), 0);
	assert_int_equal(fdr_store_put_obs(s, 1, &o), 0);
	data = json_pack("{s:I}", "late_ns", (json_int_t)INT64_MAX);
	assert_int_equal(fdr_store_put_event(s, 1, "kernel-event", "node1", 42, data), 0);
	json_decref(data);
	for (uint64_t i = 0; i < 5000; i++)
		put_request(s, 2, i);
	/* What was put in is there at once, through the same store ... */
	check_contents(s);
	assert_int_equal(fdr_store_flush(s, &e), 0);
	/* ... through a second reader while it is being written ... */
	assert_int_equal(fdr_store_open(at("a.db"), &again, &e), 0);
	check_contents(again);
	again = fdr_store_close(again);
	s = fdr_store_close(s);
	/* ... and afterwards, when all of it is in one plain file. */
	assert_int_equal(stat(at("a.db-wal"), &st), -1);
	assert_int_equal(fdr_store_open(at("a.db"), &s, &e), 0);
	check_contents(s);
	assert_int_equal(fdr_store_put_meta(s, "seed", "1"), -EROFS);
}

static uint64_t requests_in(const char *path)
{
	FDR_CLEANUP(fdr_store_closep) struct fdr_store *s = NULL;
	struct seen seen = { 0 };
	struct fdr_error e;

	assert_int_equal(fdr_store_open(path, &s, &e), 0);
	assert_int_equal(fdr_store_each_request(s, 1, count_request, &seen), 0);
	assert_int_equal(seen.out_of_order, 0);
	return seen.requests;
}

/* kill -9 in the middle: all that was flushed is there, the rest is whole batches. */
static void survives_kill(void **state)
{
	struct fdr_error e;
	uint64_t n;
	int fds[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		struct fdr_store *s;
		uint64_t i = 0;

		if (fdr_store_create(at("killed.db"), &s, &e) < 0)
			_exit(1);
		for (; i < 3000; i++)
			put_request(s, 1, i);
		if (fdr_store_flush(s, &e) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;; i++) {
			put_request(s, 1, i);
			if (i % 100 == 0)
				usleep(1000);
		}
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	usleep(250000);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fds[0]);
	close(fds[1]);
	n = requests_in(at("killed.db"));
	assert_true(n >= 3000);
}

static void concurrent_reading(void **state)
{
	struct fdr_store *s;
	struct fdr_error e;
	uint64_t before = 0;

	(void)state;
	assert_int_equal(fdr_store_create(at("busy.db"), &s, &e), 0);
	for (uint64_t i = 0; i < 20000; i++) {
		put_request(s, 1, i);
		if (i % 4000 == 3999) {
			uint64_t n;

			assert_int_equal(fdr_store_flush(s, &e), 0);
			n = requests_in(at("busy.db"));
			assert_true(n >= i + 1 && n > before);
			before = n;
		}
	}
	s = fdr_store_close(s);
	assert_int_equal(requests_in(at("busy.db")), 20000);
}

static void batches_without_flush(void **state)
{
	struct fdr_store *s;
	struct fdr_error e;
	int64_t start;

	(void)state;
	assert_int_equal(fdr_store_create(at("batch.db"), &s, &e), 0);
	put_request(s, 1, 0);
	start = fdr_now_ns();
	while (!requests_in(at("batch.db")))
		assert_true(fdr_now_ns() - start < 10 * FDR_NS_PER_S);
	s = fdr_store_close(s);
}

static void write_file(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), (ssize_t)n);
	close(fd);
}

static void refused(const char *path, int err, const char *words)
{
	struct fdr_store *s = NULL;
	struct fdr_error e;
	int r = fdr_store_open(path, &s, &e);

	if (r != err || !strstr(e.text, words) || !strstr(e.text, path))
		fail_msg("%d (not %d): %s", r, err, r < 0 ? e.text : "opened");
}

static void sql(const char *path, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static size_t sample(unsigned char **ret)
{
	static unsigned int n;
	struct fdr_store *s;
	struct fdr_error e;
	struct stat st;
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "sample-%u.db", n++);
	assert_int_equal(fdr_store_create(at(name), &s, &e), 0);
	for (uint64_t i = 0; i < 400; i++)
		put_request(s, 1, i);
	fdr_store_put_meta(s, "plan", "drill: {}");
	s = fdr_store_close(s);
	fd = open(at(name), O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	*ret = malloc((size_t)st.st_size);
	assert_int_equal(read(fd, *ret, (size_t)st.st_size), st.st_size);
	close(fd);
	return (size_t)st.st_size;
}

static void bad_files_are_refused(void **state)
{
	FDR_CLEANUP_FREE unsigned char *data = NULL;
	size_t n = sample(&data);

	(void)state;
	refused(at("none.db"), -ENOENT, "No such file");
	refused(dir, -EBADMSG, "not a regular file");
	write_file(at("empty.db"), "", 0);
	refused(at("empty.db"), -EBADMSG, "is empty");
	write_file(at("text.db"), "apiVersion: faultdrill/v1\n", 26);
	refused(at("text.db"), -EBADMSG, "not an SQLite file");
	write_file(at("short.db"), "SQLite", 6);
	refused(at("short.db"), -EBADMSG, "not an SQLite file");
	write_file(at("head.db"), data, 100);
	refused(at("head.db"), -EBADMSG, "head.db");
	write_file(at("half.db"), data, n / 2);
	refused(at("half.db"), -EBADMSG, "damaged");
	sql(at("foreign.db"), "CREATE TABLE t(x)");
	refused(at("foreign.db"), -EBADMSG, "no faultdrill run");
	write_file(at("newer.db"), data, n);
	sql(at("newer.db"), "PRAGMA user_version = 2");
	refused(at("newer.db"), -EBADMSG, "newer faultdrill (schema 2");
	write_file(at("zero.db"), data, n);
	sql(at("zero.db"), "PRAGMA user_version = 0");
	refused(at("zero.db"), -EBADMSG, "impossible schema");
	write_file(at("table.db"), data, n);
	sql(at("table.db"), "DROP TABLE event");
	refused(at("table.db"), -EBADMSG, "no such table: event");
	write_file(at("column.db"), data, n);
	sql(at("column.db"), "ALTER TABLE obs DROP COLUMN detail");
	refused(at("column.db"), -EBADMSG, "no such column: detail");
}

static int ignore_request(void *userdata, const struct fdr_request *r)
{
	(void)userdata;
	assert_true((unsigned int)r->status <= FDR_REQUEST_TIMEOUT);
	return 0;
}

static int ignore_event(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	(void)userdata;
	(void)node;
	(void)at_ns;
	assert_non_null(data);
	return 0;
}

static void bad_rows_are_refused(void **state)
{
	static const char *const bad[] = {
		"UPDATE request SET status = 9 WHERE seq = 3",
		"UPDATE request SET status = -1 WHERE seq = 3",
		"UPDATE request SET intended_ns = 'soon' WHERE seq = 3",
		"UPDATE request SET done_ns = 9223372036854775807 WHERE seq = 3",
		"UPDATE request SET detail = 17.5, source = x'00' WHERE seq = 3",
		"INSERT INTO event(trial, at_ns, kind, node, data) VALUES(1, 0, 'note', '', '{')",
	};
	FDR_CLEANUP_FREE unsigned char *data = NULL;
	size_t n = sample(&data);

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++) {
		struct fdr_store *s;
		struct fdr_error e;
		int r;

		write_file(at("rows.db"), data, n);
		sql(at("rows.db"), bad[i]);
		assert_int_equal(fdr_store_open(at("rows.db"), &s, &e), 0);
		r = fdr_store_each_request(s, 1, ignore_request, NULL);
		if (r == 0)
			r = fdr_store_each_event(s, 1, "note", ignore_event, NULL);
		assert_int_equal(r, -EBADMSG);
		s = fdr_store_close(s);
	}
}

/* Whatever bytes are turned, it ends in an answer or in -EBADMSG, never in a crash. */
static void fuzzed_bytes(void **state)
{
	FDR_CLEANUP_FREE unsigned char *data = NULL, *copy = NULL;
	size_t n = sample(&data);
	unsigned int told = 0;
	uint64_t x = 88172645463325252ULL;

	(void)state;
	copy = malloc(n);
	for (int round = 0; round < 400; round++) {
		FDR_CLEANUP(fdr_store_closep) struct fdr_store *s = NULL;
		struct fdr_error e;
		int r;

		memcpy(copy, data, n);
		for (int k = 0; k <= round % 8; k++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			copy[(x >> 8) % (round % 2 ? n : 200)] ^= (unsigned char)(1 + x % 255);
		}
		write_file(at("fuzz.db"), copy, n);
		r = fdr_store_open(at("fuzz.db"), &s, &e);
		if (r == 0) {
			fdr_store_meta(s, "plan");
			r = fdr_store_each_request(s, 1, ignore_request, NULL);
		}
		if (r < 0 && r != -EBADMSG && r != -EROFS && r != -EACCES)
			fail_msg("round %d: %d", round, r);
		told += r < 0;
	}
	assert_true(told > 50);
}

/* Runs in a child: fills the place up, sees it told, makes room, loses nothing. */
static int fill_up(const char *place)
{
	char path[128], ballast[128];
	static const char zeros[100000];
	struct fdr_store *s;
	struct fdr_error e;
	uint64_t i = 0;
	int r = 0;

	snprintf(path, sizeof(path), "%s/run.db", place);
	snprintf(ballast, sizeof(ballast), "%s/ballast", place);
	if (fdr_store_create(path, &s, &e) < 0)
		return 10;
	write_file(ballast, zeros, sizeof(zeros));
	while (r == 0 && i < 20000) {
		for (int k = 0; k < 200; k++)
			put_request(s, 1, i++);
		r = fdr_store_flush(s, &e);
	}
	if (r != -ENOSPC || !strstr(e.text, "not written yet") || !strstr(e.text, "free some space"))
		return 11;
	unlink(ballast);
	r = mount("", place, NULL, MS_REMOUNT, "size=64m");
	if (r < 0 || fdr_store_flush(s, &e) < 0)
		return 12;
	s = fdr_store_close(s);
	return requests_in(path) == i ? 0 : 13;
}

static void disk_full(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid) {
		const char *place = at("full");

		mkdir(place, 0700);
		if (unshare(geteuid() ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) < 0 ||
		    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("tmpfs", place, "tmpfs", 0, "size=512k") < 0)
			_exit(77);
		fdr_log_set("test", FDR_LOG_ERROR);
		_exit(fill_up(place));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The disk says no for another reason: told with its own words. */
static void write_error(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid) {
		struct rlimit small = { 100000, 100000 };
		struct fdr_store *s;
		struct fdr_error e;
		int r = 0;

		signal(SIGXFSZ, SIG_IGN);
		if (fdr_store_create(at("limit.db"), &s, &e) < 0 || setrlimit(RLIMIT_FSIZE, &small))
			_exit(10);
		for (uint64_t i = 0; r == 0 && i < 20000; i += 200) {
			for (uint64_t k = 0; k < 200; k++)
				put_request(s, 1, i + k);
			r = fdr_store_flush(s, &e);
		}
		_exit(r == -EIO && strstr(e.text, "File too large") ? 0 : 11);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void cannot_create(void **state)
{
	struct fdr_store *s;
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_store_create(at("no/such/run.db"), &s, &e), -ENOENT);
	assert_non_null(strstr(e.text, "No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(survives_kill),
		cmocka_unit_test(concurrent_reading),
		cmocka_unit_test(batches_without_flush),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(bad_rows_are_refused),
		cmocka_unit_test(fuzzed_bytes),
		cmocka_unit_test(disk_full),
		cmocka_unit_test(write_error),
		cmocka_unit_test(cannot_create),
	};

	fdr_log_set("test", FDR_LOG_ERROR);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
