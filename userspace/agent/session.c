// SPDX-License-Identifier: GPL-2.0-or-later
#include "session.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "ops.h"
#include "sys/names.h"

static json_t *refusal(int err, const char *text)
{
	char name[32];

	return json_pack("{ss ss}", "errno", fdr_errno_name(err, name, sizeof(name)),
			 "message", *text ? text : strerror(abs(err)));
}

/* Every request gets its reply: what cannot be sent is at least refused. */
static void reply(struct fdr_session *s, const json_t *id, int err, json_t *result,
		  const char *text)
{
	json_t *msg;
	int r = -ENOMEM;

	msg = err < 0 ? json_pack("{sO sb so}", "id", id, "ok", 0, "error", refusal(err, text)) :
			json_pack("{sO sb sO*}", "id", id, "ok", 1, "result", result);
	if (msg)
		r = fdr_stream_send(s->stream, msg);
	json_decref(msg);
	if (r == -EMSGSIZE && err >= 0) {
		reply(s, id, -EMSGSIZE, NULL, "the answer is too large for a frame");
	} else if (r < 0) {
		fdr_warn("cannot answer: %s", strerror(-r));
		s->ended = true;
		s->error = r;
	}
}

static void on_frame(void *userdata, const json_t *msg, int64_t received_ns)
{
	struct fdr_session *s = userdata;
	const json_t *id = json_object_get(msg, "id");
	const char *op = json_string_value(json_object_get(msg, "op"));
	struct fdr_error e = { "" };
	json_t *result = NULL;
	int r;

	if (s->ended || s->bye)
		return;
	if (!json_is_integer(id) || !op) {
		fdr_warn("the controller sent a message without \"id\" or \"op\"");
		s->ended = true;
		s->error = -EPROTO;
		return;
	}
	s->received_ns = received_ns;
	r = fdr_ops_run(s, op, json_object_get(msg, "args"), &result, &e);
	reply(s, id, r, result, e.text);
	json_decref(result);
}

static void on_end(void *userdata, int err, const char *why)
{
	struct fdr_session *s = userdata;

	if (err)
		fdr_warn("connection lost: %s; injections are left to their leases", why);
	s->ended = true;
	s->error = err;
}

static const struct fdr_stream_ops stream_ops = { .frame = on_frame, .end = on_end };

static void relay(void *userdata, const json_t *event)
{
	struct fdr_session *s = userdata;
	json_t *msg = json_pack("{ss sO}", "event", "kernel", "data", event);

	if (msg)
		fdr_stream_send(s->stream, msg);
	json_decref(msg);
}

static int on_events(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct fdr_session *s = userdata;
	int r = fdr_genl_events_read(s->events, relay, s);

	(void)fd;
	(void)revents;
	if (r == -ENOBUFS) {
		fdr_warn("the kernel dropped events: the gap in \"seq\" shows which");
	} else if (r < 0) {
		fdr_warn("cannot read the module's events any more: %s", strerror(-r));
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
	}
	return 0;
}

static int watch_events(struct fdr_session *s, struct fdr_error *e)
{
	int r;

	s->events_source = sd_event_source_disable_unref(s->events_source);
	s->events = fdr_genl_events_close(s->events);
	r = fdr_genl_events_open(&s->events, e);
	if (r < 0)
		return r;
	r = sd_event_add_io(s->loop, &s->events_source, fdr_genl_events_fd(s->events), EPOLLIN,
			    on_events, s);
	return r < 0 ? fdr_err(e, r, "cannot watch the module's events: %s", strerror(-r)) : 0;
}

int fdr_session_genl(struct fdr_session *s, struct fdr_genl **ret, struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	int r;

	r = fdr_genl_open(&g, e);
	if (r < 0)
		return r;
	/* Loaded since, or unloaded and loaded again: the group is another one. */
	if (!s->events || !fdr_genl_events_of(s->events, g)) {
		r = watch_events(s, e);
		if (r < 0)
			return r;
	}
	*ret = FDR_TAKE_PTR(g);
	return 0;
}

int fdr_session_new(sd_event *loop, int rfd, int wfd, const char *name_in,
		    struct fdr_session **ret, struct fdr_error *e)
{
	struct fdr_session *s FDR_CLEANUP(fdr_session_freep) = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	s->loop = sd_event_ref(loop);
	r = fdr_stream_new(loop, rfd, wfd, true, &stream_ops, s, &s->stream);
	if (r == -EPERM)
		return fdr_err(e, r, "%s is no pipe and no socket: a controller starts this program",
			       name_in);
	if (r < 0)
		return fdr_err(e, r, "cannot talk over %s: %s", name_in, strerror(-r));
	*ret = FDR_TAKE_PTR(s);
	return 0;
}

struct fdr_session *fdr_session_free(struct fdr_session *s)
{
	if (!s)
		return NULL;
	sd_event_source_disable_unref(s->events_source);
	fdr_genl_events_close(s->events);
	fdr_stream_free(s->stream);
	sd_event_unref(s->loop);
	free(s);
	return NULL;
}

bool fdr_session_over(const struct fdr_session *s)
{
	return s->ended || (s->bye && fdr_stream_flushed(s->stream));
}
