// SPDX-License-Identifier: GPL-2.0-or-later
#include "redis-client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

void fdr_redis_close(struct fdr_redis *x)
{
	if (x->c)
		redisFree(x->c);
	x->c = NULL;
}

static void failed(struct fdr_redis *x, struct fdr_job *j, const char *what)
{
	/* A command's answer that comes after all must not be taken for the next one's. */
	bool late = x->c && x->c->err == REDIS_ERR_IO && (errno == EAGAIN || errno == ETIMEDOUT);

	j->status = late ? FDR_REQUEST_TIMEOUT : FDR_REQUEST_ERROR;
	snprintf(j->detail, sizeof(j->detail), "%s%.140s", what,
		 late ? "no answer in time" : x->c ? x->c->errstr : "out of memory");
	fdr_redis_close(x);
}

struct timeval fdr_redis_left(const struct fdr_job *j)
{
	int64_t ns = j->deadline_ns - fdr_now_ns();

	if (ns < FDR_NS_PER_MS)
		ns = FDR_NS_PER_MS;
	return (struct timeval){ .tv_sec = ns / FDR_NS_PER_S,
				 .tv_usec = ns % FDR_NS_PER_S / 1000 };
}

redisReply *fdr_redis_ask(struct fdr_redis *x, struct fdr_job *j, int n, const char **words)
{
	redisReply *r = NULL;

	if (redisSetTimeout(x->c, fdr_redis_left(j)) == REDIS_OK)
		r = redisCommandArgv(x->c, n, words, NULL);
	if (!r) {
		failed(x, j, "");
		return NULL;
	}
	if (r->type != REDIS_REPLY_ERROR)
		return r;
	j->status = FDR_REQUEST_ERROR;
	fdr_text_clean(j->detail, sizeof(j->detail), r->str);
	/*
	 * A server that takes no writes now, or holds no data yet: the address may lead to
	 * another one meanwhile.
	 */
	if (!strncmp(r->str, "READONLY", 8) || !strncmp(r->str, "LOADING", 7) ||
	    !strncmp(r->str, "MASTERDOWN", 10))
		fdr_redis_close(x);
	freeReplyObject(r);
	return NULL;
}

/* "run_id" of INFO's "run_id:5e1f...\r\n"; not to be told is no failure, to be cut off is. */
static bool learn_server(struct fdr_redis *x, struct fdr_job *j)
{
	const char *words[] = { "INFO", "server" }, *field = x->place->served_by;
	struct fdr_job scratch = *j;
	redisReply *r = fdr_redis_ask(x, &scratch, 2, words);
	size_t n = strlen(field);

	*x->server = '\0';
	for (char *p = r ? r->str : NULL; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, field, n) && p[n] == ':') {
			p[n + 1 + strcspn(p + n + 1, "\r\n")] = '\0';
			fdr_text_clean(x->server, sizeof(x->server), p + n + 1);
			break;
		}
	}
	if (r)
		freeReplyObject(r);
	if (!x->c)
		*j = scratch;
	return x->c;
}

static bool log_in(struct fdr_redis *x, struct fdr_job *j)
{
	const struct fdr_redis_place *s = x->place;
	const char *words[3] = { "AUTH" };
	int n = 1;
	redisReply *r;

	if (!*s->password)
		return true;
	if (s->user)
		words[n++] = s->user;
	words[n++] = s->password;
	r = fdr_redis_ask(x, j, n, words);
	if (!r) {
		fdr_redis_close(x);
		return false;
	}
	freeReplyObject(r);
	return true;
}

bool fdr_redis_connect(struct fdr_redis *x, struct fdr_job *j)
{
	const struct fdr_redis_place *s = x->place;

	if (x->c)
		return true;
	errno = 0;
	x->c = s->port ? redisConnectWithTimeout(s->host, s->port, fdr_redis_left(j)) :
			 redisConnectUnixWithTimeout(s->host, fdr_redis_left(j));
	if (!x->c || x->c->err) {
		failed(x, j, "cannot connect: ");
		return false;
	}
	/* The library leaves it open to every program that is started meanwhile. */
	fcntl(x->c->fd, F_SETFD, FD_CLOEXEC);
	if (!log_in(x, j))
		return false;
	return !*s->served_by || learn_server(x, j);
}

static int split_address(const char *text, struct fdr_redis_place *s, struct fdr_error *e)
{
	const char *colon = strrchr(text, ':');
	bool bracket = *text == '[' && colon && colon > text && colon[-1] == ']';
	char *end;
	long port;

	if (*text == '/') {
		s->host = strdup(text);
		return s->host ? 0 : fdr_err(e, -ENOMEM, "out of memory");
	}
	port = colon ? strtol(colon + 1, &end, 10) : 0;
	if (!colon || colon == text || *end || port < 1 || port > 65535 ||
	    (!bracket && memchr(text, ':', (size_t)(colon - text))))
		return fdr_err(e, -EINVAL, "address: \"%.200s\" is no address: write HOST:PORT, "
			       "[IPv6]:PORT or the path of a socket", text);
	s->port = (int)port;
	s->host = strndup(text + bracket, (size_t)(colon - text) - 2 * bracket);
	return s->host ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}

static int read_password(const struct fdr_opts *opts, struct fdr_redis_place *s, struct fdr_error *e)
{
	const char *path = fdr_opts_str(opts, "password_file"), *user = fdr_opts_str(opts, "user");
	int r;

	if (!path)
		return user ? fdr_err(e, -EINVAL, "user: give \"password_file\" as well") : 0;
	r = fdr_read_line(path, s->password, sizeof(s->password));
	if (r < 0)
		return fdr_err(e, r, "password_file: %s: %s", path, strerror(-r));
	if (user && !(s->user = strdup(user)))
		return fdr_err(e, -ENOMEM, "out of memory");
	return 0;
}

int fdr_redis_place_read(const struct fdr_opts *opts, const char *address,
			 struct fdr_redis_place *ret, struct fdr_error *e)
{
	int r;

	*ret = (struct fdr_redis_place){ .served_by = strdup(fdr_opts_str(opts, "served_by")) };
	if (!ret->served_by)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = split_address(address ? address : fdr_opts_str(opts, "address"), ret, e);
	return r < 0 ? r : read_password(opts, ret, e);
}

void fdr_redis_place_clear(struct fdr_redis_place *p)
{
	free(p->host);
	free(p->user);
	free(p->served_by);
	explicit_bzero(p->password, sizeof(p->password));
}
