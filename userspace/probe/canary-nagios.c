// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nagios: the status file is there, is kept up to date and has what the plan names, and
 * lines in Nagios' own words are read, through the log's own port where it has one.
 */
#include <errno.h>
#include <string.h>

#include "canary.h"
#include "kinds.h"
#include "nagios-words.h"

#define LIMIT_NS	(3 * FDR_NS_PER_S)
#define HOST		"faultdrill-canary"

static const struct {
	const char *subject, *state, *line;
} lines[] = {
	{ HOST, "suspect", "nagios: HOST ALERT: " HOST ";DOWN;SOFT;1;CRITICAL - rta nan, lost 100%" },
	{ HOST, "down", "nagios: HOST ALERT: " HOST ";DOWN;HARD;3;CRITICAL - rta nan, lost 100%" },
	{ HOST, "up", "nagios: HOST ALERT: " HOST ";UP;HARD;1;OK - rta 0.5ms, lost 0%" },
	{ HOST "/load", "critical", "nagios: SERVICE ALERT: " HOST ";load;CRITICAL;HARD;3;high" },
};

static int try_log(struct fdr_canary_probe *c, const char *source, const char *hosts,
		   struct fdr_error *e)
{
	bool udp = !strncmp(source, "udp:", 4) && !hosts;
	int r = strncmp(source, "file:", 5) ? 0 : fdr_canary_file(source, e);
	const char *state, *message;
	char got[FDR_NAGIOS_NAME];

	for (size_t i = 0; r >= 0 && i < FDR_ARRAY_LEN(lines); i++) {
		if (!fdr_nagios_log(lines[i].line, got, sizeof(got), &state, &message) ||
		    strcmp(state, lines[i].state) || strcmp(got, lines[i].subject))
			return fdr_err(e, -ENOMSG, "a line of Nagios' is not read as %s",
				       lines[i].state);
		if (!udp)
			continue;
		fdr_canary_expect(c, got, state, NULL);
		r = fdr_canary_send(source, lines[i].line, e);
		if (r >= 0)
			r = fdr_canary_await(c, got, state, NULL, LIMIT_NS, e);
		if (r == -ETIMEDOUT)
			fdr_err_prefix(e, r, "log: a line that was sent to %.100s", source);
	}
	return r;
}

int fdr_canary_nagios(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		      struct fdr_canary *ret, struct fdr_error *e)
{
	const char *log = fdr_opts_str(opts, "log");
	struct fdr_canary_probe c;
	int r = fdr_canary_start(&c, env, &fdr_probe_nagios, opts, NULL, e);

	if (r < 0)
		return r;
	r = fdr_canary_await(&c, "", "reachable", NULL, LIMIT_NS, e);
	if (r < 0)
		fdr_err_prefix(e, r, "status");
	if (r >= 0 && log)
		r = try_log(&c, log, fdr_opts_str(opts, "hosts"), e);
	if (r >= 0)
		r = fdr_canary_knows(&c, opts, LIMIT_NS, "Nagios has no host or service", e);
	fdr_canary_stop(&c);
	if (r < 0)
		return r;
	snprintf(ret->proven, sizeof(ret->proven), "the status file is new and has %s%s",
		 env->n_subjects ? "what the plan names" : "been read",
		 log ? "; the log can be read, and Nagios' alerts are understood" : "");
	if (!log)
		snprintf(ret->missing, sizeof(ret->missing), "without a log a SOFT state that ends "
			 "between two status files is not seen");
	return 0;
}
