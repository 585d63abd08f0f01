// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw.h"

#include <errno.h>
#include <string.h>

static const char *const kind_names[FDR_RAW_KINDS] = {
	[FDR_RAW_PHASE] = "phase", [FDR_RAW_INJECT] = "inject", [FDR_RAW_EXEC] = "exec",
	[FDR_RAW_CLOCK] = "clock", [FDR_RAW_BEACON] = "beacon", [FDR_RAW_KERNEL] = "kernel-event",
	[FDR_RAW_LOAD] = "load", [FDR_RAW_USAGE] = "usage", [FDR_RAW_LATENESS] = "lateness",
	[FDR_RAW_RESCUE] = "rescue", [FDR_RAW_GRAPH] = "graph",
};

struct reader {
	struct fdr_raw *raw;
	const char *workload;
	enum fdr_raw_kind kind;
	int64_t before_ns;		/* requests meant later are not wanted */
};

/* Room for one more; arrays grow at the powers of two. */
static int reserve(void **v, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1))
		return 0;
	more = reallocarray(*v, n ? n * 2 : 1, size);
	if (!more)
		return -ENOMEM;
	*v = more;
	return 0;
}

static int append_obs(struct fdr_raw *raw, const struct fdr_obs *obs)
{
	void *v = raw->obs;
	struct fdr_raw_obs *o;

	if (reserve(&v, raw->n_obs, sizeof(*o)) < 0)
		return -ENOMEM;
	raw->obs = v;
	o = &raw->obs[raw->n_obs++];
	*o = (struct fdr_raw_obs){
		.source = strdup(obs->source), .subject = strdup(obs->subject),
		.state = strdup(obs->state), .detail = strdup(obs->detail),
		.pushed = obs->pushed, .when = obs->when,
	};
	return o->source && o->subject && o->state && o->detail ? 0 : -ENOMEM;
}

static int on_obs(void *userdata, const struct fdr_obs *obs)
{
	return append_obs(((struct reader *)userdata)->raw, obs);
}

int fdr_raw_insert_obs(struct fdr_raw *raw, const struct fdr_obs *obs)
{
	int r = append_obs(raw, obs);
	struct fdr_raw_obs last;
	size_t i;

	if (r < 0)
		return r;
	last = raw->obs[raw->n_obs - 1];
	for (i = raw->n_obs - 1; i && raw->obs[i - 1].when.hi_ns > last.when.hi_ns; i--)
		raw->obs[i] = raw->obs[i - 1];
	raw->obs[i] = last;
	return 0;
}

static int on_request(void *userdata, const struct fdr_request *r)
{
	struct reader *reader = userdata;
	struct fdr_raw *raw = reader->raw;
	void *v = raw->requests;

	if (strcmp(r->source, reader->workload) || r->intended_ns >= reader->before_ns)
		return 0;
	if (reserve(&v, raw->n_requests, sizeof(*raw->requests)) < 0)
		return -ENOMEM;
	raw->requests = v;
	raw->requests[raw->n_requests++] = (struct fdr_raw_request){
		r->intended_ns, r->sent_ns, r->done_ns, r->status };
	return 0;
}

static int on_event(void *userdata, const char *node, int64_t at_ns, const json_t *data)
{
	struct reader *reader = userdata;
	struct fdr_raw *raw = reader->raw;
	size_t *n = &raw->n_events[reader->kind];
	void *v = raw->events[reader->kind];
	struct fdr_raw_event *ev;

	if (reserve(&v, *n, sizeof(*ev)) < 0)
		return -ENOMEM;
	raw->events[reader->kind] = v;
	ev = &raw->events[reader->kind][(*n)++];
	*ev = (struct fdr_raw_event){ .node = strdup(node ? node : ""), .at_ns = at_ns,
				      .data = json_deep_copy(data) };
	return ev->node && ev->data ? 0 : -ENOMEM;
}

static int by_intended(const void *a, const void *b)
{
	const struct fdr_raw_request *x = a, *y = b;

	return x->intended_ns < y->intended_ns ? -1 : x->intended_ns > y->intended_ns;
}

int fdr_raw_read(struct fdr_store *store, unsigned int trial, const char *workload,
		 struct fdr_raw *ret)
{
	struct reader reader = { .raw = ret, .workload = workload, .before_ns = INT64_MAX };
	int r;

	*ret = (struct fdr_raw){ .trial = trial };
	r = fdr_store_each_obs(store, trial, on_obs, &reader);
	for (int k = 0; !r && k < FDR_RAW_KINDS; k++) {
		reader.kind = (enum fdr_raw_kind)k;
		r = fdr_store_each_event(store, trial, kind_names[k], on_event, &reader);
	}
	if (workload && !r)
		r = fdr_store_each_request(store, trial, on_request, &reader);
	/* A request is filed under the trial in which it ended. */
	reader.before_ns = fdr_raw_step(ret, "end");
	if (workload && !r && reader.before_ns)
		r = fdr_store_each_request(store, trial + 1, on_request, &reader);
	if (r) {
		fdr_raw_clear(ret);
		return r;
	}
	if (ret->n_requests)
		qsort(ret->requests, ret->n_requests, sizeof(*ret->requests), by_intended);
	return 0;
}

void fdr_raw_clear(struct fdr_raw *raw)
{
	for (size_t i = 0; i < raw->n_obs; i++) {
		free(raw->obs[i].source);
		free(raw->obs[i].subject);
		free(raw->obs[i].state);
		free(raw->obs[i].detail);
	}
	free(raw->obs);
	free(raw->requests);
	for (int k = 0; k < FDR_RAW_KINDS; k++) {
		for (size_t i = 0; i < raw->n_events[k]; i++) {
			free(raw->events[k][i].node);
			json_decref(raw->events[k][i].data);
		}
		free(raw->events[k]);
	}
	*raw = (struct fdr_raw){ 0 };
}

int64_t fdr_raw_num(const json_t *data, const char *key)
{
	return json_integer_value(json_object_get(data, key));
}

const char *fdr_raw_text(const json_t *data, const char *key)
{
	const char *s = json_string_value(json_object_get(data, key));

	return s ? s : "";
}

int64_t fdr_raw_step(const struct fdr_raw *raw, const char *step)
{
	for (size_t i = 0; i < raw->n_events[FDR_RAW_PHASE]; i++)
		if (!strcmp(fdr_raw_text(raw->events[FDR_RAW_PHASE][i].data, "step"), step))
			return raw->events[FDR_RAW_PHASE][i].at_ns;
	return 0;
}
