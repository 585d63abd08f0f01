// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "common-peer.h"
#include "probe/track.h"

struct fixture {
	struct recorder rec;
	struct fdr_track t;
	int64_t t0;		/* in the past: the instants of a test follow it */
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct fdr_probe_env env = { .name = "lb", .sink = &f->rec.sink };

	recorder_init(&f->rec);
	fdr_track_init(&f->t, &env);
	f->t0 = fdr_now_ns() - 1000 * FDR_NS_PER_S;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_track_clear(&f->t);
	recorder_clear(&f->rec);
	free(f);
	return 0;
}

/* A poll asked and answered in ms since t0. */
static void poll_at(struct fixture *f, int64_t asked, int64_t answered, const char *state)
{
	fdr_track_polled(&f->t, "web/a", state, f->t0 + asked * MS, f->t0 + answered * MS, state);
}

static void push_at(struct fixture *f, int64_t at, const char *state)
{
	struct fdr_interval when = { f->t0 + at * MS, f->t0 + at * MS };

	fdr_track_pushed(&f->t, "web/a", state, when, state);
}

static void expect(struct fixture *f, size_t n, const char *state, bool pushed, int64_t lo,
		   int64_t hi)
{
	const struct seen_obs *o = recorder_obs(&f->rec, "web/a", n);

	assert_non_null(o);
	assert_string_equal(o->source, "lb");
	assert_string_equal(o->state, state);
	assert_int_equal(o->pushed, pushed);
	assert_int_equal(o->when.lo_ns, f->t0 + lo * MS);
	assert_int_equal(o->when.hi_ns, f->t0 + hi * MS);
}

static void polls_bound_the_change(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 2, "up");
	poll_at(f, 10, 12, "up");
	poll_at(f, 20, 29, "up");
	poll_at(f, 30, 33, "down");
	poll_at(f, 40, 41, "down");
	poll_at(f, 50, 51, "up");
	assert_int_equal(f->rec.n_obs, 3);
	expect(f, 0, "up", false, 0, 2);
	/* Good was last asked for at 20; bad was first known at 33. */
	expect(f, 1, "down", false, 20, 33);
	expect(f, 2, "up", false, 40, 51);
}

static void late_answers_are_no_news(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 1, "up");
	poll_at(f, 20, 21, "down");
	/* Asked before, answered after (it timed out, or came by a slower way). */
	poll_at(f, 10, 40, "up");
	poll_at(f, 20, 41, "up");
	assert_int_equal(f->rec.n_obs, 2);
	expect(f, 1, "down", false, 0, 21);
	poll_at(f, 30, 42, "up");
	expect(f, 2, "up", false, 20, 42);
}

static void two_witnesses_of_one_change(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 1, "up");
	push_at(f, 103, "suspect");
	poll_at(f, 100, 104, "up");	/* asked before the event: no contradiction */
	poll_at(f, 105, 106, "suspect");
	push_at(f, 203, "suspect");	/* the second failed check: nothing new */
	push_at(f, 303, "down");
	poll_at(f, 300, 304, "suspect");
	poll_at(f, 305, 306, "down");
	poll_at(f, 310, 311, "down");
	assert_int_equal(f->rec.n_obs, 5);
	expect(f, 0, "up", false, 0, 1);
	expect(f, 1, "suspect", true, 103, 103);
	expect(f, 2, "suspect", false, 100, 106);
	expect(f, 3, "down", true, 303, 303);
	expect(f, 4, "down", false, 300, 306);
}

static void poll_first_then_event(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 1, "up");
	poll_at(f, 10, 11, "down");
	push_at(f, 9, "down");
	assert_int_equal(f->rec.n_obs, 3);
	expect(f, 1, "down", false, 0, 11);
	expect(f, 2, "down", true, 9, 9);
}

/* Answers a little behind an event do not turn the state back and forth. */
static void no_flapping(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 1, "up");
	push_at(f, 100, "down");
	for (int i = 0; i < 20; i++)
		poll_at(f, 101 + i * 5, 102 + i * 5, "up");
	assert_int_equal(f->rec.n_obs, 2);
	poll_at(f, 205, 206, "down");
	poll_at(f, 210, 211, "down");
	assert_int_equal(f->rec.n_obs, 3);
	assert_true(recorder_is(&f->rec, "web/a", "down"));
}

/* An event was lost: what the polls keep saying is believed in the end. */
static void polls_take_over(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 1, "up");
	push_at(f, 100, "suspect");
	for (int i = 0; i < 100; i++)
		poll_at(f, 101 + i * 5, 102 + i * 5, "up");
	assert_int_equal(f->rec.n_obs, 3);
	expect(f, 2, "up", false, 100, 102);
	/* The event again is news again. */
	push_at(f, 700, "suspect");
	expect(f, 3, "suspect", true, 700, 700);
}

/* The event said again is younger than the answers against it: those count anew from there. */
static void polls_take_over_later(void **state)
{
	struct fixture *f = *state;

	poll_at(f, 0, 1, "up");
	push_at(f, 100, "suspect");
	for (int i = 0; i < 10; i++)
		poll_at(f, 101 + i * 5, 102 + i * 5, "up");
	push_at(f, 300, "suspect");
	assert_int_equal(f->rec.n_obs, 2);
	for (int i = 0; i < 100; i++)
		poll_at(f, 301 + i * 5, 302 + i * 5, "up");
	assert_int_equal(f->rec.n_obs, 3);
	expect(f, 2, "up", false, 300, 302);
}

static void listed_no_more(void **state)
{
	struct fixture *f = *state;
	int64_t t = f->t0;

	for (int i = 0; i < 3; i++, t += 10 * MS) {
		fdr_track_round_begin(&f->t);
		fdr_track_polled(&f->t, "", "reachable", t, t + MS, "");
		fdr_track_polled(&f->t, "web/a", "up", t, t + MS, "");
		if (i < 2)
			fdr_track_polled(&f->t, "web/b", "up", t, t + MS, "");
		fdr_track_round_end(&f->t, t, t + MS);
	}
	assert_int_equal(f->rec.n_obs, 4);
	assert_true(recorder_is(&f->rec, "web/b", "gone"));
	assert_true(recorder_is(&f->rec, "web/a", "up"));
	assert_true(recorder_is(&f->rec, "", "reachable"));
	assert_string_equal(fdr_track_state(&f->t, "web/b"), "gone");
	assert_null(fdr_track_state(&f->t, "web/c"));
}

/* What goes for all of a node's subjects, or for all that an event has not listed. */
static void many_at_once(void **state)
{
	struct fixture *f = *state;
	struct fdr_interval when = { f->t0, f->t0 };

	fdr_track_pushed(&f->t, "a", "reachable", when, "");
	fdr_track_pushed(&f->t, "a/x", "up", when, "");
	fdr_track_polled(&f->t, "a/y", "up", f->t0, f->t0 + MS, "");
	fdr_track_pushed(&f->t, "ab/x", "up", when, "");
	fdr_track_polled_under(&f->t, "a/", "stale", f->t0 + 2 * MS, f->t0 + 3 * MS, "");
	assert_true(recorder_is(&f->rec, "a/x", "up"));
	assert_true(recorder_is(&f->rec, "a/y", "stale"));
	fdr_track_pushed_under(&f->t, "a/", "unknown", when, "");
	assert_true(recorder_is(&f->rec, "a/x", "unknown"));
	assert_true(recorder_is(&f->rec, "a/y", "unknown"));
	assert_true(recorder_is(&f->rec, "ab/x", "up"));
	assert_true(recorder_is(&f->rec, "a", "reachable"));
	fdr_track_round_begin(&f->t);
	fdr_track_pushed(&f->t, "a/x", "unknown", when, "");
	fdr_track_round_pushed(&f->t, "a/", "gone", when);
	assert_true(recorder_is(&f->rec, "a/x", "unknown"));
	assert_true(recorder_is(&f->rec, "a/y", "gone"));
	assert_true(recorder_is(&f->rec, "ab/x", "up"));
}

static void subjects_are_bounded(void **state)
{
	struct fixture *f = *state;
	char name[32];

	f->rec.sink.obs = NULL;
	for (int i = 0; i < 12000; i++) {
		snprintf(name, sizeof(name), "s%d", i);
		fdr_track_pushed(&f->t, name, "up", (struct fdr_interval){ f->t0, f->t0 }, NULL);
	}
	assert_int_equal(f->t.n, 10000);
	assert_non_null(fdr_track_state(&f->t, "s9999"));
	assert_null(fdr_track_state(&f->t, "s10000"));
}

static void texts_are_cleaned(void **state)
{
	char out[16];

	(void)state;
	fdr_text_clean(out, sizeof(out), "a\tb\x01\x1b[0m\n  ");
	assert_string_equal(out, "a b??[0m?");
	fdr_text_clean(out, sizeof(out), "\xc3\xa4\xff\xc3");
	assert_string_equal(out, "\xc3\xa4??");
	fdr_text_clean(out, sizeof(out), "\xed\xa0\x80\xc0\xaf\xf4\x90\x80\x80");
	assert_string_equal(out, "?????????");
	/* Cut at a character, never within one. */
	fdr_text_clean(out, 6, "abcd\xc3\xa4");
	assert_string_equal(out, "abcd");
	fdr_text_clean(out, 7, "abcd\xc3\xa4");
	assert_string_equal(out, "abcd\xc3\xa4");
	fdr_text_clean(out, 1, "abc");
	assert_string_equal(out, "");
	assert_true(fdr_text_listed("web, api", "web"));
	assert_true(fdr_text_listed("web, api", "api"));
	assert_true(fdr_text_listed(" ,,api", "api"));
	assert_false(fdr_text_listed("web,api", "we"));
	assert_false(fdr_text_listed("web,api", ""));
	assert_false(fdr_text_listed("", "web"));
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(polls_bound_the_change), T(late_answers_are_no_news),
		T(two_witnesses_of_one_change), T(poll_first_then_event), T(no_flapping),
		T(polls_take_over), T(polls_take_over_later),
		T(listed_no_more), T(many_at_once),
		T(subjects_are_bounded), T(texts_are_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
