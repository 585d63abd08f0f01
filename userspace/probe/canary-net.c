// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcp and http: the probe itself, pointed at a port of this host that is closed
 * first and then served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "canary.h"
#include "kinds.h"

/* Far beyond what this host needs to refuse or to accept. */
#define LIMIT_NS	(5 * FDR_NS_PER_S)

struct stand_in {
	struct fdr_poller *poller;
	int fd, client;
	struct fdr_poll_io *io, *client_io;
	bool answers;			/* HTTP */
	unsigned int port;
};

static void drop_client(struct stand_in *s)
{
	s->client_io = fdr_poll_io_free(s->client_io);
	fdr_closep(&s->client);
	s->client = -1;
}

/* One request a connection; none is longer than a packet. */
static void on_client(void *userdata, int fd, uint32_t revents)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
				     "Connection: close\r\n\r\n";
	struct stand_in *s = userdata;
	char buf[4096];

	(void)revents;
	if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) > 0 &&
	    send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
		shutdown(fd, SHUT_WR);
	drop_client(s);
}

static void on_accept(void *userdata, int fd, uint32_t revents)
{
	struct stand_in *s = userdata;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)revents;
	if (client < 0)
		return;
	drop_client(s);
	s->client = client;
	if (!s->answers || fdr_poller_add_io(s->poller, client, EPOLLIN, on_client, s,
					     &s->client_io) < 0)
		drop_client(s);
}

static void stand_in_close(struct stand_in *s)
{
	drop_client(s);
	s->io = fdr_poll_io_free(s->io);
	fdr_closep(&s->fd);
	s->fd = -1;
}

/* A port that is ours and refuses, for nobody listens on it yet. */
static int stand_in_bind(struct stand_in *s, struct fdr_error *e)
{
	struct sockaddr_in sa = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sa);

	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&sa, &len) < 0)
		return fdr_err(e, -errno, "no local port for the canary: %s", strerror(errno));
	s->port = ntohs(sa.sin_port);
	return 0;
}

static int stand_in_listen(struct stand_in *s, struct fdr_error *e)
{
	int r = listen(s->fd, 16) < 0 ? -errno :
		fdr_poller_add_io(s->poller, s->fd, EPOLLIN, on_accept, s, &s->io);

	return r < 0 ? fdr_err(e, r, "no local port for the canary: %s", strerror(-r)) : 0;
}

static int through(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		   const struct fdr_probe_ops *ops, const char *fmt, bool http,
		   struct fdr_canary *ret, struct fdr_error *e)
{
	struct stand_in s = { .poller = env->poller, .fd = -1, .client = -1, .answers = http };
	struct fdr_canary_probe c;
	char where[64];
	const char *const tcp_over[] = { "address", where, NULL };
	const char *const http_over[] = { "url", where, "expect", "200", "body", NULL, NULL };
	int r = stand_in_bind(&s, e);

	if (r >= 0) {
		snprintf(where, sizeof(where), fmt, s.port);
		r = fdr_canary_start(&c, env, ops, opts, http ? http_over : tcp_over, e);
	}
	if (r < 0) {
		stand_in_close(&s);
		return r;
	}
	r = fdr_canary_await(&c, NULL, "down", NULL, LIMIT_NS, e);
	if (r >= 0)
		r = stand_in_listen(&s, e);
	if (r >= 0)
		r = fdr_canary_await(&c, NULL, "up", NULL,
				     LIMIT_NS + 2 * (int64_t)fdr_opts_num(opts, "interval"), e);
	fdr_canary_stop(&c);
	stand_in_close(&s);
	if (r >= 0)
		snprintf(ret->proven, sizeof(ret->proven), "said down of a closed local port and up "
			 "when it was served");
	return r;
}

int fdr_canary_tcp(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		   struct fdr_canary *ret, struct fdr_error *e)
{
	return through(env, opts, &fdr_probe_tcp, "127.0.0.1:%u", false, ret, e);
}

int fdr_canary_http(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		    struct fdr_canary *ret, struct fdr_error *e)
{
	const char *url = fdr_opts_str(opts, "url");
	int r = through(env, opts, &fdr_probe_http, "http://127.0.0.1:%u/", true, ret, e);

	if (r >= 0 && (fdr_opts_str(opts, "body") || (url && !strncmp(url, "https:", 6))))
		snprintf(ret->missing, sizeof(ret->missing), "%s: only the service itself can show "
			 "that", fdr_opts_str(opts, "body") ? "the body's pattern" : "TLS");
	return r;
}
