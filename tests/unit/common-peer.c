// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void on_obs(void *userdata, const struct fdr_obs *o)
{
	struct recorder *r = userdata;
	struct seen_obs *s;

	assert_non_null(o->source);
	assert_non_null(o->subject);
	assert_non_null(o->state);
	assert_non_null(o->detail);
	assert_true(o->when.lo_ns <= o->when.hi_ns);
	assert_true(o->when.hi_ns <= fdr_now_ns());
	r->obs = reallocarray(r->obs, r->n_obs + 1, sizeof(*r->obs));
	assert_non_null(r->obs);
	s = &r->obs[r->n_obs++];
	snprintf(s->source, sizeof(s->source), "%s", o->source);
	snprintf(s->subject, sizeof(s->subject), "%s", o->subject);
	snprintf(s->state, sizeof(s->state), "%s", o->state);
	snprintf(s->detail, sizeof(s->detail), "%s", o->detail);
	s->pushed = o->pushed;
	s->when = o->when;
}

static void on_request(void *userdata, const struct fdr_request *q)
{
	struct recorder *r = userdata;
	struct seen_request *s;

	r->requests = reallocarray(r->requests, r->n_requests + 1, sizeof(*r->requests));
	assert_non_null(r->requests);
	s = &r->requests[r->n_requests++];
	*s = (struct seen_request){
		.seq = q->seq, .intended_ns = q->intended_ns, .sent_ns = q->sent_ns,
		.done_ns = q->done_ns, .status = q->status, .code = q->code,
	};
	snprintf(s->served_by, sizeof(s->served_by), "%s", q->served_by);
	snprintf(s->detail, sizeof(s->detail), "%s", q->detail);
}

void recorder_init(struct recorder *r)
{
	*r = (struct recorder){ .sink = { .obs = on_obs, .request = on_request, .userdata = r } };
}

void recorder_clear(struct recorder *r)
{
	free(r->obs);
	free(r->requests);
}

const struct seen_obs *recorder_obs(const struct recorder *r, const char *subject, size_t n)
{
	for (size_t i = 0; i < r->n_obs; i++)
		if (!strcmp(r->obs[i].subject, subject) && !n--)
			return &r->obs[i];
	return NULL;
}

bool recorder_is(const struct recorder *r, const char *subject, const char *state)
{
	for (size_t i = r->n_obs; i-- > 0;)
		if (!strcmp(r->obs[i].subject, subject))
			return !strcmp(r->obs[i].state, state);
	return false;
}

bool await_state(struct fdr_poller *p, const struct recorder *r, const char *subject,
		 const char *state)
{
	int64_t end = fdr_now_ns() + 30 * FDR_NS_PER_S;

	while (!recorder_is(r, subject, state)) {
		if (fdr_now_ns() > end)
			return false;
		assert_int_equal(fdr_poller_run_once(p, 10 * MS), 0);
	}
	return true;
}

bool await_requests(struct fdr_poller *p, const struct recorder *r, size_t n)
{
	int64_t end = fdr_now_ns() + 30 * FDR_NS_PER_S;

	while (r->n_requests < n) {
		if (fdr_now_ns() > end)
			return false;
		assert_int_equal(fdr_poller_run_once(p, 10 * MS), 0);
	}
	return true;
}

void run_for(struct fdr_poller *p, int64_t ns)
{
	int64_t end = fdr_now_ns() + ns, left;

	while ((left = end - fdr_now_ns()) > 0)
		assert_int_equal(fdr_poller_run_once(p, left), 0);
}

void make_more(struct fdr_opts *o, const char *name, const char *value)
{
	struct fdr_error e = { "" };

	if ((name ? fdr_opts_add(o, name, NULL, value, (struct fdr_place){ 0 }, &e) :
		    fdr_opts_finish(o, &e)) < 0)
		fail_msg("%s: %s", name ? name : "options", e.text);
}

void make_opts(struct fdr_opts *o, const struct fdr_kind *kind, ...)
{
	struct fdr_error e = { "" };
	const char *name;
	va_list ap;

	*o = (struct fdr_opts){ .kind = kind };
	va_start(ap, kind);
	while ((name = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);
		const char *colon = strchr(name, ':');
		char bare[64];

		snprintf(bare, sizeof(bare), "%.*s", (int)strcspn(name, ":"), name);
		if (fdr_opts_add(o, bare, colon ? colon + 1 : NULL, value, (struct fdr_place){ 0 },
				 &e) < 0)
			fail_msg("%s: %s", name, e.text);
	}
	va_end(ap);
	if (fdr_opts_finish(o, &e) < 0)
		fail_msg("%s", e.text);
}

struct peer_conn {
	struct peer *peer;
	struct peer_conn *next;
	struct fdr_poll_io *io;
	int fd;
};

struct peer {
	struct fdr_poller *poller;
	struct fdr_poll_io *io;
	struct peer_conn *conns;
	peer_fn cb;
	void *userdata;
	size_t accepted;
	unsigned int port;
	int fd;
	char path[108];
};

static void on_conn(void *userdata, int fd, uint32_t revents)
{
	struct peer_conn *c = userdata;
	char buf[65536];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)revents;
	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0)
		peer_hang_up(c);
	else
		c->peer->cb(c->peer->userdata, c, buf, (size_t)n);
}

static void on_accept(void *userdata, int fd, uint32_t revents)
{
	struct peer *s = userdata;
	struct peer_conn *c;
	int conn;

	(void)revents;
	while ((conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
		c = calloc(1, sizeof(*c));
		assert_non_null(c);
		c->peer = s;
		c->fd = conn;
		c->next = s->conns;
		s->conns = c;
		s->accepted++;
		assert_int_equal(fdr_poller_add_io(s->poller, conn, EPOLLIN, on_conn, c, &c->io),
				 0);
	}
}

struct peer *peer_listen(struct fdr_poller *p, const char *path, unsigned int port, peer_fn cb,
			 void *userdata)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	struct peer *s = calloc(1, sizeof(*s));
	int on = 1;

	assert_non_null(s);
	if (path && inet_pton(AF_INET, path, &in.sin_addr) == 1)
		path = NULL;
	s->poller = p;
	s->cb = cb;
	s->userdata = userdata;
	s->fd = socket(path ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(s->fd >= 0);
	setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (path) {
		snprintf(s->path, sizeof(s->path), "%s", path);
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
		assert_int_equal(bind(s->fd, (struct sockaddr *)&un, sizeof(un)), 0);
	} else {
		assert_int_equal(bind(s->fd, (struct sockaddr *)&in, sizeof(in)), 0);
		assert_int_equal(getsockname(s->fd, (struct sockaddr *)&in, &len), 0);
		s->port = ntohs(in.sin_port);
	}
	assert_int_equal(listen(s->fd, 512), 0);
	assert_int_equal(fdr_poller_add_io(p, s->fd, EPOLLIN, on_accept, s, &s->io), 0);
	return s;
}

unsigned int peer_port(const struct peer *s)
{
	return s->port;
}

size_t peer_accepted(const struct peer *s)
{
	return s->accepted;
}

void peer_deafen(struct peer *s)
{
	if (s->fd < 0)
		return;
	s->io = fdr_poll_io_free(s->io);
	close(s->fd);
	s->fd = -1;
	if (*s->path)
		unlink(s->path);
}

void peer_hang_up(struct peer_conn *c)
{
	struct peer_conn **at = &c->peer->conns;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	fdr_poll_io_free(c->io);
	close(c->fd);
	free(c);
}

void peer_close(struct peer *s)
{
	if (!s)
		return;
	peer_deafen(s);
	while (s->conns)
		peer_hang_up(s->conns);
	free(s);
}

void peer_send(struct peer_conn *c, const char *data, size_t len)
{
	/* What a client that has gone away does not take is nobody's loss. */
	while (len) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);

		if (n < 0)
			return;
		data += n;
		len -= (size_t)n;
	}
}

char *make_dir(void)
{
	char name[] = "/tmp/fdr-unit-XXXXXX";

	assert_non_null(mkdtemp(name));
	return strdup(name);
}

void remove_dir(char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
	rmdir(dir);
	free(dir);
}
