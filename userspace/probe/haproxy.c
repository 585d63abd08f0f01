// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HAProxy's view of its servers: "show stat" over one kept connection to the stats
 * socket, and, where given, its log as events that are pushed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/text.h"
#include "canary.h"
#include "haproxy-words.h"
#include "kinds.h"
#include "lines.h"
#include "sys/addr.h"
#include "tick.h"
#include "track.h"

#define ANSWER_MAX	(16u << 20)
#define QUESTION	"show stat -1 4 -1\n"	/* all proxies, servers only */
/* Each answer ends with the prompt of the interactive mode. */
#define PROMPT		"\n> "

enum phase { CLOSED, CONNECTING, GREETING, IDLE, ASKED };

struct haproxy {
	const struct fdr_probe_env *env;
	struct fdr_track track;
	struct fdr_addr addr;
	const char *backends;
	int64_t interval_ns, timeout_ns;

	enum phase phase;
	int fd;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *tick;
	int64_t asked_ns;	/* when what is under way began: connecting, a question */
	unsigned int failures;	/* since the last good answer */
	char *buf;
	size_t len, size;

	struct fdr_lines *log;
	bool warned_unknown;
};

static void hang_up(struct haproxy *h)
{
	h->io = fdr_poll_io_free(h->io);
	fdr_closep(&h->fd);
	h->fd = -1;
	h->len = 0;
	h->phase = CLOSED;
}

/*
 * HAProxy closes a connection when it is reloaded, or idle for long: that alone
 * says nothing.  Where the next attempt fails as well, it cannot be reached.
 */
static void fail(struct haproxy *h, const char *why)
{
	bool connecting = h->phase == CLOSED || h->phase == CONNECTING;

	hang_up(h);
	if (h->failures++ || connecting)
		fdr_track_polled(&h->track, "", "unreachable", h->asked_ns, fdr_now_ns(), why);
}

static void send_text(struct haproxy *h, const char *text, enum phase next)
{
	size_t len = strlen(text);

	h->len = 0;
	h->asked_ns = fdr_now_ns();
	h->phase = next;
	if (send(h->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)len)
		fail(h, strerror(errno));
}

static void on_row(void *userdata, const struct fdr_haproxy_row *r)
{
	struct haproxy *h = userdata;
	const char *state = fdr_haproxy_status(r->status);
	char subject[512], detail[512];

	if (h->backends && !fdr_text_listed(h->backends, r->backend))
		return;
	snprintf(subject, sizeof(subject), "%s/%s", r->backend, r->server);
	if (!state && !h->warned_unknown)
		fdr_warn("probe %s: HAProxy says \"%.64s\" of %s, which this version does not know",
			 h->env->name, r->status, subject);
	h->warned_unknown |= !state;
	if (!strcmp(r->status, "no check") && !fdr_track_state(&h->track, subject))
		fdr_warn("probe %s: HAProxy does not check %s and will never find it down "
			 "(add \"check\" to its line)", h->env->name, subject);
	snprintf(detail, sizeof(detail), "%s%s%s%s%s", r->status, *r->check_status ? ", " : "",
		 r->check_status, *r->last_check ? ": " : "", r->last_check);
	fdr_track_polled(&h->track, subject, state ? state : "unknown", h->asked_ns,
			 fdr_now_ns(), detail);
}

static void take_answer(struct haproxy *h)
{
	int64_t answered = fdr_now_ns();
	struct fdr_error e = { "" };

	h->buf[h->len - strlen(PROMPT)] = '\0';
	/* What the log says happened before this answer is to be told before it. */
	if (h->log)
		fdr_lines_drain(h->log);
	fdr_track_round_begin(&h->track);
	if (fdr_haproxy_csv(h->buf, on_row, h, &e) < 0) {
		h->failures++;
		fail(h, e.text);
		return;
	}
	fdr_track_round_end(&h->track, h->asked_ns, answered);
	fdr_track_polled(&h->track, "", "reachable", h->asked_ns, answered, "answers \"show stat\"");
	h->failures = 0;
	h->phase = IDLE;
}

static bool ends_with_prompt(const struct haproxy *h)
{
	size_t n = strlen(PROMPT);

	return h->len >= n && !memcmp(h->buf + h->len - n, PROMPT, n);
}

/* Reads what is there.  False if the connection is no more. */
static bool read_some(struct haproxy *h)
{
	for (;;) {
		ssize_t n;

		if (h->size - h->len < 4096) {
			char *buf = h->size < ANSWER_MAX ? realloc(h->buf, h->size * 2) : NULL;

			if (!buf) {
				fail(h, "the answer to \"show stat\" does not end");
				return false;
			}
			h->buf = buf;
			h->size *= 2;
		}
		n = recv(h->fd, h->buf + h->len, h->size - h->len, MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0) {
			fail(h, n < 0 ? strerror(errno) : "HAProxy closed the connection");
			return false;
		}
		h->len += (size_t)n;
	}
}

static void on_socket(void *userdata, int fd, uint32_t revents)
{
	struct haproxy *h = userdata;
	int r;

	(void)revents;
	if (h->phase == CONNECTING) {
		r = fdr_addr_connected(fd);
		if (r >= 0)
			r = fdr_poll_io_set(h->io, EPOLLIN);
		if (r < 0) {
			fail(h, strerror(-r));
			return;
		}
		send_text(h, "prompt\n", GREETING);
		return;
	}
	if (!read_some(h) || !ends_with_prompt(h))
		return;
	if (h->phase == GREETING)
		send_text(h, QUESTION, ASKED);
	else if (h->phase == ASKED)
		take_answer(h);
	else
		h->len = 0;	/* unasked: not HAProxy's way, and nothing to us */
}

static void dial(struct haproxy *h)
{
	bool done = false;
	int r, on = 1;

	h->asked_ns = fdr_now_ns();
	r = fdr_addr_connect(&h->addr, &h->fd, &done);
	if (r >= 0)
		r = fdr_poller_add_io(h->env->poller, h->fd, done ? EPOLLIN : EPOLLOUT, on_socket,
				      h, &h->io);
	if (r < 0) {
		fail(h, strerror(-r));
		return;
	}
	setsockopt(h->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));	/* not on a unix socket */
	h->phase = CONNECTING;
	if (done)
		send_text(h, "prompt\n", GREETING);
}

/* Asks on schedule; while an answer is under way its turn is passed over. */
static void on_tick(void *userdata, int64_t when)
{
	struct haproxy *h = userdata;
	int64_t now = fdr_now_ns();

	if (h->phase == IDLE || h->phase == CLOSED)
		fdr_lateness_asked(h->env->lateness, now - when);
	if (h->phase == IDLE)
		send_text(h, QUESTION, ASKED);
	else if (h->phase == CLOSED)
		dial(h);
	else if (now - h->asked_ns > h->timeout_ns)
		fail(h, h->phase == CONNECTING ? "no connection in time" : "no answer in time");
	fdr_poll_timer_set(h->tick, fdr_next_tick_counted(h->env->lateness, when, h->interval_ns,
							  now));
}

static void on_log(void *userdata, char *line, struct fdr_interval when)
{
	struct haproxy *h = userdata;
	const char *state, *message;
	char subject[512], backend[512];

	if (!fdr_haproxy_log(line, subject, sizeof(subject), &state, &message))
		return;
	memcpy(backend, subject, sizeof(backend));
	*strchr(backend, '/') = '\0';
	if (h->backends && !fdr_text_listed(h->backends, backend))
		return;
	fdr_track_pushed(&h->track, subject, state, when, message);
}

static void haproxy_stop(void *state)
{
	struct haproxy *h = state;

	fdr_lines_close(h->log);
	hang_up(h);
	fdr_poll_timer_free(h->tick);
	fdr_track_clear(&h->track);
	free(h->buf);
	free(h);
}

static int haproxy_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
			 void **ret_state, struct fdr_error *e)
{
	const char *log = fdr_opts_str(opts, "log");
	struct haproxy *h = calloc(1, sizeof(*h));
	int r = -ENOMEM;

	if (!h)
		return fdr_err(e, r, "out of memory");
	h->env = env;
	h->fd = -1;
	h->backends = fdr_opts_str(opts, "backends");
	h->interval_ns = (int64_t)fdr_opts_num(opts, "interval");
	h->timeout_ns = (int64_t)fdr_opts_num(opts, "timeout");
	fdr_track_init(&h->track, env);
	h->size = 16384;
	h->buf = malloc(h->size);
	if (h->buf)
		r = fdr_poller_add_timer(env->poller, on_tick, h, &h->tick);
	if (r < 0) {
		fdr_err(e, r, "%s", strerror(-r));
		goto err_stop;
	}
	r = fdr_addr_parse(fdr_opts_str(opts, "socket"), SOCK_STREAM, &h->addr, e);
	if (r < 0) {
		fdr_err_prefix(e, r, "socket");
		goto err_stop;
	}
	if (log) {
		r = fdr_lines_open(env->poller, log, on_log, h, &h->log, e);
		if (r < 0) {
			fdr_err_prefix(e, r, "log");
			goto err_stop;
		}
	}
	fdr_poll_timer_set(h->tick, fdr_now_ns());
	*ret_state = h;
	return 0;

err_stop:
	haproxy_stop(h);
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "socket", .type = FDR_OPT_STRING, .required = true,
	  .summary = "the stats socket: a path, or HOST:PORT" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "5ms", .min = 1000000,
	  .max = 3600000000000, .summary = "how often \"show stat\" is asked for" },
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "1s", .min = 1000000,
	  .max = 3600000000000, .summary = "without an answer for so long it is unreachable" },
	{ .name = "log", .type = FDR_OPT_STRING,
	  .summary = "HAProxy's log as well: udp:ADDRESS:PORT (syslog) or file:PATH" },
	{ .name = "backends", .type = FDR_OPT_STRING,
	  .summary = "only these backends, separated by commas" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_haproxy = {
	.kind = { .name = "haproxy", .summary = "HAProxy's view of its servers",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "up|suspect|down|maint|drain|gone|unknown|reachable|unreachable",
	.start = haproxy_start, .stop = haproxy_stop, .canary = fdr_canary_haproxy,
};
