// SPDX-License-Identifier: GPL-2.0-or-later
/* Sealed bundles: what was written is read; what was changed or cut is refused, and named. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "report/bundle.h"

static char dir[] = "/tmp/test-bundle-XXXXXX";
static char path[64], other[64];

static int set_up(void **state)
{
	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/b.tar.gz", dir);
	snprintf(other, sizeof(other), "%s/c.tar.gz", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(dir);
}

static void add(struct fdr_bundle *b, const char *name, const char *text)
{
	assert_int_equal(fdr_bundle_add(b, name, strdup(text), strlen(text)), 0);
}

static void write_one(const char *to, const char *second)
{
	struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
	struct fdr_error e = { "" };

	add(&b, "first.txt", "one\n");
	add(&b, "dir/second.txt", second);
	add(&b, "empty", "");
	if (fdr_bundle_write(to, &b, 1700000000 * FDR_NS_PER_S, &e) < 0)
		fail_msg("%s", e.text);
}

static size_t slurp(const char *from, unsigned char *buf, size_t size)
{
	FILE *f = fopen(from, "re");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, size, f);
	fclose(f);
	assert_true(n < size);
	return n;
}

static void put(const char *to, const unsigned char *buf, size_t n)
{
	FILE *f = fopen(to, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(buf, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void test_round_trip(void **state)
{
	struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
	struct fdr_error e = { "" };

	(void)state;
	write_one(path, "two\n");
	assert_true(fdr_bundle_is(path));
	assert_false(fdr_bundle_is("/etc/passwd"));
	assert_false(fdr_bundle_is("/nowhere"));
	if (fdr_bundle_read(path, &b, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(b.n, 3);
	assert_int_equal(strlen(b.seal), 64);
	assert_string_equal(fdr_bundle_find(&b, "dir/second.txt")->data, "two\n");
	assert_int_equal(fdr_bundle_find(&b, "empty")->size, 0);
	assert_null(fdr_bundle_find(&b, "third"));
}

/* The same run gives the same bytes, another one another seal. */
static void test_same_bytes(void **state)
{
	unsigned char one[8192], two[8192];
	size_t n;

	(void)state;
	write_one(path, "two\n");
	n = slurp(path, one, sizeof(one));
	write_one(other, "two\n");
	assert_int_equal(slurp(other, two, sizeof(two)), n);
	assert_memory_equal(one, two, n);
	unlink(other);
	write_one(other, "two!\n");
	assert_true(slurp(other, two, sizeof(two)) != n || memcmp(one, two, n));
}

static void test_never_overwrites(void **state)
{
	struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
	struct fdr_error e = { "" };

	(void)state;
	write_one(path, "two\n");
	add(&b, "x", "y");
	assert_int_equal(fdr_bundle_write(path, &b, 0, &e), -EEXIST);
	assert_int_equal(fdr_bundle_write("/nowhere/b.tar.gz", &b, 0, &e), -ENOENT);
}

static void refused(const char *from)
{
	struct fdr_bundle b = { 0 };
	struct fdr_error e = { "" };

	assert_int_equal(fdr_bundle_read(from, &b, &e), -EBADMSG);
	assert_true(strlen(e.text) > strlen(from));
	assert_null(b.files);
}

/* Wherever it is cut. */
static void test_cut_short(void **state)
{
	unsigned char buf[8192];
	size_t n;

	(void)state;
	write_one(path, "two\n");
	n = slurp(path, buf, sizeof(buf));
	/* The last eight bytes are gzip's own sums. */
	for (size_t cut = 0; cut < n - 8; cut++) {
		put(other, buf, cut);
		refused(other);
	}
}

/* One byte anywhere in the compressed data: refused, or nothing that counts was changed. */
static void test_changed(void **state)
{
	unsigned char buf[8192];
	unsigned int n_refused = 0;
	size_t n;

	(void)state;
	write_one(path, "two\n");
	n = slurp(path, buf, sizeof(buf));
	for (size_t at = 0; at < n; at++) {
		struct fdr_bundle b FDR_CLEANUP(fdr_bundle_clear) = { 0 };
		struct fdr_error e = { "" };

		buf[at] ^= 0x10;
		put(other, buf, n);
		if (fdr_bundle_read(other, &b, &e) < 0)
			n_refused++;
		else
			assert_string_equal(fdr_bundle_find(&b, "dir/second.txt")->data, "two\n");
		buf[at] ^= 0x10;
	}
	assert_true(n_refused > n / 2);
}

/* Packed anew with other contents and the old manifest. */
static void test_names_what_changed(void **state)
{
	struct fdr_error e = { "" };
	struct fdr_bundle b = { 0 };
	char command[512];

	(void)state;
	write_one(path, "two\n");
	snprintf(command, sizeof(command),
		 "cd %s && mkdir u && tar xzf b.tar.gz -C u && echo three > u/dir/second.txt && "
		 "tar czf c.tar.gz -C u first.txt dir/second.txt empty MANIFEST.sha256 && rm -r u", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(fdr_bundle_read(other, &b, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "dir/second.txt is not what was sealed"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_same_bytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_never_overwrites, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_short, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_what_changed, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("bundle", tests, NULL, NULL);
}
