// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/log.h"
#include "common-store.h"

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
	assert_int_equal(fdr_store_create(store_at(name), &s, &e), 0);
	for (uint64_t i = 0; i < 400; i++)
		store_put_request(s, 1, i);
	fdr_store_put_meta(s, "plan", "drill: {}");
	s = fdr_store_close(s);
	fd = open(store_at(name), O_RDONLY);
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
	refused(store_at("none.db"), -ENOENT, "No such file");
	refused(store_dir, -EBADMSG, "not a regular file");
	store_write_file(store_at("empty.db"), "", 0);
	refused(store_at("empty.db"), -EBADMSG, "is empty");
	store_write_file(store_at("text.db"), "apiVersion: faultdrill/v1\n", 26);
	refused(store_at("text.db"), -EBADMSG, "not an SQLite file");
	store_write_file(store_at("short.db"), "SQLite", 6);
	refused(store_at("short.db"), -EBADMSG, "not an SQLite file");
	store_write_file(store_at("head.db"), data, 100);
	refused(store_at("head.db"), -EBADMSG, "head.db");
	store_write_file(store_at("half.db"), data, n / 2);
	refused(store_at("half.db"), -EBADMSG, "damaged");
	sql(store_at("foreign.db"), "CREATE TABLE t(x)");
	refused(store_at("foreign.db"), -EBADMSG, "no faultdrill run");
	store_write_file(store_at("newer.db"), data, n);
	sql(store_at("newer.db"), "PRAGMA user_version = 2");
	refused(store_at("newer.db"), -EBADMSG, "newer faultdrill (schema 2");
	store_write_file(store_at("zero.db"), data, n);
	sql(store_at("zero.db"), "PRAGMA user_version = 0");
	refused(store_at("zero.db"), -EBADMSG, "impossible schema");
	store_write_file(store_at("table.db"), data, n);
	sql(store_at("table.db"), "DROP TABLE event");
	refused(store_at("table.db"), -EBADMSG, "no such table: event");
	store_write_file(store_at("column.db"), data, n);
	sql(store_at("column.db"), "ALTER TABLE obs DROP COLUMN detail");
	refused(store_at("column.db"), -EBADMSG, "no such column: detail");
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

		store_write_file(store_at("rows.db"), data, n);
		sql(store_at("rows.db"), bad[i]);
		assert_int_equal(fdr_store_open(store_at("rows.db"), &s, &e), 0);
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
		store_write_file(store_at("fuzz.db"), copy, n);
		r = fdr_store_open(store_at("fuzz.db"), &s, &e);
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

/* Changes the file in a transaction that a kill cuts short, with its journal on the disk. */
static void die_within(const char *path)
{
	sqlite3 *db;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA cache_size = 1; BEGIN EXCLUSIVE; DELETE FROM request;"
			 "UPDATE meta SET value = 'half'; CREATE TABLE t(x);"
			 "INSERT INTO t SELECT randomblob(9000) FROM obs, obs", NULL, NULL, NULL))
		_exit(1);
	sqlite3_db_cacheflush(db);
	_exit(0);
}

static void a_journal_is_taken_back(void **state)
{
	FDR_CLEANUP_FREE unsigned char *data = NULL;
	FDR_CLEANUP(fdr_store_closep) struct fdr_store *s = NULL;
	size_t n = sample(&data);
	struct fdr_error e = { "" };
	char journal[128];
	int status;
	pid_t pid;

	(void)state;
	store_write_file(store_at("killed.db"), data, n);
	pid = fork();
	if (!pid)
		die_within(store_at("killed.db"));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	snprintf(journal, sizeof(journal), "%s-journal", store_at("killed.db"));
	assert_int_equal(access(journal, F_OK), 0);
	if (fdr_store_open(store_at("killed.db"), &s, &e) < 0)
		fail_msg("%s", e.text);
	assert_string_equal(fdr_store_meta(s, "plan"), "drill: {}");
	assert_int_not_equal(access(journal, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(bad_rows_are_refused),
		cmocka_unit_test(fuzzed_bytes),
		cmocka_unit_test(a_journal_is_taken_back),
	};

	fdr_log_set("test", FDR_LOG_ERROR);
	return cmocka_run_group_tests(tests, store_make_dir, store_remove_dir);
}
