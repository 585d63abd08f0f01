// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Probes with a command for each node (option "nodes"): each node is heard, and something is
 * said of every subject that the plan's conditions name.
 */
#include <errno.h>
#include <string.h>

#include "canary.h"

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

static int real(struct seen *s, const struct fdr_probe_ops *ops, int64_t limit_ns,
		struct fdr_error *e)
{
	const struct fdr_sink sink = { .obs = on_obs, .request = on_request, .userdata = s };
	const struct fdr_probe_env env = { .name = s->env->name, .poller = s->env->poller,
					   .sink = &sink };
	struct fdr_probe *probe;
	const char *what;
	int r = fdr_probe_start(ops, &env, s->opts, &probe, e);

	if (r < 0)
		return r;
	r = s->env->wait(s->env->userdata, all_seen, s, fdr_now_ns() + limit_ns);
	fdr_probe_stop(probe);
	what = missing(s);
	if (r != -ETIMEDOUT || !what)
		return r < 0 ? fdr_err(e, r, "%s", r == -ECANCELED ? "interrupted" : strerror(-r)) : 0;
	return fdr_err(e, r, "no event of %.100s came within %.0f s: try the plan's command by hand; "
		       "last was said: %s", what, (double)limit_ns / 1e9,
		       *s->last ? s->last : "nothing");
}

int fdr_canary_nodes(const struct fdr_canary_env *env, const struct fdr_probe_ops *ops,
		     const struct fdr_opts *opts, int64_t limit_ns, struct fdr_error *e)
{
	struct seen s = { .env = env, .opts = opts };
	int r;

	s.nodes = calloc(opts->n + 1, sizeof(bool));
	s.subjects = calloc(env->n_subjects + 1, sizeof(bool));
	r = s.nodes && s.subjects ? real(&s, ops, limit_ns, e) : fdr_err(e, -ENOMEM, "out of memory");
	free(s.nodes);
	free(s.subjects);
	return r;
}
