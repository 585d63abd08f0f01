/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_POLLER_H
#define FDR_BASE_POLLER_H

#include "clock.h"

/*
 * The event loop of probes and workloads: its own epoll instance, with an
 * absolute timerfd over a heap of timers.  It hangs in the controller's
 * sd-event loop as one source, because sd-event dispatches one source an
 * iteration and cannot keep a schedule of thousands of sockets.
 *
 * Single threaded; callbacks run from fdr_poller_dispatch() only, and may add
 * and remove anything, themselves included.
 */
struct fdr_poller;
struct fdr_poll_io;
struct fdr_poll_timer;

int fdr_poller_new(struct fdr_poller **ret);
struct fdr_poller *fdr_poller_free(struct fdr_poller *p);
FDR_DEFINE_CLEANUP(struct fdr_poller *, fdr_poller_free);

/* The epoll descriptor: readable when fdr_poller_dispatch() has work. */
int fdr_poller_fd(const struct fdr_poller *p);
/* Handles all that is due, without waiting.  0 or negative errno. */
int fdr_poller_dispatch(struct fdr_poller *p);
/* Waits for at most @timeout_ns (negative: for ever), then dispatches. */
int fdr_poller_run_once(struct fdr_poller *p, int64_t timeout_ns);

/* @events as for epoll (EPOLLIN ...).  The descriptor stays the caller's. */
int fdr_poller_add_io(struct fdr_poller *p, int fd, uint32_t events,
		      void (*cb)(void *userdata, int fd, uint32_t revents), void *userdata,
		      struct fdr_poll_io **ret);
int fdr_poll_io_set(struct fdr_poll_io *io, uint32_t events);
struct fdr_poll_io *fdr_poll_io_free(struct fdr_poll_io *io);

/*
 * A one-shot timer at @when_ns (CLOCK_MONOTONIC), disarmed when it has fired.
 * @cb gets the instant it was set for: lateness = now - when.
 */
int fdr_poller_add_timer(struct fdr_poller *p,
			 void (*cb)(void *userdata, int64_t when_ns), void *userdata,
			 struct fdr_poll_timer **ret);
int fdr_poll_timer_set(struct fdr_poll_timer *t, int64_t when_ns);
void fdr_poll_timer_stop(struct fdr_poll_timer *t);
struct fdr_poll_timer *fdr_poll_timer_free(struct fdr_poll_timer *t);

#endif /* FDR_BASE_POLLER_H */
