// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-workload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/spawn.h"

int bench_setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	int r = fdr_poller_new(&b->p);

	recorder_init(&b->rec);
	b->dir = make_dir();
	*state = b;
	return r;
}

int bench_teardown(void **state)
{
	struct bench *b = *state;

	fdr_workload_stop(b->w);
	fdr_poller_free(b->p);
	fdr_opts_clear(&b->opts);
	recorder_clear(&b->rec);
	remove_dir(b->dir);
	free(b);
	return 0;
}

int bench_try(struct bench *b, const char *kind, struct fdr_error *e)
{
	struct fdr_workload_env env = { .name = "users", .poller = b->p, .sink = &b->rec.sink,
					.seed = 1, .ledger = b->ledger };

	return fdr_workload_start(fdr_workload_kind(kind), &env, &b->opts, &b->w, e);
}

void bench_start(struct bench *b, const char *kind)
{
	struct fdr_error e = { "" };

	if (bench_try(b, kind, &e) < 0)
		fail_msg("%s", e.text);
}

void bench_drain(struct bench *b)
{
	fdr_workload_drain(b->w);
	for (int i = 0; i < 2000 && fdr_workload_pending(b->w); i++)
		fdr_poller_run_once(b->p, 10 * MS);
	assert_int_equal(fdr_workload_pending(b->w), 0);
}

void check_accounting(const struct recorder *r)
{
	char *seen = calloc(r->n_requests + 1, 1);

	for (size_t i = 0; i < r->n_requests; i++) {
		const struct seen_request *q = &r->requests[i];

		assert_true(q->seq < r->n_requests);
		assert_false(seen[q->seq]);
		seen[q->seq] = 1;
		assert_true(q->intended_ns <= q->sent_ns);
		assert_true(q->sent_ns <= q->done_ns);
	}
	free(seen);
}

size_t count_status(const struct recorder *r, enum fdr_request_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n_requests; i++)
		n += r->requests[i].status == status;
	return n;
}

/* Its file is there as soon as it is bound, and refuses until somebody listens. */
static bool listens(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	r = connect(fd, (const struct sockaddr *)&a, sizeof(a));
	close(fd);
	return !r;
}

bool await_listener(struct bench *b, const char *path)
{
	for (int i = 0; i < 1000; i++) {
		if (listens(path))
			return true;
		run_for(b->p, 10 * MS);
	}
	return false;
}

bool start_redis(struct bench *b, struct fdr_child *c, char *address, size_t size)
{
	/* It ends with us, also where a test fails or is killed. */
	const char *argv[] = { "setpriv", "--pdeathsig", "KILL", "redis-server", "--port", "0",
			       "--unixsocket", address, "--save", "", "--appendonly", "no", "--dir",
			       b->dir, "--requirepass", "secret", NULL };
	struct fdr_error e = { "" };
	char password[160];
	FILE *f;
	int r;

	snprintf(password, sizeof(password), "%s/password", b->dir);
	f = fopen(password, "w");
	fputs("secret\n", f);
	fclose(f);
	snprintf(address, size, "%s/redis", b->dir);
	r = fdr_spawn(argv, c, &e);
	if (r < 0)
		return false;
	return await_listener(b, address);
}

void end_redis(struct fdr_child *c)
{
	int status;

	fdr_spawn_end(c->pid, 5 * FDR_NS_PER_S, &status);
	close(c->in_fd);
	close(c->out_fd);
	close(c->err_fd);
}
