// SPDX-License-Identifier: GPL-2.0-or-later
/* The registry's rows as userspace sees them, and the words for the ABI's numbers. */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/faultdrill.h>

#include "base/opts-value.h"
#include "sys/catalogue.h"
#include "sys/names.h"

static struct fdr_faults *faults;

static bool spelt_with(const char *s, const char *also)
{
	if (!islower((unsigned char)*s) || strlen(s) > FAULTDRILL_NAME_MAX)
		return false;
	for (; *s; s++)
		if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && !strchr(also, *s))
			return false;
	return s[-1] != '-';
}

static bool name_ok(const char *s)
{
	return spelt_with(s, "-");
}

/* A choice may be the kernel's own name of something. */
static bool word_ok(const char *s)
{
	return spelt_with(s, "-_");
}

static void rows_are_sane(void **state)
{
	(void)state;
	assert_true(faults->n >= 9);
	assert_int_equal(faults->n, json_array_size(faults->json));
	for (size_t i = 0; i < faults->n; i++) {
		const struct fdr_kind *k = &faults->kinds[i];
		unsigned int flags = faults->flags[i];

		assert_true(name_ok(k->name));
		assert_true(*k->summary && !strchr(k->summary, '\n'));
		assert_true(k->summary[strlen(k->summary) - 1] != '.');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(k->name, faults->kinds[j].name);
		/* What ends the node cannot be undone; what lasts can be. */
		assert_false(flags & FAULTDRILL_F_FATAL && flags & FAULTDRILL_F_REVERSIBLE);
		if (flags & FAULTDRILL_F_DURATION)
			assert_true(flags & FAULTDRILL_F_REVERSIBLE);
		assert_string_equal(k->name, json_string_value(json_object_get(
			json_array_get(faults->json, i), "name")));
	}
}

static void parameters_are_sane(void **state)
{
	(void)state;
	for (size_t i = 0; i < faults->n; i++) {
		const struct fdr_kind *k = &faults->kinds[i];

		for (size_t j = 0; j < k->n_opts; j++) {
			const struct fdr_opt_desc *d = &k->opts[j];
			struct fdr_error e = { "" };
			uint64_t num;

			assert_true(name_ok(d->name) && *d->summary);
			for (size_t m = 0; m < j; m++)
				assert_string_not_equal(d->name, k->opts[m].name);
			assert_true(d->min <= d->max);
			assert_true(!(d->required && d->def));
			if (d->def && fdr_opt_value(d, d->def, &num, &e) < 0)
				fail_msg("%s %s: default: %s", k->name, d->name, e.text);
			assert_true(!d->choices == (d->type != FDR_OPT_CHOICE &&
						    d->type != FDR_OPT_CHOICES));
			for (const char *c = d->choices; c && *c; c += strcspn(c, "|") + 1) {
				char word[64];

				snprintf(word, sizeof(word), "%.*s", (int)strcspn(c, "|"), c);
				assert_true(word_ok(word));
				assert_int_equal(fdr_opt_value(d, word, &num, &e), 0);
				if (!c[strcspn(c, "|")])
					break;
			}
		}
	}
}

static void finds_and_suggests(void **state)
{
	struct fdr_error e;
	int i = fdr_faults_find(faults, "disk-error", &e);

	(void)state;
	assert_true(i >= 0);
	assert_string_equal(faults->kinds[i].name, "disk-error");
	assert_int_equal(fdr_faults_find(faults, "disk-eror", &e), -ENOENT);
	assert_string_equal(e.text, "there is no fault \"disk-eror\": did you mean \"disk-error\"?");
	assert_int_equal(fdr_faults_find(faults, "meteorite", &e), -ENOENT);
	assert_non_null(strstr(e.text, "faultdrill list"));
	i = fdr_faults_find(faults, "panic", &e);
	assert_int_equal(faults->flags[i], FAULTDRILL_F_FATAL);
}

/* A node's answer is not ours to trust: it may be newer, or no catalogue. */
static void reads_a_newer_node(void **state)
{
	json_t *j = json_loads("[{\"name\":\"x\",\"summary\":\"s\",\"flags\":[\"fatal\",\"novel\",7],"
			       "\"params\":[{\"name\":\"p\",\"type\":\"novel\",\"default\":\"1\"},"
			       "{\"name\":\"c\",\"type\":\"choice\",\"choices\":[\"a\",\"b\"]}]}]",
			       0, NULL);
	struct fdr_faults *f;
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_faults_from_json(j, &f, &e), 0);
	assert_int_equal(f->flags[0], FAULTDRILL_F_FATAL);
	assert_int_equal(f->kinds[0].opts[0].type, FDR_OPT_STRING);
	assert_string_equal(f->kinds[0].opts[1].choices, "a|b");
	fdr_faults_free(f);
	json_decref(j);
}

static void refuses_no_catalogue(void **state)
{
	static const char *const bad[] = { "{}", "[1]", "[{}]", "[{\"name\":\"x\"}]", "[null]",
		"[{\"name\":\"x\",\"summary\":\"s\",\"params\":[{\"type\":\"u64\"}]}]" };
	struct fdr_faults *f;
	struct fdr_error e;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++) {
		json_t *j = json_loads(bad[i], 0, NULL);

		assert_int_equal(fdr_faults_from_json(j, &f, &e), -EPROTO);
		json_decref(j);
	}
	assert_int_equal(fdr_faults_from_json(NULL, &f, &e), -EPROTO);
}

static void names_go_both_ways(void **state)
{
	static const struct { enum fdr_names table; unsigned int n; } tables[] = {
		{ FDR_NAMES_STATE, FAULTDRILL_STATE_FAILED + 1 },
		{ FDR_NAMES_START, FAULTDRILL_START_BOOTTIME + 1 },
		{ FDR_NAMES_EVENT, FAULTDRILL_EVENT_COUNTS + 1 },
		{ FDR_NAMES_RISK, FAULTDRILL_RISK_HIGH + 1 },
		{ FDR_NAMES_PARAM, FAULTDRILL_PARAM_PORTS + 1 },
		{ FDR_NAMES_PHASE, FAULTDRILL_BEACON_PANIC + 1 },
		{ FDR_NAMES_FLAG, 8 },
	};

	(void)state;
	assert_int_equal(FDR_ARRAY_LEN(tables), FDR_NAMES_COUNT);
	for (size_t i = 0; i < FDR_ARRAY_LEN(tables); i++) {
		for (unsigned int v = 0; v < tables[i].n; v++) {
			assert_non_null(fdr_name(tables[i].table, v));
			assert_int_equal(fdr_name_value(tables[i].table, fdr_name(tables[i].table, v)),
					 v);
		}
		assert_null(fdr_name(tables[i].table, tables[i].n));
		assert_null(fdr_name(tables[i].table, UINT64_MAX));
		assert_int_equal(fdr_name_value(tables[i].table, "nonsense"), -ENOENT);
	}
}

static void errnos_go_both_ways(void **state)
{
	char buf[32];

	(void)state;
	for (int err = 1; err < 4096; err++)
		assert_int_equal(fdr_errno_value(fdr_errno_name(-err, buf, sizeof(buf))), err);
	assert_string_equal(fdr_errno_name(-EPERM, buf, sizeof(buf)), "EPERM");
	assert_string_equal(fdr_errno_name(524, buf, sizeof(buf)), "524");
	assert_int_equal(fdr_errno_value("EWHATEVER"), EIO);
	assert_int_equal(fdr_errno_value(""), EIO);
	assert_int_equal(fdr_errno_value("0"), EIO);
	assert_int_equal(fdr_errno_value("99999"), EIO);
}

static int setup(void **state)
{
	(void)state;
	return fdr_faults_offline(&faults, NULL);
}

static int teardown(void **state)
{
	(void)state;
	fdr_faults_free(faults);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sane),
		cmocka_unit_test(parameters_are_sane),
		cmocka_unit_test(finds_and_suggests),
		cmocka_unit_test(reads_a_newer_node),
		cmocka_unit_test(refuses_no_catalogue),
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(errnos_go_both_ways),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
