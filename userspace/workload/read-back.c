// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread a copy.  What they use is their own, counted, and goes with the last of them:
 * one that hangs (a server that has stopped answering, a disk) is left behind.
 */
#include "read-back.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define STACK_SIZE	(512 * 1024)
/* Between two attempts: a service that is failing over refuses at once. */
#define RETRY_NS	(200 * FDR_NS_PER_MS)

struct copy {
	char *name, *endpoint;		/* endpoint NULL: the service */
	bool done, over;
	int64_t begun_ns, ended_ns;
	unsigned int attempts;
	struct fdr_ledger_view view;	/* not changed once it is done */
	char error[256];
};

struct reading {
	pthread_mutex_t lock;
	pthread_cond_t quit_wake;
	const struct fdr_workload_ops *ops;
	struct fdr_opts opts;
	struct fdr_ledger ledger;
	int64_t deadline_ns;
	int fd;				/* an eventfd: something has ended */
	unsigned int users;
	bool quit;
	size_t n;
	struct copy v[];
};

struct fdr_read_back {
	struct reading *r;
	struct fdr_poll_io *io;
	char error[256];		/* what fdr_read_back_copy() gave out */
};

struct start {
	struct reading *r;
	size_t i;
};

/* With the lock held, which goes. */
static void leave(struct reading *r)
{
	bool last = !--r->users;

	pthread_mutex_unlock(&r->lock);
	if (!last)
		return;
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].name);
		free(r->v[i].endpoint);
		fdr_ledger_view_clear(&r->v[i].view);
	}
	fdr_opts_clear(&r->opts);
	fdr_closep(&r->fd);
	pthread_cond_destroy(&r->quit_wake);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* One attempt; the lock is held before and after, not meanwhile. */
static void attempt(struct reading *r, struct copy *c)
{
	struct fdr_ledger_reading read = {
		.opts = &r->opts, .endpoint = c->endpoint, .ledger = r->ledger,
		.deadline_ns = r->deadline_ns,
	};
	struct fdr_error e = { "" };
	int err;

	c->attempts++;
	c->begun_ns = fdr_now_ns();
	pthread_mutex_unlock(&r->lock);
	err = r->ops->read_back(&read, &e);
	if (err >= 0 && read.view.failed)
		err = fdr_err(&e, -ENOMEM, "out of memory");
	pthread_mutex_lock(&r->lock);
	c->ended_ns = fdr_now_ns();
	if (err >= 0) {
		c->done = true;
		c->view = read.view;
		return;
	}
	fdr_ledger_view_clear(&read.view);
	snprintf(c->error, sizeof(c->error), "%.*s", (int)sizeof(c->error) - 1, e.text);
}

static void *read_copy(void *arg)
{
	struct start *start = arg;
	struct reading *r = start->r;
	struct copy *c = &r->v[start->i];

	free(start);
	pthread_mutex_lock(&r->lock);
	while (!r->quit && !c->done && fdr_now_ns() < r->deadline_ns) {
		struct timespec ts;
		int64_t until;

		attempt(r, c);
		until = fdr_now_ns() + RETRY_NS;
		ts = (struct timespec){ until / FDR_NS_PER_S, until % FDR_NS_PER_S };
		if (!c->done && !r->quit)
			pthread_cond_timedwait(&r->quit_wake, &r->lock, &ts);
	}
	c->over = true;
	/* It counts to 2^64: it never blocks, and its value does not matter. */
	(void)!write(r->fd, &(uint64_t){ 1 }, sizeof(uint64_t));
	leave(r);
	return NULL;
}

static int start_thread(struct reading *r, size_t i, const pthread_attr_t *attr)
{
	struct start *start = malloc(sizeof(*start));
	pthread_t thread;
	int err;

	if (!start)
		return -ENOMEM;
	*start = (struct start){ r, i };
	pthread_mutex_lock(&r->lock);
	r->users++;
	err = -pthread_create(&thread, attr, read_copy, start);
	if (err < 0) {
		r->users--;
		free(start);
	}
	pthread_mutex_unlock(&r->lock);
	return err;
}

static int start_threads(struct reading *r)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int err = 0;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* Signals are for the event loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (size_t i = 0; i < r->n && !err; i++)
		err = start_thread(r, i, &attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return err;
}

static void init_sync(struct reading *r)
{
	pthread_condattr_t monotonic;

	pthread_mutex_init(&r->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&r->quit_wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

/* The service, and what read_from names. */
static int list_copies(struct reading *r)
{
	r->v[r->n++].name = strdup(FDR_LEDGER_SERVICE);
	for (size_t i = 0; i < r->opts.n; i++) {
		const struct fdr_opt *o = &r->opts.v[i];

		if (!o->key || strcmp(o->desc->name, "read_from"))
			continue;
		r->v[r->n].name = strdup(o->key);
		r->v[r->n].endpoint = strdup(o->text);
		if (!r->v[r->n++].endpoint)
			return -ENOMEM;
	}
	for (size_t i = 0; i < r->n; i++)
		if (!r->v[i].name)
			return -ENOMEM;
	return 0;
}

/* With one user: the caller. */
static int new_reading(const struct fdr_opts *opts, struct reading **ret)
{
	struct reading *r = calloc(1, sizeof(*r) + (opts->n + 1) * sizeof(r->v[0]));
	int err;

	if (!r)
		return -ENOMEM;
	init_sync(r);
	r->users = 1;
	*ret = r;
	r->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->fd < 0)
		return -errno;
	err = fdr_opts_copy(opts, &r->opts);
	return err < 0 ? err : list_copies(r);
}

static void on_ended(void *userdata, int fd, uint32_t revents)
{
	uint64_t n;

	(void)userdata;
	(void)revents;
	(void)!read(fd, &n, sizeof(n));
}

int fdr_read_back_start(const struct fdr_workload_ops *ops, const struct fdr_opts *opts,
			const struct fdr_ledger *ledger, int64_t deadline_ns,
			struct fdr_poller *poller, struct fdr_read_back **ret,
			struct fdr_error *e)
{
	struct fdr_read_back *b = calloc(1, sizeof(*b));
	int err = b ? new_reading(opts, &b->r) : -ENOMEM;

	if (err >= 0) {
		b->r->ops = ops;
		b->r->ledger = *ledger;
		b->r->deadline_ns = deadline_ns;
		err = fdr_poller_add_io(poller, b->r->fd, EPOLLIN, on_ended, b, &b->io);
	}
	if (err >= 0)
		err = start_threads(b->r);
	if (err < 0) {
		fdr_read_back_end(b);
		return fdr_err(e, err, "cannot read a ledger back: %s", strerror(-err));
	}
	*ret = b;
	return 0;
}

bool fdr_read_back_over(const struct fdr_read_back *b)
{
	bool over = true;

	pthread_mutex_lock(&b->r->lock);
	for (size_t i = 0; i < b->r->n; i++)
		over = over && b->r->v[i].over;
	pthread_mutex_unlock(&b->r->lock);
	return over;
}

size_t fdr_read_back_copies(const struct fdr_read_back *b)
{
	return b->r->n;
}

void fdr_read_back_copy(struct fdr_read_back *b, size_t i, struct fdr_read_copy *ret)
{
	const struct copy *c = &b->r->v[i];

	pthread_mutex_lock(&b->r->lock);
	memcpy(b->error, c->error, sizeof(b->error));
	*ret = (struct fdr_read_copy){
		.name = c->name, .done = c->done, .begun_ns = c->begun_ns,
		.ended_ns = c->ended_ns, .attempts = c->attempts,
		.view = c->done ? &c->view : NULL, .error = b->error,
	};
	if (!c->over && !c->done && !*b->error)
		snprintf(b->error, sizeof(b->error), "no answer within the time for reading back");
	pthread_mutex_unlock(&b->r->lock);
}

struct fdr_read_back *fdr_read_back_end(struct fdr_read_back *b)
{
	if (!b)
		return NULL;
	fdr_poll_io_free(b->io);
	if (b->r) {
		pthread_mutex_lock(&b->r->lock);
		b->r->quit = true;
		pthread_cond_broadcast(&b->r->quit_wake);
		leave(b->r);
	}
	free(b);
	return NULL;
}
