// SPDX-License-Identifier: GPL-2.0-or-later
/* libcurl's multi interface on our poller. */
#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/text.h"
#include "http-internal.h"

struct call {
	struct fdr_http_curl *http;
	struct call *prev, *next;	/* among those under way, or spare */
	CURL *easy;
	struct fdr_poll_timer *timeout;
	fdr_http_cb cb;
	void *userdata;
	int64_t sent_ns;
	char error[CURL_ERROR_SIZE];
	char header[128];
	char *body;
	size_t body_len;
};

struct fdr_http_curl {
	struct fdr_poller *poller;
	CURLM *multi;
	struct fdr_poll_timer *timer;	/* libcurl's own */
	struct fdr_poll_timer *ended;	/* calls that ended at once wait to be told */
	struct curl_slist *headers;
	const struct fdr_http_request *what;
	struct call *busy, *spare;
	size_t pending;
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

/* Why there was no answer; libcurl does not say why it could not connect. */
static void explain(struct call *c, CURLcode result, char *buf, size_t size)
{
	long err = 0;

	if (result == CURLE_COULDNT_CONNECT)
		curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &err);
	if (err)
		snprintf(buf, size, "cannot connect: %s", strerror((int)err));
	else
		snprintf(buf, size, "%s", *c->error ? c->error : curl_easy_strerror(result));
}

/* Ends a call and tells its owner; the call is spare again after that. */
static void finish(struct call *c, CURLcode result, bool timed_out)
{
	struct fdr_http_curl *h = c->http;
	struct fdr_http_answer a = {
		.sent_ns = c->sent_ns, .done_ns = fdr_now_ns(), .timed_out = timed_out,
		.error = "", .header = c->header, .body = c->body ? c->body : "",
		.body_len = c->body_len,
	};
	char error[sizeof(c->error)] = "";
	long code = 0;

	if (timed_out)
		snprintf(error, sizeof(error), "timed out");
	else if (result != CURLE_OK)
		explain(c, result, error, sizeof(error));
	else
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &code);
	a.code = (int)code;
	a.error = error;
	curl_multi_remove_handle(h->multi, c->easy);
	fdr_poll_timer_stop(c->timeout);
	unlink_call(&h->busy, c);
	h->pending--;
	c->cb(c->userdata, &a);
	/* Only now: the answer lies in it. */
	push(&h->spare, c);
}

static void reap(struct fdr_http_curl *h)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct call *c;
		CURLcode result = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&c);
		finish(c, result, false);
	}
}

static void action(struct fdr_http_curl *h, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(h->multi, fd, what, &running);
	reap(h);
}

static void on_io(void *userdata, int fd, uint32_t revents)
{
	int what = (revents & EPOLLIN ? CURL_CSELECT_IN : 0) |
		   (revents & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		   (revents & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

	action(userdata, fd, what);
}

static void on_timer(void *userdata, int64_t when)
{
	(void)when;
	action(userdata, CURL_SOCKET_TIMEOUT, 0);
}

static void on_ended(void *userdata, int64_t when)
{
	(void)when;
	reap(userdata);
}

static void on_timeout(void *userdata, int64_t when)
{
	(void)when;
	finish(userdata, CURLE_OPERATION_TIMEDOUT, true);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socketp)
{
	struct fdr_http_curl *h = userdata;
	struct fdr_poll_io *io = socketp;
	uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
			  (what & CURL_POLL_OUT ? EPOLLOUT : 0);

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		fdr_poll_io_free(io);
		curl_multi_assign(h->multi, fd, NULL);
		return 0;
	}
	if (io)
		return fdr_poll_io_set(io, events) < 0 ? -1 : 0;
	if (fdr_poller_add_io(h->poller, fd, events, on_io, h, &io) < 0)
		return -1;
	curl_multi_assign(h->multi, fd, io);
	return 0;
}

static int set_timer(CURLM *multi, long ms, void *userdata)
{
	struct fdr_http_curl *h = userdata;

	(void)multi;
	if (ms < 0)
		fdr_poll_timer_stop(h->timer);
	else
		fdr_poll_timer_set(h->timer, fdr_now_ns() + ms * FDR_NS_PER_MS);
	return 0;
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata)
{
	struct call *c = userdata;
	size_t room = c->http->what->max_body - c->body_len;

	n *= size;
	if (room > n)
		room = n;
	if (room) {
		memcpy(c->body + c->body_len, data, room);
		c->body_len += room;
		c->body[c->body_len] = '\0';
	}
	return n;
}

static size_t on_header(char *data, size_t size, size_t n, void *userdata)
{
	struct call *c = userdata;
	const char *want = c->http->what->want_header;
	size_t len = strlen(want), end = n * size;
	char raw[sizeof(c->header)];

	/* A status line: what came before it ("100 Continue") was not the answer yet. */
	if (end > 5 && !memcmp(data, "HTTP/", 5))
		*c->header = '\0';
	if (end <= len || data[len] != ':' || strncasecmp(data, want, len))
		return n * size;
	for (len++; len < end && (data[len] == ' ' || data[len] == '\t'); len++)
		;
	while (end > len && (unsigned char)data[end - 1] <= ' ')
		end--;
	snprintf(raw, sizeof(raw), "%.*s", (int)(end - len), data + len);
	fdr_text_clean(c->header, sizeof(c->header), raw);
	return n * size;
}

/*
 * A connection that serves once is closed with a reset: thousands of them a minute would
 * otherwise wait in TIME_WAIT and use up the local ports.
 */
static int on_socket_made(void *userdata, curl_socket_t fd, curlsocktype purpose)
{
	struct linger at_once = { .l_onoff = 1 };

	(void)userdata;
	(void)purpose;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	return CURL_SOCKOPT_OK;
}

/* Sets up what all calls have in common. */
static CURLcode set_options(struct call *c)
{
	const struct fdr_http_request *w = c->http->what;
	CURLcode r = CURLE_OK;
#define SET(option, value)	(r = r ? r : curl_easy_setopt(c->easy, option, value))

	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_PROXY, "");		/* no detour that the environment names */
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "faultdrill/" FDR_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PRIVATE, c);
	SET(CURLOPT_ERRORBUFFER, c->error);
	SET(CURLOPT_HTTPHEADER, c->http->headers);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, c);
	if (w->want_header) {
		SET(CURLOPT_HEADERFUNCTION, on_header);
		SET(CURLOPT_HEADERDATA, c);
	}
	if (w->body) {
		SET(CURLOPT_POSTFIELDS, w->body);
		SET(CURLOPT_POSTFIELDSIZE, (long)strlen(w->body));
	}
	if (w->method && !strcmp(w->method, "HEAD"))
		SET(CURLOPT_NOBODY, 1L);
	else if (w->method)
		SET(CURLOPT_CUSTOMREQUEST, w->method);
	if (!w->keepalive) {
		SET(CURLOPT_FRESH_CONNECT, 1L);
		SET(CURLOPT_FORBID_REUSE, 1L);
		SET(CURLOPT_SOCKOPTFUNCTION, on_socket_made);
	}
	if (w->insecure) {
		SET(CURLOPT_SSL_VERIFYPEER, 0L);
		SET(CURLOPT_SSL_VERIFYHOST, 0L);
	}
#undef SET
	return r;
}

static void call_free(struct call *c)
{
	if (c->easy)
		curl_easy_cleanup(c->easy);
	fdr_poll_timer_free(c->timeout);
	free(c->body);
	free(c);
}

static struct call *call_new(struct fdr_http_curl *h)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->http = h;
	c->easy = curl_easy_init();
	if (h->what->max_body)
		c->body = calloc(1, h->what->max_body + 1);
	if (!c->easy || (h->what->max_body && !c->body) || set_options(c) ||
	    fdr_poller_add_timer(h->poller, on_timeout, c, &c->timeout) < 0) {
		call_free(c);
		return NULL;
	}
	return c;
}

int fdr_http_curl_call(struct fdr_http_curl *h, const struct fdr_http_url *url,
		       int64_t timeout_ns, fdr_http_cb cb, void *userdata)
{
	struct call *c = h->spare;
	int running = 0;

	if (c)
		unlink_call(&h->spare, c);
	else
		c = call_new(h);
	if (!c)
		return -ENOMEM;
	if (curl_easy_setopt(c->easy, CURLOPT_URL, url->text)) {
		push(&h->spare, c);
		return -ENOMEM;
	}
	c->cb = cb;
	c->userdata = userdata;
	*c->error = *c->header = '\0';
	c->body_len = 0;
	if (c->body)
		*c->body = '\0';
	push(&h->busy, c);
	h->pending++;
	c->sent_ns = fdr_now_ns();
	fdr_poll_timer_set(c->timeout, c->sent_ns + timeout_ns);
	if (curl_multi_add_handle(h->multi, c->easy)) {
		fdr_poll_timer_stop(c->timeout);
		unlink_call(&h->busy, c);
		push(&h->spare, c);
		h->pending--;
		return -ENOMEM;
	}
	/* The first step now, not when libcurl's timer has its turn. */
	curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	if ((size_t)running < h->pending)
		fdr_poll_timer_set(h->ended, c->sent_ns);
	return 0;
}

size_t fdr_http_curl_pending(const struct fdr_http_curl *h)
{
	return h->pending;
}

void fdr_http_curl_expire(struct fdr_http_curl *h)
{
	for (size_t n = h->pending; n && h->busy; n--)
		finish(h->busy, CURLE_OPERATION_TIMEDOUT, true);
}

static int make_headers(struct fdr_http_curl *h)
{
	struct curl_slist *more;

	/* A body must not wait for the server's leave. */
	h->headers = curl_slist_append(NULL, "Expect:");
	for (size_t i = 0; h->headers && i < h->what->n_headers; i++) {
		more = curl_slist_append(h->headers, h->what->headers[i]);
		if (!more)
			return -ENOMEM;
		h->headers = more;
	}
	return h->headers ? 0 : -ENOMEM;
}

int fdr_http_curl_new(struct fdr_poller *p, const struct fdr_http_request *what,
		      struct fdr_http_curl **ret)
{
	struct fdr_http_curl *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		free(h);
		return -EIO;
	}
	h->poller = p;
	h->what = what;
	h->multi = curl_multi_init();
	if (!h->multi || make_headers(h) < 0 ||
	    fdr_poller_add_timer(p, on_timer, h, &h->timer) < 0 ||
	    fdr_poller_add_timer(p, on_ended, h, &h->ended) < 0) {
		fdr_http_curl_free(h);
		return -ENOMEM;
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	*ret = h;
	return 0;
}

static void free_calls(struct fdr_http_curl *h, struct call **head)
{
	while (*head) {
		struct call *c = *head;

		unlink_call(head, c);
		curl_multi_remove_handle(h->multi, c->easy);
		call_free(c);
	}
}

struct fdr_http_curl *fdr_http_curl_free(struct fdr_http_curl *h)
{
	if (!h)
		return NULL;
	free_calls(h, &h->busy);
	free_calls(h, &h->spare);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	fdr_poll_timer_free(h->timer);
	fdr_poll_timer_free(h->ended);
	curl_slist_free_all(h->headers);
	free(h);
	curl_global_cleanup();
	return NULL;
}
