// SPDX-License-Identifier: GPL-2.0-or-later
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/spawn.h"

/* For so long we wait for a killed process, which may sleep in the kernel. */
#define REAP_NS		(1 * FDR_NS_PER_S)

void fdr_output_take(struct fdr_output *o)
{
	char buf[4096];
	ssize_t n = read(o->fd, buf, sizeof(buf));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		fdr_closep(&o->fd);
		o->fd = -1;
		return;
	}
	for (ssize_t i = 0; i < n && !o->whole; i++) {
		o->whole = buf[i] == '\n' || o->n == sizeof(o->line) - 1;
		if (!o->whole)
			o->line[o->n++] = buf[i] ? buf[i] : '?';
	}
}

struct text {
	char *v;
	size_t n, capacity;
	bool failed;			/* out of memory: not all is here */
};

/* False at the end of it, or where there is no memory. */
static bool take_text(int fd, struct text *t)
{
	ssize_t n;

	if (t->capacity - t->n < 65536) {
		size_t capacity = t->capacity ? t->capacity * 2 : 1 << 20;
		char *v = realloc(t->v, capacity);

		t->failed = !v;
		if (!v)
			return false;
		t->v = v;
		t->capacity = capacity;
	}
	n = read(fd, t->v + t->n, t->capacity - t->n);
	if (n > 0)
		t->n += (size_t)n;
	return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Until its output ends: 1; 0: not by the deadline. */
static int collect(const struct fdr_child *c, struct text *t, struct fdr_output *err,
		   int64_t deadline_ns)
{
	for (;;) {
		struct pollfd p[] = { { .fd = c->out_fd, .events = POLLIN },
				      { .fd = err->fd, .events = POLLIN } };
		int64_t left_ns = deadline_ns - fdr_now_ns();
		struct timespec ts = { .tv_sec = left_ns / FDR_NS_PER_S,
				       .tv_nsec = left_ns % FDR_NS_PER_S };

		if (left_ns <= 0)
			return 0;
		if (ppoll(p, FDR_ARRAY_LEN(p), &ts, NULL) < 0 && errno != EINTR)
			return 0;
		if (p[1].revents)
			fdr_output_take(err);
		if (p[0].revents && !take_text(c->out_fd, t))
			return 1;
	}
}

/* Its exit status, or -ETIMEDOUT; it is gone, or left behind, after this. */
static int await_end(pid_t pid, int64_t deadline_ns, int *ret_status)
{
	int pidfd FDR_CLEANUP_CLOSE = fdr_spawn_pidfd(pid);
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	for (int i = 0; i < 2 && pidfd >= 0; i++) {
		int64_t left_ns = deadline_ns - fdr_now_ns();

		if (poll(&p, 1, left_ns > 0 ? (int)(left_ns / FDR_NS_PER_MS) + 1 : 0) > 0 &&
		    waitpid(pid, ret_status, WNOHANG) == pid)
			return i ? -ETIMEDOUT : 0;
		kill(-pid, SIGKILL);
		deadline_ns = fdr_now_ns() + REAP_NS;
	}
	return -ETIMEDOUT;
}

static void split(struct fdr_ledger_reading *r, const struct text *t)
{
	for (size_t at = 0; at < t->n;) {
		const char *line = t->v + at, *end = memchr(line, '\n', t->n - at);
		size_t n = end ? (size_t)(end - line) : t->n - at;

		if (n)
			fdr_ledger_found_text(&r->view, &r->ledger, line, n);
		at += n + 1;
	}
}

int fdr_exec_read_back(struct fdr_ledger_reading *r, struct fdr_error *e)
{
	const char *argv[] = { "/bin/sh", "-c", fdr_opts_str(r->opts, "read_command"),
			       "faultdrill", r->ledger.id, r->endpoint ? r->endpoint : "", NULL };
	struct fdr_output err = { .fd = -1 };
	struct text t = { 0 };
	struct fdr_child c;
	char how[64];
	int status = 0, ended, err_no;

	if (!argv[2])
		return fdr_err(e, -ENODATA, "read_command is missing");
	err_no = fdr_spawn(argv, &c, e);
	if (err_no < 0)
		return err_no;
	close(c.in_fd);
	err.fd = c.err_fd;
	fcntl(c.out_fd, F_SETFL, O_NONBLOCK);
	fcntl(err.fd, F_SETFL, O_NONBLOCK);
	collect(&c, &t, &err, r->deadline_ns);
	ended = await_end(c.pid, r->deadline_ns, &status);
	close(c.out_fd);
	if (err.fd >= 0)
		fdr_output_take(&err);
	if (ended < 0)
		err_no = fdr_err(e, ended, "read_command: not over in time");
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		err_no = fdr_err(e, -EIO, "read_command %s%s%s",
				 fdr_spawn_status(status, how, sizeof(how)),
				 *err.line ? ": " : "", err.line);
	else
		split(r, &t);
	r->view.failed = r->view.failed || t.failed;
	fdr_closep(&err.fd);
	free(t.v);
	return err_no < 0 ? err_no : 0;
}
