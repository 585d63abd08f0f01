// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follows a file by its name, through rotation and truncation.
 *
 * inotify wakes us at once.  A tick looks as well: it bounds from below when a
 * line was written (nothing was there at the last look), and it works where
 * inotify does not (network file systems, a directory that appears later).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "lines.h"

#define TICK_NS		(5 * FDR_NS_PER_MS)
/* For so long a writer may go on with a file that was renamed. */
#define LINGER_NS	(10 * FDR_NS_PER_S)
/* A look, so that a flood of lines does not keep the rest of the loop waiting. */
#define READS_MAX	32

/* One open file; after a rotation there are two for a while. */
struct tail {
	int fd;			/* -1 = none */
	dev_t dev;
	ino_t ino;
	off_t offset;
	int64_t empty_ns;	/* nothing more was there then */
	struct fdr_splitter splitter;
};

struct follow {
	fdr_line_fn cb;
	void *userdata;
	char *path;
	int inotify, watch;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *tick;
	struct tail now, before;
	int64_t renamed_ns;	/* since when there is a @before */
};

static void tail_read(struct follow *f, struct tail *t)
{
	struct stat st;
	char buf[32768];
	ssize_t n;

	if (t->fd < 0)
		return;
	if (fstat(t->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size < t->offset) {
		/* Truncated in place: what is there now is new. */
		t->offset = 0;
		fdr_split_reset(&t->splitter);
	}
	for (int i = 0; i < READS_MAX; i++) {
		int64_t asked = fdr_now_ns();

		n = pread(t->fd, buf, sizeof(buf), t->offset);
		if (n <= 0) {
			if (n == 0)
				t->empty_ns = asked;
			return;
		}
		t->offset += n;
		fdr_split(&t->splitter, buf, (size_t)n,
			  (struct fdr_interval){ t->empty_ns, fdr_now_ns() }, f->cb, f->userdata);
	}
}

static void tail_close(struct follow *f, struct tail *t)
{
	if (t->fd < 0)
		return;
	tail_read(f, t);
	fdr_split_end(&t->splitter, (struct fdr_interval){ t->empty_ns, fdr_now_ns() }, f->cb,
		      f->userdata);
	close(t->fd);
	t->fd = -1;
}

static void watch_file(struct follow *f)
{
	if (f->inotify < 0)
		return;
	if (f->watch >= 0)
		inotify_rm_watch(f->inotify, f->watch);
	f->watch = inotify_add_watch(f->inotify, f->path,
				     IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}

/* Opens what has the name now.  @from_end: what is in it already is old. */
static int tail_open(struct follow *f, bool from_end)
{
	struct tail *t = &f->now;
	int64_t asked = fdr_now_ns();
	int fd FDR_CLEANUP_CLOSE = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	/* A line in a new file may be as old as our last look at the old one. */
	if (!t->empty_ns || from_end)
		t->empty_ns = asked;
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	t->offset = from_end ? st.st_size : 0;
	t->fd = FDR_TAKE_FD(fd);
	fdr_split_reset(&t->splitter);
	watch_file(f);
	return 0;
}

/* Has another file taken the name? */
static void check_name(struct follow *f)
{
	struct stat st;
	int64_t asked = fdr_now_ns();

	if (stat(f->path, &st) < 0) {
		/* No such file: what comes next was written after this look. */
		if (f->now.fd < 0)
			f->now.empty_ns = asked;
		return;
	}
	if (f->now.fd >= 0 && st.st_dev == f->now.dev && st.st_ino == f->now.ino)
		return;
	if (f->now.fd >= 0) {
		tail_close(f, &f->before);
		tail_read(f, &f->now);
		f->before = f->now;
		f->renamed_ns = asked;
		f->now.fd = -1;
	}
	if (tail_open(f, false) == 0)
		tail_read(f, &f->now);
}

static void follow_drain(void *state)
{
	struct follow *f = state;

	tail_read(f, &f->before);
	tail_read(f, &f->now);
	check_name(f);
	if (f->before.fd >= 0 && fdr_now_ns() - f->renamed_ns > LINGER_NS)
		tail_close(f, &f->before);
}

static void on_inotify(void *userdata, int fd, uint32_t revents)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));

	(void)revents;
	while (read(fd, buf, sizeof(buf)) > 0)
		;
	follow_drain(userdata);
}

static void on_tick(void *userdata, int64_t when)
{
	struct follow *f = userdata;

	(void)when;
	follow_drain(f);
	fdr_poll_timer_set(f->tick, fdr_now_ns() + TICK_NS);
}

static void follow_close(void *state)
{
	struct follow *f = state;

	fdr_poll_timer_free(f->tick);
	fdr_poll_io_free(f->io);
	fdr_closep(&f->inotify);
	fdr_closep(&f->now.fd);
	fdr_closep(&f->before.fd);
	free(f->path);
	free(f);
}

/* Wakes us at once; without it (no such directory, no watches left) the tick has to do. */
static void start_inotify(struct fdr_poller *p, struct follow *f)
{
	const char *slash = strrchr(f->path, '/');
	char *dir FDR_CLEANUP_FREE = slash ? strndup(f->path, (size_t)(slash - f->path) + 1) :
					     strdup(".");

	f->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (f->inotify < 0 || !dir)
		return;
	inotify_add_watch(f->inotify, dir, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	if (fdr_poller_add_io(p, f->inotify, EPOLLIN, on_inotify, f, &f->io) < 0)
		fdr_closep(&f->inotify);
}

static int follow_open(struct fdr_poller *p, const char *where, fdr_line_fn cb, void *userdata,
		       void **ret_state, struct fdr_error *e)
{
	struct follow *f = calloc(1, sizeof(*f));
	int r = -ENOMEM;

	if (!f)
		return fdr_err(e, r, "out of memory");
	f->cb = cb;
	f->userdata = userdata;
	f->inotify = f->watch = f->now.fd = f->before.fd = -1;
	f->path = strdup(where);
	if (!f->path)
		goto err_close;
	start_inotify(p, f);
	r = tail_open(f, true);
	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		goto err_close;
	f->now.empty_ns = fdr_now_ns();
	r = fdr_poller_add_timer(p, on_tick, f, &f->tick);
	if (r >= 0)
		r = fdr_poll_timer_set(f->tick, fdr_now_ns() + TICK_NS);
	if (r < 0)
		goto err_close;
	*ret_state = f;
	return 0;

err_close:
	follow_close(f);
	return fdr_err(e, r, "cannot follow %.200s: %s", where,
		       r == -EINVAL ? "it is no regular file" : strerror(-r));
}

const struct fdr_lines_ops fdr_lines_file = {
	.scheme = "file", .open = follow_open, .drain = follow_drain, .close = follow_close,
};
