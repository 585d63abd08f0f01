// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/opts.h"

static const struct fdr_opt_desc descs[] = {
	{ .name = "text", .type = FDR_OPT_STRING, .summary = "a text" },
	{ .name = "number", .type = FDR_OPT_U64, .min = 1, .max = 1024, .def = "7",
	  .summary = "a number" },
	{ .name = "any", .type = FDR_OPT_U64, .summary = "any number" },
	{ .name = "flag", .type = FDR_OPT_BOOL, .def = "no", .summary = "a flag" },
	{ .name = "interval", .type = FDR_OPT_TIME, .min = 1000000, .max = 60000000000,
	  .summary = "a time" },
	{ .name = "least", .type = FDR_OPT_TIME, .min = 1000000, .summary = "a time" },
	{ .name = "choice", .type = FDR_OPT_CHOICE, .choices = "red|green|blue", .def = "green",
	  .summary = "a colour" },
	{ .name = "set", .type = FDR_OPT_CHOICES, .choices = "read|write|flush",
	  .summary = "operations" },
	{ .name = "cpus", .type = FDR_OPT_CPULIST, .summary = "CPUs" },
	{ .name = "share", .type = FDR_OPT_PPM, .min = 1, .max = 1000000, .summary = "a share" },
	{ .name = "device", .type = FDR_OPT_BLKDEV, .summary = "a device" },
	{ .name = "rate", .type = FDR_OPT_RATE, .min = 1000, .max = 100000000,
	  .summary = "a rate" },
	{ .name = "hosts", .type = FDR_OPT_TARGETS, .max = 20, .summary = "hosts" },
	{ .name = "patterns", .type = FDR_OPT_MAP, .summary = "state: pattern" },
};

static const struct fdr_kind kind = { .name = "sample", .opts = descs,
				      .n_opts = FDR_ARRAY_LEN(descs) };
static const struct fdr_place place = { .line = 3, .column = 5 };

/* What a text must become: a number, or an error that holds these words. */
static const struct {
	const char *name, *text;
	int r;
	uint64_t num;
	const char *words;
} values[] = {
	{ "number", "1", 0, 1, NULL },
	{ "number", "1024", 0, 1024, NULL },
	{ "number", "0", -ERANGE, 0, "number: 0 is out of range: 1 to 1024" },
	{ "number", "1025", -ERANGE, 0, "1 to 1024" },
	{ "number", "-1", -EINVAL, 0, "is not a whole number" },
	{ "number", "", -EINVAL, 0, "is not a whole number" },
	{ "number", "1 ", -EINVAL, 0, "is not a whole number" },
	{ "any", "0xfF", 0, 255, NULL },
	{ "any", "0x", -EINVAL, 0, "is not a whole number" },
	{ "any", "0x1g", -EINVAL, 0, "is not a whole number" },
	{ "any", "18446744073709551615", 0, UINT64_MAX, NULL },
	{ "any", "18446744073709551616", -ERANGE, 0, "out of range" },
	{ "flag", "on", 0, 1, NULL },
	{ "flag", "false", 0, 0, NULL },
	{ "flag", "True", -EINVAL, 0, "is not true or false" },
	{ "interval", "1.5s", 0, 1500000000, NULL },
	{ "interval", "10", -EINVAL, 0, "a time with a unit" },
	{ "interval", "2m", -ERANGE, 0, "interval: 2m is out of range: 1ms to 1m" },
	{ "least", "1us", -ERANGE, 0, "least: 1us is too small: at least 1ms" },
	{ "least", "24h", 0, UINT64_C(86400000000000), NULL },
	{ "choice", "red", 0, 0, NULL },
	{ "choice", "blue", 0, 2, NULL },
	{ "choice", "blu", -EINVAL, 0, "\"blu\" is not one of red, green or blue" },
	{ "choice", "red|green", -EINVAL, 0, "is not one of" },
	{ "choice", "", -EINVAL, 0, "is not one of" },
	{ "set", "read,flush", 0, 5, NULL },
	{ "set", "read,", -EINVAL, 0, "is not made of read, write or flush" },
	{ "set", "seek", -EINVAL, 0, "is not made of" },
	{ "cpus", "all", 0, 0, NULL },
	{ "cpus", "0-3,5", 0, 0, NULL },
	{ "cpus", "3-1", -EINVAL, 0, "a list of CPUs" },
	{ "cpus", "0,,1", -EINVAL, 0, "a list of CPUs" },
	{ "cpus", "", -EINVAL, 0, "a list of CPUs" },
	{ "share", "2.5%", 0, 25000, NULL },
	{ "share", "100%", 0, 1000000, NULL },
	{ "share", "0.0001%", 0, 1, NULL },
	{ "share", "0.00001%", -EINVAL, 0, "parts per million" },
	{ "share", "101%", -ERANGE, 0, "out of range" },
	{ "share", "1000001", -ERANGE, 0, "out of range" },
	{ "share", "0", -ERANGE, 0, "1 to 1000000" },
	{ "share", "%", -EINVAL, 0, "parts per million" },
	{ "device", "/dev/vda", 0, 0, NULL },
	{ "device", "254:0", 0, 0, NULL },
	{ "device", "wwn:0x5000c500a1b2c3d4-part2", 0, 0, NULL },
	{ "device", "serial:S3Z9NB0K", 0, 0, NULL },
	{ "device", "serial:", -EINVAL, 0, "is not a device such as" },
	{ "device", "vda", -EINVAL, 0, "is not a device such as" },
	{ "device", "/dev/", -EINVAL, 0, "is not a device such as" },
	{ "device", ":1", -EINVAL, 0, "is not a device such as" },
	{ "rate", "100/s", 0, 100000, NULL },
	{ "rate", "2.5/s", 0, 2500, NULL },
	{ "rate", "0/s", -ERANGE, 0, "out of range" },
	{ "rate", "0.5/s", -ERANGE, 0, "1/s to 100000/s" },
	{ "rate", "100", -EINVAL, 0, "a rate above 0" },
	{ "rate", "/s", -EINVAL, 0, "a rate above 0" },
};

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(values); i++) {
		struct fdr_opts o = { .kind = &kind };
		struct fdr_error e = { "" };
		int r = fdr_opts_add(&o, values[i].name, NULL, values[i].text, place, &e);

		if (r != values[i].r || (!r && o.v[0].num != values[i].num) ||
		    (r && !strstr(e.text, values[i].words)))
			fail_msg("%s=\"%s\": %d \"%s\"", values[i].name, values[i].text, r, e.text);
		assert_int_equal(o.n, r ? 0 : 1);
		fdr_opts_clear(&o);
	}
}

static void test_names(void **state)
{
	struct fdr_opts o = { .kind = &kind };
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_opts_add(&o, "intervall", NULL, "1s", place, &e), -ENOENT);
	assert_non_null(strstr(e.text, "did you mean \"interval\"?"));
	assert_int_equal(fdr_opts_add(&o, "zzz", NULL, "1s", place, &e), -ENOENT);
	assert_non_null(strstr(e.text, "sample takes text, number, any"));
	assert_int_equal(fdr_opts_add(&o, "text", NULL, "x", place, &e), 0);
	assert_int_equal(fdr_opts_add(&o, "text", NULL, "y", place, &e), -EEXIST);
	assert_string_equal(e.text, "text is given twice");
	assert_string_equal(fdr_opts_str(&o, "text"), "x");
	fdr_opts_clear(&o);
}

static int add_target(void *userdata, const char *target)
{
	strcat(userdata, target);
	strcat(userdata, " ");
	return 0;
}

static void test_targets(void **state)
{
	struct fdr_opts o = { .kind = &kind };
	char all[200] = "";
	struct fdr_error e;
	bool plain;

	(void)state;
	assert_int_equal(fdr_opts_count_targets(&o, "hosts", &plain), 0);
	assert_false(plain);
	assert_int_equal(fdr_opts_add(&o, "hosts", NULL, "a", place, &e), 0);
	assert_int_equal(fdr_opts_count_targets(&o, "hosts", &plain), 1);
	assert_true(plain);
	assert_int_equal(fdr_opts_add(&o, "hosts", NULL, "b[2-1]", place, &e), -EINVAL);
	assert_string_equal(e.text, "hosts: \"b[2-1]\" is not a target, or a range of them that runs "
			    "upwards such as 10.0.0.[1-200]");
	assert_int_equal(fdr_opts_add(&o, "hosts", NULL, "", place, &e), -EINVAL);
	assert_int_equal(fdr_opts_add(&o, "hosts", NULL, "b[1-20]", place, &e), -ERANGE);
	assert_string_equal(e.text,
			    "hosts: with \"b[1-20]\" there are more than 20 targets");
	assert_int_equal(fdr_opts_add(&o, "hosts", NULL, "b[1-3]", place, &e), 0);
	assert_int_equal(fdr_opts_count_targets(&o, "hosts", &plain), 4);
	assert_false(plain);
	assert_int_equal(fdr_opts_targets(&o, "hosts", add_target, all), 0);
	assert_string_equal(all, "a b1 b2 b3 ");
	fdr_opts_clear(&o);
	/* One, but out of a range: it keeps its name. */
	assert_int_equal(fdr_opts_add(&o, "hosts", NULL, "b[7-7]", place, &e), 0);
	assert_int_equal(fdr_opts_count_targets(&o, "hosts", &plain), 1);
	assert_false(plain);
	fdr_opts_clear(&o);
}

static void test_map(void **state)
{
	struct fdr_opts o = { .kind = &kind };
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_opts_add(&o, "patterns", "up", "is UP", place, &e), 0);
	assert_int_equal(fdr_opts_add(&o, "patterns", "down", "is DOWN", place, &e), 0);
	assert_int_equal(fdr_opts_add(&o, "patterns", "up", "again", place, &e), -EEXIST);
	assert_int_equal(fdr_opts_add(&o, "patterns", NULL, "x", place, &e), -EINVAL);
	assert_int_equal(fdr_opts_add(&o, "text", "key", "x", place, &e), -EINVAL);
	assert_int_equal(o.n, 2);
	assert_string_equal(o.v[1].key, "down");
	assert_string_equal(o.v[1].text, "is DOWN");
	assert_int_equal(o.v[1].place.line, 3);
	assert_true(fdr_opts_given(&o, "patterns"));
	fdr_opts_clear(&o);
}

static void test_finish(void **state)
{
	static const struct fdr_opt_desc need[] = {
		{ .name = "url", .type = FDR_OPT_STRING, .required = true, .summary = "what to ask" },
	};
	static const struct fdr_kind needy = { .name = "needy", .opts = need, .n_opts = 1 };
	struct fdr_opts o = { .kind = &kind }, n = { .kind = &needy };
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_opts_add(&o, "choice", NULL, "blue", place, &e), 0);
	assert_int_equal(fdr_opts_finish(&o, &e), 0);
	assert_int_equal(fdr_opts_num(&o, "number"), 7);
	assert_false(fdr_opts_given(&o, "number"));
	assert_int_equal(fdr_opts_num(&o, "choice"), 2);
	assert_true(fdr_opts_given(&o, "choice"));
	assert_null(fdr_opts_str(&o, "text"));
	assert_int_equal(fdr_opts_num(&o, "rate"), 0);
	fdr_opts_clear(&o);

	assert_int_equal(fdr_opts_finish(&n, &e), -ENODATA);
	assert_string_equal(e.text, "needy needs the option \"url\" (what to ask)");
	fdr_opts_clear(&n);
}

static void test_nearest(void **state)
{
	static const char *const words[] = { "panic", "oops", "reset", "soft-lockup", "id" };

	(void)state;
	assert_string_equal(fdr_nearest("pnaic", words, 5), "panic");
	assert_string_equal(fdr_nearest("soft_lockup", words, 5), "soft-lockup");
	assert_string_equal(fdr_nearest("rest", words, 5), "reset");
	assert_null(fdr_nearest("explode", words, 5));
	assert_null(fdr_nearest("ab", words, 5));
	assert_null(fdr_nearest("", words, 5));
	assert_null(fdr_nearest("panic", words, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values), cmocka_unit_test(test_names),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_map), cmocka_unit_test(test_finish),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests_name("opts", tests, NULL, NULL);
}
