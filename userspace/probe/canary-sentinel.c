// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sentinel: each Sentinel answers and takes the subscription, and they know what the plan
 * names.  Nothing is published there: whoever else listens would take it for true.
 */
#include <errno.h>
#include <stdio.h>

#include "canary.h"
#include "kinds.h"

#define LIMIT_NS	(3 * FDR_NS_PER_S)
/* One that has just begun knows no replica until it has asked the master: every 10 s. */
#define LEARNS_NS	(10 * FDR_NS_PER_S)

struct each {
	const struct fdr_canary_env *env;
	const struct fdr_opts *opts;
	int64_t limit_ns;
	struct fdr_error *e;
	size_t n;
};

/* Each by a probe of its own: what was said already is not said again. */
static int says(const struct each *x, const char *address, const char *state, struct fdr_error *e)
{
	struct fdr_canary_probe c;
	int r = fdr_canary_start(&c, x->env, &fdr_probe_sentinel, x->opts, NULL, e);

	if (r < 0)
		return r;
	r = fdr_canary_await(&c, address, state, NULL, x->limit_ns, e);
	fdr_canary_stop(&c);
	return r;
}

static int answers(void *userdata, const char *address)
{
	struct each *x = userdata;
	struct fdr_error other = { "" };
	int r = says(x, address, "reachable", x->e);

	/* One in TILT mode judges nothing for up to 30 s, and answers. */
	if (r == -ETIMEDOUT && says(x, address, "tilt", &other) >= 0)
		r = 0;
	x->n += r >= 0;
	return r;
}

int fdr_canary_sentinel(const struct fdr_canary_env *env, const struct fdr_opts *opts,
			struct fdr_canary *ret, struct fdr_error *e)
{
	struct each x = { .env = env, .opts = opts, .e = e, .limit_ns = LIMIT_NS +
			  2 * (int64_t)fdr_opts_num(opts, "timeout") };
	struct fdr_canary_probe c;
	int r = fdr_opts_targets(opts, "address", answers, &x);

	if (r < 0)
		return r;
	r = fdr_canary_start(&c, env, &fdr_probe_sentinel, opts, NULL, e);
	if (r >= 0)
		r = fdr_canary_knows(&c, opts, x.limit_ns + LEARNS_NS, "the Sentinels know no", e);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "%zu Sentinel%s and take%s a subscription%s",
			 x.n, x.n == 1 ? " answers" : "s answer", x.n == 1 ? "s" : "",
			 env->n_subjects ? "; they know what the plan names" : "");
	return r;
}
