// SPDX-License-Identifier: GPL-2.0-or-later
#include "open-loop.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* Descriptors for everything else in the process. */
#define OTHER_FILES	128
/* Requests a turn: a schedule that lags must not keep the answers waiting. */
#define BURST		32

static void report(struct fdr_open_loop *l, uint64_t seq, int64_t intended_ns,
		   const struct fdr_open_outcome *o)
{
	struct fdr_request r = {
		.source = l->env->name, .seq = seq, .intended_ns = intended_ns,
		.sent_ns = o->sent_ns, .done_ns = o->done_ns, .status = o->status,
		.code = o->code, .served_by = o->served_by ? o->served_by : "",
		.detail = o->detail ? o->detail : "",
	};

	if (r.status == FDR_REQUEST_OK && r.done_ns - intended_ns > l->late_ns) {
		r.status = FDR_REQUEST_LATE;
		r.detail = "late";
	} else if (r.status == FDR_REQUEST_TIMEOUT && l->ending) {
		r.detail = "under way when the workload ended";
	} else if (r.status == FDR_REQUEST_TIMEOUT && !*r.detail) {
		r.detail = "no whole answer in time";
	}
	if (l->env->sink->request)
		l->env->sink->request(l->env->sink->userdata, &r);
}

/* What could not be sent is an error of its own kind, and is counted as such. */
static void not_sent(struct fdr_open_loop *l, uint64_t seq, int64_t intended_ns, const char *why)
{
	char detail[160];
	int64_t now = fdr_now_ns();
	struct fdr_open_outcome o = { .sent_ns = now, .done_ns = now,
				      .status = FDR_REQUEST_ERROR, .detail = detail };

	snprintf(detail, sizeof(detail), FDR_NOT_SENT "%.140s", why);
	report(l, seq, intended_ns, &o);
}

static void link_last(struct fdr_open_loop *l, struct fdr_open_request *q)
{
	q->prev = l->last;
	q->next = NULL;
	if (l->last)
		l->last->next = q;
	else
		l->first = q;
	l->last = q;
	l->pending++;
}

/* Out of those under way, into the spare ones. */
static void retire(struct fdr_open_loop *l, struct fdr_open_request *q)
{
	if (q->prev)
		q->prev->next = q->next;
	else
		l->first = q->next;
	if (q->next)
		q->next->prev = q->prev;
	else
		l->last = q->prev;
	q->next = l->spare;
	l->spare = q;
	l->pending--;
}

static struct fdr_open_request *take(struct fdr_open_loop *l)
{
	struct fdr_open_request *q = l->spare;

	if (q)
		l->spare = q->next;
	else
		q = malloc(l->ops->request_size);
	if (q)
		memset(q, 0, l->ops->request_size);
	return q;
}

void fdr_open_loop_done(struct fdr_open_request *q, const struct fdr_open_outcome *o)
{
	struct fdr_open_loop *l = q->loop;
	struct fdr_open_outcome what = *o;
	uint64_t seq = q->seq;
	int64_t intended_ns = q->intended_ns;

	if (!what.sent_ns)
		what.sent_ns = q->begun_ns;
	if (!what.done_ns)
		what.done_ns = fdr_now_ns();
	/* The deadline's timer stays: it looks at what is oldest when it fires. */
	retire(l, q);
	report(l, seq, intended_ns, &what);
}

static void give_up(struct fdr_open_loop *l, struct fdr_open_request *q)
{
	struct fdr_open_outcome o = { .sent_ns = q->begun_ns, .done_ns = fdr_now_ns(),
				      .status = FDR_REQUEST_TIMEOUT };

	l->ops->give_up(l->kind, q, &o);
	fdr_open_loop_done(q, &o);
}

static void on_deadline(void *userdata, int64_t when)
{
	struct fdr_open_loop *l = userdata;

	(void)when;
	while (l->first && l->first->begun_ns + l->timeout_ns <= fdr_now_ns())
		give_up(l, l->first);
	if (l->first)
		fdr_poll_timer_set(l->deadline, l->first->begun_ns + l->timeout_ns);
}

static void send_one(struct fdr_open_loop *l, int64_t intended_ns)
{
	struct fdr_open_request *q;
	struct fdr_error e = { .text[0] = '\0' };
	uint64_t seq = l->seq++;
	char why[64];

	if (l->pending >= l->max_in_flight) {
		snprintf(why, sizeof(why), "%zu in flight", l->pending);
		not_sent(l, seq, intended_ns, why);
		return;
	}
	q = take(l);
	if (!q) {
		not_sent(l, seq, intended_ns, "out of memory");
		return;
	}
	q->loop = l;
	q->seq = seq;
	q->intended_ns = intended_ns;
	q->begun_ns = fdr_now_ns();
	link_last(l, q);
	/* The timer is off only while nothing is under way. */
	if (l->ops->give_up && l->pending == 1)
		fdr_poll_timer_set(l->deadline, q->begun_ns + l->timeout_ns);
	if (l->ops->send(l->kind, q, &e) < 0) {
		retire(l, q);
		not_sent(l, seq, intended_ns, e.text);
	}
}

static void on_timer(void *userdata, int64_t when)
{
	struct fdr_open_loop *l = userdata;

	for (int i = 0; i < BURST && when <= fdr_now_ns(); i++) {
		send_one(l, when);
		/* The sink may have had enough. */
		if (l->draining)
			return;
		when = fdr_arrivals_next(&l->arrivals);
	}
	fdr_poll_timer_set(l->timer, when);
}

int fdr_open_loop_init(struct fdr_open_loop *l, const struct fdr_workload_env *env,
		       const struct fdr_opts *opts, const struct fdr_open_ops *ops, void *kind,
		       struct fdr_error *e)
{
	int r;

	*l = (struct fdr_open_loop){
		.env = env, .ops = ops, .kind = kind,
		.timeout_ns = (int64_t)fdr_opts_num(opts, "timeout"),
		.late_ns = (int64_t)fdr_opts_num(opts, "late"),
		.max_in_flight = fdr_opts_num(opts, "max_in_flight"),
		.seq = env->first_seq,
	};
	/* Its start comes with the beginning. */
	fdr_arrivals_init(&l->arrivals, (enum fdr_arrivals_kind)fdr_opts_num(opts, "arrivals"),
			  fdr_opts_num(opts, "rate"), env->seed, 0);
	r = fdr_poller_add_timer(env->poller, on_timer, l, &l->timer);
	if (r >= 0)
		r = fdr_poller_add_timer(env->poller, on_deadline, l, &l->deadline);
	return r < 0 ? fdr_err(e, r, "out of memory") : 0;
}

void fdr_open_loop_begin(struct fdr_open_loop *l)
{
	l->arrivals.start_ns = fdr_now_ns();
	fdr_poll_timer_set(l->timer, fdr_arrivals_next(&l->arrivals));
}

void fdr_open_loop_drain(struct fdr_open_loop *l)
{
	l->draining = true;
	if (l->timer)
		fdr_poll_timer_stop(l->timer);
}

void fdr_open_loop_end(struct fdr_open_loop *l)
{
	fdr_open_loop_drain(l);
	l->ending = true;
	while (l->first && l->ops->give_up)
		give_up(l, l->first);
}

void fdr_open_loop_clear(struct fdr_open_loop *l)
{
	l->timer = fdr_poll_timer_free(l->timer);
	l->deadline = fdr_poll_timer_free(l->deadline);
	while (l->spare) {
		struct fdr_open_request *q = l->spare;

		l->spare = q->next;
		free(q);
	}
}

int fdr_open_loop_reserve_files(uint64_t n, const char *what, struct fdr_error *e)
{
	struct rlimit lim;
	rlim_t need = n + OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return fdr_err(e, -errno, "cannot read the limit of open files: %m");
	if (lim.rlim_cur >= need)
		return 0;
	if (lim.rlim_max < need)
		return fdr_err(e, -EMFILE,
			       "%s: %ju requests need %ju open files, and the limit is "
			       "%ju: raise it (ulimit -Hn) or lower %s", what, (uintmax_t)n,
			       (uintmax_t)need, (uintmax_t)lim.rlim_max, what);
	lim.rlim_cur = need;
	if (setrlimit(RLIMIT_NOFILE, &lim) < 0)
		return fdr_err(e, -errno, "cannot raise the limit of open files to %ju: %m",
			       (uintmax_t)need);
	return 0;
}
