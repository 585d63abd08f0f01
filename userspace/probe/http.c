// SPDX-License-Identifier: GPL-2.0-or-later
/* What does GET of a URL answer?  Requests overlap: the schedule waits for none. */
#include <errno.h>
#include <regex.h>
#include <string.h>

#include "canary.h"
#include "kinds.h"
#include "sys/http.h"
#include "schedule.h"
#include "targets.h"
#include "track.h"

#define BODY_MAX	65536

struct target {
	struct http *http;
	const char *name;
	size_t under_way;
};

struct http {
	struct fdr_track track;
	struct fdr_http *client;
	struct fdr_targets targets;
	struct target *v;
	struct fdr_schedule schedule;
	const char *expect;
	bool has_body;
	regex_t body;
	int64_t timeout_ns;
};

static void on_answer(void *userdata, const struct fdr_http_answer *a)
{
	struct target *t = userdata;
	struct http *h = t->http;
	const char *state = "down";
	char detail[200];

	t->under_way--;
	if (*a->error) {
		snprintf(detail, sizeof(detail), "%s", a->error);
	} else if (fdr_http_code_listed(h->expect, a->code) != 1) {
		snprintf(detail, sizeof(detail), "status %d", a->code);
	} else if (h->has_body && regexec(&h->body, a->body, 0, NULL, 0)) {
		snprintf(detail, sizeof(detail), "status %d, the body does not match: %.100s",
			 a->code, a->body);
	} else {
		snprintf(detail, sizeof(detail), "status %d", a->code);
		state = "up";
	}
	fdr_track_polled(&h->track, t->name, state, a->sent_ns, a->done_ns, detail);
}

static bool ask(void *userdata, size_t i)
{
	struct http *h = userdata;
	struct target *t = &h->v[i];

	if (t->under_way >= h->targets.each_max ||
	    fdr_http_pending(h->client) >= h->targets.under_way_max)
		return false;
	/* Our own trouble says nothing about the target. */
	if (fdr_http_call_url(h->client, i, h->timeout_ns, on_answer, t) < 0)
		return false;
	t->under_way++;
	return true;
}

static void http_stop(void *state)
{
	struct http *h = state;

	fdr_schedule_stop(&h->schedule);
	fdr_http_free(h->client);
	fdr_targets_clear(&h->targets);
	free(h->v);
	if (h->has_body)
		regfree(&h->body);
	fdr_track_clear(&h->track);
	free(h);
}

static int check_options(struct http *h, const struct fdr_opts *opts, struct fdr_error *e)
{
	const char *body = fdr_opts_str(opts, "body");
	char why[128];
	int r;

	h->expect = fdr_opts_str(opts, "expect");
	if (fdr_http_code_listed(h->expect, 200) < 0)
		return fdr_err(e, -EINVAL,
			       "expect: \"%.100s\" is no list of status codes such as \"200-299,304\"",
			       h->expect);
	if (!body)
		return 0;
	r = regcomp(&h->body, body, REG_EXTENDED | REG_NOSUB);
	if (r) {
		regerror(r, &h->body, why, sizeof(why));
		return fdr_err(e, -EINVAL, "body: \"%.200s\" is no extended regular expression: %s",
			       body, why);
	}
	h->has_body = true;
	return 0;
}

static int make_client(struct http *h, const struct fdr_probe_env *env,
		       const struct fdr_opts *opts, struct fdr_error *e)
{
	struct fdr_http_request what = {
		.max_body = fdr_opts_str(opts, "body") ? BODY_MAX : 0,
		.insecure = fdr_opts_num(opts, "insecure"),
	};
	int r = fdr_http_new(env->poller, &what, &h->client, e);

	if (r < 0)
		return r;
	h->v = calloc(h->targets.n, sizeof(*h->v));
	if (!h->v)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < h->targets.n; i++) {
		size_t at;

		h->v[i] = (struct target){ .http = h, .name = h->targets.names[i] };
		r = fdr_http_add_url(h->client, fdr_targets_text(&h->targets, opts, "url", i), &at,
				     e);
		if (r < 0)
			return fdr_err_prefix(e, r, "url");
	}
	return 0;
}

static int http_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	int64_t interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	struct http *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return fdr_err(e, -ENOMEM, "out of memory");
	h->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&h->track, env);
	r = check_options(h, opts, e);
	if (r >= 0)
		r = fdr_targets_init(&h->targets, opts, "url", interval_ns, h->timeout_ns, e);
	if (r >= 0)
		r = make_client(h, env, opts, e);
	if (r >= 0) {
		r = fdr_schedule_start(&h->schedule, env, interval_ns, h->targets.n, ask, h);
		if (r < 0)
			fdr_err(e, r, "out of memory");
	}
	if (r < 0) {
		http_stop(h);
		return r;
	}
	*ret_state = h;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "url", .type = FDR_OPT_TARGETS, .required = true, .max = FDR_TARGETS_MAX,
	  .summary = "http:// or https:// URL to get; a list, or a range: http://10.0.0.[1-200]/" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "100ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often it is asked for" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "no whole answer within this is \"down\"" },
	{ .name = "expect", .type = FDR_OPT_STRING, .def = "200-299",
	  .summary = "status codes that are \"up\": 200-299,304" },
	{ .name = "body", .type = FDR_OPT_STRING,
	  .summary = "extended regular expression that the body (64 KiB of it) must match" },
	{ .name = "insecure", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "do not verify the server's certificate" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_http = {
	.kind = { .name = "http", .summary = "whether URLs answer as expected",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "up|down",
	.start = http_start, .stop = http_stop, .canary = fdr_canary_http,
};
