// SPDX-License-Identifier: GPL-2.0-or-later
/* Deadlines and the one interruption path. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>

#include <cmocka.h>

#include "base/loop.h"

#define MS	FDR_NS_PER_MS
#define FAR	(fdr_now_ns() + 30 * FDR_NS_PER_S)

static sd_event *loop;

static bool is_set(void *userdata)
{
	return *(bool *)userdata;
}

static int on_readable(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	char c;

	(void)s;
	(void)revents;
	*(bool *)userdata = read(fd, &c, 1) == 1;
	return 0;
}

static int on_time(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s;
	(void)usec;
	raise(*(int *)userdata);
	return 0;
}

static void waits_for_its_condition(void **state)
{
	bool set = false;
	sd_event_source *s;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_true(sd_event_add_io(loop, &s, fds[0], EPOLLIN, on_readable, &set) >= 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(fdr_loop_wait(loop, is_set, &set, FAR), 0);
	/* True already: also where the deadline has passed. */
	assert_int_equal(fdr_loop_wait(loop, is_set, &set, fdr_now_ns() - 1), 0);
	sd_event_source_disable_unref(s);
	close(fds[0]);
	close(fds[1]);
}

static void keeps_deadlines(void **state)
{
	bool never = false;

	(void)state;
	for (int64_t ns = 1; ns < 50 * MS; ns *= 7) {
		int64_t deadline_ns = fdr_now_ns() + ns;

		assert_int_equal(fdr_loop_wait(loop, is_set, &never, deadline_ns), -ETIMEDOUT);
		assert_true(fdr_now_ns() >= deadline_ns);
		deadline_ns = fdr_now_ns() + ns;
		assert_int_equal(fdr_loop_sleep_until(loop, deadline_ns), 0);
		assert_true(fdr_now_ns() >= deadline_ns);
	}
	assert_int_equal(fdr_loop_sleep_until(loop, fdr_now_ns() - MS), 0);
	assert_int_equal(fdr_loop_interrupted(), 0);
}

/* A signal while it waits; 30 s are enough to tell it from the deadline. */
static int wait_with_signal(int sig)
{
	bool never = false;
	sd_event_source *s;
	int r;

	assert_true(sd_event_add_time_relative(loop, &s, CLOCK_MONOTONIC, 10000, 0, on_time,
					       &sig) >= 0);
	r = fdr_loop_wait(loop, is_set, &never, FAR);
	sd_event_source_disable_unref(s);
	return r;
}

static void one_interruption_path(void **state)
{
	bool yes = true;

	(void)state;
	assert_int_equal(wait_with_signal(SIGTERM), -ECANCELED);
	assert_int_equal(fdr_loop_interrupted(), SIGTERM);
	/* Until unwinding begins every wait says so, even one that is satisfied. */
	assert_int_equal(fdr_loop_wait(loop, is_set, &yes, FAR), -ECANCELED);
	assert_int_equal(fdr_loop_sleep_until(loop, FAR), -ECANCELED);
	/* While unwinding, waits work, so that faults can be cleared ... */
	fdr_loop_unwind();
	assert_int_equal(fdr_loop_wait(loop, is_set, &yes, FAR), 0);
	assert_int_equal(fdr_loop_sleep_until(loop, fdr_now_ns() + MS), 0);
	/* ... until somebody loses patience.  The first signal stays the reason. */
	assert_int_equal(wait_with_signal(SIGINT), -ECANCELED);
	assert_int_equal(fdr_loop_interrupted(), SIGTERM);
	fdr_loop_unwind();
	assert_int_equal(wait_with_signal(SIGHUP), -ECANCELED);
}

static int setup(void **state)
{
	(void)state;
	return fdr_loop_new(&loop);
}

static int teardown(void **state)
{
	(void)state;
	sd_event_unref(loop);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_its_condition),
		cmocka_unit_test(keeps_deadlines),
		cmocka_unit_test(one_interruption_path),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
