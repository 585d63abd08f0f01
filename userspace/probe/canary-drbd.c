// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * drbd: made-up events take the way that real ones take, and each of the plan's own
 * commands yields events, of all that the plan's conditions name.
 */
#include <errno.h>
#include <string.h>

#include "canary.h"
#include "kinds.h"

#define LIMIT_NS	(10 * FDR_NS_PER_S)
#define MADE_UP \
	"echo change connection name:canary conn-name:peer connection:Connected role:Primary; " \
	"echo change connection name:canary conn-name:peer connection:NetworkFailure; exec sleep 60"

static int made_up(const struct fdr_canary_env *env, struct fdr_error *e)
{
	struct fdr_opts opts = { .kind = &fdr_probe_drbd.kind };
	struct fdr_canary_probe c;
	int r = fdr_opts_add(&opts, "nodes", "canary", MADE_UP, (struct fdr_place){ 0 }, e);

	if (r >= 0)
		r = fdr_canary_start(&c, env, &fdr_probe_drbd, &opts, NULL, e);
	if (r >= 0) {
		r = fdr_canary_await(&c, "canary/canary/connection/peer", "lost", NULL, LIMIT_NS, e);
		fdr_canary_stop(&c);
	}
	fdr_opts_clear(&opts);
	return r;
}

/* Which of the awaited subjects something was said of. */
struct seen {
	const struct fdr_canary_env *env;
	const struct fdr_opts *opts;
	bool *nodes, *subjects;
	char last[200];
};

static void on_obs(void *userdata, const struct fdr_obs *obs)
{
	struct seen *s = userdata;

	snprintf(s->last, sizeof(s->last), "%.60s %.40s (%.90s)", obs->subject, obs->state,
		 obs->detail);
	for (size_t i = 0; i < s->opts->n; i++)
		if (s->opts->v[i].key && !strcmp(s->opts->v[i].key, obs->subject))
			s->nodes[i] |= !strcmp(obs->state, "reachable");
	for (size_t i = 0; i < s->env->n_subjects; i++)
		s->subjects[i] |= !strcmp(s->env->subjects[i], obs->subject);
}

static void on_request(void *userdata, const struct fdr_request *r)
{
	(void)userdata;
	(void)r;
}

/* The first that nothing was said of; NULL: there is none. */
static const char *missing(const struct seen *s)
{
	for (size_t i = 0; i < s->opts->n; i++)
		if (s->opts->v[i].key && !s->nodes[i])
			return s->opts->v[i].key;
	for (size_t i = 0; i < s->env->n_subjects; i++)
		if (!s->subjects[i])
			return s->env->subjects[i];
	return NULL;
}

static bool all_seen(void *data)
{
	return !missing(data);
}

static int real(struct seen *s, struct fdr_error *e)
{
	const struct fdr_sink sink = { .obs = on_obs, .request = on_request, .userdata = s };
	const struct fdr_probe_env env = { .name = s->env->name, .poller = s->env->poller,
					   .sink = &sink };
	struct fdr_probe *probe;
	const char *what;
	int r = fdr_probe_start(&fdr_probe_drbd, &env, s->opts, &probe, e);

	if (r < 0)
		return r;
	r = s->env->wait(s->env->userdata, all_seen, s, fdr_now_ns() + LIMIT_NS);
	fdr_probe_stop(probe);
	what = missing(s);
	if (r != -ETIMEDOUT || !what)
		return r < 0 ? fdr_err(e, r, "%s", r == -ECANCELED ? "interrupted" : strerror(-r)) : 0;
	return fdr_err(e, r, "no event of %.100s came within 10 s: try the plan's command by hand; "
		       "last was said: %s", what, *s->last ? s->last : "nothing");
}

int fdr_canary_drbd(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		    struct fdr_canary *ret, struct fdr_error *e)
{
	struct seen s = { .env = env, .opts = opts };
	int r = made_up(env, e);

	if (r < 0)
		return r;
	s.nodes = calloc(opts->n + 1, sizeof(bool));
	s.subjects = calloc(env->n_subjects + 1, sizeof(bool));
	r = s.nodes && s.subjects ? real(&s, e) : fdr_err(e, -ENOMEM, "out of memory");
	free(s.nodes);
	free(s.subjects);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "a made-up event was read as lost; "
			 "each node's command yields events, of all that the plan names");
	return r;
}
