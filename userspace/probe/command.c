// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "base/spawn.h"

/* Looking this often bounds from below when a line was written. */
#define TICK_NS		(5 * FDR_NS_PER_MS)
/* A command that writes without end must not keep the rest of the loop waiting. */
#define READS_MAX	32
/* For so long we wait for a killed process, which may sleep in the kernel. */
#define REAP_MS		1000

struct fdr_command {
	struct fdr_poller *poller;
	char *script;
	/*
	 * A process is made in a thread of its own: whoever makes one is stopped until it
	 * runs, and on a busy machine that would upset every schedule of the poller.
	 */
	pthread_t spawner;
	bool spawning, killed;
	int spawned_fd, spawn_err;
	struct fdr_poll_io *spawned_io;
	struct fdr_error spawn_error;
	struct fdr_child child;

	fdr_line_fn line;
	void (*ended)(void *userdata, int status);
	void *userdata;
	pid_t pid;		/* 0 = not yet, or reaped */
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
	c->killed = true;
	if (c->pid)
		kill(-c->pid, SIGKILL);
}

static void *spawn(void *userdata)
{
	struct fdr_command *c = userdata;
	const char *argv[] = { "/bin/sh", "-c", c->script, NULL };

	c->spawn_err = fdr_spawn(argv, &c->child, &c->spawn_error);
	eventfd_write(c->spawned_fd, 1);
	return NULL;
}

/* Waits for the thread, which ends as soon as there is a process. */
static int join(struct fdr_command *c)
{
	pthread_join(c->spawner, NULL);
	c->spawning = false;
	c->spawned_io = fdr_poll_io_free(c->spawned_io);
	if (c->spawn_err < 0)
		return c->spawn_err;
	c->pid = c->child.pid;
	c->out = c->child.out_fd;
	close(c->child.in_fd);
	close(c->child.err_fd);
	/* Only our end: the command's own writes shall wait. */
	fcntl(c->out, F_SETFL, O_NONBLOCK);
	c->pidfd = fdr_spawn_pidfd(c->pid);
	return c->pidfd < 0 ? fdr_err(&c->spawn_error, c->pidfd, "pidfd_open: %s",
				      strerror(-c->pidfd)) : 0;
}

static int watch(struct fdr_command *c)
{
	int r = fdr_poller_add_io(c->poller, c->pidfd, EPOLLIN, on_exit_, c, &c->pid_io);

	if (r >= 0)
		r = fdr_poller_add_io(c->poller, c->out, EPOLLIN, on_output, c, &c->out_io);
	if (r >= 0)
		r = fdr_poll_timer_set(c->tick, fdr_now_ns() + TICK_NS);
	return r < 0 ? fdr_err(&c->spawn_error, r, "%s", strerror(-r)) : 0;
}

static void on_spawned(void *userdata, int fd, uint32_t revents)
{
	struct fdr_command *c = userdata;
	int r;

	(void)fd;
	(void)revents;
	r = join(c);
	if (r >= 0)
		r = watch(c);
	if (r < 0) {
		c->line(c->userdata, c->spawn_error.text,
			(struct fdr_interval){ c->empty_ns, fdr_now_ns() });
		c->ended(c->userdata, r);
		return;
	}
	if (c->killed)
		fdr_command_kill(c);
}

struct fdr_command *fdr_command_free(struct fdr_command *c)
{
	struct pollfd dead = { .events = POLLIN };

	if (!c)
		return NULL;
	if (c->spawning)
		join(c);
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
	fdr_closep(&c->spawned_fd);
	free(c->script);
	free(c);
	return NULL;
}

static int start(struct fdr_command *c, const char *command)
{
	int r;

	/* Its errors are output like the rest, in order. */
	if (asprintf(&c->script, "exec 2>&1\n%s", command) < 0) {
		c->script = NULL;
		return -ENOMEM;
	}
	c->spawned_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (c->spawned_fd < 0)
		return -errno;
	r = fdr_poller_add_timer(c->poller, on_tick, c, &c->tick);
	if (r >= 0)
		r = fdr_poller_add_io(c->poller, c->spawned_fd, EPOLLIN, on_spawned, c,
				      &c->spawned_io);
	if (r >= 0)
		r = -pthread_create(&c->spawner, NULL, spawn, c);
	c->spawning = r >= 0;
	if (r < 0)
		c->spawned_io = fdr_poll_io_free(c->spawned_io);
	return r;
}

int fdr_command_start(struct fdr_poller *p, const char *command, fdr_line_fn line,
		      void (*ended)(void *userdata, int status), void *userdata,
		      struct fdr_command **ret, struct fdr_error *e)
{
	struct fdr_command *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return fdr_err(e, -ENOMEM, "out of memory");
	c->poller = p;
	c->line = line;
	c->ended = ended;
	c->userdata = userdata;
	c->pidfd = c->out = c->spawned_fd = -1;
	c->empty_ns = fdr_now_ns();
	r = start(c, command);
	if (r < 0) {
		fdr_command_free(c);
		return fdr_err(e, r, "cannot run \"%.200s\": %s", command, strerror(-r));
	}
	*ret = c;
	return 0;
}
