// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "base/poller.h"

#define MS	FDR_NS_PER_MS

static int setup(void **state)
{
	return fdr_poller_new((struct fdr_poller **)state);
}

static int teardown(void **state)
{
	fdr_poller_free(*state);
	return 0;
}

struct shot {
	struct fdr_poller *p;
	struct fdr_poll_timer *t;
	struct fdr_poll_timer *victim;
	int64_t when, now;
	unsigned int fired;
	unsigned int *order;
	unsigned int rank;
};

static void on_shot(void *userdata, int64_t when)
{
	struct shot *s = userdata;

	s->now = fdr_now_ns();
	s->when = when;
	s->fired++;
	if (s->order)
		s->rank = (*s->order)++;
}

static void run_until(struct fdr_poller *p, int64_t deadline)
{
	int64_t left;

	while ((left = deadline - fdr_now_ns()) > 0)
		assert_int_equal(fdr_poller_run_once(p, left), 0);
}

static void timer_fires_once_on_time(void **state)
{
	struct fdr_poller *p = *state;
	struct shot s = { 0 };
	int64_t when = fdr_now_ns() + 3 * MS + 123;

	assert_int_equal(fdr_poller_add_timer(p, on_shot, &s, &s.t), 0);
	assert_int_equal(fdr_poll_timer_set(s.t, when), 0);
	while (!s.fired)
		assert_int_equal(fdr_poller_run_once(p, -1), 0);
	assert_int_equal(s.when, when);
	assert_true(s.now >= when);
	run_until(p, when + 5 * MS);
	assert_int_equal(s.fired, 1);
	/* Set again, it fires again; stopped, it does not. */
	assert_int_equal(fdr_poll_timer_set(s.t, fdr_now_ns() + MS), 0);
	fdr_poll_timer_stop(s.t);
	run_until(p, fdr_now_ns() + 4 * MS);
	assert_int_equal(s.fired, 1);
	/* An instant in the past, 0 and before, is due at once. */
	assert_int_equal(fdr_poll_timer_set(s.t, 0), 0);
	assert_int_equal(fdr_poller_run_once(p, 1000 * MS), 0);
	assert_int_equal(fdr_poll_timer_set(s.t, -5), 0);
	assert_int_equal(fdr_poller_run_once(p, 1000 * MS), 0);
	assert_int_equal(s.fired, 3);
	fdr_poll_timer_free(s.t);
}

static void same_instant_keeps_order(void **state)
{
	struct fdr_poller *p = *state;
	struct shot s[40] = { 0 };
	unsigned int order = 0;
	int64_t when = fdr_now_ns() + MS;

	for (size_t i = 0; i < FDR_ARRAY_LEN(s); i++) {
		s[i].order = &order;
		assert_int_equal(fdr_poller_add_timer(p, on_shot, &s[i], &s[i].t), 0);
		assert_int_equal(fdr_poll_timer_set(s[i].t, when), 0);
	}
	while (order < FDR_ARRAY_LEN(s))
		assert_int_equal(fdr_poller_run_once(p, -1), 0);
	for (size_t i = 0; i < FDR_ARRAY_LEN(s); i++) {
		assert_int_equal(s[i].fired, 1);
		assert_int_equal(s[i].rank, i);
		fdr_poll_timer_free(s[i].t);
	}
}

/* Thousands of timers, half of them moved or stopped: each fires once, in order, not early. */
static void thousands_of_timers(void **state)
{
	enum { N = 20000 };
	struct fdr_poller *p = *state;
	struct shot *s = calloc(N, sizeof(*s));
	int64_t t0 = fdr_now_ns() + 20 * MS, last = 0;
	unsigned int order = 0;
	uint64_t x = 88172645463325252u;

	assert_non_null(s);
	for (size_t i = 0; i < N; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		s[i].order = &order;
		assert_int_equal(fdr_poller_add_timer(p, on_shot, &s[i], &s[i].t), 0);
		assert_int_equal(fdr_poll_timer_set(s[i].t, t0 + (int64_t)(x % (50 * MS))), 0);
	}
	for (size_t i = 0; i < N; i += 4) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		fdr_poll_timer_set(s[i].t, t0 + (int64_t)(x % (50 * MS)));
		fdr_poll_timer_stop(s[i + 1].t);
	}
	while (order < N - N / 4 && fdr_now_ns() < t0 + 20000 * MS)
		assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(order, N - N / 4);
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(s[i].fired, i % 4 != 1);
		if (s[i].fired)
			assert_true(s[i].now >= s[i].when);
	}
	/* In order of their instants: walk by rank. */
	struct shot **by_rank = calloc(N, sizeof(*by_rank));

	assert_non_null(by_rank);
	for (size_t i = 0; i < N; i++)
		if (s[i].fired)
			by_rank[s[i].rank] = &s[i];
	for (size_t i = 0; i < order; i++) {
		assert_true(by_rank[i]->when >= last);
		last = by_rank[i]->when;
	}
	for (size_t i = 0; i < N; i++)
		fdr_poll_timer_free(s[i].t);
	free(by_rank);
	free(s);
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct ticker {
	struct fdr_poll_timer *t;
	int64_t late[500];
	size_t n;
};

static void on_tick(void *userdata, int64_t when)
{
	struct ticker *k = userdata;

	k->late[k->n++] = fdr_now_ns() - when;
	if (k->n < FDR_ARRAY_LEN(k->late))
		fdr_poll_timer_set(k->t, when + MS);
}

/* 1000/s for half a second: no tick is lost or early, and the half of them is on time. */
static void schedule_is_kept(void **state)
{
	struct fdr_poller *p = *state;
	struct ticker k = { 0 };

	assert_int_equal(fdr_poller_add_timer(p, on_tick, &k, &k.t), 0);
	fdr_poll_timer_set(k.t, fdr_now_ns() + MS);
	while (k.n < FDR_ARRAY_LEN(k.late))
		assert_int_equal(fdr_poller_run_once(p, -1), 0);
	qsort(k.late, k.n, sizeof(k.late[0]), by_value);
	assert_true(k.late[0] >= 0);
	/* The machine may be busy: a bound that only a broken schedule exceeds. */
	assert_true(k.late[k.n / 2] < 100 * MS);
	print_message("lateness p50 %lld us, p99 %lld us\n", (long long)k.late[k.n / 2] / 1000,
		      (long long)k.late[k.n * 99 / 100] / 1000);
	fdr_poll_timer_free(k.t);
}

static void on_kill(void *userdata, int64_t when)
{
	struct shot *s = userdata;

	on_shot(s, when);
	s->victim = fdr_poll_timer_free(s->victim);
	s->t = fdr_poll_timer_free(s->t);
}

static void timers_free_each_other(void **state)
{
	struct fdr_poller *p = *state;
	struct shot a = { 0 }, b = { 0 };
	int64_t when = fdr_now_ns() + MS;

	assert_int_equal(fdr_poller_add_timer(p, on_kill, &a, &a.t), 0);
	assert_int_equal(fdr_poller_add_timer(p, on_shot, &b, &b.t), 0);
	a.victim = b.t;
	fdr_poll_timer_set(a.t, when);
	fdr_poll_timer_set(b.t, when);
	run_until(p, when + 3 * MS);
	assert_int_equal(a.fired, 1);
	assert_int_equal(b.fired, 0);
}

/* A timer that is always due must not keep descriptors from their turn. */
static void on_greedy(void *userdata, int64_t when)
{
	struct shot *s = userdata;

	s->fired++;
	fdr_poll_timer_set(s->t, when);
}

struct end {
	struct fdr_poller *p;
	int fd;
	struct fdr_poll_io *io;
	struct end *other;
	unsigned int calls;
	uint32_t revents;
};

static void on_end(void *userdata, int fd, uint32_t revents)
{
	struct end *e = userdata;
	char c;

	assert_int_equal(fd, e->fd);
	e->calls++;
	e->revents = revents;
	while (recv(fd, &c, 1, MSG_DONTWAIT) == 1)
		;
}

static void greedy_timer_starves_nothing(void **state)
{
	struct fdr_poller *p = *state;
	struct shot s = { 0 };
	struct end e = { 0 };
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	e.fd = sv[0];
	assert_int_equal(fdr_poller_add_io(p, sv[0], EPOLLIN, on_end, &e, &e.io), 0);
	assert_int_equal(fdr_poller_add_timer(p, on_greedy, &s, &s.t), 0);
	fdr_poll_timer_set(s.t, 1);
	assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(write(sv[1], "x", 1), 1);
	for (int i = 0; i < 3 && !e.calls; i++)
		assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(e.calls, 1);
	assert_true(s.fired > 1);
	fdr_poll_timer_free(s.t);
	fdr_poll_io_free(e.io);
	close(sv[0]);
	close(sv[1]);
}

static void on_end_kill(void *userdata, int fd, uint32_t revents)
{
	struct end *e = userdata;

	(void)fd;
	(void)revents;
	e->calls++;
	if (e->other) {
		e->other->io = fdr_poll_io_free(e->other->io);
		close(e->other->fd);
		e->other->fd = -1;
	}
	e->io = fdr_poll_io_free(e->io);
}

/* Two ready descriptors, of which the first one handled frees both: one call, no crash. */
static void ios_free_each_other(void **state)
{
	struct fdr_poller *p = *state;
	struct end a = { 0 }, b = { 0 };

	a.fd = eventfd(1, EFD_CLOEXEC);
	b.fd = eventfd(1, EFD_CLOEXEC);
	a.other = &b;
	b.other = &a;
	assert_int_equal(fdr_poller_add_io(p, a.fd, EPOLLIN, on_end_kill, &a, &a.io), 0);
	assert_int_equal(fdr_poller_add_io(p, b.fd, EPOLLIN, on_end_kill, &b, &b.io), 0);
	assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(a.calls + b.calls, 1);
	assert_int_equal(fdr_poller_run_once(p, 0), 0);
	assert_int_equal(a.calls + b.calls, 1);
	fdr_closep(&a.fd);
	fdr_closep(&b.fd);
}

/* A descriptor freed in a callback whose number is taken again in the same batch. */
static void on_end_swap(void *userdata, int fd, uint32_t revents)
{
	struct end *e = userdata;
	struct end *o = e->other;
	int fresh;

	(void)fd;
	(void)revents;
	e->calls++;
	e->io = fdr_poll_io_free(e->io);
	if (!o || !o->io)
		return;
	o->io = fdr_poll_io_free(o->io);
	close(o->fd);
	/* The same number, but nothing to read: must not be called in this batch. */
	fresh = eventfd(0, EFD_CLOEXEC);
	assert_true(fresh >= 0);
	if (fresh != o->fd) {
		assert_int_equal(dup2(fresh, o->fd), o->fd);
		close(fresh);
	}
	assert_int_equal(fdr_poller_add_io(e->p, o->fd, EPOLLIN, on_end_swap, o, &o->io), 0);
}

static void number_taken_again(void **state)
{
	struct fdr_poller *p = *state;
	struct end a = { .p = p }, b = { .p = p };
	struct end *survivor;

	a.fd = eventfd(1, EFD_CLOEXEC);
	b.fd = eventfd(1, EFD_CLOEXEC);
	a.other = &b;
	b.other = &a;
	assert_int_equal(fdr_poller_add_io(p, a.fd, EPOLLIN, on_end_swap, &a, &a.io), 0);
	assert_int_equal(fdr_poller_add_io(p, b.fd, EPOLLIN, on_end_swap, &b, &b.io), 0);
	assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(a.calls + b.calls, 1);
	survivor = a.calls ? &b : &a;
	assert_non_null(survivor->io);
	survivor->other = NULL;
	assert_int_equal(eventfd_write(survivor->fd, 1), 0);
	assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(survivor->calls, 1);
	close(a.fd);
	close(b.fd);
}

static void events_change(void **state)
{
	struct fdr_poller *p = *state;
	struct end e = { 0 };
	int sv[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv), 0);
	e.fd = sv[0];
	assert_int_equal(fdr_poller_add_io(p, sv[0], EPOLLIN, on_end, &e, &e.io), 0);
	assert_int_equal(fdr_poller_run_once(p, 0), 0);
	assert_int_equal(e.calls, 0);
	assert_int_equal(fdr_poll_io_set(e.io, EPOLLOUT), 0);
	assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(e.calls, 1);
	assert_true(e.revents & EPOLLOUT);
	assert_int_equal(fdr_poll_io_set(e.io, EPOLLIN), 0);
	close(sv[1]);
	assert_int_equal(fdr_poller_run_once(p, 100 * MS), 0);
	assert_int_equal(e.calls, 2);
	assert_true(e.revents & EPOLLHUP);
	fdr_poll_io_free(e.io);
	close(sv[0]);
}

static void refusals(void **state)
{
	struct fdr_poller *p = *state;
	struct fdr_poll_io *io, *again;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_int_equal(fdr_poller_add_io(p, -1, EPOLLIN, on_end, NULL, &io), -EBADF);
	assert_int_equal(fdr_poller_add_io(p, fd, EPOLLIN, on_end, NULL, &io), 0);
	assert_int_equal(fdr_poller_add_io(p, fd, EPOLLIN, on_end, NULL, &again), -EEXIST);
	assert_null(fdr_poll_io_free(io));
	assert_null(fdr_poll_io_free(NULL));
	assert_null(fdr_poll_timer_free(NULL));
	assert_null(fdr_poller_free(NULL));
	close(fd);
}

static int on_source(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)s;
	(void)fd;
	(void)revents;
	return fdr_poller_dispatch(userdata);
}

/* In the controller the poller is one source of sd-event: timers and descriptors wake it. */
static void hangs_in_sd_event(void **state)
{
	struct fdr_poller *p = *state;
	struct shot s = { 0 };
	struct end e = { .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	sd_event *loop;
	int64_t end;

	assert_int_equal(sd_event_new(&loop), 0);
	assert_true(sd_event_add_io(loop, NULL, fdr_poller_fd(p), EPOLLIN, on_source, p) >= 0);
	assert_int_equal(fdr_poller_add_io(p, e.fd, EPOLLIN, on_end_kill, &e, &e.io), 0);
	assert_int_equal(fdr_poller_add_timer(p, on_shot, &s, &s.t), 0);
	fdr_poll_timer_set(s.t, fdr_now_ns() + 3 * MS);
	assert_int_equal(eventfd_write(e.fd, 1), 0);
	end = fdr_now_ns() + 30000 * MS;
	while ((!s.fired || !e.calls) && fdr_now_ns() < end)
		assert_true(sd_event_run(loop, 1000000) >= 0);
	assert_int_equal(s.fired, 1);
	assert_int_equal(e.calls, 1);
	/* Quiet now: no busy loop. */
	assert_int_equal(sd_event_run(loop, 20000), 0);
	fdr_poll_timer_free(s.t);
	close(e.fd);
	sd_event_unref(loop);
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(timer_fires_once_on_time), T(same_instant_keeps_order),
		T(thousands_of_timers), T(schedule_is_kept), T(timers_free_each_other),
		T(greedy_timer_starves_nothing), T(ios_free_each_other),
		T(number_taken_again), T(events_change), T(refusals), T(hangs_in_sd_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
