// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps of a plan: their instants, whom they may hit, the limits; and the draws. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common-vocabulary.h"
#include "engine/run.h"
#include "plan/target.h"
#include "plan/lists.h"
#include "plan/sections.h"
#include "plan/window.h"

#define S	UINT64_C(1000000000)
#define TRIALS	3000

static struct fdr_plan *load(void)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_plan *p = NULL;

	if (fdr_plan_load("tests/unit/plans/good/steps.yaml", test_vocabulary(), NULL, 0, &p,
			  &errors) < 0)
		fail_msg("%u:%u: %s", errors.v[0].place.line, errors.v[0].place.column,
			 errors.v[0].text);
	fdr_plan_errors_clear(&errors);
	return p;
}

static void test_instants(void **state)
{
	static const uint64_t at[] = { 0, 2 * S, 2 * S, 2 * S + S / 2, 9 * S };
	struct fdr_plan *p = load();

	(void)state;
	assert_int_equal(p->inject.n_steps, FDR_ARRAY_LEN(at));
	for (size_t i = 0; i < p->inject.n_steps; i++)
		assert_int_equal(p->inject.steps[i].at_ns, at[i]);
	assert_int_equal(fdr_step_end(&p->inject.steps[1]), 3 * S);
	assert_int_equal(fdr_step_end(&p->inject.steps[4]), UINT64_MAX);
	assert_int_equal(fdr_step_lease(p, &p->inject.steps[1]), 5 * S);
	assert_int_equal(fdr_step_lease(p, &p->inject.steps[3]), 20 * S);
	assert_int_equal(p->inject.start_real_ns, INT64_C(1796090400) * (int64_t)S);
	fdr_plan_free(p);
}

static void assert_candidates(const struct fdr_plan *p, size_t step, const char *want)
{
	char got[64] = "";

	for (size_t i = 0; i < p->n_nodes; i++)
		if (fdr_step_may_hit(p, &p->inject.steps[step], i))
			strcat(strcat(got, p->nodes[i].name), " ");
	assert_string_equal(got, want);
}

static void test_candidates(void **state)
{
	struct fdr_plan *p = load();

	(void)state;
	assert_candidates(p, 0, "web ");
	assert_candidates(p, 1, "db1 db2 db3 ");
	assert_candidates(p, 2, "");
	assert_candidates(p, 3, "db2 db3 ");
	/* web is named by another step, so nobody draws it. */
	assert_candidates(p, 4, "db1 ");
	assert_string_equal(fdr_node_subject(&p->nodes[0], "lb"), "web/a");
	assert_string_equal(fdr_node_subject(&p->nodes[1], "lb"), "db2");
	assert_true(fdr_plan_never(p, "web1"));
	assert_false(fdr_plan_never(p, "web"));
	fdr_plan_free(p);
}

static void test_how_many(void **state)
{
	static const size_t want[][4] = {
		/* one, minority, majority, all */
		{ 0, 0, 0, 0 }, { 1, 0, 1, 1 }, { 1, 0, 2, 2 }, { 1, 1, 2, 3 }, { 1, 1, 3, 4 },
		{ 1, 2, 3, 5 },
	};

	(void)state;
	for (size_t n = 0; n < FDR_ARRAY_LEN(want); n++)
		for (int how = 0; how < 4; how++)
			assert_int_equal(fdr_how_many((enum fdr_plan_how)how, n), want[n][how]);
}

/* What probes decide is only known then: the limits are looked at again. */
static void test_limits(void **state)
{
	struct fdr_broken v[] = { { 0, 0, 2 * S }, { 1, S, UINT64_MAX }, { 2, 3 * S, UINT64_MAX } };
	struct fdr_plan *p = load();
	struct fdr_error e;

	(void)state;
	/* The first has ended before the third begins. */
	assert_int_equal(fdr_safety_check(p, v, 3, &e), 0);
	v[0].to_ns = 3 * S + 1;
	assert_int_equal(fdr_safety_check(p, v, 3, &e), -EPERM);
	assert_string_equal(e.text, "of 3 nodes with role database only 0 would stay whole, "
			    "safety.min_healthy wants 1");
	v[2].node = 3;
	assert_int_equal(fdr_safety_check(p, v, 3, &e), 0);
	p->safety.max_nodes = 2;
	assert_int_equal(fdr_safety_check(p, v, 3, &e), -EPERM);
	assert_string_equal(e.text, "3 nodes would be broken at once, safety.max_nodes allows 2");
	/* One node, broken twice, is one. */
	v[2].node = 0;
	assert_int_equal(fdr_safety_check(p, v, 3, &e), 0);
	fdr_plan_free(p);
}

static bool open_at(const char *window, const char *utc)
{
	struct fdr_plan_window w;
	struct fdr_error e;
	struct tm tm = { 0 };

	if (fdr_window_parse(window, &w, &e) < 0)
		fail_msg("%s", e.text);
	assert_non_null(strptime(utc, "%Y-%m-%d %H:%M", &tm));
	return fdr_window_holds(&w, timegm(&tm));
}

static void test_windows(void **state)
{
	(void)state;
	/* 2026-11-27 is a Friday. */
	assert_true(open_at("Mon-Fri 22:00-06:00 UTC", "2026-11-27 22:00"));
	assert_true(open_at("Mon-Fri 22:00-06:00", "2026-11-28 05:59"));
	assert_false(open_at("Mon-Fri 22:00-06:00", "2026-11-28 06:00"));
	assert_false(open_at("Mon-Fri 22:00-06:00", "2026-11-28 22:00"));
	assert_false(open_at("Mon-Fri 22:00-06:00", "2026-11-30 05:00"));
	assert_true(open_at("Sat-Mon 00:00-24:00", "2026-11-29 23:59"));
	assert_false(open_at("Sat-Mon 00:00-24:00", "2026-12-01 00:00"));
	assert_true(open_at("08:00-09:00", "2026-12-02 08:30"));
	setenv("TZ", "TST-3", 1);
	tzset();
	assert_true(open_at("Sat 02:00-03:00 local", "2026-11-27 23:30"));
	assert_false(open_at("Sat 02:00-03:00 UTC", "2026-11-27 23:30"));
	unsetenv("TZ");
	tzset();
}

/* A run as far as choosing goes: without a store, for nothing is kept. */
static struct fdr_run *new_run(struct fdr_plan *p, uint64_t seed)
{
	struct fdr_run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	run->plan = p;
	run->seed = seed;
	run->nodes = calloc(p->n_nodes, sizeof(*run->nodes));
	assert_non_null(run->nodes);
	for (size_t i = 0; i < p->n_nodes; i++)
		run->nodes[i] = (struct fdr_run_node){ .run = run, .plan = &p->nodes[i] };
	return run;
}

static void free_run(struct fdr_run *run)
{
	free(run->nodes);
	free(run);
}

/* The victims of trial @n as a number of base 8. */
static unsigned int victims(struct fdr_run *run, unsigned int n)
{
	struct fdr_error e = { "" };
	unsigned int all = 0;
	char why[256];

	run->trial = n;
	if (fdr_run_choose(run, why, sizeof(why), &e))
		fail_msg("%s%s", why, e.text);
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node)
			all = all * 8 + (unsigned int)(run->injections[i].node - run->nodes);
	return all;
}

/* Drawn fairly: each node in a third of the trials, whatever the step before drew. */
static void test_draw(void **state)
{
	struct fdr_plan *p = load();
	struct fdr_run *run = new_run(p, 42), *again = new_run(p, 42), *other = new_run(p, 43);
	unsigned int count[3][3] = { 0 }, same = 0;

	(void)state;
	free(p->inject.steps[3].select.probe);
	p->inject.steps[3].select.probe = NULL;		/* no probe runs here */
	fdr_plan_step_clear(&p->inject.steps[4]);
	p->inject.n_steps = 4;
	fdr_plan_words_clear(&p->inject.steps[3].select.nodes);
	p->inject.steps[3].select.role = strdup("database");
	for (unsigned int n = 1; n <= TRIALS; n++) {
		unsigned int v = victims(run, n);

		assert_int_equal(v, victims(again, n));
		same += v == victims(other, n);
		assert_int_equal(v >> 6, 3);		/* web, by its name */
		/* The later step takes none that the earlier one has. */
		assert_int_not_equal(v >> 3 & 7, v & 7);
		count[v >> 3 & 7][v & 7]++;
	}
	/* Six pairs, each expected 500 times with a deviation of 20.4: five of them. */
	for (int a = 0; a < 3; a++)
		for (int b = 0; b < 3; b++)
			if (a != b)
				assert_in_range(count[a][b], 398, 602);
	/* Another seed agrees by chance alone. */
	assert_in_range(same, 398, 602);
	free_run(run);
	free_run(again);
	free_run(other);
	fdr_plan_free(p);
}

/* Trials may be drawn in any order, as a run that is resumed does. */
static void test_draw_again(void **state)
{
	struct fdr_plan *p = load();
	struct fdr_run *run = new_run(p, 9);
	unsigned int v[50];

	(void)state;
	p->inject.n_steps = 2;
	for (unsigned int n = 0; n < 50; n++)
		v[n] = victims(run, n + 1);
	for (unsigned int n = 50; n--; )
		assert_int_equal(victims(run, n + 1), v[n]);
	p->inject.n_steps = 5;
	free_run(run);
	fdr_plan_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instants), cmocka_unit_test(test_candidates),
		cmocka_unit_test(test_how_many), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_windows), cmocka_unit_test(test_draw),
		cmocka_unit_test(test_draw_again),
	};

	return cmocka_run_group_tests_name("steps", tests, NULL, NULL);
}
