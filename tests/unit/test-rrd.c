// SPDX-License-Identifier: GPL-2.0-or-later
/* Round-robin databases, made by librrd, and files that are none. */
#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <rrd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/rrd.h"

#define BEGIN	1700000000

static char dir[] = "/tmp/test-rrd-XXXXXX";

static const char *path_of(const char *name)
{
	static char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A source or two, a value a second: n, and 7; the fourth is unknown. */
static void make(const char *name, bool both)
{
	const char *create[] = { "DS:up:GAUGE:2:U:U", "RRA:AVERAGE:0.5:1:100", "DS:down:GAUGE:2:U:U" };
	/* Left open: what its libraries hold would look lost. */
	void *lib = dlopen("librrd.so.8", RTLD_NOW);
	__typeof__(rrd_create_r) *create_r;
	__typeof__(rrd_update_r) *update_r;

	assert_non_null(lib);
	*(void **)&create_r = dlsym(lib, "rrd_create_r");
	*(void **)&update_r = dlsym(lib, "rrd_update_r");
	assert_int_equal(create_r(path_of(name), 1, BEGIN, both ? 3 : 2, create), 0);
	for (int i = 1; i <= 10; i++) {
		char text[64];
		const char *argv[] = { text };

		if (i == 4)
			snprintf(text, sizeof(text), "%d:U%s", BEGIN + i, both ? ":U" : "");
		else
			snprintf(text, sizeof(text), "%d:%d%s", BEGIN + i, i, both ? ":7" : "");
		assert_int_equal(update_r(path_of(name), NULL, 1, argv), 0);
	}
}

static void test_values(void **state)
{
	struct fdr_rrd_series s FDR_CLEANUP_RRD = { 0 };
	struct fdr_error e = { "" };

	(void)state;
	make("one.rrd", false);
	assert_int_equal(fdr_rrd_fetch(path_of("one.rrd"), NULL, "AVERAGE", NULL, BEGIN, BEGIN + 10,
				       &s, &e), 0);
	assert_int_equal(s.step_s, 1);
	assert_true(s.n >= 10);
	for (size_t i = 0; i < s.n; i++) {
		/* Value i is of the second that ends one step later. */
		int64_t at = s.start_s + (int64_t)i + 1 - BEGIN;

		if (at < 1 || at > 10 || at == 4)
			assert_true(isnan(s.values[i]));
		else
			assert_true(fabs(s.values[i] - (double)at) < 1e-9);
	}
	unlink(path_of("one.rrd"));
}

static void fails(const char *name, const char *ds, const char *cf, int error, const char *words)
{
	struct fdr_rrd_series s FDR_CLEANUP_RRD = { 0 };
	struct fdr_error e = { "" };

	assert_int_equal(fdr_rrd_fetch(path_of(name), ds, cf, NULL, BEGIN, BEGIN + 10, &s, &e), error);
	if (!strstr(e.text, words))
		fail_msg("\"%s\" has no \"%s\"", e.text, words);
	assert_null(s.values);
}

static void test_sources(void **state)
{
	struct fdr_rrd_series s FDR_CLEANUP_RRD = { 0 };
	struct fdr_error e = { "" };

	(void)state;
	make("two.rrd", true);
	if (fdr_rrd_fetch(path_of("two.rrd"), "down", "AVERAGE", NULL, BEGIN, BEGIN + 2, &s, &e) < 0)
		fail_msg("%s", e.text);
	assert_true(fabs(s.values[0] - 7) < 1e-9);
	fails("two.rrd", NULL, "AVERAGE", -ENOKEY, "up, down");
	fails("two.rrd", "sideways", "AVERAGE", -ENOKEY, "\"sideways\" (it has up, down)");
	fails("two.rrd", "up", "MEDIAN", -EBADMSG, "two.rrd");
	unlink(path_of("two.rrd"));
}

static void put(const char *name, const void *data, size_t size)
{
	FILE *f = fopen(path_of(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void test_damage(void **state)
{
	static char whole[65536];
	size_t size;
	FILE *f;

	(void)state;
	fails("nowhere.rrd", NULL, "AVERAGE", -ENOENT, "nowhere.rrd: No such file");
	put("empty.rrd", "", 0);
	fails("empty.rrd", NULL, "AVERAGE", -EBADMSG, "empty.rrd");
	memset(whole, 'x', sizeof(whole));
	put("text.rrd", whole, sizeof(whole));
	fails("text.rrd", NULL, "AVERAGE", -EBADMSG, "text.rrd");
	make("cut.rrd", false);
	f = fopen(path_of("cut.rrd"), "r");
	assert_non_null(f);
	size = fread(whole, 1, sizeof(whole), f);
	assert_int_equal(fclose(f), 0);
	assert_true(size > 400);
	for (size_t n = 1; n < size; n += 97) {
		put("cut.rrd", whole, n);
		fails("cut.rrd", NULL, "AVERAGE", -EBADMSG, "cut.rrd");
	}
	unlink(path_of("empty.rrd"));
	unlink(path_of("text.rrd"));
	unlink(path_of("cut.rrd"));
}

static void test_daemon(void **state)
{
	struct fdr_rrd_series s FDR_CLEANUP_RRD = { 0 };
	struct fdr_error e = { "" };

	(void)state;
	make("one.rrd", false);
	assert_int_equal(fdr_rrd_fetch(path_of("one.rrd"), NULL, "AVERAGE", "unix:/nowhere/sock", BEGIN,
				       BEGIN + 10, &s, &e), -EIO);
	assert_non_null(strstr(e.text, "unix:/nowhere/sock"));
	unlink(path_of("one.rrd"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_sources),
		cmocka_unit_test(test_damage), cmocka_unit_test(test_daemon),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests_name("rrd", tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
