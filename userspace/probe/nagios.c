// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nagios' view of its hosts and services: each change as it is written to the log, and
 * what is so at the start from status.dat, which Nagios writes anew every few seconds.
 *
 * status.dat is as old as its modification time.  That is the instant of the question, so
 * that a file from before an alert is no news against the alert.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "canary.h"
#include "kinds.h"
#include "lines.h"
#include "nagios-words.h"
#include "tick.h"
#include "track.h"

#define STATUS_MAX	(64u << 20)

struct nagios {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	const char *path, *hosts;
	int64_t interval_ns, timeout_ns;
	struct fdr_poll_timer *tick;
	struct timespec written;	/* of the file that was read last */
	int64_t written_ns;		/* the same on CLOCK_MONOTONIC */
	unsigned int damaged;		/* files in a row */
	struct fdr_lines *log;
};

/* Is the host of @subject among those that are asked for? */
static bool wanted(const struct nagios *n, const char *subject)
{
	char host[FDR_NAGIOS_NAME];

	snprintf(host, sizeof(host), "%.*s", (int)strcspn(subject, "/"), subject);
	return !n->hosts || fdr_text_listed(n->hosts, host);
}

static void on_row(void *userdata, const struct fdr_nagios_row *r)
{
	struct nagios *n = userdata;

	if (wanted(n, r->subject))
		fdr_track_polled(&n->track, r->subject, r->state, n->written_ns, fdr_now_ns(),
				 r->output);
}

static void cannot_see(struct nagios *n, int64_t asked_ns, const char *why)
{
	fdr_track_polled(&n->track, "", "unreachable", asked_ns, fdr_now_ns(), why);
}

static void read_status(struct nagios *n, const struct stat *st, int64_t asked_ns)
{
	int64_t age = fdr_clock_ns(CLOCK_REALTIME) -
		      (st->st_mtim.tv_sec * FDR_NS_PER_S + st->st_mtim.tv_nsec);
	char *text FDR_CLEANUP_FREE = NULL;
	struct fdr_error e = { "" };
	int r = fdr_read_text(n->path, STATUS_MAX, &text, &e);

	if (r < 0) {
		cannot_see(n, asked_ns, e.text);
		return;
	}
	n->written = st->st_mtim;
	/* A file from the future, where somebody has set the clock back, is from now. */
	n->written_ns = age > 0 ? asked_ns - age : asked_ns;
	/* What the log says happened before this file was read is to be told before it. */
	if (n->log)
		fdr_lines_drain(n->log);
	fdr_track_round_begin(&n->track);
	r = fdr_nagios_status(text, on_row, n, &e);
	if (r < 0) {
		/* One may be read while it is written, where it is not renamed into place. */
		if (n->damaged++)
			cannot_see(n, asked_ns, e.text);
		return;
	}
	n->damaged = 0;
	fdr_track_round_end(&n->track, n->written_ns, fdr_now_ns());
}

static void look(struct nagios *n)
{
	int64_t asked = fdr_now_ns(), age;
	struct stat st;

	if (stat(n->path, &st) < 0) {
		cannot_see(n, asked, strerror(errno));
		return;
	}
	if (st.st_mtim.tv_sec != n->written.tv_sec || st.st_mtim.tv_nsec != n->written.tv_nsec)
		read_status(n, &st, asked);
	if (n->damaged)
		return;
	age = asked - n->written_ns;
	if (age > n->timeout_ns)
		cannot_see(n, asked, "Nagios no longer writes its status file");
	else
		fdr_track_polled(&n->track, "", "reachable", asked, fdr_now_ns(),
				 "writes its status file");
}

static void on_tick(void *userdata, int64_t when)
{
	struct nagios *n = userdata;
	int64_t now = fdr_now_ns();

	fdr_lateness_asked(n->env->lateness, now - when);
	look(n);
	fdr_poll_timer_set(n->tick, fdr_next_tick_counted(n->env->lateness, when, n->interval_ns,
							  fdr_now_ns()));
}

static void on_log(void *userdata, char *line, struct fdr_interval when)
{
	struct nagios *n = userdata;
	char subject[FDR_NAGIOS_NAME];
	const char *state, *message;

	if (fdr_nagios_log(line, subject, sizeof(subject), &state, &message) &&
	    wanted(n, subject))
		fdr_track_pushed(&n->track, subject, state, when, message);
}

static void nagios_stop(void *state)
{
	struct nagios *n = state;

	fdr_lines_close(n->log);
	fdr_poll_timer_free(n->tick);
	fdr_track_clear(&n->track);
	free(n);
}

static int nagios_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
			void **ret_state, struct fdr_error *e)
{
	const char *log = fdr_opts_str(opts, "log");
	struct nagios *n = calloc(1, sizeof(*n));
	int r;

	if (!n)
		return fdr_err(e, -ENOMEM, "out of memory");
	n->env = env;
	n->path = fdr_opts_str(opts, "status");
	n->hosts = fdr_opts_str(opts, "hosts");
	n->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	n->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&n->track, env);
	r = fdr_poller_add_timer(env->poller, on_tick, n, &n->tick);
	if (r < 0)
		fdr_err(e, r, "%s", strerror(-r));
	if (r >= 0 && log) {
		r = fdr_lines_open(env->poller, log, on_log, n, &n->log, e);
		if (r < 0)
			fdr_err_prefix(e, r, "log");
	}
	if (r < 0) {
		nagios_stop(n);
		return r;
	}
	fdr_poll_timer_set(n->tick, fdr_now_ns());
	*ret_state = n;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "status", .type = FDR_OPT_STRING, .required = true,
	  .summary = "Nagios' status_file: the path of status.dat" },
	{ .name = "log", .type = FDR_OPT_STRING,
	  .summary = "its log as well: file:PATH (log_file) or udp:ADDRESS:PORT (syslog)" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "50ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often it is seen whether there is a new status file" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "30s", .min = 100000000,
	  .max = 3600000000000, .summary = "without a new one for so long Nagios is unreachable" },
	{ .name = "hosts", .type = FDR_OPT_STRING,
	  .summary = "only these hosts and their services, separated by commas" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_nagios = {
	.kind = { .name = "nagios", .summary = "Nagios' view of its hosts and services",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "up|suspect|down|cut-off|ok|warning|critical|unknown|pending|gone|reachable|"
		  "unreachable",
	.start = nagios_start, .stop = nagios_stop, .canary = fdr_canary_nagios,
};
