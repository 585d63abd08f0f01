// SPDX-License-Identifier: GPL-2.0-or-later
/* A command for each request: its exit status is the outcome, its first line the server. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/spawn.h"
#include "base/text.h"
#include "kinds.h"
#include "ledger.h"
#include "open-loop.h"
#include "output.h"
#include "worker-pool.h"

/* For so long we wait for a killed process, which may sleep in the kernel. */
#define REAP_MS		1000

struct shared {
	char *command;
	bool ledger_mode;
	struct fdr_ledger ledger;
};

/*
 * Reads both outputs until the process has ended: 1; 0: not by the deadline.  What it
 * left running may hold the pipes for ever, so that their end is not waited for.
 */
static int watch(int pidfd, struct fdr_output *out, struct fdr_output *err, int64_t deadline_ns)
{
	for (;;) {
		struct pollfd p[] = { { .fd = pidfd, .events = POLLIN },
				      { .fd = out->fd, .events = POLLIN },
				      { .fd = err->fd, .events = POLLIN } };
		int64_t left_ns = deadline_ns - fdr_now_ns();
		struct timespec ts = { .tv_sec = left_ns / FDR_NS_PER_S,
				       .tv_nsec = left_ns % FDR_NS_PER_S };

		if (left_ns <= 0)
			return 0;
		if (ppoll(p, FDR_ARRAY_LEN(p), &ts, NULL) < 0 && errno != EINTR)
			return -errno;
		if (p[1].revents)
			fdr_output_take(out);
		if (p[2].revents)
			fdr_output_take(err);
		/* What it wrote last came before its end. */
		if (p[0].revents && !p[1].revents && !p[2].revents)
			return 1;
	}
}

static void reap(const struct fdr_child *c, int pidfd, int *ret_status)
{
	struct pollfd dead = { .fd = pidfd, .events = POLLIN };

	if (poll(&dead, 1, REAP_MS) > 0)
		waitpid(c->pid, ret_status, 0);
}

static void conclude(struct fdr_job *j, int ended, int status, const struct fdr_output *out,
		     const struct fdr_output *err)
{
	const char *line = *err->line ? err->line : out->line;
	char text[256], how[64];

	fdr_text_clean(j->served_by, sizeof(j->served_by), out->line);
	if (ended == 1 && WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	j->status = ended ? FDR_REQUEST_ERROR : FDR_REQUEST_TIMEOUT;
	j->code = ended == 1 && WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	if (ended < 0)
		snprintf(how, sizeof(how), "%s", strerror(-ended));
	else
		fdr_spawn_status(status, how, sizeof(how));
	snprintf(text, sizeof(text), "%s%s%s", ended ? how : "killed, for its time was over",
		 *line ? ": " : "", line);
	fdr_text_clean(j->detail, sizeof(j->detail), text);
	*j->served_by = '\0';
}

static void exec_run(void *worker, struct fdr_job *j)
{
	const struct shared *s = worker;
	struct fdr_output out = { .fd = -1 }, err = { .fd = -1 };
	char seq[24], record[FDR_LEDGER_TEXT_MAX];
	const char *argv[] = { "/bin/sh", "-c", s->command, "faultdrill", seq,
			       s->ledger_mode ? record : NULL, NULL };
	int pidfd FDR_CLEANUP_CLOSE = -1;
	struct fdr_error e = { "" };
	struct fdr_child c;
	int status = 0, r;

	snprintf(seq, sizeof(seq), "%" PRIu64, j->seq);
	if (s->ledger_mode)
		fdr_ledger_text(&s->ledger, j->seq, record);
	r = fdr_spawn(argv, &c, &e);
	if (r < 0) {
		j->status = FDR_REQUEST_ERROR;
		snprintf(j->detail, sizeof(j->detail), "not sent: %.140s", e.text);
		return;
	}
	close(c.in_fd);
	out.fd = c.out_fd;
	err.fd = c.err_fd;
	fcntl(out.fd, F_SETFL, O_NONBLOCK);
	fcntl(err.fd, F_SETFL, O_NONBLOCK);
	pidfd = fdr_spawn_pidfd(c.pid);
	r = pidfd < 0 ? pidfd : watch(pidfd, &out, &err, j->deadline_ns);
	j->done_ns = fdr_now_ns();
	/* With what it left running; before it is reaped, its number is surely its own. */
	kill(-c.pid, SIGKILL);
	reap(&c, pidfd, &status);
	conclude(j, r, status, &out, &err);
	fdr_closep(&out.fd);
	fdr_closep(&err.fd);
}

static void *exec_open(void *shared, unsigned int index)
{
	(void)index;
	return shared;
}

static void free_shared(void *shared)
{
	struct shared *s = shared;

	free(s->command);
	free(s);
}

static int exec_start(const struct fdr_workload_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	static const struct fdr_worker_ops ops = {
		.open = exec_open, .run = exec_run, .free_shared = free_shared,
	};
	struct shared *s = calloc(1, sizeof(*s));

	if (!s)
		return fdr_err(e, -ENOMEM, "out of memory");
	s->command = strdup(fdr_opts_str(opts, "command"));
	if (!s->command) {
		free_shared(s);
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	if (env->ledger) {
		s->ledger_mode = true;
		s->ledger = *env->ledger;
	}
	if (env->ledger && !fdr_opts_given(opts, "read_command")) {
		free_shared(s);
		return fdr_err(e, -ENODATA, "ledger: it needs \"read_command\", which prints the "
			       "records that are there");
	}
	return fdr_pooled_start(env, opts, &ops, s, ret_state, e);
}

static const struct fdr_opt_desc options[] = {
	{ .name = "command", .type = FDR_OPT_STRING, .required = true,
	  .summary = "for /bin/sh; $1 is the request's number, $2 the ledger's record; exit status "
		     "0 is a success, the first line that it prints the server's name" },
	FDR_OPEN_LOOP_OPTIONS,
	FDR_WORKER_POOL_OPTIONS,
	FDR_LEDGER_OPTIONS,
	{ .name = "read_command", .type = FDR_OPT_STRING,
	  .summary = "ledger: for /bin/sh; prints the records that are there, one a line; $1 is "
		     "the ledger's id, $2 the value of read_from" },
};

const struct fdr_workload_ops fdr_workload_exec = {
	.kind = { .name = "exec", .summary = "a command of yours for each request",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.start = exec_start, .drain = fdr_pooled_drain, .stop = fdr_pooled_stop,
	.pending = fdr_pooled_pending, .read_back = fdr_exec_read_back,
};
