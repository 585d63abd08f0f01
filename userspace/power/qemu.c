// SPDX-License-Identifier: GPL-2.0-or-later
/* A virtual machine of QEMU, by its machine protocol on a Unix socket. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "drivers.h"
#include "words.h"

struct qmp {
	const struct fdr_power_limits *limits;
	int fd;
	size_t n;
	char buf[16384];
};

/* -ECONNREFUSED, -ENOENT: QEMU is not there. */
static int qmp_connect(struct qmp *q, const char *path, struct fdr_error *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int r;

	if (strlen(path) >= sizeof(sa.sun_path))
		return fdr_err(e, -ENAMETOOLONG, "%s: a socket's path has at most %zu characters",
			       path, sizeof(sa.sun_path) - 1);
	strcpy(sa.sun_path, path);
	q->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (q->fd < 0)
		return fdr_err(e, -errno, "socket: %s", strerror(errno));
	if (connect(q->fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return 0;
	r = -errno;
	/* Its queue is full: others wait as well. */
	if (r == -EAGAIN)
		r = -EBUSY;
	return fdr_err(e, r, "%s: %s", path, strerror(-r));
}

/* The next line, without its end.  -EPIPE: QEMU has closed. */
static int qmp_line(struct qmp *q, struct fdr_qmp_line *ret, struct fdr_error *e)
{
	for (;;) {
		char *end = memchr(q->buf, '\n', q->n);
		ssize_t n;
		int r;

		if (end) {
			size_t used = (size_t)(end - q->buf) + 1;

			r = fdr_qmp_parse(q->buf, used - 1, ret);
			q->n -= used;
			memmove(q->buf, q->buf + used, q->n);
			return r < 0 ? fdr_err(e, r, "what answers there does not speak QMP") : 0;
		}
		if (q->n == sizeof(q->buf))
			return fdr_err(e, -EBADMSG, "what answers there does not speak QMP");
		r = fdr_power_wait(q->limits, q->fd, POLLIN);
		if (r < 0)
			return fdr_err(e, r, "%s", r == -ETIMEDOUT ? "no answer in time: QEMU speaks "
				       "to one client at a time, and another may hold this socket" :
				       strerror(-r));
		n = recv(q->fd, q->buf + q->n, sizeof(q->buf) - q->n, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0)
			return fdr_err(e, -EPIPE, "QEMU has closed the connection");
		q->n += (size_t)n;
	}
}

/* Runs a command; events that come meanwhile are not for us. */
static int qmp_command(struct qmp *q, const char *name, struct fdr_qmp_line *ret,
		       struct fdr_error *e)
{
	char text[80];
	int n = snprintf(text, sizeof(text), "{\"execute\": \"%s\"}\n", name), r;

	if (send(q->fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		return fdr_err(e, errno == EPIPE ? -EPIPE : -EIO, "%s: cannot send", name);
	do {
		r = qmp_line(q, ret, e);
	} while (r >= 0 && ret->kind == FDR_QMP_EVENT);
	if (r >= 0 && ret->kind != FDR_QMP_RETURN)
		return fdr_err(e, -EIO, "QEMU refused %s: %s", name, ret->text);
	return r;
}

static int qmp_open(struct qmp *q, const char *path, struct fdr_qmp_line *status,
		    struct fdr_error *e)
{
	struct fdr_qmp_line line;
	int r = qmp_connect(q, path, e);

	if (r < 0)
		return r;
	r = qmp_line(q, &line, e);
	if (r >= 0 && line.kind != FDR_QMP_GREETING)
		return fdr_err(e, -EBADMSG, "%s: no greeting of QMP", path);
	if (r >= 0)
		r = qmp_command(q, "qmp_capabilities", &line, e);
	return r < 0 ? r : qmp_command(q, "query-status", status, e);
}

static int carry_out(struct qmp *q, enum fdr_power_op op, const struct fdr_qmp_line *was,
		     struct fdr_error *e)
{
	bool off = fdr_qmp_state(was->status) == FDR_POWER_OFF;
	struct fdr_qmp_line line;
	int r = 0;

	if (op == FDR_POWER_TURN_OFF) {
		r = qmp_command(q, "quit", &line, e);
		return r == -EPIPE ? 0 : r;	/* it went without a word */
	}
	if (op == FDR_POWER_RESET || off)
		r = qmp_command(q, "system_reset", &line, e);
	if (r >= 0 && (op == FDR_POWER_RESET ? fdr_qmp_stands(was->status) : off))
		r = qmp_command(q, "cont", &line, e);
	return r;
}

static int qemu_act(const struct fdr_power_limits *limits, const struct fdr_opts *opts,
		    enum fdr_power_op op, enum fdr_power_state *ret_state, struct fdr_error *e)
{
	const char *path = fdr_opts_str(opts, "qmp");
	struct qmp *q = calloc(1, sizeof(*q));
	struct fdr_qmp_line status = { 0 };
	int r;

	if (!q)
		return fdr_err(e, -ENOMEM, "out of memory");
	q->limits = limits;
	q->fd = -1;
	r = qmp_open(q, path, &status, e);
	if (r == -ENOENT || r == -ECONNREFUSED || r == -EPIPE) {
		/* No process, no power; only who started it can start it again. */
		*ret_state = FDR_POWER_OFF;
		r = op == FDR_POWER_STATUS || op == FDR_POWER_TURN_OFF ? 0 :
		    fdr_err(e, -EOPNOTSUPP, "QEMU has gone (%s): only what started it can start it "
			    "again", path);
	} else if (r >= 0) {
		*ret_state = fdr_qmp_state(status.status);
		r = op == FDR_POWER_STATUS ? 0 : carry_out(q, op, &status, e);
	}
	fdr_closep(&q->fd);
	free(q);
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "qmp", .type = FDR_OPT_STRING, .required = true,
	  .summary = "path of the socket of QEMU's machine protocol, as of -qmp unix:PATH" },
	FDR_POWER_TIMEOUT_OPTION,
};

const struct fdr_power_ops fdr_power_qemu = {
	.kind = { .name = "qemu", .summary = "a virtual machine of QEMU, by QMP",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.act = qemu_act,
};
