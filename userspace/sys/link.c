// SPDX-License-Identifier: GPL-2.0-or-later
#include "link.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/loop.h"
#include "base/spawn.h"
#include "link-internal.h"
#include "names.h"

/* How long a child may take to end by itself after closing its output. */
#define CHILD_LINGER_NS		(300 * FDR_NS_PER_MS)
/* SIGTERM to SIGKILL. */
#define CHILD_GRACE_NS		(500 * FDR_NS_PER_MS)

static void die(struct fdr_link *l, int err)
{
	if (l->dead)
		return;
	l->dead = true;
	l->error = err != -EPROTO && !fdr_stream_greeted(l->stream) ? -ECONNREFUSED : err;
	fdr_link_read_stderr(l);
	fdr_link_explain(l, l->why, sizeof(l->why));
	if (l->on_death)
		l->on_death(l->death_data, l, l->why);
}

static int on_linger(sd_event_source *s, uint64_t usec, void *userdata)
{
	(void)s;
	(void)usec;
	die(userdata, -EPIPE);
	return 0;
}

static int on_child(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct fdr_link *l = userdata;

	(void)fd;
	(void)revents;
	if (fdr_spawn_poll(l->pid, &l->child_status) <= 0)
		return 0;
	l->pid = 0;
	l->child_ended = true;
	sd_event_source_set_enabled(s, SD_EVENT_OFF);
	/* What it wrote before its end is still to be read. */
	if (l->stream_ended)
		die(l, -EPIPE);
	return 0;
}

static void on_end(void *userdata, int err, const char *why)
{
	struct fdr_link *l = userdata;

	l->stream_ended = true;
	snprintf(l->end_text, sizeof(l->end_text), "%s", why);
	/* A child that closed its output is about to say, by its exit, why. */
	if (err != -EPROTO && l->pid &&
	    sd_event_add_time_relative(l->loop, &l->linger, CLOCK_MONOTONIC,
				       CHILD_LINGER_NS / 1000, 1000, on_linger, l) >= 0)
		return;
	die(l, err == -EPROTO ? err : -EPIPE);
}

static void on_reply(struct fdr_link *l, const json_t *msg, json_int_t id, int64_t received_ns)
{
	fdr_link_answer_fn cb = l->ask.cb;

	if (cb && id == l->ask.id) {
		l->ask.cb = NULL;
		cb(l->ask.userdata, json_object_get(msg, "result"), received_ns);
		return;
	}
	/* The late answer to a call that was given up. */
	if (!l->call.waiting || id != l->call.id)
		return;
	l->call.waiting = false;
	l->call.received_ns = received_ns;
	l->call.reply = json_incref((json_t *)msg);
}

static void on_frame(void *userdata, const json_t *msg, int64_t received_ns)
{
	struct fdr_link *l = userdata;
	const char *event = json_string_value(json_object_get(msg, "event"));
	const json_t *id = json_object_get(msg, "id");

	if (l->dead)
		return;
	if (event) {
		if (l->on_event)
			l->on_event(l->event_data, l, event, json_object_get(msg, "data"),
				    received_ns);
	} else if (json_is_integer(id)) {
		on_reply(l, msg, json_integer_value(id), received_ns);
	} else {
		snprintf(l->end_text, sizeof(l->end_text),
			 "it sent a message that is neither a reply nor an event");
		die(l, -EPROTO);
	}
}

static int on_stderr(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)fd;
	(void)revents;
	if (!fdr_link_read_stderr(userdata))
		sd_event_source_set_enabled(s, SD_EVENT_OFF);
	return 0;
}

static const struct fdr_stream_ops stream_ops = { .frame = on_frame, .end = on_end };

static bool answered_or_dead(void *userdata)
{
	const struct fdr_link *l = userdata;

	return !l->call.waiting || l->dead;
}

static int dead_error(const struct fdr_link *l, struct fdr_error *e)
{
	/* Before the greeting the reason says that no agent was reached. */
	return fdr_err(e, l->error, "%s: %s%s", l->node,
		       fdr_stream_greeted(l->stream) ? "the agent is gone: " : "", l->why);
}

static int take_reply(struct fdr_link *l, json_t *reply, json_t **ret_result, struct fdr_error *e)
{
	const json_t *error = json_object_get(reply, "error");
	const char *name = json_string_value(json_object_get(error, "errno"));
	const char *text = json_string_value(json_object_get(error, "message"));
	json_t *result = json_object_get(reply, "result");

	if (json_is_true(json_object_get(reply, "ok"))) {
		if (ret_result)
			*ret_result = result ? json_incref(result) : json_object();
		return ret_result && !*ret_result ? -ENOMEM : 0;
	}
	if (!name || !text)
		return fdr_err(e, -EPROTO, "%s: the agent refused without saying why", l->node);
	return fdr_err(e, -fdr_errno_value(name), "%s: %s", l->node, text);
}

static bool is_dead(void *userdata)
{
	return ((struct fdr_link *)userdata)->dead;
}

static int cannot_send(struct fdr_link *l, const char *op, int r, struct fdr_error *e)
{
	/* It went while nobody listened: hear out why. */
	if (r == -EPIPE &&
	    !fdr_loop_wait(l->loop, is_dead, l, fdr_now_ns() + 2 * CHILD_LINGER_NS))
		return dead_error(l, e);
	return fdr_err(e, r, "%s: cannot ask \"%s\": %s", l->node, op, strerror(-r));
}

/* Gives the request's number. */
static int put_request(struct fdr_link *l, const char *op, json_t *args, json_int_t *ret_id)
{
	json_t *msg = json_pack("{sI ss so*}", "id", *ret_id = ++l->last_id, "op", op,
				"args", args);
	int r;

	if (!msg)
		return -ENOMEM;
	r = fdr_stream_send(l->stream, msg);
	json_decref(msg);
	return r;
}

static int send_request(struct fdr_link *l, const char *op, json_t *args, struct fdr_error *e)
{
	int r = put_request(l, op, args, &l->call.id);

	if (r == -ENOMEM)
		return fdr_err(e, r, "out of memory");
	if (r < 0)
		return cannot_send(l, op, r, e);
	l->call.waiting = true;
	return 0;
}

int fdr_link_ask(struct fdr_link *l, const char *op, json_t *args, fdr_link_answer_fn cb,
		 void *userdata)
{
	int r;

	if (l->dead || l->ask.cb) {
		json_decref(args);
		return l->dead ? -EPIPE : -EBUSY;
	}
	r = put_request(l, op, args, &l->ask.id);
	if (r < 0)
		return r;
	l->ask.cb = cb;
	l->ask.userdata = userdata;
	return 0;
}

int fdr_link_call_stamped(struct fdr_link *l, const char *op, json_t *args, int64_t deadline_ns,
			  json_t **ret_result, int64_t *ret_received_ns, struct fdr_error *e)
{
	json_t *reply;
	int r;

	if (l->dead || l->call.waiting) {
		json_decref(args);
		return l->dead ? dead_error(l, e) :
		       fdr_err(e, -EBUSY, "%s: another call is under way", l->node);
	}
	r = send_request(l, op, args, e);
	if (r < 0)
		return r;
	r = fdr_loop_wait(l->loop, answered_or_dead, l, deadline_ns);
	l->call.waiting = false;
	reply = FDR_TAKE_PTR(l->call.reply);
	if (reply) {
		if (ret_received_ns)
			*ret_received_ns = l->call.received_ns;
		r = take_reply(l, reply, ret_result, e);
		json_decref(reply);
		return r;
	}
	if (l->dead)
		return dead_error(l, e);
	if (r == -ETIMEDOUT)
		return fdr_err(e, r, "%s: no answer to \"%s\" in time", l->node, op);
	return fdr_err(e, r, "%s: \"%s\": %s", l->node, op,
		       r == -ECANCELED ? "interrupted" : strerror(-r));
}

int fdr_link_call(struct fdr_link *l, const char *op, json_t *args, int64_t deadline_ns,
		  json_t **ret_result, struct fdr_error *e)
{
	return fdr_link_call_stamped(l, op, args, deadline_ns, ret_result, NULL, e);
}

static bool greeted_or_dead(void *userdata)
{
	const struct fdr_link *l = userdata;

	return l->dead || fdr_stream_greeted(l->stream);
}

/* Waits for the preamble, then says hello. */
static int greet(struct fdr_link *l, int64_t deadline_ns, struct fdr_error *e)
{
	int r = fdr_loop_wait(l->loop, greeted_or_dead, l, deadline_ns);

	if (l->dead)
		return dead_error(l, e);
	if (r == -ETIMEDOUT) {
		fdr_link_explain(l, l->why, sizeof(l->why));
		return fdr_err(e, r, "%s: no agent answered in time%s%s", l->node,
			       *l->why ? ": " : "", l->why);
	}
	if (r < 0)
		return fdr_err(e, r, "%s: %s", l->node,
			       r == -ECANCELED ? "interrupted" : strerror(-r));
	return fdr_link_call(l, "hello", json_pack("{ss}", "version", FDR_VERSION), deadline_ns,
			     &l->hello, e);
}

static int watch(struct fdr_link *l, const struct fdr_pipe *p)
{
	int r;

	r = fdr_stream_new(l->loop, p->rfd, p->wfd, false, &stream_ops, l, &l->stream);
	if (r < 0 || !l->pid)
		return r;
	r = sd_event_add_io(l->loop, &l->stderr_source, l->efd, EPOLLIN, on_stderr, l);
	if (r < 0)
		return r;
	l->pidfd = fdr_spawn_pidfd(l->pid);
	if (l->pidfd < 0)
		return l->pidfd;
	return sd_event_add_io(l->loop, &l->child_source, l->pidfd, EPOLLIN, on_child, l);
}

int fdr_link_open(sd_event *loop, const char *node, const struct fdr_transport_ops *transport,
		  const struct fdr_opts *opts, int64_t deadline_ns, struct fdr_link **ret,
		  struct fdr_error *e)
{
	struct fdr_link *l FDR_CLEANUP(fdr_link_closep) = calloc(1, sizeof(*l));
	struct fdr_pipe p = { .rfd = -1, .wfd = -1, .efd = -1 };
	int r;

	if (!l)
		return fdr_err(e, -ENOMEM, "out of memory");
	/* First of all: what is closed on failure must not be descriptor 0. */
	l->efd = l->pidfd = -1;
	l->node = strdup(node);
	if (!l->node)
		return fdr_err(e, -ENOMEM, "out of memory");
	l->loop = sd_event_ref(loop);
	r = transport->open(opts, &p, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "%s", node);
	l->pid = p.pid;
	l->efd = p.efd;
	r = watch(l, &p);
	if (r < 0)
		return fdr_err(e, r, "%s: cannot watch the connection: %s", node, strerror(-r));
	r = greet(l, deadline_ns, e);
	if (r < 0)
		return r;
	*ret = FDR_TAKE_PTR(l);
	return 0;
}

struct fdr_link *fdr_link_close(struct fdr_link *l)
{
	if (!l)
		return NULL;
	/* Closing the pipe tells the agent; the signal the rest of the way to it. */
	fdr_stream_free(l->stream);
	sd_event_source_disable_unref(l->stderr_source);
	sd_event_source_disable_unref(l->child_source);
	sd_event_source_disable_unref(l->linger);
	if (l->pid)
		fdr_spawn_end(l->pid, CHILD_GRACE_NS, &l->child_status);
	fdr_closep(&l->pidfd);
	fdr_closep(&l->efd);
	sd_event_unref(l->loop);
	json_decref(l->hello);
	json_decref(l->call.reply);
	free(l->node);
	free(l);
	return NULL;
}

const json_t *fdr_link_hello(const struct fdr_link *l)
{
	return l->hello;
}

bool fdr_link_alive(const struct fdr_link *l)
{
	return !l->dead;
}

void fdr_link_on_event(struct fdr_link *l,
		       void (*cb)(void *userdata, struct fdr_link *l, const char *event,
				  const json_t *data, int64_t received_ns),
		       void *userdata)
{
	l->on_event = cb;
	l->event_data = userdata;
}

void fdr_link_on_death(struct fdr_link *l,
		       void (*cb)(void *userdata, struct fdr_link *l, const char *why),
		       void *userdata)
{
	l->on_death = cb;
	l->death_data = userdata;
}
