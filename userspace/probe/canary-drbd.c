// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * drbd: made-up events take the way that real ones take, and each of the plan's own
 * commands yields events, of all that the plan's conditions name.
 */
#include <stdio.h>

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

int fdr_canary_drbd(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		    struct fdr_canary *ret, struct fdr_error *e)
{
	int r = made_up(env, e);

	if (r >= 0)
		r = fdr_canary_nodes(env, &fdr_probe_drbd, opts, LIMIT_NS, e);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "a made-up event was read as lost; "
			 "each node's command yields events, of all that the plan names");
	return r;
}
