// SPDX-License-Identifier: GPL-2.0-or-later
/* What a stack's own scripts say of it by "faultdrill mark", with the instant at which they said it. */
#include "base/mark.h"

#include <errno.h>
#include <string.h>

#include "canary.h"
#include "kinds.h"
#include "lines.h"
#include "track.h"

#define CANARY_NAME	"faultdrill-canary"
#define LIMIT_NS	(3 * FDR_NS_PER_S)

struct mark {
	struct fdr_track track;
	struct fdr_lines *lines;
	char boot[FDR_MARK_BOOT];
};

static void on_line(void *userdata, char *line, struct fdr_interval when)
{
	struct mark *p = userdata;
	struct fdr_mark m;

	if (!fdr_mark_read(line, &m))
		return;
	/* The writer's own stamp, where it is of this host's clock and not from the future. */
	if (m.mono_ns && *p->boot && !strcmp(m.boot, p->boot) && m.mono_ns <= when.hi_ns)
		when.lo_ns = when.hi_ns = m.mono_ns;
	fdr_track_pushed(&p->track, m.name, m.state, when, m.text);
}

static void mark_stop(void *state)
{
	struct mark *p = state;

	fdr_lines_close(p->lines);
	fdr_track_clear(&p->track);
	free(p);
}

static int mark_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	struct mark *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return fdr_err(e, -ENOMEM, "out of memory");
	fdr_track_init(&p->track, env);
	fdr_mark_boot(p->boot);
	r = fdr_lines_open(env->poller, fdr_opts_str(opts, "source"), on_line, p, &p->lines, e);
	if (r < 0) {
		fdr_err_prefix(e, r, "source");
		mark_stop(p);
		return r;
	}
	*ret_state = p;
	return 0;
}

/* A mark of nobody's: through the port itself, or by the reader alone where it is a file. */
static int mark_canary(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		       struct fdr_canary *ret, struct fdr_error *e)
{
	const char *source = fdr_opts_str(opts, "source");
	struct fdr_mark m = { .name = CANARY_NAME, .state = "seen", .mono_ns = fdr_now_ns(),
			      .real_ns = fdr_clock_ns(CLOCK_REALTIME), .text = "a canary" };
	struct fdr_canary_probe c;
	char line[256];
	int r;

	fdr_mark_boot(m.boot);
	r = fdr_mark_write(line, sizeof(line), &m);
	if (r < 0 || !fdr_mark_read(line, &m))
		return fdr_err(e, -ENOMSG, "a mark is not read as one");
	if (!strncmp(source, "file:", 5)) {
		r = fdr_canary_file(source, e);
		if (r >= 0)
			snprintf(ret->proven, sizeof(ret->proven), "a mark is read as one; the file is "
				 "there and can be read");
		return r;
	}
	r = fdr_canary_start(&c, env, &fdr_probe_mark, opts, NULL, e);
	if (r < 0)
		return r;
	fdr_canary_expect(&c, CANARY_NAME, "seen", NULL);
	r = fdr_canary_send(source, line, e);
	if (r >= 0)
		r = fdr_canary_await(&c, CANARY_NAME, "seen", NULL, LIMIT_NS, e);
	fdr_canary_stop(&c);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "a mark came through the source itself");
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "source", .type = FDR_OPT_STRING, .required = true,
	  .summary = "file:PATH (followed) or udp:ADDRESS:PORT: where \"faultdrill mark\" writes to" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_mark = {
	.kind = { .name = "mark", .summary = "what a stack's scripts say by \"faultdrill mark\"",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = mark_start, .stop = mark_stop, .canary = mark_canary,
};
