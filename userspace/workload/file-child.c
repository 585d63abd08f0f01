// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child is made by fork() in a program with threads: it does nothing but system
 * calls, for the locks of any library may be held by threads that it does not have.
 */
#include "file-child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* CHILD_DIR and CHILD_SOCKET: where the child's two descriptors are. */
enum { CHILD_DIR = 3, CHILD_SOCKET = 4 };

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * FDR_NS_PER_S + ts.tv_nsec;
}

/* Notes the step, and says whether it failed. */
static bool failed(struct fdr_file_answer *a, enum fdr_file_step step, long r)
{
	a->step = step;
	a->err = r < 0 ? errno : 0;
	return r < 0;
}

static bool write_all(int fd, const char *data, size_t size, struct fdr_file_answer *a)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (failed(a, FDR_FILE_WRITE, n))
			return false;
		done += (size_t)n;
	}
	return true;
}

static void carry_out(const struct fdr_file_order *o, const void *data, size_t size,
		      struct fdr_file_answer *a)
{
	int fd = openat(CHILD_DIR, o->path, o->flags | O_CLOEXEC, 0644);

	if (failed(a, FDR_FILE_OPEN, fd))
		return;
	if (!write_all(fd, data, size, a) ||
	    (o->sync && failed(a, FDR_FILE_SYNC, o->datasync ? fdatasync(fd) : fsync(fd)))) {
		close(fd);
		return;
	}
	/* Network filesystems tell of failed writes here. */
	if (failed(a, FDR_FILE_WRITE, close(fd)) ||
	    (*o->final && failed(a, FDR_FILE_RENAME,
				 renameat(CHILD_DIR, o->path, CHILD_DIR, o->final))) ||
	    (o->sync_dir && failed(a, FDR_FILE_SYNC_DIR, fsync(CHILD_DIR))))
		return;
	a->step = FDR_FILE_DONE;
}

static void serve(const void *data, size_t size)
{
	struct fdr_file_order o;

	while (read(CHILD_SOCKET, &o, sizeof(o)) == sizeof(o)) {
		struct fdr_file_answer a = { .begun_ns = now_ns() };

		carry_out(&o, data, size, &a);
		a.done_ns = now_ns();
		if (write(CHILD_SOCKET, &a, sizeof(a)) != sizeof(a))
			break;
	}
}

/* Nothing of the parent's may stay open in a process that may outlive it. */
static void keep_only(int dirfd, int sock)
{
	/* Above both places first, so that neither is overwritten. */
	int high_dir = fcntl(dirfd, F_DUPFD, 16), high_sock = fcntl(sock, F_DUPFD, 16);

	if (dup2(high_dir, CHILD_DIR) < 0 || dup2(high_sock, CHILD_SOCKET) < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
#ifdef SYS_close_range
	if (syscall(SYS_close_range, CHILD_SOCKET + 1, ~0U, 0) == 0)
		return;
#endif
	for (long fd = CHILD_SOCKET + 1, n = sysconf(_SC_OPEN_MAX); fd < n; fd++)
		close((int)fd);
}

int fdr_file_child_start(int dirfd, size_t size, struct fdr_file_child *ret)
{
	int fds[2], r;
	void *data;
	pid_t pid;

	data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (data == MAP_FAILED)
		return -errno;
	/* SEQPACKET: an order is read whole or not at all. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		r = -errno;
		munmap(data, size);
		return r;
	}
	pid = fork();
	if (!pid) {
		keep_only(dirfd, fds[1]);
		serve(data, size);
		_exit(0);
	}
	r = -errno;
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		munmap(data, size);
		return r;
	}
	*ret = (struct fdr_file_child){ .pid = pid, .fd = fds[0], .data = data, .size = size };
	return 0;
}

int fdr_file_child_run(struct fdr_file_child *c, const struct fdr_file_order *o,
		       struct fdr_file_answer *ret)
{
	ssize_t n;

	do
		n = send(c->fd, o, sizeof(*o), MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -EPIPE;
	do
		n = recv(c->fd, ret, sizeof(*ret), 0);
	while (n < 0 && errno == EINTR);
	return n == sizeof(*ret) ? 0 : -EPIPE;
}

void fdr_file_child_end(struct fdr_file_child *c)
{
	if (!c->pid)
		return;
	/* Which it reads as the end. */
	close(c->fd);
	munmap(c->data, c->size);
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	*c = (struct fdr_file_child){ 0 };
}
