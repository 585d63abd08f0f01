// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>

#include "base/spawn.h"

/* Looking this often bounds from below when a line was written. */
#define TICK_NS		(5 * FDR_NS_PER_MS)
/* A command that writes without end must not keep the rest of the loop waiting. */
#define READS_MAX	32
/* For so long we wait for a killed process, which may sleep in the kernel. */
#define REAP_MS		1000

struct fdr_command {
	fdr_line_fn line;
	void (*ended)(void *userdata, int status);
	void *userdata;
	pid_t pid;		/* 0 = reaped */
	int pidfd, out;
	struct fdr_poll_io *pid_io, *out_io;
	struct fdr_poll_timer *tick;
	int64_t empty_ns;
	struct fdr_splitter splitter;
};

/* False at the end of the output. */
static bool read_output(struct fdr_command *c)
{
	char buf[16384];

	for (int i = 0; i < READS_MAX && c->out >= 0; i++) {
		int64_t asked = fdr_now_ns();
		ssize_t n = read(c->out, buf, sizeof(buf));

		if (n < 0 && errno == EAGAIN)
			c->empty_ns = asked;
		if (n < 0)
			return true;
		if (n == 0)
			return false;
		fdr_split(&c->splitter, buf, (size_t)n,
			  (struct fdr_interval){ c->empty_ns, fdr_now_ns() }, c->line, c->userdata);
	}
	return true;
}

static void close_output(struct fdr_command *c)
{
	c->out_io = fdr_poll_io_free(c->out_io);
	fdr_closep(&c->out);
	c->out = -1;
}

static void on_output(void *userdata, int fd, uint32_t revents)
{
	struct fdr_command *c = userdata;

	(void)fd;
	(void)revents;
	if (!read_output(c))
		close_output(c);
}

static void on_tick(void *userdata, int64_t when)
{
	struct fdr_command *c = userdata;

	(void)when;
	if (c->out < 0)
		return;
	on_output(c, c->out, 0);
	fdr_poll_timer_set(c->tick, fdr_now_ns() + TICK_NS);
}

static void on_exit_(void *userdata, int fd, uint32_t revents)
{
	struct fdr_command *c = userdata;
	int status = 0;

	(void)fd;
	(void)revents;
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return;
	c->pid = 0;
	c->pid_io = fdr_poll_io_free(c->pid_io);
	/* What it started may still hold the pipe: take what is there, wait for no more. */
	read_output(c);
	close_output(c);
	fdr_poll_timer_stop(c->tick);
	fdr_split_end(&c->splitter, (struct fdr_interval){ c->empty_ns, fdr_now_ns() }, c->line,
		      c->userdata);
	c->ended(c->userdata, status);
}

void fdr_command_kill(struct fdr_command *c)
{
	if (c->pid)
		kill(-c->pid, SIGKILL);
}

struct fdr_command *fdr_command_free(struct fdr_command *c)
{
	struct pollfd dead = { .events = POLLIN };

	if (!c)
		return NULL;
	fdr_poll_io_free(c->pid_io);
	if (c->out >= 0)
		close_output(c);
	fdr_poll_timer_free(c->tick);
	if (c->pid) {
		fdr_command_kill(c);
		dead.fd = c->pidfd;
		if (poll(&dead, 1, REAP_MS) > 0)
			waitpid(c->pid, NULL, WNOHANG);
	}
	fdr_closep(&c->pidfd);
	free(c);
	return NULL;
}

/* Its errors are output like the rest, in order; it has nothing to read. */
static int spawn(struct fdr_command *c, const char *command, struct fdr_error *e)
{
	char *script FDR_CLEANUP_FREE = NULL;
	const char *argv[] = { "/bin/sh", "-c", NULL, NULL };
	struct fdr_child child;
	int r;

	if (asprintf(&script, "exec 2>&1\n%s", command) < 0)
		return fdr_err(e, -ENOMEM, "out of memory");
	argv[2] = script;
	r = fdr_spawn(argv, &child, e);
	if (r < 0)
		return r;
	c->pid = child.pid;
	c->out = child.out_fd;
	close(child.in_fd);
	close(child.err_fd);
	/* Only our end: the command's own writes shall wait. */
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	c->pidfd = fdr_spawn_pidfd(c->pid);
	return c->pidfd < 0 ? fdr_err(e, c->pidfd, "pidfd_open: %s", strerror(-c->pidfd)) : 0;
}

static int watch(struct fdr_poller *p, struct fdr_command *c, struct fdr_error *e)
{
	int r = fdr_poller_add_io(p, c->pidfd, EPOLLIN, on_exit_, c, &c->pid_io);

	if (r >= 0)
		r = fdr_poller_add_io(p, c->out, EPOLLIN, on_output, c, &c->out_io);
	if (r >= 0)
		r = fdr_poller_add_timer(p, on_tick, c, &c->tick);
	if (r >= 0)
		r = fdr_poll_timer_set(c->tick, fdr_now_ns() + TICK_NS);
	return r < 0 ? fdr_err(e, r, "%s", strerror(-r)) : 0;
}

int fdr_command_start(struct fdr_poller *p, const char *command, fdr_line_fn line,
		    void (*ended)(void *userdata, int status), void *userdata,
		    struct fdr_command **ret, struct fdr_error *e)
{
	struct fdr_command *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return fdr_err(e, -ENOMEM, "out of memory");
	c->line = line;
	c->ended = ended;
	c->userdata = userdata;
	c->pidfd = c->out = -1;
	c->empty_ns = fdr_now_ns();
	r = spawn(c, command, e);
	if (r >= 0)
		r = watch(p, c, e);
	if (r < 0) {
		fdr_command_free(c);
		return fdr_err_prefix(e, r, "cannot run \"%.200s\"", command);
	}
	*ret = c;
	return 0;
}
