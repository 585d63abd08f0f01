// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections to a port, each with a text sent and an answer expected, or neither:
 * for services whose protocol has no kind of its own.
 */
#include <errno.h>
#include <regex.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "kinds.h"
#include "open-loop.h"
#include "substitute.h"
#include "sys/addr.h"

/* So much of an answer is looked at. */
#define ANSWER_MAX	4096

struct tcp {
	struct fdr_open_loop loop;
	struct fdr_addr addr;
	const char *send;		/* NULL: nothing is sent */
	regex_t expect, served_by;
	bool has_expect, has_served_by, keepalive;
	uint64_t lines;
	struct conn *conns;		/* all of them */
	struct conn *idle;		/* kept ones without a request */
};

struct request {
	struct fdr_open_request base;
	struct conn *conn;
};

struct conn {
	struct tcp *tcp;
	struct conn *prev, *next, *next_idle;
	struct request *request;	/* NULL: idle */
	struct fdr_poll_io *io;
	int fd;
	bool connected;
	char *out;
	size_t out_len, out_done;
	char in[ANSWER_MAX + 1];
	size_t in_len;
};

static void conn_free(struct conn *c)
{
	struct linger at_once = { .l_onoff = 1 };
	struct tcp *t = c->tcp;

	for (struct conn **p = &t->idle; *p; p = &(*p)->next_idle) {
		if (*p == c) {
			*p = c->next_idle;
			break;
		}
	}
	if (c->prev)
		c->prev->next = c->next;
	else
		t->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	fdr_poll_io_free(c->io);
	if (c->fd >= 0) {
		/* A reset instead of TIME_WAIT, which would use up the local ports. */
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(c->fd);
	}
	free(c->out);
	free(c);
}

/* What the answer's first bytes name as its server. */
static void find_server(const struct tcp *t, const char *answer, char *buf, size_t size)
{
	regmatch_t m[2] = { { -1, -1 }, { -1, -1 } };
	char raw[128] = "";

	if (t->has_served_by && !regexec(&t->served_by, answer, 2, m, 0) && m[1].rm_so >= 0)
		snprintf(raw, sizeof(raw), "%.*s", (int)(m[1].rm_eo - m[1].rm_so),
			 answer + m[1].rm_so);
	fdr_text_clean(buf, size, raw);
}

/* Ends the request; the connection is kept if it may be. */
static void conclude(struct conn *c, bool good, const char *detail)
{
	struct request *q = FDR_TAKE_PTR(c->request);
	struct tcp *t = c->tcp;
	char server[128] = "", words[160];
	struct fdr_open_outcome o = {
		.status = good ? FDR_REQUEST_OK : FDR_REQUEST_ERROR,
		.served_by = server, .detail = words,
	};

	fdr_text_clean(words, sizeof(words), detail);
	find_server(t, c->in, server, sizeof(server));
	if (good && t->keepalive) {
		c->next_idle = t->idle;
		t->idle = c;
		fdr_poll_io_set(c->io, EPOLLIN);
	} else {
		conn_free(c);
	}
	fdr_open_loop_done(&q->base, &o);
}

static bool answer_whole(const struct conn *c)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < c->in_len; i++)
		lines += c->in[i] == '\n';
	return lines >= c->tcp->lines || c->in_len == ANSWER_MAX;
}

/* True: the request is over, and so may be the connection. */
static bool judge(struct conn *c, bool ended)
{
	const struct tcp *t = c->tcp;
	bool whole = ended || answer_whole(c);
	char words[192];

	/* On a kept connection the rest of an answer would be taken for the next one's. */
	if ((whole || !t->keepalive) && !regexec(&t->expect, c->in, 0, NULL, 0)) {
		conclude(c, true, "");
		return true;
	}
	if (!whole)
		return false;
	if (!c->in_len)
		snprintf(words, sizeof(words), "closed without an answer");
	else
		snprintf(words, sizeof(words), "answer: %.150s", c->in);
	conclude(c, false, words);
	return true;
}

/* What is new, as text: without the CR of line ends, and with no NUL in it. */
static void keep(struct conn *c, size_t n)
{
	size_t to = c->in_len;

	for (size_t i = c->in_len; i < c->in_len + n; i++)
		if (c->in[i] != '\r')
			c->in[to++] = c->in[i] ? c->in[i] : '?';
	c->in_len = to;
	c->in[to] = '\0';
}

static void read_answer(struct conn *c)
{
	for (;;) {
		ssize_t n = read(c->fd, c->in + c->in_len, ANSWER_MAX - c->in_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			conclude(c, false, strerror(errno));
			return;
		}
		keep(c, (size_t)n);
		if (judge(c, !n))
			return;
	}
}

/* Sends what is left to send; then waits for the answer, if there is to be one. */
static void go_on(struct conn *c)
{
	while (c->out_done < c->out_len) {
		ssize_t n = send(c->fd, c->out + c->out_done, c->out_len - c->out_done,
				 MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			fdr_poll_io_set(c->io, EPOLLOUT);
			return;
		}
		if (n < 0) {
			conclude(c, false, strerror(errno));
			return;
		}
		c->out_done += (size_t)n;
	}
	if (!c->tcp->has_expect)
		conclude(c, true, "");
	else
		fdr_poll_io_set(c->io, EPOLLIN);
}

static void on_io(void *userdata, int fd, uint32_t revents)
{
	struct conn *c = userdata;
	char words[160];
	int r;

	(void)revents;
	if (!c->request) {
		/* Closed while idle, or it speaks unasked: of no use either way. */
		conn_free(c);
		return;
	}
	if (!c->connected) {
		r = fdr_addr_connected(fd);
		if (r < 0) {
			snprintf(words, sizeof(words), "cannot connect: %s", strerror(-r));
			conclude(c, false, words);
			return;
		}
		c->connected = true;
		go_on(c);
	} else if (c->out_done < c->out_len) {
		go_on(c);
	} else {
		read_answer(c);
	}
}

static struct conn *conn_new(struct tcp *t)
{
	struct conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->tcp = t;
	c->fd = -1;
	c->next = t->conns;
	if (c->next)
		c->next->prev = c;
	t->conns = c;
	return c;
}

/* A connection for the request; 0 also where it failed, which has been told then. */
static int open_conn(struct tcp *t, struct request *q, struct conn **ret, struct fdr_error *e)
{
	struct conn *c = conn_new(t);
	char words[160];
	int r;

	*ret = NULL;
	if (!c)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_addr_connect(&t->addr, &c->fd, &c->connected);
	if (r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -ENOBUFS) {
		conn_free(c);
		return fdr_err(e, r, "%s", strerror(-r));
	}
	if (r < 0) {
		c->request = q;
		snprintf(words, sizeof(words), "cannot connect: %s", strerror(-r));
		conclude(c, false, words);
		return 0;
	}
	r = fdr_poller_add_io(t->loop.env->poller, c->fd, EPOLLOUT, on_io, c, &c->io);
	if (r < 0) {
		conn_free(c);
		return fdr_err(e, r, "%s", strerror(-r));
	}
	*ret = c;
	return 0;
}

/* A kept connection that is still good, as far as this host has heard. */
static struct conn *take_idle(struct tcp *t)
{
	struct conn *c;

	while ((c = t->idle)) {
		char byte;

		if (recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN) {
			t->idle = c->next_idle;
			return c;
		}
		conn_free(c);
	}
	return NULL;
}

static int tcp_send(void *kind, struct fdr_open_request *base, struct fdr_error *e)
{
	struct request *q = (struct request *)base;
	struct tcp *t = kind;
	struct conn *c;
	char *out = NULL;
	int r = 0;

	if (t->send) {
		out = fdr_substitute(t->send, "seq", base->seq);
		if (!out)
			return fdr_err(e, -ENOMEM, "out of memory");
	}
	c = take_idle(t);
	if (!c)
		r = open_conn(t, q, &c, e);
	if (!c) {
		free(out);
		return r;
	}
	free(c->out);
	c->out = out;
	c->out_len = out ? strlen(out) : 0;
	c->out_done = c->in_len = 0;
	c->in[0] = '\0';
	c->request = q;
	q->conn = c;
	if (c->connected)
		go_on(c);
	return 0;
}

static void tcp_give_up(void *kind, struct fdr_open_request *base, struct fdr_open_outcome *o)
{
	struct request *q = (struct request *)base;

	(void)kind;
	if (!q->conn->connected)
		o->detail = "no connection in time";
	q->conn->request = NULL;
	conn_free(q->conn);
}

static const struct fdr_open_ops open_ops = {
	.request_size = sizeof(struct request), .send = tcp_send, .give_up = tcp_give_up,
};

static void tcp_drain(void *state)
{
	fdr_open_loop_drain(&((struct tcp *)state)->loop);
}

static size_t tcp_pending(const void *state)
{
	return ((const struct tcp *)state)->loop.pending;
}

static void tcp_stop(void *state)
{
	struct tcp *t = state;

	fdr_open_loop_end(&t->loop);
	fdr_open_loop_clear(&t->loop);
	while (t->conns)
		conn_free(t->conns);
	if (t->has_expect)
		regfree(&t->expect);
	if (t->has_served_by)
		regfree(&t->served_by);
	free(t);
}

static int compile(const struct fdr_opts *opts, const char *name, regex_t *ret, bool *ret_has,
		   struct fdr_error *e)
{
	const char *text = fdr_opts_str(opts, name);
	char why[128];
	int r;

	if (!text)
		return 0;
	/* Line by line: "^OK$" is what one expects of a line. */
	r = regcomp(ret, text, REG_EXTENDED | REG_NEWLINE);
	if (r) {
		regerror(r, ret, why, sizeof(why));
		return fdr_err(e, -EINVAL, "%s: \"%.200s\" is no extended regular expression: %s",
			       name, text, why);
	}
	*ret_has = true;
	return 0;
}

static int check_options(struct tcp *t, const struct fdr_opts *opts, struct fdr_error *e)
{
	int r = compile(opts, "expect", &t->expect, &t->has_expect, e);

	t->send = fdr_opts_str(opts, "send");
	t->keepalive = fdr_opts_num(opts, "keepalive");
	t->lines = fdr_opts_num(opts, "lines");
	if (r >= 0)
		r = compile(opts, "served_by", &t->served_by, &t->has_served_by, e);
	if (r < 0)
		return r;
	if (t->has_served_by && !t->has_expect)
		return fdr_err(e, -EINVAL, "served_by: no answer is read without \"expect\"");
	if (t->keepalive && (!t->send || !t->has_expect))
		return fdr_err(e, -EINVAL, "keepalive: on a kept connection a request is what is "
			       "sent and answered: give \"send\" and \"expect\"");
	r = fdr_addr_parse(fdr_opts_str(opts, "address"), SOCK_STREAM, &t->addr, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "address");
	return fdr_open_loop_reserve_files(t->loop.max_in_flight, "max_in_flight", e);
}

static int tcp_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		     void **ret_state, struct fdr_error *e)
{
	struct tcp *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_open_loop_init(&t->loop, env, opts, &open_ops, t, e);
	if (r >= 0)
		r = check_options(t, opts, e);
	if (r < 0) {
		tcp_stop(t);
		return r;
	}
	fdr_open_loop_begin(&t->loop);
	*ret_state = t;
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "address", .type = FDR_OPT_STRING, .required = true,
	  .summary = "HOST:PORT, or the path of a socket" },
	FDR_OPEN_LOOP_OPTIONS,
	{ .name = "send", .type = FDR_OPT_STRING,
	  .summary = "sent on each; {seq} is the request's number" },
	{ .name = "expect", .type = FDR_OPT_STRING,
	  .summary = "extended regular expression that the answer is to match; without it a "
		     "connection (and what is sent taken) is the success" },
	{ .name = "lines", .type = FDR_OPT_U64, .def = "1", .min = 1, .max = 1000,
	  .summary = "after so many lines the answer is whole: it matches by then, or is an error" },
	{ .name = "served_by", .type = FDR_OPT_STRING,
	  .summary = "extended regular expression whose first group is the server's name" },
	{ .name = "keepalive", .type = FDR_OPT_BOOL, .def = "no",
	  .summary = "keep connections; by default each request has its own" },
};

const struct fdr_workload_ops fdr_workload_tcp = {
	.kind = { .name = "tcp", .summary = "connections to a port, with an exchange on each",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = tcp_start, .drain = tcp_drain, .stop = tcp_stop, .pending = tcp_pending,
};
