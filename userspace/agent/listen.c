// SPDX-License-Identifier: GPL-2.0-or-later
#include "listen.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/log.h"
#include "base/loop.h"
#include "session.h"

/* More at the same time are turned away. */
#define CLIENTS_MAX	16

struct listener {
	sd_event *loop;
	const char *path;
	int fd;
	struct fdr_session *clients[CLIENTS_MAX];
};

static void drop_ended(struct listener *l)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (l->clients[i] && fdr_session_over(l->clients[i]))
			l->clients[i] = fdr_session_free(l->clients[i]);
}

static int on_connect(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct listener *l = userdata;
	struct fdr_error e;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)s;
	(void)revents;
	if (client < 0)
		return 0;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (l->clients[i])
			continue;
		if (fdr_session_new(l->loop, client, client, l->path, &l->clients[i], &e) < 0)
			fdr_warn("%s", e.text);
		return 0;
	}
	fdr_warn("more than %d controllers at once: one is turned away", CLIENTS_MAX);
	close(client);
	return 0;
}

/* A socket left by an agent that was killed; anything else stays. */
static int remove_stale(const struct sockaddr_un *addr)
{
	int fd FDR_CLEANUP_CLOSE = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || lstat(addr->sun_path, &st) < 0)
		return fd >= 0 && errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) || errno != ECONNREFUSED)
		return -EADDRINUSE;
	return unlink(addr->sun_path) < 0 ? -errno : 0;
}

static int bind_path(struct listener *l)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	mode_t mask;
	int r;

	if (strlen(l->path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, l->path);
	r = remove_stale(&addr);
	if (r < 0)
		return r;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return -errno;
	mask = umask(0177);
	r = bind(l->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
	umask(mask);
	if (r >= 0 && listen(l->fd, CLIENTS_MAX) < 0)
		r = -errno;
	return r;
}

static bool housekeeping(void *userdata)
{
	drop_ended(userdata);
	return false;
}

int fdr_listen(sd_event *loop, const char *path, struct fdr_error *e)
{
	struct listener l = { .loop = loop, .path = path, .fd = -1 };
	sd_event_source *source = NULL;
	int r;

	r = bind_path(&l);
	if (r >= 0) {
		r = sd_event_add_io(loop, &source, l.fd, EPOLLIN, on_connect, &l);
		if (r >= 0)
			r = fdr_loop_wait(loop, housekeeping, &l, INT64_MAX);
		unlink(path);
	}
	sd_event_source_disable_unref(source);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		fdr_session_free(l.clients[i]);
	fdr_closep(&l.fd);
	/* A signal is how it is told to stop. */
	return r == -ECANCELED ? 0 : fdr_err(e, r, "cannot serve %s: %s", path, strerror(-r));
}
