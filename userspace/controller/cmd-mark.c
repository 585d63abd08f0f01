// SPDX-License-Identifier: GPL-2.0-or-later
/* faultdrill mark: a stack's script says that something is in a state now. */
#include "base/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "sys/addr.h"

#define LINE_MAX_BYTES	8192

static bool take_stdin;

static const struct fdr_option options[] = {
	{ "stdin", 'i', FDR_OPTION_FLAG, &take_stdin, NULL,
	  "add what comes on standard input, until its end (at most 4 KiB)" },
};

/* The operands from the third on, and what came on standard input, as one text. */
static void collect(char *buf, size_t size, int argc, char **argv)
{
	size_t n = 0;
	ssize_t got;

	*buf = '\0';
	for (int i = 3; i < argc && n + 1 < size; i++) {
		n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? " " : "", argv[i]);
		n = n < size ? n : size - 1;
	}
	if (!take_stdin)
		return;
	if (n && n + 1 < size)
		buf[n++] = ' ';
	while (n + 1 < size && (got = read(STDIN_FILENO, buf + n, size - 1 - n)) > 0)
		n += (size_t)got;
	buf[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (!buf[i])
			buf[i] = '?';
}

/* One write, so that marks of several writers do not mix. */
static int to_file(const char *path, const char *line, struct fdr_error *e)
{
	int fd FDR_CLEANUP_CLOSE = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	char buf[LINE_MAX_BYTES + 1];
	int n = snprintf(buf, sizeof(buf), "%s\n", line);
	ssize_t done = fd < 0 ? -1 : write(fd, buf, (size_t)n);

	if (done == n)
		return 0;
	return fdr_err(e, done < 0 ? -errno : -EIO, "cannot write to %.200s: %s", path,
		       done < 0 ? strerror(errno) : "cut short");
}

static int to_udp(const char *where, const char *line, struct fdr_error *e)
{
	int fd FDR_CLEANUP_CLOSE = -1;
	char buf[LINE_MAX_BYTES + 8];
	int n = snprintf(buf, sizeof(buf), "<13>%s", line);
	struct fdr_addr to;
	int r = fdr_addr_parse(where, SOCK_DGRAM, &to, e);

	if (r < 0)
		return r;
	fd = socket(to.sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || sendto(fd, buf, (size_t)n, 0, (const struct sockaddr *)&to.sa, to.len) < 0)
		return fdr_err(e, -errno, "cannot send to %.100s: %s", where, strerror(errno));
	return 0;
}

static int run(int argc, char **argv)
{
	/* First of all: what comes after is not to shift it. */
	struct fdr_mark m = { .mono_ns = fdr_now_ns(), .real_ns = fdr_clock_ns(CLOCK_REALTIME) };
	bool udp = !strncmp(argv[0], "udp:", 4), file = !strncmp(argv[0], "file:", 5);
	char text[4096], line[LINE_MAX_BYTES];
	struct fdr_error e = { "" };
	int r;

	if ((!udp && !file) || !strchr(argv[0], ':')[1])
		return fdr_usage_error(&fdr_cmd_mark, "\"%.200s\" is no destination: write file:PATH "
				       "or udp:ADDRESS:PORT", argv[0]);
	for (int i = 1; i <= 2; i++)
		if (!fdr_mark_word_ok(argv[i], i == 1 ? sizeof(m.name) : sizeof(m.state)))
			return fdr_usage_error(&fdr_cmd_mark, "\"%.100s\" is no %s: one short word of "
					       "letters, digits and ._/:@-", argv[i],
					       i == 1 ? "name" : "state");
	strcpy(m.name, argv[1]);
	strcpy(m.state, argv[2]);
	fdr_mark_boot(m.boot);
	collect(text, sizeof(text), argc, argv);
	m.text = text;
	r = fdr_mark_write(line, sizeof(line), &m);
	if (r >= 0)
		r = udp ? to_udp(argv[0] + 4, line, &e) : to_file(argv[0] + 5, line, &e);
	return r < 0 ? fdr_fail(r, &e) : FDR_EXIT_PASS;
}

const struct fdr_command fdr_cmd_mark = {
	.name = "mark",
	.args = "DESTINATION NAME STATE [TEXT ...]",
	.summary = "Say that something is in a state now, from a stack's own script.",
	.details =
		"For keepalived's notify scripts, event handlers of Nagios, alert agents of Pacemaker "
		"and the like: writes one line with both clocks' stamps, the boot that they are of, "
		"NAME, STATE and TEXT to a file (file:PATH, appended) or to where a probe listens "
		"(udp:ADDRESS:PORT). The probe 'mark' reads it as the state of the subject NAME.\n\n"
		"On a node without faultdrill, 'logger faultdrill-mark NAME STATE' makes a mark, too; "
		"its instant is then that of its arrival.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 3,
	.max_args = -1,
	.run = run,
};
