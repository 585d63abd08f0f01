// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command that knows the detector: run at an interval (its exit code, or what it
 * prints, is the state), or left running (each line it prints may be news).
 */
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "canary.h"
#include "command.h"
#include "kinds.h"
#include "patterns.h"
#include "tick.h"
#include "track.h"

enum mode { MODE_POLL, MODE_FOLLOW };

struct exec {
	const struct fdr_probe_env *env;
	const struct fdr_opts *opts;
	struct fdr_track track;
	struct fdr_patterns patterns;
	enum mode mode;
	const char *command;
	int64_t interval_ns, timeout_ns;
	struct fdr_poll_timer *tick, *timeout;
	struct fdr_command *child;
	int64_t asked_ns;
	bool timed_out, warned;
	char first[256];			/* the first line of this run */
	bool matched;				/* a line of this run said the state */
};

/* Where no "exits" are given: the shell's own idea of success. */
static const struct {
	const char *state, *codes;
} default_exits[] = {
	{ "up", "0" }, { "down", "1-255,timeout,signal" },
};

/* How a run ended, in the words of the option "exits". */
struct outcome {
	const char *word;	/* "timeout", "signal", or NULL: */
	int code;
};

/*
 * Is @o in a list such as "1,3-255,timeout"?  -EINVAL: that is no such list.
 */
static int outcome_listed(const char *list, struct outcome o)
{
	bool listed = false;

	for (;; list++) {
		unsigned int lo, hi;
		int n = 0;

		list += strspn(list, " ");
		if (!strncmp(list, "timeout", 7) || !strncmp(list, "signal", 6)) {
			n = *list == 't' ? 7 : 6;
			listed |= o.word && !strncmp(list, o.word, (size_t)n);
		} else if (sscanf(list, "%3[0-9]%n", (char[4]){ 0 }, &n) == 1) {
			char *end;

			lo = hi = (unsigned int)strtoul(list, &end, 10);
			if (*end == '-')
				hi = end[1] >= '0' && end[1] <= '9' ?
				     (unsigned int)strtoul(end + 1, &end, 10) : 256;
			if (hi > 255 || lo > hi)
				return -EINVAL;
			n = (int)(end - list);
			listed |= !o.word && o.code >= (int)lo && o.code <= (int)hi;
		} else {
			return -EINVAL;
		}
		list += n;
		list += strspn(list, " ");
		if (!*list)
			return listed;
		if (*list != ',')
			return -EINVAL;
	}
}

static const char *outcome_state(const struct exec *x, struct outcome o)
{
	bool given = false;

	for (size_t i = 0; i < x->opts->n; i++) {
		const struct fdr_opt *opt = &x->opts->v[i];

		if (!opt->key || strcmp(opt->desc->name, "exits"))
			continue;
		given = true;
		if (outcome_listed(opt->text, o) == 1)
			return opt->key;
	}
	for (size_t i = 0; !given && i < FDR_ARRAY_LEN(default_exits); i++)
		if (outcome_listed(default_exits[i].codes, o) == 1)
			return default_exits[i].state;
	return "unknown";
}

static void on_line(void *userdata, char *line, struct fdr_interval when)
{
	struct exec *x = userdata;
	char subject[256];
	const char *state;

	if (!*x->first)
		snprintf(x->first, sizeof(x->first), "%s", line);
	state = fdr_patterns_match(&x->patterns, line, subject, sizeof(subject));
	if (!state)
		return;
	x->matched = true;
	if (x->mode == MODE_FOLLOW)
		fdr_track_pushed(&x->track, subject, state, when, line);
	else	/* of several lines on one subject the first counts: it has the same question */
		fdr_track_polled(&x->track, subject, state, x->asked_ns, when.hi_ns, line);
}

static void describe(const struct exec *x, int status, char *buf, size_t size)
{
	const char *sep = *x->first ? ": " : "";

	if (x->timed_out)
		snprintf(buf, size, "timed out%s%s", sep, x->first);
	else if (WIFSIGNALED(status))
		snprintf(buf, size, "killed by signal %d%s%s", WTERMSIG(status), sep, x->first);
	else
		snprintf(buf, size, "exit %d%s%s", WEXITSTATUS(status), sep, x->first);
}

/* Our own trouble (no processes left), and no news of the detector. */
static void not_run(struct exec *x, const char *why)
{
	if (!x->warned)
		fdr_warn("probe %s: %s", x->env->name, why);
	x->warned = true;
}

static void on_ended(void *userdata, int status)
{
	struct exec *x = userdata;
	int64_t now = fdr_now_ns();
	struct outcome o = {
		.word = x->timed_out ? "timeout" : WIFSIGNALED(status) ? "signal" : NULL,
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
	};
	char detail[512];

	x->child = fdr_command_free(x->child);
	fdr_poll_timer_stop(x->timeout);
	if (status < 0) {
		not_run(x, x->first);
		return;
	}
	describe(x, status, detail, sizeof(detail));
	if (x->mode == MODE_FOLLOW)
		fdr_track_pushed(&x->track, "", "unreachable", (struct fdr_interval){ now, now },
				 detail);
	else if (!x->matched || x->timed_out)
		fdr_track_polled(&x->track, "", outcome_state(x, o), x->asked_ns, now, detail);
}

static void run(struct exec *x)
{
	struct fdr_error e = { "" };

	x->timed_out = false;
	*x->first = '\0';
	x->matched = false;
	x->asked_ns = fdr_now_ns();
	if (fdr_command_start(x->env->poller, x->command, on_line, on_ended, x, &x->child, &e) < 0) {
		not_run(x, e.text);
		return;
	}
	if (x->mode == MODE_POLL)
		fdr_poll_timer_set(x->timeout, x->asked_ns + x->timeout_ns);
}

/* One run at a time; what ended is started again on schedule. */
static void on_tick(void *userdata, int64_t when)
{
	struct exec *x = userdata;

	if (!x->child) {
		fdr_lateness_asked(x->env->lateness, fdr_now_ns() - when);
		run(x);
	}
	fdr_poll_timer_set(x->tick, fdr_next_tick_counted(x->env->lateness, when, x->interval_ns,
							  fdr_now_ns()));
}

static void on_timeout(void *userdata, int64_t when)
{
	struct exec *x = userdata;

	(void)when;
	x->timed_out = true;
	if (x->child)
		fdr_command_kill(x->child);
}

static void exec_stop(void *state)
{
	struct exec *x = state;

	fdr_command_free(x->child);
	fdr_poll_timer_free(x->tick);
	fdr_poll_timer_free(x->timeout);
	fdr_patterns_clear(&x->patterns);
	fdr_track_clear(&x->track);
	free(x);
}

static int check_options(struct exec *x, const struct fdr_opts *opts, struct fdr_error *e)
{
	for (size_t i = 0; i < opts->n; i++) {
		const struct fdr_opt *o = &opts->v[i];

		if (o->key && !strcmp(o->desc->name, "exits") &&
		    outcome_listed(o->text, (struct outcome){ .code = 0 }) < 0)
			return fdr_err(e, -EINVAL,
				       "exits: %s: \"%.100s\" is no list of exit codes (0 to 255), "
				       "\"timeout\" and \"signal\", such as \"2-255,timeout\"",
				       o->key, o->text);
	}
	if (x->mode == MODE_FOLLOW && !x->patterns.n)
		return fdr_err(e, -ENODATA,
			       "mode \"follow\" needs \"patterns\": which line means which state");
	if (x->mode == MODE_FOLLOW && fdr_opts_given(opts, "exits"))
		return fdr_err(e, -EINVAL, "\"exits\" has no meaning in mode \"follow\"");
	return 0;
}

static int exec_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	struct exec *x = calloc(1, sizeof(*x));
	int r;

	if (!x)
		return fdr_err(e, -ENOMEM, "out of memory");
	x->env = env;
	x->opts = opts;
	x->mode = (enum mode)fdr_opts_num(opts, "mode");
	x->command = fdr_opts_str(opts, "command");
	x->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	x->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&x->track, env);
	r = fdr_patterns_init(&x->patterns, opts, "patterns", e);
	if (r >= 0)
		r = check_options(x, opts, e);
	if (r >= 0) {
		r = fdr_poller_add_timer(env->poller, on_tick, x, &x->tick);
		if (r >= 0)
			r = fdr_poller_add_timer(env->poller, on_timeout, x, &x->timeout);
		if (r < 0)
			fdr_err(e, r, "out of memory");
	}
	if (r < 0) {
		exec_stop(x);
		return r;
	}
	fdr_poll_timer_set(x->tick, fdr_now_ns());
	*ret_state = x;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "command", .type = FDR_OPT_STRING, .required = true,
	  .summary = "for /bin/sh" },
	{ .name = "mode", .type = FDR_OPT_CHOICE, .choices = "poll|follow", .def = "poll",
	  .summary = "poll: run it at each interval; follow: leave it running, read its lines" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "how often it is run, or started again" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "10s", .min = 1000000,
	  .max = 3600000000000, .summary = "a run that takes longer is killed (mode poll)" },
	{ .name = "exits", .type = FDR_OPT_MAP,
	  .summary = "state: exit codes, \"timeout\", \"signal\"; without it up: 0, else down" },
	{ .name = "patterns", .type = FDR_OPT_MAP,
	  .summary = "state: extended regular expression; its first group names the subject" },
	{ .name = "samples", .type = FDR_OPT_MAP,
	  .summary = "state: a line that must be read as that state; for the canary" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_exec = {
	.kind = { .name = "exec", .summary = "a command of yours",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = exec_start, .stop = exec_stop, .canary = fdr_canary_exec,
};
