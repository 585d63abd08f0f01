// SPDX-License-Identifier: GPL-2.0-or-later
/* Times and instants as text, errors, files: what everything else stands on. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/instant.h"

#define S	UINT64_C(1000000000)

static void parses_times(void **state)
{
	static const struct { const char *text; int r; uint64_t ns; } cases[] = {
		{ "0s", 0, 0 }, { "10ns", 0, 10 }, { "50us", 0, 50000 }, { "200ms", 0, 200000000 },
		{ "1.5s", 0, 1500000000 }, { "2m", 0, 120 * S }, { "1h", 0, 3600 * S },
		{ "0.000000001s", 0, 1 }, { "0.5h", 0, 1800 * S }, { "18446744073709551615ns", 0,
		  UINT64_MAX },
		{ "", -EINVAL, 0 }, { "s", -EINVAL, 0 }, { "10", -EINVAL, 0 }, { "0", -EINVAL, 0 },
		{ "-1s", -EINVAL, 0 }, { "+1s", -EINVAL, 0 }, { " 1s", -EINVAL, 0 },
		{ "1 s", -EINVAL, 0 }, { "1s ", -EINVAL, 0 }, { "1.s", -EINVAL, 0 },
		{ ".5s", -EINVAL, 0 }, { "1.5ns", -EINVAL, 0 }, { "0.0000000001s", -EINVAL, 0 },
		{ "1d", -EINVAL, 0 }, { "1S", -EINVAL, 0 }, { "1e3s", -EINVAL, 0 },
		{ "18446744073709551616ns", -ERANGE, 0 }, { "5124095577h", -ERANGE, 0 },
		{ "18446744074s", -ERANGE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		uint64_t ns = 7;
		int r = fdr_parse_time(cases[i].text, &ns);

		if (r != cases[i].r || ns != (r < 0 ? 7 : cases[i].ns))
			fail_msg("\"%s\": %d, %lu", cases[i].text, r, ns);
	}
}

/* What is printed must be read back as the same length. */
static void formats_times_exactly(void **state)
{
	static const uint64_t lengths[] = { 0, 1, 999, 1000, 1001, 999999, 1000000, 1500000, S - 1,
					    S, S + 1, 59 * S, 60 * S, 61 * S, 3600 * S, 3601 * S,
					    90 * S + 250000000, UINT64_MAX };
	char buf[64];

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(lengths); i++) {
		uint64_t ns;

		assert_int_equal(fdr_parse_time(fdr_format_time(lengths[i], buf, sizeof(buf)), &ns), 0);
		assert_int_equal(ns, lengths[i]);
	}
	assert_string_equal(fdr_format_time(1500000000, buf, sizeof(buf)), "1.5s");
	assert_string_equal(fdr_format_time(7200 * S, buf, sizeof(buf)), "2h");
	assert_string_equal(fdr_format_time(1234567, buf, 3), "1.");
}

static void parses_instants(void **state)
{
	static const struct { const char *text; int64_t ns; } good[] = {
		{ "@0", 0 }, { "@1764000000", INT64_C(1764000000000000000) },
		{ "@1.5", 1500000000 }, { "1970-01-01T00:00:00Z", 0 },
		{ "1970-01-01T00:00:01.25Z", 1250000000 },
		{ "2026-11-30T12:00:00Z", INT64_C(1796040000000000000) },
		{ "2026-11-30T13:30:00+01:30", INT64_C(1796040000000000000) },
		{ "2026-11-30T07:00:00.000000001-05:00", INT64_C(1796040000000000001) },
	};
	static const char *const bad[] = {
		"", "@", "@-1", "@1.", "@1x", "@99999999999", "tomorrow", "12:00:00Z",
		"2026-11-30T12:00:00", "2026-11-30T12:00:00+0100", "2026-11-30T12:00:00+1:00",
		"2026-11-30T12:00:00 Z", "2026-11-30T12:00:00Zx", "2026-13-30T12:00:00Z",
		"2026-11-30T25:00:00Z", "1969-12-31T23:59:59Z", "2026-11-30T12:00:00.0000000001Z",
		"2026-11-30T12:00:00.Z", "2026-11-30T12:00:00+15:00",
	};
	int64_t ns;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(good); i++)
		if (fdr_parse_instant(good[i].text, &ns) || ns != good[i].ns)
			fail_msg("\"%s\": %ld", good[i].text, ns);
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++)
		if (fdr_parse_instant(bad[i], &ns) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
}

static void errors_keep_the_cause(void **state)
{
	struct fdr_error e = { "" };
	char text[2000];

	(void)state;
	assert_int_equal(fdr_err(&e, -EIO, "disk %d", 7), -EIO);
	assert_string_equal(e.text, "disk 7");
	assert_int_equal(fdr_err_prefix(&e, -EIO, "node%d", 1), -EIO);
	assert_string_equal(e.text, "node1: disk 7");
	assert_int_equal(fdr_err(NULL, -EPERM, "%s", "nobody listens"), -EPERM);
	assert_int_equal(fdr_err_prefix(NULL, -EPERM, "x"), -EPERM);
	/* What does not fit is cut, never written past the end. */
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	fdr_err(&e, -EIO, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	fdr_err_prefix(&e, -EIO, "p");
	assert_memory_equal(e.text, "p: aaa", 6);
	fdr_err(&e, -EIO, "%s", text);
	fdr_err_prefix(&e, -EIO, "%s", text);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void reads_a_line(void **state)
{
	char path[] = "/tmp/fdr-test-XXXXXX", buf[8] = "before";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fdr_read_line(path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(write(fd, "one\ntwo\n", 8), 8);
	assert_int_equal(fdr_read_line(path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "one");
	assert_int_equal(pwrite(fd, "0123456789", 10, 0), 10);
	assert_int_equal(fdr_read_line(path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "0123456");
	close(fd);
	unlink(path);
	assert_int_equal(fdr_read_line(path, buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "0123456");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_times),
		cmocka_unit_test(formats_times_exactly),
		cmocka_unit_test(parses_instants),
		cmocka_unit_test(errors_keep_the_cause),
		cmocka_unit_test(reads_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
