// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * haproxy: the socket answers and knows the servers that the plan names, and lines
 * in HAProxy's own words come through the log's source, of a server that is not.
 */
#include <errno.h>
#include <string.h>

#include "canary.h"
#include "haproxy-words.h"
#include "kinds.h"

#define LIMIT_NS	(3 * FDR_NS_PER_S)
#define SERVER		"faultdrill-canary"

static const struct {
	const char *state, *format;
} lines[] = {
	{ "suspect", "<133>Jan  1 00:00:00 haproxy[1]: Health check for server %s failed, reason: "
	  "Layer4 timeout, check duration: 1ms, status: 1/2 UP." },
	{ "down", "<129>Jan  1 00:00:00 haproxy[1]: Server %s is DOWN, reason: Layer4 timeout, "
	  "check duration: 1ms. 1 active and 0 backup servers left. 0 sessions active, 0 requeued, "
	  "0 remaining in queue." },
	{ "up", "<133>Jan  1 00:00:00 haproxy[1]: Server %s is UP, reason: Layer4 check passed, "
	  "check duration: 0ms. 2 active and 0 backup servers online. 0 sessions requeued, 0 total "
	  "in queue." },
};

static int try_log(struct fdr_canary_probe *c, const char *source, const char *backends,
		   struct fdr_error *e)
{
	char subject[160], line[512], got[256];
	bool udp = !strncmp(source, "udp:", 4);
	const char *state, *message;
	int r = udp ? 0 : fdr_canary_file(source, e);

	snprintf(subject, sizeof(subject), "%.*s/" SERVER,
		 backends ? (int)strcspn(backends, ", ") : 10, backends ? backends : SERVER);
	for (size_t i = 0; r >= 0 && i < FDR_ARRAY_LEN(lines); i++) {
		snprintf(line, sizeof(line), lines[i].format, subject);
		if (!fdr_haproxy_log(line, got, sizeof(got), &state, &message) ||
		    strcmp(state, lines[i].state))
			return fdr_err(e, -ENOMSG, "a line of HAProxy's is not read as %s",
				       lines[i].state);
		if (!udp)
			continue;
		fdr_canary_expect(c, subject, lines[i].state, NULL);
		r = fdr_canary_send(source, line, e);
		if (r >= 0)
			r = fdr_canary_await(c, subject, lines[i].state, NULL, LIMIT_NS, e);
		if (r == -ETIMEDOUT)
			fdr_err_prefix(e, r, "log: a line that was sent to %.100s", source);
	}
	return r;
}

static int await_socket(struct fdr_canary_probe *c, int64_t limit, struct fdr_error *e)
{
	int r = fdr_canary_await(c, "", "reachable", NULL, limit, e);

	return r < 0 ? fdr_err_prefix(e, r, "socket") : 0;
}

int fdr_canary_haproxy(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		       struct fdr_canary *ret, struct fdr_error *e)
{
	int64_t limit = LIMIT_NS + 2 * (int64_t)fdr_opts_num(opts, "timeout");
	const char *log = fdr_opts_str(opts, "log");
	struct fdr_canary_probe c;
	int r = fdr_canary_start(&c, env, &fdr_probe_haproxy, opts, NULL, e);

	if (r < 0)
		return r;
	/* First, for it is said once, and may be said while lines of the log are awaited. */
	r = await_socket(&c, limit, e);
	if (r >= 0 && log)
		r = try_log(&c, log, fdr_opts_str(opts, "backends"), e);
	if (r >= 0)
		r = fdr_canary_knows(&c, opts, limit, "HAProxy has no server", e);
	fdr_canary_stop(&c);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "the socket answers and knows %s%s",
			 env->n_subjects ? "the plan's servers" : "its servers", !log ? "" :
			 !strncmp(log, "udp:", 4) ? "; lines of HAProxy's came through the log's own "
			 "port as suspect, down and up" : "; the log is there, and HAProxy's lines are "
			 "read");
	return r;
}
