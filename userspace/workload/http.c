// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HTTP requests at a rate, open loop: each has its instant on an absolute schedule
 * and is sent then, or as soon after it as we run, whatever became of those before.
 */
#include <errno.h>
#include <string.h>

#include "kinds.h"
#include "open-loop.h"
#include "sys/http.h"

struct http {
	struct fdr_open_loop loop;
	struct fdr_http *client;
	const char *expect;
};

static void on_answer(void *userdata, const struct fdr_http_answer *a)
{
	struct fdr_open_request *q = userdata;
	const struct http *h = q->loop->kind;
	char detail[160] = "";
	struct fdr_open_outcome o = {
		.sent_ns = a->sent_ns, .done_ns = a->done_ns, .code = a->code,
		.served_by = a->header, .detail = detail,
	};

	if (a->timed_out) {
		o.status = FDR_REQUEST_TIMEOUT;
	} else if (*a->error) {
		o.status = FDR_REQUEST_ERROR;
		snprintf(detail, sizeof(detail), "%.*s", (int)sizeof(detail) - 1, a->error);
	} else if (fdr_http_code_listed(h->expect, a->code) != 1) {
		o.status = FDR_REQUEST_ERROR;
		snprintf(detail, sizeof(detail), "status %d", a->code);
	}
	fdr_open_loop_done(q, &o);
}

static int http_send(void *kind, struct fdr_open_request *q, struct fdr_error *e)
{
	struct http *h = kind;
	int r = fdr_http_call(h->client, h->loop.timeout_ns, on_answer, q);

	return r < 0 ? fdr_err(e, r, "cannot send a request: %s", strerror(-r)) : 0;
}

/* The client keeps the timeouts. */
static const struct fdr_open_ops open_ops = {
	.request_size = sizeof(struct fdr_open_request), .send = http_send,
};

static void http_drain(void *state)
{
	fdr_open_loop_drain(&((struct http *)state)->loop);
}

static size_t http_pending(const void *state)
{
	return ((const struct http *)state)->loop.pending;
}

static void http_stop(void *state)
{
	struct http *h = state;

	fdr_open_loop_end(&h->loop);
	if (h->client)
		fdr_http_expire(h->client);
	fdr_http_free(h->client);
	fdr_open_loop_clear(&h->loop);
	free(h);
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
		r = fdr_http_new(h->loop.env->poller, &what, &h->client, e);
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
	if (fdr_http_code_listed(h->expect, 200) < 0)
		return fdr_err(e, -EINVAL,
			       "expect: \"%.100s\" is no list of status codes such as \"200-299,304\"",
			       h->expect);
	if (method && (!*method || method[strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")]))
		return fdr_err(e, -EINVAL, "method: \"%.40s\" is no method such as GET or POST",
			       method);
	return fdr_open_loop_reserve_files(h->loop.max_in_flight, "max_in_flight", e);
}

static int http_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	struct http *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_open_loop_init(&h->loop, env, opts, &open_ops, h, e);
	if (r >= 0)
		r = check_options(h, opts, e);
	if (r >= 0)
		r = make_client(h, opts, e);
	if (r < 0) {
		http_stop(h);
		return r;
	}
	fdr_open_loop_begin(&h->loop);
	*ret_state = h;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "url", .type = FDR_OPT_STRING, .required = true,
	  .summary = "http:// or https:// URL" },
	FDR_OPEN_LOOP_OPTIONS,
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
	{ .name = "insecure", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "do not verify the server's certificate" },
};

const struct fdr_workload_ops fdr_workload_http = {
	.kind = { .name = "http", .summary = "HTTP requests at a rate, open loop",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = http_start, .drain = http_drain, .stop = http_stop, .pending = http_pending,
};
