// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "result/csv.h"

static int read_text(const char *text, size_t n, struct fdr_series_set *set, struct fdr_error *e)
{
	FDR_CLEANUP_FCLOSE FILE *f = fmemopen((char *)text, n, "r");

	assert_non_null(f);
	return fdr_csv_read(f, "data.csv", set, e);
}

static void good(void **state)
{
	static const char text[] =
		"\xef\xbb\xbflo, hi, event, group\r\n"
		"# a comment, with commas\n\n"
		"1.083,1.084,1,old\n"
		" 0 , 1e-9 , 1 , new one\n"
		"20,,0,old\r\n"
		"30.5,31,0,old";
	struct fdr_series_set set;
	struct fdr_error e;
	const struct fdr_series *s;

	(void)state;
	assert_int_equal(read_text(text, strlen(text), &set, &e), 0);
	assert_int_equal(set.n, 2);
	s = fdr_series_find(&set, "old");
	assert_non_null(s);
	assert_int_equal(s->n, 3);
	assert_int_equal(s->v[0].lo_ns, 1083000000);
	assert_int_equal(s->v[0].hi_ns, 1084000000);
	assert_false(s->v[0].censored);
	assert_true(s->v[1].censored && s->v[2].censored);
	assert_int_equal(s->v[1].lo_ns, 20000000000);
	/* Where it was given up is all that is known. */
	assert_int_equal(s->v[2].lo_ns, 30500000000);
	assert_int_equal(s->v[2].hi_ns, 30500000000);
	s = fdr_series_find(&set, "new one");
	assert_non_null(s);
	assert_int_equal(s->v[0].lo_ns, 0);
	assert_int_equal(s->v[0].hi_ns, 1);
	fdr_series_clear(&set);
	/* Neither heading nor groups. */
	assert_int_equal(read_text("1,2,1", 5, &set, &e), 0);
	assert_string_equal(set.v[0].name, FDR_CSV_ALL);
	fdr_series_clear(&set);
}

static void bad(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "1,2\n", "data.csv:1:3: 2 fields" },
		{ "1\n", "data.csv:1:1: 1 field;" },
		{ "1,2,1,a,b\n", "data.csv:1:9: more than 4 fields" },
		{ "1,2,2\n", "data.csv:1:5: event: \"2\" must be 1" },
		{ "1,2,yes\n", "data.csv:1:5: event" },
		{ "lo,hi,event\n2,1,1\n", "data.csv:2:3: hi (1) is less than lo (2)" },
		{ "2,1,0\n", "data.csv:1:3: hi (1) is less" },
		{ "1,2,1\n1,2,1,a\n", "data.csv:2:7: a group, and the lines before have none" },
		{ "1,2,1,a\n1,2,1\n", "data.csv:2:5: no group, and the lines before have one" },
		{ "1,2,1, \n", "group is empty" },
		{ "1,2,1,\"a\"\n", "data.csv:1:7: group: quotes" },
		{ "1,2,1,a\tb\n", "data.csv:1:8: group: a control character" },
		{ "-1,2,1\n", "data.csv:1:1: lo: -1 is negative" },
		{ "+1,2,1\n", "lo: \"+1\" is no number" },
		{ "1,inf,1\n", "data.csv:1:3: hi: \"inf\" is no number" },
		{ "nan,2,1\n", "data.csv:1:1: lo: \"nan\" is no number" },
		{ "0x1,2,1\n", "lo: \"0x1\" is no number" },
		{ "1 s,2,1\n", "lo: \"1 s\" is no number" },
		{ "1.2.3,2,1\n", "is no number" },
		{ "1,,1\n", "data.csv:1:3: hi is empty" },
		{ ",1,1\n", "data.csv:1:1: lo is empty" },
		{ "1083,1e9,1\n", "data.csv:1:6: hi: 1e9 is more than" },
		{ "1,2,1\nlo,hi,event\n", "data.csv:2:7: event" },
		{ "lo,hi,seen\n", "data.csv:1:7: event" },
		{ "", "data.csv: no values" },
		{ "lo,hi,event\n# none\n", "data.csv: no values" },
	};
	struct fdr_series_set set;
	struct fdr_error e;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		size_t n = strlen(cases[i].text);
		int r = read_text(cases[i].text, n ? n : 1, &set, &e);

		if (!n)		/* fmemopen() wants a byte: it holds a NUL */
			continue;
		if (r != -EBADMSG || !strstr(e.text, cases[i].words))
			fail_msg("%s: %d: %s", cases[i].text, r, e.text);
		assert_int_equal(set.n, 0);
	}
	assert_int_equal(read_text("1,2,1\0a\n", 8, &set, &e), -EBADMSG);
	assert_non_null(strstr(e.text, "data.csv:1:6: a NUL byte"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
