// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/spawn.h"

static void spawn(const char *script, struct fdr_child *c)
{
	struct fdr_error e;

	if (fdr_spawn((const char *const[]){ "sh", "-c", script, NULL }, c, &e) < 0)
		fail_msg("%s", e.text);
}

static void close_child(struct fdr_child *c)
{
	close(c->in_fd);
	close(c->out_fd);
	close(c->err_fd);
}

/* Everything until the end of file, which must come within 10 s. */
static size_t read_all(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;

	for (;;) {
		ssize_t r;

		assert_int_equal(poll(&p, 1, 10000), 1);
		r = read(fd, buf + n, size - 1 - n);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	buf[n] = '\0';
	return n;
}

static void pipes_lead_to_the_child(void **state)
{
	struct fdr_child c;
	char out[64], err[64];
	int status;

	(void)state;
	spawn("read x; echo out $x; echo err $x >&2; exit 3", &c);
	assert_int_equal(write(c.in_fd, "hello\n", 6), 6);
	read_all(c.out_fd, out, sizeof(out));
	read_all(c.err_fd, err, sizeof(err));
	assert_string_equal(out, "out hello\n");
	assert_string_equal(err, "err hello\n");
	assert_int_equal(fdr_spawn_end(c.pid, 10 * FDR_NS_PER_S, &status), 0);
	/* It may have been on its way out when the signal came. */
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 3);
	close_child(&c);
}

static void the_child_is_on_its_own(void **state)
{
	struct fdr_child c;
	unsigned long blocked, ignored;
	sigset_t mask, old;
	char out[128];
	int status, session;

	(void)state;
	/* Neither our mask nor what we ignore is passed on. */
	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, &old);
	signal(SIGPIPE, SIG_IGN);
	spawn("grep -E '^Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f6 /proc/$$/stat", &c);
	sigprocmask(SIG_SETMASK, &old, NULL);
	read_all(c.out_fd, out, sizeof(out));
	assert_int_equal(sscanf(out, "SigBlk: %lx SigIgn: %lx %d", &blocked, &ignored, &session), 3);
	assert_int_equal(blocked, 0);
	/* The two above are the C library's own. */
	assert_int_equal(ignored & 0x7fffffff, 0);
	assert_int_equal(session, c.pid);
	fdr_spawn_end(c.pid, FDR_NS_PER_S, &status);
	close_child(&c);
}

static void ends_the_stubborn(void **state)
{
	int64_t start_ns;
	struct fdr_child c;
	char out[16];
	int status;

	(void)state;
	spawn("trap '' TERM; echo ready; while :; do sleep 100; done", &c);
	assert_true(read(c.out_fd, out, sizeof(out)) == 6);
	assert_int_equal(fdr_spawn_poll(c.pid, &status), 0);
	start_ns = fdr_now_ns();
	assert_int_equal(fdr_spawn_end(c.pid, 100 * FDR_NS_PER_MS, &status), 0);
	assert_true(fdr_now_ns() - start_ns >= 100 * FDR_NS_PER_MS);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	/* Reaped, and its own children went with it: the pipe has no writer left. */
	assert_int_equal(waitpid(c.pid, NULL, WNOHANG), -1);
	assert_int_equal(read_all(c.out_fd, out, sizeof(out)), 0);
	close_child(&c);
}

static void tells_how_it_ended(void **state)
{
	struct pollfd p = { .events = POLLIN };
	struct fdr_child c;
	char text[64];
	int status;

	(void)state;
	spawn("kill -9 $$", &c);
	p.fd = fdr_spawn_pidfd(c.pid);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(fdr_spawn_poll(c.pid, &status), 1);
	assert_string_equal(fdr_spawn_status(status, text, sizeof(text)),
			    "was killed by signal 9 (Killed)");
	close(p.fd);
	close_child(&c);
	spawn("exit 255", &c);
	p.fd = fdr_spawn_pidfd(c.pid);
	assert_int_equal(poll(&p, 1, 10000), 1);
	assert_int_equal(fdr_spawn_end(c.pid, 0, &status), 0);
	assert_string_equal(fdr_spawn_status(status, text, sizeof(text)),
			    "exited with status 255");
	close(p.fd);
	close_child(&c);
}

static void says_what_cannot_be_run(void **state)
{
	struct fdr_child c;
	struct fdr_error e;

	(void)state;
	assert_int_equal(fdr_spawn((const char *const[]){ "fdr-no-such-program", NULL }, &c, &e),
			 -ENOENT);
	assert_string_equal(e.text, "cannot run fdr-no-such-program: No such file or directory");
	assert_int_equal(fdr_spawn((const char *const[]){ "/etc/passwd", NULL }, &c, &e), -EACCES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipes_lead_to_the_child),
		cmocka_unit_test(the_child_is_on_its_own),
		cmocka_unit_test(ends_the_stubborn),
		cmocka_unit_test(tells_how_it_ended),
		cmocka_unit_test(says_what_cannot_be_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
