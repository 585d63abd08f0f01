// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plain HTTP/1.1 client: a connection for each request, closed with a reset.  Each
 * costs socket, connect, send, recv, close and little else; http_parser reads the answers.
 */
#include <errno.h>
#include <http_parser.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/text.h"
#include "http-internal.h"

#define BODY_FIRST	1024	/* room for a body to begin with */
#define BODY_KEEP	4096	/* a call that waits for its next use keeps no more */

struct call {
	struct fdr_http_plain *http;
	struct call *prev, *next;	/* among those under way, or spare */
	const struct fdr_http_url *url;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *timeout;
	fdr_http_cb cb;
	void *userdata;
	int64_t sent_ns;
	size_t sent;			/* of the request */
	int fd;
	int failed;			/* could not be begun; told from the poller */
	http_parser parser;
	bool complete;
	/* The header that is wanted. */
	bool in_value, other;
	size_t matched;			/* of its name */
	char raw[128], header[128];
	size_t raw_len;
	char *body;
	size_t body_len, body_size;
};

struct fdr_http_plain {
	struct fdr_poller *poller;
	const struct fdr_http_request *what;
	struct call *busy, *spare;
	size_t pending;
	char buf[16384];
};

static void push(struct call **head, struct call *c)
{
	c->prev = NULL;
	c->next = *head;
	if (*head)
		(*head)->prev = c;
	*head = c;
}

static void unlink_call(struct call **head, struct call *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		*head = c->next;
	if (c->next)
		c->next->prev = c->prev;
}

static void hang_up(struct call *c)
{
	c->io = fdr_poll_io_free(c->io);
	fdr_closep(&c->fd);
	c->fd = -1;
	fdr_poll_timer_stop(c->timeout);
}

/* Ends a call and tells its owner; the call is spare again after that.  @error NULL: answered. */
static void finish(struct call *c, const char *error, bool timed_out)
{
	struct fdr_http_plain *h = c->http;
	struct fdr_http_answer a = {
		.sent_ns = c->sent_ns, .done_ns = fdr_now_ns(), .timed_out = timed_out,
		.code = error ? 0 : c->parser.status_code, .error = error ? error : "",
		.header = c->header, .body = c->body ? c->body : "", .body_len = c->body_len,
	};

	hang_up(c);
	unlink_call(&h->busy, c);
	h->pending--;
	c->cb(c->userdata, &a);
	/* Only now: the answer lies in it. */
	if (c->body_size > BODY_KEEP) {
		free(c->body);
		c->body = NULL;
		c->body_size = 0;
	}
	push(&h->spare, c);
}

static void fail(struct call *c, const char *what, int err)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(err));
	finish(c, text, false);
}

static int on_message_begin(http_parser *p)
{
	struct call *c = p->data;

	*c->header = '\0';
	c->in_value = c->other = false;
	c->matched = c->raw_len = 0;
	return 0;
}

static void take_header(struct call *c)
{
	const char *want = c->http->what->want_header;

	if (c->in_value && want && !c->other && c->matched == strlen(want)) {
		while (c->raw_len && (unsigned char)c->raw[c->raw_len - 1] <= ' ')
			c->raw_len--;
		c->raw[c->raw_len] = '\0';
		fdr_text_clean(c->header, sizeof(c->header), c->raw);
	}
	c->in_value = c->other = false;
	c->matched = c->raw_len = 0;
}

/* Names and values come in pieces. */
static int on_header_field(http_parser *p, const char *at, size_t len)
{
	struct call *c = p->data;
	const char *want = c->http->what->want_header;

	if (c->in_value)
		take_header(c);
	if (!want || c->other || c->matched + len > strlen(want) ||
	    strncasecmp(want + c->matched, at, len))
		c->other = true;
	else
		c->matched += len;
	return 0;
}

static int on_header_value(http_parser *p, const char *at, size_t len)
{
	struct call *c = p->data;
	size_t room = sizeof(c->raw) - 1 - c->raw_len;

	c->in_value = true;
	if (c->other)
		return 0;
	if (len > room)
		len = room;
	memcpy(c->raw + c->raw_len, at, len);
	c->raw_len += len;
	return 0;
}

static int on_headers_complete(http_parser *p)
{
	struct call *c = p->data;
	const char *method = c->http->what->method;

	take_header(c);
	/* 1: there is no body, whatever the headers say. */
	return p->status_code == HTTP_STATUS_NO_CONTENT ||
	       p->status_code == HTTP_STATUS_NOT_MODIFIED || (method && !strcmp(method, "HEAD"));
}

static int on_body(http_parser *p, const char *at, size_t len)
{
	struct call *c = p->data;
	size_t room = c->http->what->max_body - c->body_len;

	if (len > room)
		len = room;
	if (!len)
		return 0;
	if (c->body_len + len >= c->body_size) {
		size_t size = c->body_size ? c->body_size : BODY_FIRST;
		char *body;

		while (size <= c->body_len + len)
			size *= 2;
		body = realloc(c->body, size);
		if (!body)
			return 1;
		c->body = body;
		c->body_size = size;
	}
	memcpy(c->body + c->body_len, at, len);
	c->body_len += len;
	c->body[c->body_len] = '\0';
	return 0;
}

static int on_message_complete(http_parser *p)
{
	struct call *c = p->data;

	/* "100 Continue" and its like come before the answer. */
	if (p->status_code / 100 == 1 && p->status_code != HTTP_STATUS_SWITCHING_PROTOCOLS)
		return 0;
	c->complete = true;
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = {
	.on_message_begin = on_message_begin, .on_header_field = on_header_field,
	.on_header_value = on_header_value, .on_headers_complete = on_headers_complete,
	.on_body = on_body, .on_message_complete = on_message_complete,
};

/* True if the call goes on; else it has ended. */
static bool take(struct call *c, const char *data, size_t len)
{
	char text[128];

	http_parser_execute(&c->parser, &settings, data, len);
	if (c->complete) {
		finish(c, NULL, false);
		return false;
	}
	if (HTTP_PARSER_ERRNO(&c->parser) != HPE_OK) {
		snprintf(text, sizeof(text), len ? "no HTTP answer: %s" :
			 "the connection was closed before the answer was whole",
			 http_errno_description(HTTP_PARSER_ERRNO(&c->parser)));
		finish(c, text, false);
		return false;
	}
	if (!len)
		finish(c, "the connection was closed without an answer", false);
	return len > 0;
}

/* @ended: of the other side there is no more to come than lies here. */
static void read_some(struct call *c, bool ended)
{
	struct fdr_http_plain *h = c->http;
	ssize_t n;

	/* Less than there is room for is all that there was; more comes with an event. */
	do {
		n = recv(c->fd, h->buf, sizeof(h->buf), MSG_DONTWAIT);
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				fail(c, "no answer", errno);
			return;
		}
	} while (take(c, h->buf, (size_t)n) && (ended || n == sizeof(h->buf)));
}

/* 0, or negative errno. */
static int send_some(struct call *c)
{
	ssize_t n = send(c->fd, c->url->text + c->sent, c->url->len - c->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	c->sent += (size_t)n;
	return 0;
}

static void on_io(void *userdata, int fd, uint32_t revents)
{
	struct call *c = userdata;
	int r = 0;

	(void)fd;
	/* The first attempt to send tells how connecting ended. */
	if (c->sent < c->url->len && (revents & ~(uint32_t)EPOLLIN))
		r = send_some(c);
	if (r < 0)
		fail(c, c->sent ? "cannot send" : "cannot connect", -r);
	else if (revents & ~(uint32_t)EPOLLOUT)
		read_some(c, revents & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
}

static void on_timeout(void *userdata, int64_t when)
{
	struct call *c = userdata;

	(void)when;
	if (c->failed)
		fail(c, "cannot connect", c->failed);
	else
		finish(c, "timed out", true);
}

/* What is our own trouble, and says nothing of the server. */
static bool ours(int err)
{
	return err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS ||
	       err == EADDRNOTAVAIL;
}

static int dial(struct call *c)
{
	const struct linger at_once = { .l_onoff = 1 };
	int r;

	c->fd = socket(c->url->sa.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0)
		return -errno;
	/* A reset instead of TIME_WAIT, which would use up the local ports. */
	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(c->fd, &c->url->sa.any, c->url->sa_len) < 0 && errno != EINPROGRESS)
		return -errno;
	/* Near servers accept before connect() has returned: that spares an event. */
	r = send_some(c);
	if (r < 0)
		return r;
	return fdr_poller_add_io(c->http->poller, c->fd,
				 EPOLLIN | EPOLLRDHUP | EPOLLET |
				 (c->sent < c->url->len ? EPOLLOUT : 0),
				 on_io, c, &c->io);
}

static void call_free(struct call *c)
{
	fdr_poll_io_free(c->io);
	fdr_closep(&c->fd);
	fdr_poll_timer_free(c->timeout);
	free(c->body);
	free(c);
}

static struct call *call_new(struct fdr_http_plain *h)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->http = h;
	c->fd = -1;
	if (fdr_poller_add_timer(h->poller, on_timeout, c, &c->timeout) < 0) {
		call_free(c);
		return NULL;
	}
	return c;
}

int fdr_http_plain_call(struct fdr_http_plain *h, const struct fdr_http_url *url,
			int64_t timeout_ns, fdr_http_cb cb, void *userdata)
{
	struct call *c = h->spare;
	int r;

	if (c)
		unlink_call(&h->spare, c);
	else
		c = call_new(h);
	if (!c)
		return -ENOMEM;
	c->url = url;
	c->cb = cb;
	c->userdata = userdata;
	c->sent = c->body_len = 0;
	c->failed = 0;
	c->complete = false;
	*c->header = '\0';
	if (c->body)
		*c->body = '\0';
	http_parser_init(&c->parser, HTTP_RESPONSE);
	c->parser.data = c;
	/* What stands in headers is the server's business. */
	c->parser.lenient_http_headers = 1;
	c->sent_ns = fdr_now_ns();
	r = dial(c);
	if (r < 0 && ours(-r)) {
		hang_up(c);
		push(&h->spare, c);
		return r;
	}
	c->failed = -r;
	push(&h->busy, c);
	h->pending++;
	fdr_poll_timer_set(c->timeout, c->sent_ns + (r < 0 ? 0 : timeout_ns));
	return 0;
}

size_t fdr_http_plain_pending(const struct fdr_http_plain *h)
{
	return h->pending;
}

void fdr_http_plain_expire(struct fdr_http_plain *h)
{
	for (size_t n = h->pending; n && h->busy; n--)
		finish(h->busy, "timed out", true);
}

int fdr_http_plain_new(struct fdr_poller *p, const struct fdr_http_request *what,
		       struct fdr_http_plain **ret)
{
	struct fdr_http_plain *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->poller = p;
	h->what = what;
	*ret = h;
	return 0;
}

struct fdr_http_plain *fdr_http_plain_free(struct fdr_http_plain *h)
{
	if (!h)
		return NULL;
	while (h->busy || h->spare) {
		struct call **head = h->busy ? &h->busy : &h->spare, *c = *head;

		unlink_call(head, c);
		call_free(c);
	}
	free(h);
	return NULL;
}
