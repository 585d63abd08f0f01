// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HTTP requests at a rate, open loop: each has its instant on an absolute schedule
 * and is sent then, or as soon after it as we run, whatever became of those before.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "arrivals.h"
#include "kinds.h"
#include "sys/http.h"

/* Descriptors for everything else in the process. */
#define OTHER_FILES	128
/* Requests a turn: a schedule that lags must not keep the answers waiting. */
#define BURST		32

struct http {
	const struct fdr_workload_env *env;
	struct fdr_http *client;
	struct fdr_arrivals arrivals;
	struct fdr_poll_timer *timer;
	struct request *spare;
	const char *expect;
	int64_t timeout_ns, late_ns;
	uint64_t max_in_flight;
	uint64_t seq;
	size_t pending;
	bool draining, stopping;
};

struct request {
	struct http *http;
	struct request *next;
	uint64_t seq;
	int64_t intended_ns;
};

static void report(struct http *h, struct fdr_request *r)
{
	r->source = h->env->name;
	if (h->env->sink->request)
		h->env->sink->request(h->env->sink->userdata, r);
}

static void on_answer(void *userdata, const struct fdr_http_answer *a)
{
	struct request *q = userdata;
	struct http *h = q->http;
	char detail[160] = "";
	struct fdr_request r = {
		.seq = q->seq, .intended_ns = q->intended_ns, .sent_ns = a->sent_ns,
		.done_ns = a->done_ns, .code = a->code, .served_by = a->header, .detail = detail,
	};

	if (a->timed_out) {
		r.status = FDR_REQUEST_TIMEOUT;
		snprintf(detail, sizeof(detail), h->stopping ? "under way when the workload ended" :
			 "no whole answer in time");
	} else if (*a->error) {
		r.status = FDR_REQUEST_ERROR;
		snprintf(detail, sizeof(detail), "%.*s", (int)sizeof(detail) - 1, a->error);
	} else if (fdr_http_code_listed(h->expect, a->code) != 1) {
		r.status = FDR_REQUEST_ERROR;
		snprintf(detail, sizeof(detail), "status %d", a->code);
	} else if (a->done_ns - q->intended_ns > h->late_ns) {
		r.status = FDR_REQUEST_LATE;
		snprintf(detail, sizeof(detail), "late");
	}
	q->next = h->spare;
	h->spare = q;
	h->pending--;
	report(h, &r);
}

/* What could not be sent is an error of its own kind, and is counted as such. */
static void not_sent(struct http *h, uint64_t seq, int64_t intended_ns, const char *why)
{
	int64_t now = fdr_now_ns();
	struct fdr_request r = {
		.seq = seq, .intended_ns = intended_ns, .sent_ns = now, .done_ns = now,
		.status = FDR_REQUEST_ERROR, .served_by = "", .detail = why,
	};

	report(h, &r);
}

static void send_one(struct http *h, int64_t intended_ns)
{
	struct request *q = h->spare;
	uint64_t seq = h->seq++;
	char why[64];

	if (h->pending >= h->max_in_flight) {
		snprintf(why, sizeof(why), "not sent: %zu in flight", h->pending);
		not_sent(h, seq, intended_ns, why);
		return;
	}
	if (q)
		h->spare = q->next;
	else
		q = malloc(sizeof(*q));
	if (!q) {
		not_sent(h, seq, intended_ns, "not sent: out of memory");
		return;
	}
	*q = (struct request){ .http = h, .seq = seq, .intended_ns = intended_ns };
	h->pending++;
	if (fdr_http_call(h->client, h->timeout_ns, on_answer, q) < 0) {
		h->pending--;
		q->next = h->spare;
		h->spare = q;
		not_sent(h, seq, intended_ns, "not sent: out of memory");
	}
}

static void on_timer(void *userdata, int64_t when)
{
	struct http *h = userdata;

	for (int i = 0; i < BURST && when <= fdr_now_ns(); i++) {
		send_one(h, when);
		/* The sink may have had enough. */
		if (h->draining)
			return;
		when = fdr_arrivals_next(&h->arrivals);
	}
	fdr_poll_timer_set(h->timer, when);
}

static void http_drain(void *state)
{
	struct http *h = state;

	h->draining = true;
	fdr_poll_timer_stop(h->timer);
}

static size_t http_pending(const void *state)
{
	return ((const struct http *)state)->pending;
}

static void http_stop(void *state)
{
	struct http *h = state;

	h->stopping = true;
	if (h->timer)
		http_drain(h);
	if (h->client)
		fdr_http_expire(h->client);
	fdr_http_free(h->client);
	fdr_poll_timer_free(h->timer);
	while (h->spare) {
		struct request *q = h->spare;

		h->spare = q->next;
		free(q);
	}
	free(h);
}

/* A descriptor each: better refused now than reported as a failure of the service. */
static int reserve_files(uint64_t n, struct fdr_error *e)
{
	struct rlimit lim;
	rlim_t need = n + OTHER_FILES;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return -errno;
	if (lim.rlim_cur >= need)
		return 0;
	if (lim.rlim_max < need)
		return fdr_err(e, -EMFILE,
			       "max_in_flight: %ju requests need %ju open files, and the limit is "
			       "%ju: raise it (ulimit -Hn) or lower max_in_flight", (uintmax_t)n,
			       (uintmax_t)need, (uintmax_t)lim.rlim_max);
	lim.rlim_cur = need;
	return setrlimit(RLIMIT_NOFILE, &lim) < 0 ? -errno : 0;
}

/* "headers:" of the plan -> "Name: value" */
static int collect_headers(const struct fdr_opts *opts, char ***ret, size_t *ret_n,
			   struct fdr_error *e)
{
	char **v = calloc(opts->n + 1, sizeof(*v));
	size_t n = 0;

	*ret = v;
	*ret_n = 0;
	if (!v)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < opts->n; i++) {
		const struct fdr_opt *o = &opts->v[i];

		if (!o->key || strcmp(o->desc->name, "headers"))
			continue;
		if (!*o->key || strpbrk(o->key, ": \t\r\n") || strpbrk(o->text, "\r\n"))
			return fdr_err(e, -EINVAL, "headers: \"%.100s\" is no header of one line",
				       o->key);
		/* libcurl takes "Name;" for a header without a value. */
		if (asprintf(&v[n], *o->text ? "%s: %s" : "%s;%s", o->key, o->text) < 0) {
			v[n] = NULL;
			return fdr_err(e, -ENOMEM, "out of memory");
		}
		*ret_n = ++n;
	}
	return 0;
}

static int make_client(struct http *h, const struct fdr_opts *opts, struct fdr_error *e)
{
	struct fdr_http_request what = {
		.url = fdr_opts_str(opts, "url"),
		.method = fdr_opts_str(opts, "method"),
		.body = fdr_opts_str(opts, "body"),
		.want_header = fdr_opts_str(opts, "served_by"),
		.keepalive = fdr_opts_num(opts, "keepalive"),
		.insecure = fdr_opts_num(opts, "insecure"),
	};
	char **headers = NULL;
	int r = collect_headers(opts, &headers, &what.n_headers, e);

	what.headers = (const char *const *)headers;
	if (r >= 0) {
		r = fdr_http_new(h->env->poller, &what, &h->client, e);
		if (r < 0)
			fdr_err_prefix(e, r, "url");
	}
	for (size_t i = 0; headers && headers[i]; i++)
		free(headers[i]);
	free(headers);
	return r;
}

static int check_options(struct http *h, const struct fdr_opts *opts, struct fdr_error *e)
{
	const char *method = fdr_opts_str(opts, "method");

	h->expect = fdr_opts_str(opts, "expect");
	h->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	h->late_ns = (int64_t)fdr_opts_num(opts, "late");
	h->max_in_flight = fdr_opts_num(opts, "max_in_flight");
	if (fdr_http_code_listed(h->expect, 200) < 0)
		return fdr_err(e, -EINVAL,
			       "expect: \"%.100s\" is no list of status codes such as \"200-299,304\"",
			       h->expect);
	if (method && (!*method || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]))
		return fdr_err(e, -EINVAL, "method: \"%.40s\" is no method such as GET or POST",
			       method);
	return reserve_files(h->max_in_flight, e);
}

static int http_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	struct http *h = calloc(1, sizeof(*h));
	int64_t now;
	int r;

	if (!h)
		return fdr_err(e, -ENOMEM, "out of memory");
	h->env = env;
	r = check_options(h, opts, e);
	if (r >= 0)
		r = make_client(h, opts, e);
	if (r >= 0) {
		r = fdr_poller_add_timer(env->poller, on_timer, h, &h->timer);
		if (r < 0)
			fdr_err(e, r, "out of memory");
	}
	if (r < 0) {
		http_stop(h);
		return r;
	}
	now = fdr_now_ns();
	fdr_arrivals_init(&h->arrivals, (enum fdr_arrivals_kind)fdr_opts_num(opts, "arrivals"),
			  fdr_opts_num(opts, "rate"), env->seed, now);
	fdr_poll_timer_set(h->timer, fdr_arrivals_next(&h->arrivals));
	*ret_state = h;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "url", .type = FDR_OPT_STRING, .required = true,
	  .summary = "http:// or https:// URL" },
	{ .name = "rate", .type = FDR_OPT_RATE, .def = "100/s", .min = 1, .max = 100000000,
	  .summary = "requests a second" },
	{ .name = "arrivals", .type = FDR_OPT_CHOICE, .choices = "fixed|poisson", .def = "fixed",
	  .summary = "evenly spaced, or at random with that mean rate" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "5s", .min = 1000000,
	  .max = 3600000000000, .summary = "from sending; then the request is given up" },
	{ .name = "late", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "from the intended instant; a later success is \"late\"" },
	{ .name = "method", .type = FDR_OPT_STRING,
	  .summary = "GET, or what is given; POST with a body" },
	{ .name = "headers", .type = FDR_OPT_MAP, .summary = "name: value" },
	{ .name = "body", .type = FDR_OPT_STRING, .summary = "sent with each request" },
	{ .name = "expect", .type = FDR_OPT_STRING, .def = "200-299",
	  .summary = "status codes that are a success: 200-299,304" },
	{ .name = "keepalive", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "keep connections; by default each request has its own" },
	{ .name = "served_by", .type = FDR_OPT_STRING, .def = "X-Served-By",
	  .summary = "header of the answer that names the server" },
	{ .name = "max_in_flight", .type = FDR_OPT_U64, .def = "1000", .min = 1, .max = 100000,
	  .summary = "beyond it requests are not sent and count as errors" },
	{ .name = "insecure", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "do not verify the server's certificate" },
};

const struct fdr_workload_ops fdr_workload_http = {
	.kind = { .name = "http", .summary = "HTTP requests at a rate, open loop",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = http_start, .drain = http_drain, .stop = http_stop, .pending = http_pending,
};
