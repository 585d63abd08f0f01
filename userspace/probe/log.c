// SPDX-License-Identifier: GPL-2.0-or-later
/* Any detector that writes a log: patterns say which line means which state. */
#include <errno.h>

#include "canary.h"
#include "kinds.h"
#include "lines.h"
#include "patterns.h"
#include "track.h"

struct log {
	struct fdr_track track;
	struct fdr_patterns patterns;
	struct fdr_lines *lines;
};

static void on_line(void *userdata, char *line, struct fdr_interval when)
{
	struct log *l = userdata;
	char subject[256];
	const char *state = fdr_patterns_match(&l->patterns, line, subject, sizeof(subject));

	if (state)
		fdr_track_pushed(&l->track, subject, state, when, line);
}

static void log_stop(void *state)
{
	struct log *l = state;

	fdr_lines_close(l->lines);
	fdr_patterns_clear(&l->patterns);
	fdr_track_clear(&l->track);
	free(l);
}

static int log_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		     void **ret_state, struct fdr_error *e)
{
	struct log *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return fdr_err(e, -ENOMEM, "out of memory");
	fdr_track_init(&l->track, env);
	r = fdr_patterns_init(&l->patterns, opts, "patterns", e);
	if (r >= 0) {
		r = fdr_lines_open(env->poller, fdr_opts_str(opts, "source"), on_line, l,
				   &l->lines, e);
		if (r < 0)
			fdr_err_prefix(e, r, "source");
	}
	if (r < 0) {
		log_stop(l);
		return r;
	}
	*ret_state = l;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "source", .type = FDR_OPT_STRING, .required = true,
	  .summary = "file:PATH (followed) or udp:ADDRESS:PORT (syslog)" },
	{ .name = "patterns", .type = FDR_OPT_MAP, .required = true,
	  .summary = "state: extended regular expression; its first group names the subject" },
	{ .name = "samples", .type = FDR_OPT_MAP,
	  .summary = "state: a line that must be read as that state; for the canary" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_log = {
	.kind = { .name = "log", .summary = "a log, followed, with a pattern for each state",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = log_start, .stop = log_stop, .canary = fdr_canary_log,
};
