// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One lock for the queue and the results; an eventfd tells the poller's thread that
 * there are results.  A job belongs to whichever list it is in; one that runs, to its
 * thread.  The pool counts those that hold it: each thread, and the workload.
 */
#include "worker-pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "open-loop.h"

#define STACK_SIZE	(512 * 1024)
/* How long the end waits for the threads: those that are free go at once. */
#define FAREWELL_NS	(200 * FDR_NS_PER_MS)

enum place { QUEUED, RUNNING, ENDED };

struct job {
	struct fdr_job what;
	struct job *prev, *next;
	struct request *request;	/* NULL: given up, and nobody waits for it */
	bool waited;			/* no thread was free: that is the service's doing, not ours */
	enum place place;
};

struct list {
	struct job *first, *last;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;		/* there is a job, or the end */
	pthread_cond_t left;		/* a thread has gone */
	const struct fdr_worker_ops *ops;
	void *shared;
	struct list queue, ended;
	int fd;
	unsigned int users;
	unsigned int index;		/* of the next thread */
	unsigned int free, queued;	/* threads that wait for a job, jobs that wait for one */
	bool quit;
};

/* The poller's side. */
struct pooled {
	struct fdr_open_loop loop;
	struct pool *pool;
	struct fdr_poll_io *io;
	struct fdr_job last;		/* while its outcome is being reported */
};

struct request {
	struct fdr_open_request base;
	struct job *job;
};

static void append(struct list *l, struct job *j)
{
	j->prev = l->last;
	j->next = NULL;
	if (l->last)
		l->last->next = j;
	else
		l->first = j;
	l->last = j;
}

static void unlink_job(struct list *l, struct job *j)
{
	if (j->prev)
		j->prev->next = j->next;
	else
		l->first = j->next;
	if (j->next)
		j->next->prev = j->prev;
	else
		l->last = j->prev;
}

/* With the lock held, which goes. */
static void leave(struct pool *p)
{
	bool last = !--p->users;

	pthread_cond_broadcast(&p->left);
	pthread_mutex_unlock(&p->lock);
	if (!last)
		return;
	for (struct job *j = p->ended.first, *next; j; j = next) {
		next = j->next;
		free(j);
	}
	if (p->ops->free_shared)
		p->ops->free_shared(p->shared);
	fdr_closep(&p->fd);
	pthread_cond_destroy(&p->wake);
	pthread_cond_destroy(&p->left);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void run(struct pool *p, void *worker, struct fdr_job *j)
{
	if (worker) {
		p->ops->run(worker, j);
	} else {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), FDR_NOT_SENT "out of memory");
	}
	if (!j->done_ns)
		j->done_ns = fdr_now_ns();
}

static void *worker_thread(void *arg)
{
	struct pool *p = arg;
	unsigned int index;
	void *worker;

	pthread_mutex_lock(&p->lock);
	index = p->index++;
	pthread_mutex_unlock(&p->lock);
	worker = p->ops->open(p->shared, index);
	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct job *j;

		p->free++;
		while (!p->queue.first && !p->quit)
			pthread_cond_wait(&p->wake, &p->lock);
		p->free--;
		if (p->quit)
			break;
		j = p->queue.first;
		unlink_job(&p->queue, j);
		p->queued--;
		j->place = RUNNING;
		j->what.sent_ns = fdr_now_ns();
		pthread_mutex_unlock(&p->lock);
		run(p, worker, &j->what);
		pthread_mutex_lock(&p->lock);
		if (!j->request) {
			free(j);
			continue;
		}
		j->place = ENDED;
		append(&p->ended, j);
		/* It counts to 2^64: it never blocks, and its value does not matter. */
		(void)!write(p->fd, &(uint64_t){ 1 }, sizeof(uint64_t));
	}
	pthread_mutex_unlock(&p->lock);
	if (worker && p->ops->close)
		p->ops->close(worker);
	pthread_mutex_lock(&p->lock);
	leave(p);
	return NULL;
}

/*
 * What waited for a thread was sent in time, by the users who wait: sent is when it came
 * into the queue.  Otherwise, what passes until a free thread runs is our own lateness.
 */
static void outcome_of(const struct fdr_job *j, bool waited, struct fdr_open_outcome *o)
{
	*o = (struct fdr_open_outcome){
		.sent_ns = waited ? 0 : j->sent_ns, .done_ns = j->done_ns, .status = j->status,
		.code = j->code, .served_by = j->served_by, .detail = j->detail,
	};
}

static void on_ended(void *userdata, int fd, uint32_t revents)
{
	struct pooled *w = userdata;
	struct pool *p = w->pool;
	struct job *first;
	uint64_t n;

	(void)revents;
	(void)!read(fd, &n, sizeof(n));
	pthread_mutex_lock(&p->lock);
	first = p->ended.first;
	p->ended = (struct list){ NULL, NULL };
	pthread_mutex_unlock(&p->lock);
	for (struct job *j = first, *next; j; j = next) {
		struct fdr_open_outcome o;

		next = j->next;
		outcome_of(&j->what, j->waited, &o);
		fdr_open_loop_done(&j->request->base, &o);
		free(j);
	}
}

static int pooled_send(void *kind, struct fdr_open_request *q, struct fdr_error *e)
{
	struct pooled *w = kind;
	struct request *r = (struct request *)q;
	struct job *j = calloc(1, sizeof(*j));

	if (!j)
		return fdr_err(e, -ENOMEM, "out of memory");
	j->what.seq = q->seq;
	j->what.intended_ns = q->intended_ns;
	j->what.deadline_ns = q->begun_ns + w->loop.timeout_ns;
	j->request = r;
	r->job = j;
	pthread_mutex_lock(&w->pool->lock);
	j->waited = w->pool->queued++ >= w->pool->free;
	append(&w->pool->queue, j);
	pthread_cond_signal(&w->pool->wake);
	pthread_mutex_unlock(&w->pool->lock);
	return 0;
}

static void pooled_give_up(void *kind, struct fdr_open_request *q, struct fdr_open_outcome *o)
{
	struct pooled *w = kind;
	struct request *r = (struct request *)q;
	struct job *j = FDR_TAKE_PTR(r->job);

	pthread_mutex_lock(&w->pool->lock);
	switch (j->place) {
	case RUNNING:
		/* Its thread frees it, whenever that comes back. */
		j->request = NULL;
		break;
	case QUEUED:
		unlink_job(&w->pool->queue, j);
		w->pool->queued--;
		free(j);
		o->detail = FDR_NOT_SENT "no worker was free in time";
		break;
	case ENDED:
		/* In time after all: its result has only not been fetched. */
		unlink_job(&w->pool->ended, j);
		w->last = j->what;
		outcome_of(&w->last, j->waited, o);
		free(j);
		break;
	}
	pthread_mutex_unlock(&w->pool->lock);
}

static const struct fdr_open_ops open_ops = {
	.request_size = sizeof(struct request), .send = pooled_send, .give_up = pooled_give_up,
};

static int start_threads(struct pool *p, uint64_t n, struct fdr_error *e)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int r = 0;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	/* Signals are for the event loop's thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	for (uint64_t i = 0; i < n && !r; i++) {
		pthread_t thread;

		pthread_mutex_lock(&p->lock);
		p->users++;
		r = -pthread_create(&thread, &attr, worker_thread, p);
		if (r < 0)
			p->users--;
		pthread_mutex_unlock(&p->lock);
		if (r < 0)
			fdr_err(e, r, "workers: cannot start thread %ju of %ju: %s",
				(uintmax_t)i + 1, (uintmax_t)n, strerror(-r));
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return r;
}

static int new_pool(const struct fdr_worker_ops *ops, void *shared, struct pool **ret)
{
	pthread_condattr_t monotonic;
	struct pool *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->fd < 0) {
		r = -errno;
		free(p);
		return r;
	}
	p->ops = ops;
	p->shared = shared;
	p->users = 1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&p->left, &monotonic);
	pthread_condattr_destroy(&monotonic);
	*ret = p;
	return 0;
}

/* Those that are free go now; whoever does not within a moment is left behind. */
static void end_pool(struct pool *p)
{
	int64_t until = fdr_now_ns() + FAREWELL_NS;
	struct timespec ts = { .tv_sec = until / FDR_NS_PER_S, .tv_nsec = until % FDR_NS_PER_S };
	int r = 0;

	pthread_mutex_lock(&p->lock);
	p->quit = true;
	pthread_cond_broadcast(&p->wake);
	while (p->users > 1 && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&p->left, &p->lock, &ts);
	leave(p);
}

void fdr_pooled_drain(void *state)
{
	fdr_open_loop_drain(&((struct pooled *)state)->loop);
}

size_t fdr_pooled_pending(const void *state)
{
	return ((const struct pooled *)state)->loop.pending;
}

void *fdr_pooled_shared(void *state)
{
	return ((struct pooled *)state)->pool->shared;
}

void fdr_pooled_stop(void *state)
{
	struct pooled *w = state;

	fdr_open_loop_end(&w->loop);
	fdr_open_loop_clear(&w->loop);
	fdr_poll_io_free(w->io);
	if (w->pool)
		end_pool(w->pool);
	free(w);
}

int fdr_pooled_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		     const struct fdr_worker_ops *ops, void *shared, void **ret_state,
		     struct fdr_error *e)
{
	struct pooled *w = calloc(1, sizeof(*w));
	int r = w ? new_pool(ops, shared, &w->pool) : -ENOMEM;

	if (r < 0) {
		if (ops->free_shared)
			ops->free_shared(shared);
		free(w);
		return fdr_err(e, r, "cannot make a pool of workers: %s", strerror(-r));
	}
	r = fdr_open_loop_init(&w->loop, env, opts, &open_ops, w, e);
	if (r >= 0) {
		r = fdr_poller_add_io(env->poller, w->pool->fd, EPOLLIN, on_ended, w, &w->io);
		if (r < 0)
			fdr_err(e, r, "cannot watch the workers: %s", strerror(-r));
	}
	/* A socket, or a process with its pipes, for each worker. */
	if (r >= 0)
		r = fdr_open_loop_reserve_files(4 * fdr_opts_num(opts, "workers"), "workers", e);
	if (r >= 0)
		r = start_threads(w->pool, fdr_opts_num(opts, "workers"), e);
	if (r < 0) {
		fdr_pooled_stop(w);
		return r;
	}
	fdr_open_loop_begin(&w->loop);
	*ret_state = w;
	return 0;
}
