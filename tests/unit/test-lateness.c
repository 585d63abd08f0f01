// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters of lateness, the schedule of many targets, ranges in texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/resource.h>

#include "base/expand.h"
#include "base/files.h"
#include "base/lateness.h"
#include "common-peer.h"
#include "probe/schedule.h"

static void quantiles(void **state)
{
	struct fdr_lateness l;
	int64_t q;

	(void)state;
	fdr_lateness_reset(&l);
	assert_int_equal(fdr_lateness_quantile(&l, 990), 0);
	for (int64_t i = 1; i <= 1000; i++)
		fdr_lateness_asked(&l, i * 1000);
	assert_int_equal(l.asked, 1000);
	assert_int_equal(l.max_ns, 1000000);
	/* Never less than the truth, and at most a sixteenth more. */
	for (unsigned int p = 100; p <= 1000; p += 10) {
		q = fdr_lateness_quantile(&l, p);
		assert_true(q >= (int64_t)p * 1000);
		assert_true(q <= (int64_t)p * 1000 * 17 / 16);
	}
	/* What was left out is late, too. */
	fdr_lateness_skipped(&l, 1000, 5000000000);
	assert_int_equal(l.skipped, 1000);
	assert_int_equal(l.max_ns, 5000000000);
	assert_int_equal(fdr_lateness_quantile(&l, 990), 5000000000);
	assert_true(fdr_lateness_quantile(&l, 500) <= 1000000 * 17 / 16);
	fdr_lateness_reset(&l);
	fdr_lateness_asked(&l, 0);
	fdr_lateness_asked(&l, -5);
	assert_int_equal(fdr_lateness_quantile(&l, 1000), 0);
	fdr_lateness_asked(&l, INT64_MAX);
	assert_int_equal(fdr_lateness_quantile(&l, 1000), INT64_MAX);
}

/* Each length in a bucket that does not end before it. */
static void every_length(void **state)
{
	(void)state;
	for (int64_t ns = 1; ns > 0 && ns < INT64_MAX / 3; ns += ns / 7 + 1) {
		struct fdr_lateness l;

		fdr_lateness_reset(&l);
		fdr_lateness_asked(&l, ns);
		fdr_lateness_asked(&l, ns * 2);
		assert_true(fdr_lateness_quantile(&l, 500) >= ns);
		assert_true(fdr_lateness_quantile(&l, 500) <= ns + ns / 16);
	}
}

struct words {
	char text[2048];
	size_t n;
};

static int add_word(void *userdata, const char *one)
{
	struct words *w = userdata;
	size_t len = strlen(w->text);

	snprintf(w->text + len, sizeof(w->text) - len, "%s%s", len ? " " : "", one);
	return ++w->n == 500 ? -E2BIG : 0;
}

static void ranges(void **state)
{
	static const struct {
		const char *text, *all;
	} cases[] = {
		{ "a", "a" },
		{ "10.0.0.[1-3]:80", "10.0.0.1:80 10.0.0.2:80 10.0.0.3:80" },
		{ "n[08-11]", "n08 n09 n10 n11" },
		{ "n[0-1]", "n0 n1" },
		{ "[1-2].[5-6]", "1.5 1.6 2.5 2.6" },
		{ "n[9-9]", "n9" },
		{ "[::1]:80", "[::1]:80" },
		{ "[fe80::[1-2]]:80", "[fe80::1]:80 [fe80::2]:80" },
		{ "x[1-]y[-2][a-b][]", "x[1-]y[-2][a-b][]" },
		{ "x[1", "x[1" },
		{ "x[1-9999999999]", "x[1-9999999999]" },
	};
	char longer[1100];
	uint32_t n;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct words w = { 0 };

		assert_int_equal(fdr_expand(cases[i].text, add_word, &w), 0);
		assert_string_equal(w.text, cases[i].all);
		assert_int_equal(fdr_expand_count(cases[i].text, &n), 0);
		assert_int_equal(n, w.n);
	}
	assert_int_equal(fdr_expand_count("[0-255].[0-255]", &n), 0);
	assert_int_equal(n, 65536);
	assert_int_equal(fdr_expand_count("[1-999999999][1-999999999][1-999999999]", &n), 0);
	assert_int_equal(n, UINT32_MAX);
	assert_int_equal(fdr_expand_count("[2-1]", &n), -EINVAL);
	assert_int_equal(fdr_expand("[2-1]", add_word, &(struct words){ 0 }), -EINVAL);
	/* The one who is told may have had enough. */
	assert_int_equal(fdr_expand("[1-999999999]", add_word, &(struct words){ 0 }), -E2BIG);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(fdr_expand_count(longer, &n), -ENAMETOOLONG);
	assert_int_equal(fdr_expand(longer, add_word, &(struct words){ 0 }), -ENAMETOOLONG);
}

static void files(void **state)
{
	struct rlimit lim, low;
	struct fdr_error e = { "" };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &lim), 0);
	low = (struct rlimit){ 1000, 5000 };
	if (lim.rlim_max < 5000)
		skip();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(fdr_files_reserve(100, "a", &e), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &low), 0);
	assert_true(low.rlim_cur >= 1128);
	assert_int_equal(fdr_files_reserve(4700, "b", &e), 0);
	/* They add up. */
	assert_int_equal(fdr_files_reserve(100, "address: 50 targets", &e), -EMFILE);
	assert_string_equal(e.text, "address: 50 targets, which needs 100 more open files, 5028 in "
			    "all, and the limit is 5000: raise it (ulimit -Hn)");
	fdr_files_release(4700);
	assert_int_equal(fdr_files_reserve(100, "c", &e), 0);
	fdr_files_release(200);
}

enum { TARGETS = 8, INTERVAL = 40 };

struct asked {
	struct fdr_schedule schedule;
	struct fdr_lateness lateness;
	int64_t at_ns[TARGETS][1000];
	size_t n[TARGETS];
	bool refuse;
};

static bool on_ask(void *userdata, size_t target)
{
	struct asked *a = userdata;

	assert_true(target < TARGETS);
	if (a->refuse)
		return false;
	a->at_ns[target][a->n[target]++ % 1000] = fdr_now_ns();
	return true;
}

/* The instants of every target, an eighth of the interval after those of the one before. */
static void spread(void **state)
{
	struct asked *a = calloc(1, sizeof(*a));
	struct fdr_probe_env env = { .lateness = &a->lateness };
	struct fdr_schedule *s = &a->schedule;
	uint64_t turns;

	(void)state;
	assert_int_equal(fdr_poller_new(&env.poller), 0);
	assert_int_equal(fdr_schedule_start(s, &env, INTERVAL * MS, TARGETS, on_ask, a), 0);
	run_for(env.poller, 300 * MS);
	turns = s->turn;
	assert_int_equal(a->lateness.asked + a->lateness.skipped, turns);
	assert_true(turns >= 40);
	for (size_t t = 0; t < TARGETS; t++) {
		for (size_t i = 0; i < a->n[t]; i++) {
			/* Never early: an ask is in its slot, or late by what was counted. */
			int64_t since = a->at_ns[t][i] - s->start_ns -
					(int64_t)t * INTERVAL * MS / TARGETS;

			assert_true(since >= 0);
			assert_true(since % (INTERVAL * MS) <= a->lateness.max_ns + 10 * MS);
		}
	}
	fdr_schedule_stop(s);
	fdr_poller_free(env.poller);
	free(a);
}

/* Nobody looks for so long that turns are due again: they are left out, and said to be late. */
static void stalled(void **state)
{
	struct asked *a = calloc(1, sizeof(*a));
	struct fdr_probe_env env = { .lateness = &a->lateness };
	const struct timespec nap = { 0, 7 * INTERVAL * MS };
	uint64_t asked, turn;

	(void)state;
	assert_int_equal(fdr_poller_new(&env.poller), 0);
	assert_int_equal(fdr_schedule_start(&a->schedule, &env, INTERVAL * MS, TARGETS, on_ask, a),
			 0);
	run_for(env.poller, 100 * MS);
	fdr_lateness_reset(&a->lateness);
	turn = a->schedule.turn;
	nanosleep(&nap, NULL);
	run_for(env.poller, 100 * MS);
	assert_true(a->lateness.skipped >= 5 * TARGETS);
	assert_true(a->lateness.max_ns >= 6 * INTERVAL * MS);
	assert_int_equal(a->lateness.asked + a->lateness.skipped, a->schedule.turn - turn);
	/* What the one who asks could not do is left out as well. */
	asked = a->lateness.asked;
	turn = a->lateness.skipped;
	a->refuse = true;
	run_for(env.poller, 100 * MS);
	assert_int_equal(a->lateness.asked, asked);
	assert_true(a->lateness.skipped > turn);
	fdr_schedule_stop(&a->schedule);
	fdr_poller_free(env.poller);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles), cmocka_unit_test(every_length),
		cmocka_unit_test(ranges), cmocka_unit_test(files), cmocka_unit_test(spread),
		cmocka_unit_test(stalled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
