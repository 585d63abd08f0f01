// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Sentinels hold of the Redis servers that they watch: each is subscribed to, and asked
 * from time to time as well, over a connection of its own (a subscriber may ask nothing).
 */
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "canary.h"
#include "kinds.h"
#include "resp.h"
#include "sentinel-words.h"
#include "targets.h"
#include "tick.h"
#include "track.h"

struct sentinel;

struct one {
	struct sentinel *all;
	const char *name;		/* its address, as in the plan */
	struct fdr_addr addr;
	struct fdr_resp *events, *answers;
	int64_t pinged_ns, asked_ns;	/* since when an answer is awaited; 0: none is */
	int64_t heard_ns;		/* when it last answered a part of a question */
	size_t greetings;		/* answers to AUTH that are to come, on "answers" */
	char **masters;			/* whose replicas were asked for */
	size_t n_masters, master;	/* and the one whose answer comes next */
	bool subscribed;
	bool informed, tilts;		/* by the answer to INFO, the first one to each question */
	const char *message;		/* that is being read, with its channel */
	const char *channel;
};

struct sentinel {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_targets targets;
	struct fdr_poll_timer *tick;
	int64_t interval_ns, timeout_ns;
	char user[256], password[512];
	struct one *v;
	bool warned;
};

static void subject_of(const struct one *o, const char *rest, char *buf, size_t size)
{
	snprintf(buf, size, *rest ? "%s/%s" : "%s", o->name, rest);
}

static void forget_masters(struct one *o)
{
	for (size_t i = 0; i < o->n_masters; i++)
		free(o->masters[i]);
	free(o->masters);
	o->masters = NULL;
	o->n_masters = o->master = 0;
}

static void close_answers(struct one *o)
{
	o->answers = fdr_resp_close(o->answers);
	o->asked_ns = 0;
	o->greetings = 0;
	forget_masters(o);
}

static void close_events(struct one *o)
{
	o->events = fdr_resp_close(o->events);
	o->pinged_ns = 0;
	o->subscribed = false;
}

static void say_unreachable(struct one *o, int64_t asked_ns, const char *why)
{
	int64_t now = fdr_now_ns();
	char all[2 * FDR_SENTINEL_NAME];

	fdr_track_polled(&o->all->track, o->name, "unreachable", asked_ns, now, why);
	snprintf(all, sizeof(all), "%s/", o->name);
	fdr_track_polled_under(&o->all->track, all, "unknown", asked_ns, now, "unreachable");
}

static void on_answers_down(void *userdata, const char *why)
{
	struct one *o = userdata;
	int64_t asked = o->asked_ns ? o->asked_ns : fdr_now_ns();

	/* What came since of the answer is no older than this. */
	if (asked < o->heard_ns)
		asked = o->heard_ns;
	close_answers(o);
	say_unreachable(o, asked, why);
}

static void on_polled(void *userdata, const struct fdr_sentinel_event *e)
{
	struct one *o = userdata;
	char subject[2 * FDR_SENTINEL_NAME];

	subject_of(o, e->subject, subject, sizeof(subject));
	fdr_track_polled(&o->all->track, subject, e->state, o->asked_ns, fdr_now_ns(), "asked");
}

/* Asks for the replicas of each master of the answer. */
static int ask_replicas(struct one *o, const redisReply *r)
{
	forget_masters(o);
	o->masters = calloc(r->elements + 1, sizeof(*o->masters));
	if (!o->masters)
		return -ENOMEM;
	for (size_t i = 0; i < r->elements; i++) {
		o->masters[i] = strdup(fdr_sentinel_name(r, i));
		if (!o->masters[i])
			return -ENOMEM;
		o->n_masters++;
	}
	/* By its old name, which Redis 2.8 to Valkey 8 know.  It may be down at any of them. */
	for (size_t i = 0; o->answers && i < o->n_masters; i++)
		fdr_resp_send(o->answers, 3,
			      (const char *const[]){ "SENTINEL", "SLAVES", o->masters[i] });
	return 0;
}

/* It was heard, and no more answers to this question are to come. */
static void answered(struct one *o)
{
	int64_t asked = o->asked_ns;

	o->asked_ns = 0;
	forget_masters(o);
	/* Who may not subscribe would miss what lies between two polls. */
	if (o->subscribed)
		fdr_track_polled(&o->all->track, o->name, o->tilts ? "tilt" : "reachable", asked,
				 fdr_now_ns(), o->tilts ? "sentinel_tilt:1" :
				 "it answers, and is subscribed to");
}

static void warn_once(struct one *o, const char *why)
{
	struct sentinel *s = o->all;

	if (!s->warned)
		fdr_warn("probe %s: %s: %s", s->env->name, o->name, why);
	s->warned = true;
}

static void refused(struct one *o, const char *why)
{
	warn_once(o, why);
	on_answers_down(o, why);
}

static void on_answer(void *userdata, const redisReply *r)
{
	struct one *o = userdata;
	struct fdr_error e = { "" };
	int err = 0;

	if (o->greetings) {
		o->greetings--;
		if (r->type == REDIS_REPLY_ERROR)
			refused(o, r->str);
		return;
	}
	if (!o->asked_ns)
		return;
	o->heard_ns = fdr_now_ns();
	/* Who may not ask for it does not know. */
	if (!o->informed) {
		o->informed = true;
		o->tilts = fdr_sentinel_tilts(r);
		return;
	}
	if (!o->masters) {
		err = fdr_sentinel_masters(r, on_polled, o, &e);
		if (err >= 0)
			err = ask_replicas(o, r);
	} else {
		err = fdr_sentinel_replicas(r, o->masters[o->master], on_polled, o, &e);
		o->master++;
	}
	if (err < 0)
		refused(o, *e.text ? e.text : strerror(-err));
	else if (o->answers && o->master == o->n_masters)
		answered(o);
}

static void greet(struct one *o, struct fdr_resp *c)
{
	const struct sentinel *s = o->all;
	const char *words[3] = { "AUTH" };
	int n = 1;

	if (!*s->password)
		return;
	if (*s->user)
		words[n++] = s->user;
	words[n++] = s->password;
	fdr_resp_send(c, n, words);
}

static void ask(struct one *o)
{
	o->asked_ns = fdr_now_ns();
	o->informed = false;
	forget_masters(o);
	fdr_resp_send(o->answers, 2, (const char *const[]){ "INFO", "sentinel" });
	if (o->answers)
		fdr_resp_send(o->answers, 2, (const char *const[]){ "SENTINEL", "MASTERS" });
}

static void on_answers_up(void *userdata)
{
	struct one *o = userdata;

	o->greetings = *o->all->password ? 1 : 0;
	greet(o, o->answers);
	if (o->answers)
		ask(o);
}

static const struct fdr_resp_ops answers_ops = {
	.up = on_answers_up, .reply = on_answer, .down = on_answers_down,
};

/* What is missed until it is there again the polls tell. */
static void on_events_down(void *userdata, const char *why)
{
	(void)why;
	close_events(userdata);
}

static void on_events_up(void *userdata)
{
	struct one *o = userdata;

	greet(o, o->events);
	if (o->events)
		fdr_resp_send(o->events, fdr_sentinel_n_subscribe, fdr_sentinel_subscribe);
}

static void on_pushed(void *userdata, const struct fdr_sentinel_event *e)
{
	struct one *o = userdata;
	char subject[2 * FDR_SENTINEL_NAME], detail[300];

	subject_of(o, e->subject, subject, sizeof(subject));
	snprintf(detail, sizeof(detail), "%s %s", o->channel, o->message);
	fdr_track_pushed(&o->all->track, subject, e->state, fdr_resp_when(o->events), detail);
}

static bool is_text(const redisReply *r, size_t i)
{
	return r->element[i]->type == REDIS_REPLY_STRING;
}

/* "message", channel, text; others tell that it is subscribed, or answer a PING. */
static void on_event(void *userdata, const redisReply *r)
{
	struct one *o = userdata;

	o->pinged_ns = 0;
	if (r->type == REDIS_REPLY_ERROR) {
		warn_once(o, r->str);
		return;
	}
	if (r->type == REDIS_REPLY_ARRAY && r->elements == 3 && is_text(r, 0) &&
	    !strcmp(r->element[0]->str, "subscribe"))
		o->subscribed = true;
	if (r->type != REDIS_REPLY_ARRAY || r->elements != 3 || !is_text(r, 0) || !is_text(r, 1) ||
	    !is_text(r, 2) || strcmp(r->element[0]->str, "message"))
		return;
	o->channel = r->element[1]->str;
	o->message = r->element[2]->str;
	fdr_sentinel_message(o->channel, o->message, on_pushed, o);
}

static const struct fdr_resp_ops events_ops = {
	.up = on_events_up, .reply = on_event, .down = on_events_down,
};

static void look_after_events(struct one *o, int64_t now)
{
	struct sentinel *s = o->all;

	if (o->events && o->pinged_ns && now - o->pinged_ns > s->timeout_ns)
		close_events(o);
	if (!o->events) {
		if (fdr_resp_open(s->env->poller, &o->addr, &events_ops, o, &o->events) >= 0)
			o->pinged_ns = now;
	} else if (!o->pinged_ns) {
		o->pinged_ns = now;
		fdr_resp_send(o->events, 1, (const char *const[]){ "PING" });
	}
}

static void look_after_answers(struct one *o, int64_t now)
{
	struct sentinel *s = o->all;

	if (o->answers && o->asked_ns && now - o->asked_ns > s->timeout_ns)
		on_answers_down(o, "no answer in time");
	if (!o->answers) {
		o->asked_ns = now;
		/* Our own trouble says nothing of the Sentinel. */
		if (fdr_resp_open(s->env->poller, &o->addr, &answers_ops, o, &o->answers) < 0)
			o->asked_ns = 0;
	} else if (!o->asked_ns) {
		ask(o);
	}
}

static void on_tick(void *userdata, int64_t when)
{
	struct sentinel *s = userdata;

	fdr_lateness_asked(s->env->lateness, fdr_now_ns() - when);
	for (size_t i = 0; i < s->targets.n; i++) {
		look_after_events(&s->v[i], fdr_now_ns());
		look_after_answers(&s->v[i], fdr_now_ns());
	}
	fdr_poll_timer_set(s->tick, fdr_next_tick_counted(s->env->lateness, when, s->interval_ns,
							  fdr_now_ns()));
}

static void sentinel_stop(void *state)
{
	struct sentinel *s = state;

	for (size_t i = 0; s->v && i < s->targets.n; i++) {
		close_answers(&s->v[i]);
		close_events(&s->v[i]);
	}
	fdr_poll_timer_free(s->tick);
	fdr_targets_clear(&s->targets);
	fdr_track_clear(&s->track);
	explicit_bzero(s->password, sizeof(s->password));
	free(s->v);
	free(s);
}

static int look_up(struct sentinel *s, const struct fdr_opts *opts, struct fdr_error *e)
{
	s->v = calloc(s->targets.n, sizeof(*s->v));
	if (!s->v)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < s->targets.n; i++) {
		const char *name = fdr_targets_text(&s->targets, opts, "address", i);
		int r = fdr_addr_parse(name, SOCK_STREAM, &s->v[i].addr, e);

		if (r < 0)
			return fdr_err_prefix(e, r, "address");
		s->v[i].all = s;
		s->v[i].name = name;
	}
	return 0;
}

static int read_password(struct sentinel *s, const struct fdr_opts *opts, struct fdr_error *e)
{
	const char *path = fdr_opts_str(opts, "password_file"), *user = fdr_opts_str(opts, "user");
	int r;

	if (!path)
		return user ? fdr_err(e, -EINVAL, "user: give \"password_file\" as well") : 0;
	snprintf(s->user, sizeof(s->user), "%s", user ? user : "");
	r = fdr_read_line(path, s->password, sizeof(s->password));
	return r < 0 ? fdr_err(e, r, "password_file: %s: %s", path, strerror(-r)) : 0;
}

static int sentinel_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
			  void **ret_state, struct fdr_error *e)
{
	struct sentinel *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	s->env = env;
	s->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	s->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&s->track, env);
	r = read_password(s, opts, e);
	if (r >= 0)
		r = fdr_targets_init(&s->targets, opts, "address", s->interval_ns, s->interval_ns, e);
	if (r >= 0)
		r = look_up(s, opts, e);
	if (r >= 0) {
		r = fdr_poller_add_timer(env->poller, on_tick, s, &s->tick);
		if (r < 0)
			fdr_err(e, r, "out of memory");
	}
	if (r < 0) {
		sentinel_stop(s);
		return r;
	}
	fdr_poll_timer_set(s->tick, fdr_now_ns());
	*ret_state = s;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "address", .type = FDR_OPT_TARGETS, .required = true, .max = 64,
	  .summary = "HOST:PORT of each Sentinel; a list, or a range: 10.0.0.[1-3]:26379" },
	{ .name = "user", .type = FDR_OPT_STRING, .summary = "for AUTH, where it is not the default's" },
	{ .name = "password_file", .type = FDR_OPT_STRING,
	  .summary = "file whose first line is the Sentinels' password" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "250ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often each is asked besides, and connected to again" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "no answer within this is \"unreachable\"" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_sentinel = {
	.kind = { .name = "sentinel", .summary = "Redis Sentinels' view of their masters and replicas",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = FDR_SENTINEL_STATES "|unreachable|unknown",
	.start = sentinel_start, .stop = sentinel_stop, .canary = fdr_canary_sentinel,
};
