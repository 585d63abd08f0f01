// SPDX-License-Identifier: GPL-2.0-or-later
#include "addr.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/un.h>

static int parse_path(const char *path, struct fdr_addr *ret, struct fdr_error *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&ret->sa;
	size_t n = strlen(path);

	if (n >= sizeof(un->sun_path))
		return fdr_err(e, -ENAMETOOLONG, "the socket path \"%.120s\" is longer than %zu bytes",
			       path, sizeof(un->sun_path) - 1);
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, n + 1);
	ret->len = sizeof(*un);
	return 0;
}

/* "host:port" or "[v6]:port" -> its two halves */
static int split(const char *text, char *host, size_t size, const char **ret_port,
		 struct fdr_error *e)
{
	const char *colon = strrchr(text, ':'), *end = colon, *start = text;
	char *rest;
	long port;

	if (colon && *text == '[' && colon > text && colon[-1] == ']') {
		start++;
		end--;
	} else if (colon && memchr(text, ':', (size_t)(colon - text))) {
		return fdr_err(e, -EINVAL, "\"%.200s\": write an IPv6 address in brackets, [ADDR]:PORT",
			       text);
	}
	if (!colon || end == start || (size_t)(end - start) >= size)
		return fdr_err(e, -EINVAL, "\"%.200s\" is no address: write HOST:PORT", text);
	errno = 0;
	port = strtol(colon + 1, &rest, 10);
	if (colon[1] < '0' || colon[1] > '9' || *rest || errno || port < 0 || port > 65535)
		return fdr_err(e, -EINVAL, "\"%.200s\": the port is to be a number from 0 to 65535",
			       text);
	memcpy(host, start, (size_t)(end - start));
	host[end - start] = '\0';
	*ret_port = colon + 1;
	return 0;
}

int fdr_addr_parse(const char *text, int type, struct fdr_addr *ret, struct fdr_error *e)
{
	struct addrinfo hints = { .ai_socktype = type, .ai_flags = AI_NUMERICSERV }, *ai;
	char host[256];
	const char *port = NULL;
	int r;

	if (type == SOCK_STREAM && strchr(text, '/'))
		return parse_path(text, ret, e);
	r = split(text, host, sizeof(host), &port, e);
	if (r < 0)
		return r;
	r = getaddrinfo(host, port, &hints, &ai);
	if (r)
		return fdr_err(e, r == EAI_MEMORY ? -ENOMEM : -EHOSTUNREACH,
			       "cannot look up \"%s\": %s", host,
			       r == EAI_SYSTEM ? strerror(errno) : gai_strerror(r));
	memcpy(&ret->sa, ai->ai_addr, ai->ai_addrlen);
	ret->len = ai->ai_addrlen;
	freeaddrinfo(ai);
	return 0;
}

int fdr_addr_connect(const struct fdr_addr *a, int *ret_fd, bool *ret_done)
{
	int fd FDR_CLEANUP_CLOSE = socket(a->sa.ss_family,
					  SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	*ret_done = connect(fd, (const struct sockaddr *)&a->sa, a->len) == 0;
	if (!*ret_done && errno != EINPROGRESS)
		return -errno;
	*ret_fd = FDR_TAKE_FD(fd);
	return 0;
}

int fdr_addr_connected(int fd)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	return -err;
}
