// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The child is made by fork() in a program with threads: it does nothing but system
 * calls, for the locks of any library may be held by threads that it does not have.
 */
#include "file-child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
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

static void serve(void *arg)
{
	const struct fdr_file_child *c = arg;
	struct fdr_file_order o;

	while (read(CHILD_SOCKET, &o, sizeof(o)) == sizeof(o)) {
		struct fdr_file_answer a = { .begun_ns = now_ns() };

		carry_out(&o, c->data, c->size, &a);
		a.done_ns = now_ns();
		if (write(CHILD_SOCKET, &a, sizeof(a)) != sizeof(a))
			break;
	}
}

/* Nothing of the parent's may stay open in a process that may outlive it. */
static void keep_only(int dirfd, int sock)
{
	/* Above both places first, so that neither is overwritten. */
	int high_dir = dirfd < 0 ? -1 : fcntl(dirfd, F_DUPFD, 16);
	int high_sock = fcntl(sock, F_DUPFD, 16);

	if ((dirfd >= 0 && dup2(high_dir, CHILD_DIR) < 0) || dup2(high_sock, CHILD_SOCKET) < 0)
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

/* A process and our end of its socket; @fn runs in it. */
static int fork_child(int dirfd, void (*fn)(void *arg), void *arg, pid_t *ret_pid, int *ret_fd)
{
	int fds[2], r;
	pid_t pid;

	/* SEQPACKET: a message is read whole or not at all. */
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	pid = fork();
	if (!pid) {
		keep_only(dirfd, fds[1]);
		fn(arg);
		_exit(0);
	}
	r = -errno;
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return r;
	}
	*ret_pid = pid;
	*ret_fd = fds[0];
	return 0;
}

int fdr_file_child_start(int dirfd, size_t size, struct fdr_file_child *ret)
{
	struct fdr_file_child c = { .size = size };
	int r;

	c.data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c.data == MAP_FAILED)
		return -errno;
	r = fork_child(dirfd, serve, &c, &c.pid, &c.fd);
	if (r < 0) {
		munmap(c.data, size);
		return r;
	}
	*ret = c;
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

/* As the kernel gives them. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short length;
	unsigned char type;
	char name[];
};

struct read_order {
	const char *dir, *prefix;
};

/* False: nobody listens. */
static bool tell(const struct fdr_file_found *f)
{
	return send(CHILD_SOCKET, f, offsetof(struct fdr_file_found, data) + f->n,
		    MSG_NOSIGNAL) >= 0;
}

static bool read_file(int dirfd, const char *name, struct fdr_file_found *f)
{
	int fd = openat(dirfd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = -1;

	*f = (struct fdr_file_found){ .err = 0 };
	for (size_t i = 0; name[i] && i < sizeof(f->name) - 1; i++)
		f->name[i] = name[i];
	if (fd >= 0) {
		/* What is clean in the page cache goes: the disk is asked. */
		posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		n = read(fd, f->data, sizeof(f->data));
	}
	f->err = n < 0 ? errno : 0;
	f->n = n < 0 ? 0 : (uint32_t)n;
	if (fd >= 0)
		close(fd);
	/* Renamed or removed in between: it is not there. */
	return f->err == ENOENT || tell(f);
}

static bool begins_with(const char *text, const char *prefix)
{
	while (*prefix && *text == *prefix) {
		text++;
		prefix++;
	}
	return !*prefix;
}

static void read_all(void *arg)
{
	const struct read_order *o = arg;
	int fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_Alignas(struct entry) char buf[16384];
	static struct fdr_file_found f;
	long n = fd < 0 ? -1 : 0;

	while (fd >= 0 && (n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (long at = 0; at < n;) {
			const struct entry *e = (const struct entry *)(buf + at);

			at += e->length;
			if (begins_with(e->name, o->prefix) && !read_file(fd, e->name, &f))
				return;
		}
	}
	f.err = n < 0 ? errno : 0;
	f.name[0] = '\0';
	f.n = 0;
	tell(&f);
}

/* 1: a message; 0: the time is over; negative: it is gone. */
static int receive(int fd, struct fdr_file_found *f, int64_t deadline_ns)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t left_ns = deadline_ns - fdr_now_ns();
	struct timespec ts = { .tv_sec = left_ns / FDR_NS_PER_S,
			       .tv_nsec = left_ns % FDR_NS_PER_S };
	ssize_t n;

	if (left_ns <= 0 || ppoll(&p, 1, &ts, NULL) <= 0)
		return 0;
	n = recv(fd, f, sizeof(*f), 0);
	return n >= (ssize_t)offsetof(struct fdr_file_found, data) ? 1 : -EPIPE;
}

int fdr_file_child_read_all(const char *dir, const char *prefix, int64_t deadline_ns,
			    void (*cb)(void *userdata, const struct fdr_file_found *f),
			    void *userdata)
{
	struct fdr_file_found *f FDR_CLEANUP_FREE = malloc(sizeof(*f));
	struct read_order o = { dir, prefix };
	pid_t pid;
	int r, fd;

	if (!f)
		return -ENOMEM;
	r = fork_child(-1, read_all, &o, &pid, &fd);
	if (r < 0)
		return r;
	while ((r = receive(fd, f, deadline_ns)) > 0 && *f->name)
		cb(userdata, f);
	close(fd);
	kill(pid, SIGKILL);
	/* On a disk that hangs it stays: it is left behind. */
	waitpid(pid, NULL, r > 0 ? 0 : WNOHANG);
	return r > 0 ? -f->err : r < 0 ? r : -ETIMEDOUT;
}
