// SPDX-License-Identifier: GPL-2.0-or-later
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "clock.h"

extern char **environ;

static void close_pair(int fds[2])
{
	fdr_closep(&fds[0]);
	fdr_closep(&fds[1]);
}

static int child_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	r = posix_spawnattr_setsigmask(attr, &none);
	if (!r)
		r = posix_spawnattr_setsigdefault(attr, &all);
	if (!r)
		r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
						   POSIX_SPAWN_SETSIGDEF);
	return -r;
}

static int start(const char *const *argv, const int child_fds[3], pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int r;

	r = -posix_spawn_file_actions_init(&actions);
	if (r < 0)
		return r;
	r = -posix_spawnattr_init(&attr);
	if (r < 0)
		goto err_actions;
	for (int fd = 0; fd < 3 && !r; fd++)
		r = -posix_spawn_file_actions_adddup2(&actions, child_fds[fd], fd);
	if (!r)
		r = child_attributes(&attr);
	if (!r)
		r = -posix_spawnp(ret_pid, argv[0], &actions, &attr, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attr);
err_actions:
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

int fdr_spawn(const char *const *argv, struct fdr_child *ret, struct fdr_error *e)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 };
	pid_t pid;
	int r = 0;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		r = -errno;
	else
		r = start(argv, (const int[]){ in[0], out[1], err[1] }, &pid);
	if (r < 0) {
		close_pair(in);
		close_pair(out);
		close_pair(err);
		return fdr_err(e, r, "cannot run %s: %s", argv[0], strerror(-r));
	}
	close(in[0]);
	close(out[1]);
	close(err[1]);
	*ret = (struct fdr_child){ .pid = pid, .in_fd = in[1], .out_fd = out[0],
				   .err_fd = err[0] };
	return 0;
}

int fdr_spawn_poll(pid_t pid, int *ret_status)
{
	pid_t p = waitpid(pid, ret_status, WNOHANG);

	return p < 0 ? -errno : p > 0;
}

int fdr_spawn_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

/* 1 when it has ended within the time, else 0. */
static int wait_end(pid_t pid, int64_t timeout_ns, int *ret_status)
{
	int fd FDR_CLEANUP_CLOSE = fdr_spawn_pidfd(pid);
	int64_t deadline_ns = fdr_now_ns() + timeout_ns;

	if (fd < 0)
		return fd;
	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left_ns = deadline_ns - fdr_now_ns();
		struct timespec ts = { .tv_sec = left_ns / FDR_NS_PER_S,
				       .tv_nsec = left_ns % FDR_NS_PER_S };
		int r = fdr_spawn_poll(pid, ret_status);

		if (r)
			return r;
		if (left_ns <= 0)
			return 0;
		if (ppoll(&p, 1, &ts, NULL) < 0 && errno != EINTR)
			return -errno;
	}
}

int fdr_spawn_end(pid_t pid, int64_t grace_ns, int *ret_status)
{
	int r;

	/* Before it is reaped: until then the number is surely still its own. */
	kill(-pid, SIGTERM);
	r = wait_end(pid, grace_ns, ret_status);
	if (r)
		return r < 0 ? r : 0;
	kill(-pid, SIGKILL);
	while (waitpid(pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

const char *fdr_spawn_status(int status, char *buf, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(buf, size, "was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(buf, size, "exited with status %d", WEXITSTATUS(status));
	return buf;
}
