// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
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

#include "base/log.h"
#include "common-store.h"

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
	uint64_t ticket;
	json_t *data;

	(void)state;
	assert_int_equal(fdr_store_create(store_at("a.db"), &s, &e), 0);
	assert_int_equal(fdr_store_create(store_at("a.db"), &again, &e), -EEXIST);
	assert_non_null(strstr(e.text, "never overwritten"));
	assert_int_equal(fdr_store_put_meta(s, "seed", "18446744073709551615"), 0);
	assert_int_equal(fdr_store_put_meta(s, "version", "first"), 0);
	assert_int_equal(fdr_store_put_meta(s, "version", "second"), 0);
	assert_int_equal(fdr_store_put_obs(s, 1, &o), 0);
	data = json_pack("{s:I}", "late_ns", (json_int_t)INT64_MAX);
	assert_int_equal(fdr_store_put_event(s, 1, "kernel-event", "node1", 42, data), 0);
	json_decref(data);
	for (uint64_t i = 0; i < 5000; i++)
		store_put_request(s, 2, i);
	/* What was put in is there at once, through the same store ... */
	check_contents(s);
	ticket = fdr_store_flush_begin(s);
	while (!fdr_store_flush_ended(s, ticket))
		sched_yield();
	assert_int_equal(fdr_store_flush_result(s, &e), 0);
	/* ... through a second reader while it is being written ... */
	assert_int_equal(fdr_store_open(store_at("a.db"), &again, &e), 0);
	check_contents(again);
	again = fdr_store_close(again);
	s = fdr_store_close(s);
	/* ... and afterwards, when all of it is in one plain file. */
	assert_int_equal(stat(store_at("a.db-wal"), &st), -1);
	assert_int_equal(fdr_store_open(store_at("a.db"), &s, &e), 0);
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

		if (fdr_store_create(store_at("killed.db"), &s, &e) < 0)
			_exit(1);
		for (; i < 3000; i++)
			store_put_request(s, 1, i);
		if (fdr_store_flush(s, &e) < 0 || write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;; i++) {
			store_put_request(s, 1, i);
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
	n = requests_in(store_at("killed.db"));
	assert_true(n >= 3000);
}

static void concurrent_reading(void **state)
{
	struct fdr_store *s;
	struct fdr_error e;
	uint64_t before = 0;

	(void)state;
	assert_int_equal(fdr_store_create(store_at("busy.db"), &s, &e), 0);
	for (uint64_t i = 0; i < 20000; i++) {
		store_put_request(s, 1, i);
		if (i % 4000 == 3999) {
			uint64_t n;

			assert_int_equal(fdr_store_flush(s, &e), 0);
			n = requests_in(store_at("busy.db"));
			assert_true(n >= i + 1 && n > before);
			before = n;
		}
	}
	s = fdr_store_close(s);
	assert_int_equal(requests_in(store_at("busy.db")), 20000);
}

static void batches_without_flush(void **state)
{
	struct fdr_store *s;
	struct fdr_error e;
	int64_t start;

	(void)state;
	assert_int_equal(fdr_store_create(store_at("batch.db"), &s, &e), 0);
	store_put_request(s, 1, 0);
	start = fdr_now_ns();
	while (!requests_in(store_at("batch.db")))
		assert_true(fdr_now_ns() - start < 60 * FDR_NS_PER_S);
	s = fdr_store_close(s);
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
	store_write_file(ballast, zeros, sizeof(zeros));
	while (r == 0 && i < 20000) {
		for (int k = 0; k < 200; k++)
			store_put_request(s, 1, i++);
		r = fdr_store_flush(s, &e);
	}
	if (r != -ENOSPC || !strstr(e.text, "not written yet") || !strstr(e.text, "free some "
									  "space"))
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
		const char *place = store_at("full");

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
		if (fdr_store_create(store_at("limit.db"), &s, &e) < 0 ||
		    setrlimit(RLIMIT_FSIZE, &small))
			_exit(10);
		for (uint64_t i = 0; r == 0 && i < 20000; i += 200) {
			for (uint64_t k = 0; k < 200; k++)
				store_put_request(s, 1, i + k);
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
	assert_int_equal(fdr_store_create(store_at("no/such/run.db"), &s, &e), -ENOENT);
	assert_non_null(strstr(e.text, "No such file or directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(survives_kill),
		cmocka_unit_test(concurrent_reading),
		cmocka_unit_test(batches_without_flush),
		cmocka_unit_test(disk_full),
		cmocka_unit_test(write_error),
		cmocka_unit_test(cannot_create),
	};

	fdr_log_set("test", FDR_LOG_ERROR);
	return cmocka_run_group_tests(tests, store_make_dir, store_remove_dir);
}
