// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "base/spawn.h"
#include "link-internal.h"

/* Lines of stderr that go into an error. */
#define TAIL_LINES	3

static void keep_tail(struct fdr_link *l, const char *data, size_t n)
{
	size_t drop;

	if (n > sizeof(l->tail)) {
		data += n - sizeof(l->tail);
		n = sizeof(l->tail);
	}
	drop = l->tail_len + n > sizeof(l->tail) ? l->tail_len + n - sizeof(l->tail) : 0;
	memmove(l->tail, l->tail + drop, l->tail_len - drop);
	memcpy(l->tail + l->tail_len - drop, data, n);
	l->tail_len += n - drop;
}

bool fdr_link_read_stderr(struct fdr_link *l)
{
	struct pollfd p = { .fd = l->efd, .events = POLLIN };
	char buf[1024];

	/* Bounded: a child that floods its stderr must not hold up the loop. */
	for (unsigned int i = 0; i < 16 && l->efd >= 0 && poll(&p, 1, 0) > 0; i++) {
		ssize_t n = read(l->efd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		fdr_debug("%s: %.*s", l->node, (int)n, buf);
		keep_tail(l, buf, (size_t)n);
	}
	return l->efd >= 0;
}

/* The last lines, joined by "; ", without control characters. */
static void last_lines(const struct fdr_link *l, char *buf, size_t size)
{
	size_t end = l->tail_len, start, n = 0;
	unsigned int lines = 0;

	while (end && isspace((unsigned char)l->tail[end - 1]))
		end--;
	for (start = end; start; start--)
		if (l->tail[start - 1] == '\n' && ++lines == TAIL_LINES)
			break;
	for (size_t i = start; i < end && n + 3 < size; i++) {
		unsigned char c = (unsigned char)l->tail[i];

		if (c == '\n') {
			buf[n++] = ';';
			c = ' ';
		}
		if (c != '\r')
			buf[n++] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
	}
	buf[n] = '\0';
}

static const char *remedy(const struct fdr_link *l)
{
	if (!l->child_ended || !WIFEXITED(l->child_status) || fdr_stream_greeted(l->stream))
		return "";
	switch (WEXITSTATUS(l->child_status)) {
	case 127:
		return "; is faultdrill-agent installed there and in PATH? (the option \"agent\" "
		       "names it)";
	case 255:
		return "; does \"ssh -o BatchMode=yes\" to it work by hand?";
	default:
		return "";
	}
}

void fdr_link_explain(const struct fdr_link *l, char *buf, size_t size)
{
	char lines[FDR_STDERR_TAIL + 8], status[64] = "", noise[200] = "";
	const char *what = l->end_text;

	last_lines(l, lines, sizeof(lines));
	if (l->child_ended) {
		snprintf(status, sizeof(status), "the connection's process ");
		fdr_spawn_status(l->child_status, status + strlen(status),
				 sizeof(status) - strlen(status));
		what = status;
	}
	if (!fdr_stream_greeted(l->stream))
		fdr_stream_noise(l->stream, noise, sizeof(noise));
	snprintf(buf, size, "%s%s%s%s%s%s", what, *what && *lines ? ": " : "", lines,
		 *noise ? (*what || *lines ? "; it printed: " : "it printed: ") : "", noise,
		 remedy(l));
}
