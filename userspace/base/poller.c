// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll, one absolute timerfd, and a binary heap of timers.
 *
 * What is freed while a batch of events is being handled stays allocated until
 * the batch is done, because the kernel's array may still point at it.
 */
#include "poller.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

/* Events a dispatch: few enough that a due timer does not wait long behind them. */
#define EVENTS_MAX	64
/* Timers a dispatch: bounds how long a schedule that lags keeps descriptors waiting. */
#define TIMERS_MAX	256

struct fdr_poll_io {
	struct fdr_poller *poller;
	struct fdr_poll_io *next_dead;
	void (*cb)(void *userdata, int fd, uint32_t revents);
	void *userdata;
	int fd;
	bool dead;
};

struct fdr_poll_timer {
	struct fdr_poller *poller;
	void (*cb)(void *userdata, int64_t when_ns);
	void *userdata;
	int64_t when_ns;
	uint64_t seq;		/* timers of one instant fire in the order they were set */
	size_t slot;		/* in the heap, from 1; 0 = not armed */
};

struct fdr_poller {
	int epfd, timerfd;
	struct fdr_poll_timer **heap;	/* heap[1] fires first */
	size_t n, capacity;
	size_t n_timers;		/* all there are: room is kept for them */
	uint64_t seq;
	int64_t armed_ns;		/* what the timerfd is set to; INT64_MAX = off */
	struct fdr_poll_io *dead;
	unsigned int depth;		/* of dispatch */
};

static bool before(const struct fdr_poll_timer *a, const struct fdr_poll_timer *b)
{
	return a->when_ns != b->when_ns ? a->when_ns < b->when_ns : a->seq < b->seq;
}

static void place(struct fdr_poller *p, struct fdr_poll_timer *t, size_t slot)
{
	p->heap[slot] = t;
	t->slot = slot;
}

static void sift_up(struct fdr_poller *p, struct fdr_poll_timer *t, size_t slot)
{
	for (; slot > 1 && before(t, p->heap[slot / 2]); slot /= 2)
		place(p, p->heap[slot / 2], slot);
	place(p, t, slot);
}

static void sift_down(struct fdr_poller *p, struct fdr_poll_timer *t, size_t slot)
{
	size_t child;

	for (; (child = slot * 2) <= p->n; slot = child) {
		if (child < p->n && before(p->heap[child + 1], p->heap[child]))
			child++;
		if (!before(p->heap[child], t))
			break;
		place(p, p->heap[child], slot);
	}
	place(p, t, slot);
}

static void heap_remove(struct fdr_poller *p, struct fdr_poll_timer *t)
{
	struct fdr_poll_timer *last = p->heap[p->n--];
	size_t slot = t->slot;

	t->slot = 0;
	if (last == t)
		return;
	if (slot > 1 && before(last, p->heap[slot / 2]))
		sift_up(p, last, slot);
	else
		sift_down(p, last, slot);
}

/* Sets the timerfd to the first timer, if it is not already. */
static int rearm(struct fdr_poller *p)
{
	int64_t when = p->n ? p->heap[1]->when_ns : INT64_MAX;
	struct itimerspec its = { 0 };

	if (when == p->armed_ns)
		return 0;
	if (p->n) {
		/* 0 would switch it off: an instant in the past fires at once. */
		int64_t at = when > 0 ? when : 1;

		its.it_value.tv_sec = at / FDR_NS_PER_S;
		its.it_value.tv_nsec = at % FDR_NS_PER_S;
	}
	if (timerfd_settime(p->timerfd, TFD_TIMER_ABSTIME, &its, NULL) < 0)
		return -errno;
	p->armed_ns = when;
	return 0;
}

int fdr_poller_new(struct fdr_poller **ret)
{
	struct epoll_event ev = { .events = EPOLLIN };
	struct fdr_poller *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->armed_ns = INT64_MAX;
	p->epfd = epoll_create1(EPOLL_CLOEXEC);
	p->timerfd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	/* The timerfd is the entry without a pointer. */
	if (p->epfd < 0 || p->timerfd < 0 ||
	    epoll_ctl(p->epfd, EPOLL_CTL_ADD, p->timerfd, &ev) < 0) {
		r = -errno;
		fdr_poller_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

static void bury(struct fdr_poller *p)
{
	while (p->dead) {
		struct fdr_poll_io *io = p->dead;

		p->dead = io->next_dead;
		free(io);
	}
}

struct fdr_poller *fdr_poller_free(struct fdr_poller *p)
{
	if (!p)
		return NULL;
	bury(p);
	fdr_closep(&p->epfd);
	fdr_closep(&p->timerfd);
	free(p->heap);
	free(p);
	return NULL;
}

int fdr_poller_fd(const struct fdr_poller *p)
{
	return p->epfd;
}

static void fire_timers(struct fdr_poller *p)
{
	int64_t now = fdr_now_ns();

	for (unsigned int i = 0; i < TIMERS_MAX && p->n && p->heap[1]->when_ns <= now; i++) {
		struct fdr_poll_timer *t = p->heap[1];

		heap_remove(p, t);
		t->cb(t->userdata, t->when_ns);
	}
}

static int handle(struct fdr_poller *p, const struct epoll_event *ev, int n)
{
	p->depth++;
	for (int i = 0; i < n; i++) {
		struct fdr_poll_io *io = ev[i].data.ptr;
		uint64_t expirations;

		if (io && !io->dead) {
			io->cb(io->userdata, io->fd, ev[i].events);
		} else if (!io) {
			/* Read so that it is not ready again; what is due tells the heap. */
			if (read(p->timerfd, &expirations, sizeof(expirations)) > 0)
				p->armed_ns = INT64_MAX;
		}
	}
	/*
	 * Descriptors before timers: an answer that lies in its socket must not be
	 * declared late by a timer that we are late for.
	 */
	fire_timers(p);
	if (!--p->depth)
		bury(p);
	return rearm(p);
}

static int dispatch(struct fdr_poller *p, int timeout_ms)
{
	struct epoll_event ev[EVENTS_MAX];
	int n;

	n = epoll_wait(p->epfd, ev, EVENTS_MAX, timeout_ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return handle(p, ev, n);
}

int fdr_poller_dispatch(struct fdr_poller *p)
{
	return dispatch(p, 0);
}

int fdr_poller_run_once(struct fdr_poller *p, int64_t timeout_ns)
{
	struct pollfd pfd = { .fd = p->epfd, .events = POLLIN };
	struct timespec ts;

	if (timeout_ns < 0)
		return dispatch(p, -1);
	/* epoll_wait() counts in ms. */
	ts.tv_sec = timeout_ns / FDR_NS_PER_S;
	ts.tv_nsec = timeout_ns % FDR_NS_PER_S;
	if (ppoll(&pfd, 1, &ts, NULL) < 0 && errno != EINTR)
		return -errno;
	return dispatch(p, 0);
}

int fdr_poller_add_io(struct fdr_poller *p, int fd, uint32_t events,
		      void (*cb)(void *userdata, int fd, uint32_t revents), void *userdata,
		      struct fdr_poll_io **ret)
{
	struct fdr_poll_io *io = malloc(sizeof(*io));
	struct epoll_event ev = { .events = events, .data.ptr = io };

	if (!io)
		return -ENOMEM;
	*io = (struct fdr_poll_io){ .poller = p, .cb = cb, .userdata = userdata, .fd = fd };
	if (epoll_ctl(p->epfd, EPOLL_CTL_ADD, fd, &ev) < 0) {
		int r = -errno;

		free(io);
		return r;
	}
	*ret = io;
	return 0;
}

int fdr_poll_io_set(struct fdr_poll_io *io, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = io };

	return epoll_ctl(io->poller->epfd, EPOLL_CTL_MOD, io->fd, &ev) < 0 ? -errno : 0;
}

struct fdr_poll_io *fdr_poll_io_free(struct fdr_poll_io *io)
{
	struct fdr_poller *p;

	if (!io)
		return NULL;
	p = io->poller;
	/* Fails where the descriptor has been closed: then it is out already. */
	epoll_ctl(p->epfd, EPOLL_CTL_DEL, io->fd, NULL);
	if (!p->depth) {
		free(io);
		return NULL;
	}
	io->dead = true;
	io->next_dead = p->dead;
	p->dead = io;
	return NULL;
}

/* Room for every timer there is, so that setting one cannot fail for want of memory. */
static int reserve(struct fdr_poller *p, size_t n)
{
	size_t capacity = p->capacity ? p->capacity * 2 : 16;
	struct fdr_poll_timer **heap;

	if (n < p->capacity)
		return 0;
	heap = reallocarray(p->heap, capacity, sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	p->heap = heap;
	p->capacity = capacity;
	return 0;
}

int fdr_poller_add_timer(struct fdr_poller *p,
			 void (*cb)(void *userdata, int64_t when_ns), void *userdata,
			 struct fdr_poll_timer **ret)
{
	struct fdr_poll_timer *t;
	int r = reserve(p, p->n_timers + 1);

	if (r < 0)
		return r;
	t = malloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	*t = (struct fdr_poll_timer){ .poller = p, .cb = cb, .userdata = userdata };
	p->n_timers++;
	*ret = t;
	return 0;
}

int fdr_poll_timer_set(struct fdr_poll_timer *t, int64_t when_ns)
{
	struct fdr_poller *p = t->poller;

	if (t->slot)
		heap_remove(p, t);
	t->when_ns = when_ns;
	t->seq = p->seq++;
	sift_up(p, t, ++p->n);
	/* Within a dispatch once at its end is enough. */
	return p->depth ? 0 : rearm(p);
}

void fdr_poll_timer_stop(struct fdr_poll_timer *t)
{
	if (!t->slot)
		return;
	/* The timerfd stays as it is: firing with nothing due does no harm. */
	heap_remove(t->poller, t);
}

struct fdr_poll_timer *fdr_poll_timer_free(struct fdr_poll_timer *t)
{
	if (!t)
		return NULL;
	fdr_poll_timer_stop(t);
	t->poller->n_timers--;
	free(t);
	return NULL;
}
