// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common-peer.h"
#include "probe/lines.h"
#include "sys/addr.h"

struct fixture {
	struct fdr_poller *p;
	struct fdr_lines *lines;
	char *dir, path[128], spec[160];
	char *got[64];
	struct fdr_interval when[64];
	size_t n;
};

static void on_line(void *userdata, char *line, struct fdr_interval when)
{
	struct fixture *f = userdata;

	assert_true(when.lo_ns <= when.hi_ns);
	assert_null(strchr(line, '\n'));
	assert_true(f->n < FDR_ARRAY_LEN(f->got));
	f->got[f->n] = strdup(line);
	f->when[f->n++] = when;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->dir = make_dir();
	snprintf(f->path, sizeof(f->path), "%s/log", f->dir);
	snprintf(f->spec, sizeof(f->spec), "file:%s", f->path);
	*state = f;
	return fdr_poller_new(&f->p);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fdr_lines_close(f->lines);
	fdr_poller_free(f->p);
	remove_dir(f->dir);
	for (size_t i = 0; i < f->n; i++)
		free(f->got[i]);
	free(f);
	return 0;
}

static void append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void follow(struct fixture *f)
{
	struct fdr_error e = { "" };

	if (fdr_lines_open(f->p, f->spec, on_line, f, &f->lines, &e) < 0)
		fail_msg("%s", e.text);
}

static void await(struct fixture *f, size_t n)
{
	int64_t end = fdr_now_ns() + 30 * FDR_NS_PER_S;

	while (f->n < n && fdr_now_ns() < end)
		assert_int_equal(fdr_poller_run_once(f->p, 10 * MS), 0);
	assert_int_equal(f->n, n);
}

static void only_new_lines(void **state)
{
	struct fixture *f = *state;
	int64_t before, after;

	append(f->path, "old\nhalf");
	follow(f);
	run_for(f->p, 20 * MS);
	before = fdr_now_ns();
	append(f->path, " and half\nnew\r\n\nlast\n");
	after = fdr_now_ns();
	await(f, 4);
	assert_string_equal(f->got[0], " and half");
	assert_string_equal(f->got[1], "new");
	assert_string_equal(f->got[2], "");
	assert_string_equal(f->got[3], "last");
	for (size_t i = 0; i < f->n; i++) {
		/* Written in [before, after]: the stated interval holds some of it ... */
		assert_true(f->when[i].lo_ns <= after && f->when[i].hi_ns >= before);
		/* ... and is narrow, for all that inotify has no stamps. */
		assert_true(f->when[i].hi_ns - f->when[i].lo_ns < 5000 * MS);
	}
}

static void half_a_line_waits(void **state)
{
	struct fixture *f = *state;

	append(f->path, "");
	follow(f);
	append(f->path, "Server web/a ");
	run_for(f->p, 30 * MS);
	assert_int_equal(f->n, 0);
	append(f->path, "is DOWN\nnext");
	await(f, 1);
	assert_string_equal(f->got[0], "Server web/a is DOWN");
	run_for(f->p, 20 * MS);
	assert_int_equal(f->n, 1);
}

static void rotated(void **state)
{
	struct fixture *f = *state;
	char old[160];

	snprintf(old, sizeof(old), "%s.1", f->path);
	append(f->path, "before\n");
	follow(f);
	append(f->path, "one\n");
	assert_int_equal(rename(f->path, old), 0);
	/* A writer that has not noticed yet. */
	append(old, "two\n");
	append(f->path, "three\n");
	await(f, 3);
	append(old, "four\n");
	await(f, 4);
	append(f->path, "five\n");
	await(f, 5);
	assert_string_equal(f->got[0], "one");
	assert_string_equal(f->got[1], "two");
	assert_string_equal(f->got[2], "three");
	assert_string_equal(f->got[3], "four");
	assert_string_equal(f->got[4], "five");
	/* Again, and with the name missing for a while. */
	assert_int_equal(rename(f->path, old), 0);
	run_for(f->p, 20 * MS);
	append(f->path, "six\n");
	await(f, 6);
	assert_string_equal(f->got[5], "six");
}

static void truncated(void **state)
{
	struct fixture *f = *state;

	append(f->path, "a long line that was there\n");
	follow(f);
	append(f->path, "one\nhalf of a li");
	await(f, 1);
	assert_int_equal(truncate(f->path, 0), 0);
	append(f->path, "two\n");
	await(f, 2);
	assert_string_equal(f->got[1], "two");
}

static void appears_later(void **state)
{
	struct fixture *f = *state;

	follow(f);
	run_for(f->p, 20 * MS);
	append(f->path, "hello\n");
	await(f, 1);
	assert_string_equal(f->got[0], "hello");
	assert_int_equal(unlink(f->path), 0);
	run_for(f->p, 20 * MS);
	append(f->path, "again\n");
	await(f, 2);
	assert_string_equal(f->got[1], "again");
}

static void directory_appears_later(void **state)
{
	struct fixture *f = *state;
	char dir[140];

	snprintf(dir, sizeof(dir), "%s/sub", f->dir);
	snprintf(f->path, sizeof(f->path), "%s/sub/log", f->dir);
	snprintf(f->spec, sizeof(f->spec), "file:%s", f->path);
	follow(f);
	assert_int_equal(mkdir(dir, 0700), 0);
	append(f->path, "hello\n");
	await(f, 1);
	unlink(f->path);
	rmdir(dir);
}

static void hostile_lines(void **state)
{
	struct fixture *f = *state;
	char *huge = malloc(200001);
	int fd;

	memset(huge, 'x', 200000);
	huge[200000] = '\0';
	append(f->path, "");
	follow(f);
	append(f->path, huge);
	run_for(f->p, 20 * MS);
	append(f->path, huge);
	append(f->path, "\nafter\n");
	fd = open(f->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "nul\0inside\n", 11), 11);
	close(fd);
	await(f, 3);
	assert_int_equal(strlen(f->got[0]), FDR_LINE_MAX);
	assert_string_equal(f->got[1], "after");
	assert_string_equal(f->got[2], "nul?inside");
	free(huge);
}

static int free_udp_port(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	close(fd);
	return ntohs(in.sin_port);
}

static void syslog_datagrams(void **state)
{
	struct fixture *f = *state;
	int port = free_udp_port(), fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int64_t sent[3][2];
	static const char *const text[] = { "<133>one", "<133>two\n", "x" };
	struct fdr_lines *second;
	struct fdr_error e = { "" };

	snprintf(f->spec, sizeof(f->spec), "udp:127.0.0.1:%d", port);
	follow(f);
	for (int i = 0; i < 3; i++) {
		sent[i][0] = fdr_now_ns();
		assert_int_equal(sendto(fd, text[i], strlen(text[i]), 0, (struct sockaddr *)&in,
					sizeof(in)), strlen(text[i]));
		sent[i][1] = fdr_now_ns();
		/* Lie in the socket for a while: the stamp is the kernel's, not ours. */
		while (fdr_now_ns() < sent[i][1] + 100 * MS)
			;
	}
	await(f, 3);
	assert_string_equal(f->got[0], "<133>one");
	assert_string_equal(f->got[1], "<133>two");
	assert_string_equal(f->got[2], "x");
	for (int i = 0; i < 3; i++) {
		/* On loopback a datagram arrives within the sender's own call, or soon after. */
		assert_true(f->when[i].lo_ns <= sent[i][1] + 90 * MS);
		assert_true(f->when[i].hi_ns >= sent[i][0]);
		assert_true(f->when[i].hi_ns - f->when[i].lo_ns < 90 * MS);
	}
	assert_int_equal(fdr_lines_open(f->p, f->spec, on_line, f, &second, &e), -EADDRINUSE);
	assert_non_null(strstr(e.text, "another program listens there"));
	close(fd);
}

static void refused(void **state)
{
	static const struct {
		const char *spec, *words;
		int err;
	} cases[] = {
		{ "/var/log/x", "write file:PATH or udp:ADDRESS:PORT", -EINVAL },
		{ "file:", "no source of lines", -EINVAL },
		{ "tcp:127.0.0.1:1", "no source of lines", -EINVAL },
		{ "", "no source of lines", -EINVAL },
		{ "file:/", "no regular file", -EINVAL },
		{ "udp:127.0.0.1", "write HOST:PORT", -EINVAL },
		{ "udp:127.0.0.1:x", "a number from 0 to 65535", -EINVAL },
		{ "udp:127.0.0.1:65536", "a number from 0 to 65535", -EINVAL },
		{ "udp:::1:514", "in brackets", -EINVAL },
		{ "udp:203.0.113.77:5140", "cannot receive syslog", -EADDRNOTAVAIL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct fdr_error e = { "" };

		assert_int_equal(fdr_lines_open(f->p, cases[i].spec, on_line, f, &f->lines, &e),
				 cases[i].err);
		if (!strstr(e.text, cases[i].words))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].spec, e.text, cases[i].words);
	}
}

static void addresses(void **state)
{
	struct fdr_error e = { "" };
	struct fdr_addr a;
	char path[200];

	(void)state;
	assert_int_equal(fdr_addr_parse("[::1]:80", SOCK_STREAM, &a, &e), 0);
	assert_int_equal(a.sa.ss_family, AF_INET6);
	assert_int_equal(fdr_addr_parse("127.0.0.1:80", SOCK_STREAM, &a, &e), 0);
	assert_int_equal(a.sa.ss_family, AF_INET);
	assert_int_equal(fdr_addr_parse("/run/x.sock", SOCK_STREAM, &a, &e), 0);
	assert_int_equal(a.sa.ss_family, AF_UNIX);
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(fdr_addr_parse(path, SOCK_STREAM, &a, &e), -ENAMETOOLONG);
	assert_int_equal(fdr_addr_parse(":80", SOCK_STREAM, &a, &e), -EINVAL);
	assert_int_equal(fdr_addr_parse("h:", SOCK_STREAM, &a, &e), -EINVAL);
	assert_int_equal(fdr_addr_parse("h:-1", SOCK_STREAM, &a, &e), -EINVAL);
	assert_int_equal(fdr_addr_parse("no.such.host.invalid:80", SOCK_STREAM, &a, &e),
			 -EHOSTUNREACH);
	assert_non_null(strstr(e.text, "no.such.host.invalid"));
}

int main(void)
{
#define T(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(only_new_lines), T(half_a_line_waits), T(rotated), T(truncated),
		T(appears_later), T(directory_appears_later), T(hostile_lines),
		T(syslog_datagrams), T(refused), cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
