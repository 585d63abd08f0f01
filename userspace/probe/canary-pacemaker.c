// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pacemaker: made-up lines of both logs and a made-up answer of crm_mon's take the way that
 * real ones take, and each of the plan's own commands yields what the plan's conditions name.
 */
#include <stdio.h>

#include "canary.h"
#include "kinds.h"

#define LIMIT_NS	(5 * FDR_NS_PER_S)
#define LOG \
	"echo 'Nov 28 12:00:00.000 [7] canary corosync notice  [TOTEM ] A processor failed, " \
	"forming new configuration: token timed out (1000ms), waiting 1200ms for consensus.'; " \
	"echo 'Nov 28 12:00:01 canary pacemaker-controld [7] (peer_update) notice: Node other " \
	"state is now lost | nodeid=2'; " \
	"echo 'Nov 28 12:00:02 canary pacemaker-controld [7] (tengine) notice: Peer other was " \
	"terminated (reboot) by canary on behalf of pacemaker-controld.7@canary: OK'; " \
	"exec sleep 60"
#define STATUS \
	"echo '<pacemaker-result><nodes><node name=\"other\" online=\"false\" unclean=\"true\"/>" \
	"</nodes><status code=\"0\"/></pacemaker-result>'"

static const struct {
	const char *subject, *state;
} expected[] = {
	{ "canary/ring", "token-lost" },
	{ "canary/member/other", "lost" },
	{ "canary/fence/other", "fenced" },
	{ "canary/node/other", "unclean" },
};

/* What was said already is not said again: each is awaited of a probe of its own. */
static int made_up(const struct fdr_canary_env *env, struct fdr_error *e)
{
	struct fdr_opts opts = { .kind = &fdr_probe_pacemaker.kind };
	struct fdr_canary_probe c;
	int r = fdr_opts_add(&opts, "nodes", "canary", LOG, (struct fdr_place){ 0 }, e);

	if (r >= 0)
		r = fdr_opts_add(&opts, "status", "canary", STATUS, (struct fdr_place){ 0 }, e);
	for (size_t i = 0; r >= 0 && i < FDR_ARRAY_LEN(expected); i++) {
		r = fdr_canary_start(&c, env, &fdr_probe_pacemaker, &opts, NULL, e);
		if (r < 0)
			break;
		r = fdr_canary_await(&c, expected[i].subject, expected[i].state, NULL, LIMIT_NS, e);
		fdr_canary_stop(&c);
	}
	fdr_opts_clear(&opts);
	return r;
}

int fdr_canary_pacemaker(const struct fdr_canary_env *env, const struct fdr_opts *opts,
			 struct fdr_canary *ret, struct fdr_error *e)
{
	int64_t limit = LIMIT_NS + 2 * (int64_t)fdr_opts_num(opts, "timeout");
	int r = made_up(env, e);

	if (r >= 0)
		r = fdr_canary_nodes(env, &fdr_probe_pacemaker, opts, limit, e);
	if (r < 0)
		return r;
	snprintf(ret->proven, sizeof(ret->proven), "made-up lines and an answer were read as "
		 "token-lost, lost, fenced and unclean; each node is heard, and something is said of "
		 "all that the plan names");
	if (!fdr_opts_given(opts, "status"))
		snprintf(ret->missing, sizeof(ret->missing), "without \"status\" nothing is known "
			 "until it changes");
	return 0;
}
