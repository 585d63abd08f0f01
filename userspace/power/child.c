// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that drivers use: their output, within a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <poll.h>

#include "base/spawn.h"
#include "drivers.h"

struct stream {
	int fd;			/* -1 = at its end */
	char *buf;
	size_t n, size;
};

/* Keeps the beginning; reads on, or the program would wait for us. */
static void take(struct stream *s)
{
	char rest[1024];

	while (s->fd >= 0) {
		size_t room = s->size - 1 - s->n;
		ssize_t n = read(s->fd, room ? s->buf + s->n : rest, room ? room : sizeof(rest));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			fdr_closep(&s->fd);
			s->fd = -1;
			return;
		}
		if (room)
			s->n += (size_t)n;
	}
}

/* Until it has ended: what it started may hold the pipes for ever. */
static int follow(const struct fdr_power_limits *limits, int pidfd, struct stream v[2])
{
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = limits->stop_fd, .events = POLLIN },
			{ .fd = pidfd, .events = POLLIN },
			{ .fd = v[0].fd, .events = POLLIN }, { .fd = v[1].fd, .events = POLLIN },
		};
		int64_t left_ns = limits->deadline_ns - fdr_now_ns();

		if (left_ns <= 0)
			return -ETIMEDOUT;
		if (poll(fds, FDR_ARRAY_LEN(fds), (int)(left_ns / FDR_NS_PER_MS) + 1) < 0 &&
		    errno != EINTR)
			return -errno;
		if (fds[0].revents)
			return -ECANCELED;
		take(&v[0]);
		take(&v[1]);
		if (fds[1].revents)
			return 0;
	}
}

static void trim(char *text)
{
	size_t n = strlen(text);

	while (n && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
}

int fdr_power_child(const struct fdr_power_limits *limits, const char *const *argv,
		    struct fdr_power_output *ret, struct fdr_error *e)
{
	struct fdr_child child;
	struct stream v[2];
	int r, pidfd;

	*ret = (struct fdr_power_output){ .status = -1 };
	r = fdr_spawn(argv, &child, e);
	if (r < 0)
		return r;
	close(child.in_fd);
	v[0] = (struct stream){ child.out_fd, ret->out, 0, sizeof(ret->out) };
	v[1] = (struct stream){ child.err_fd, ret->err, 0, sizeof(ret->err) };
	fcntl(child.out_fd, F_SETFL, O_NONBLOCK);
	fcntl(child.err_fd, F_SETFL, O_NONBLOCK);
	pidfd = fdr_spawn_pidfd(child.pid);
	r = pidfd < 0 ? pidfd : follow(limits, pidfd, v);
	if (r < 0)
		kill(-child.pid, SIGKILL);
	while (waitpid(child.pid, &ret->status, 0) < 0 && errno == EINTR)
		;
	fdr_closep(&v[0].fd);
	fdr_closep(&v[1].fd);
	fdr_closep(&pidfd);
	trim(ret->out);
	trim(ret->err);
	if (r == -ETIMEDOUT)
		return fdr_err(e, r, "%s did not end in time, and was killed%s%.200s", argv[0],
			       *ret->err ? ": " : "", ret->err);
	return r < 0 ? fdr_err(e, r, "%s: %s", argv[0], strerror(-r)) : 0;
}

int fdr_power_child_ok(const char *what, const struct fdr_power_output *o, struct fdr_error *e)
{
	const char *said = *o->err ? o->err : o->out;
	char buf[96];

	if (WIFEXITED(o->status) && !WEXITSTATUS(o->status))
		return 0;
	return fdr_err(e, -EIO, "%s %s%s%.300s", what, fdr_spawn_status(o->status, buf, sizeof(buf)),
		       *said ? ": " : "", said);
}
