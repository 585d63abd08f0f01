// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The node's kernel log, from a record on: what its kernel said around an onset.
 * Records have numbers (/dev/kmsg); who knows the next one's asks from there later.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "ops.h"

/* Of an answer, far below what a frame takes. */
#define BYTES_MAX	(256U << 10)
/* The most that the kernel gives of one record. */
#define RECORD_MAX	8192

struct log_answer {
	json_t *lines;
	size_t bytes;
	uint64_t next;
	bool lost;			/* records are missing: overwritten, or too many */
};

/* "6,339,5140900,-;text\n KEY=value\n" -> "[    5.140900] text" */
static void take_record(struct log_answer *a, char *record, uint64_t from)
{
	char *text = strchr(record, ';'), line[RECORD_MAX + 32];
	uint64_t seq, us;
	json_t *j;

	if (!text || sscanf(record, "%*u,%" SCNu64 ",%" SCNu64, &seq, &us) != 2)
		return;
	a->next = seq + 1;
	if (seq < from)
		return;
	text++;
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, sizeof(line), "[%5" PRIu64 ".%06" PRIu64 "] %s", us / 1000000, us % 1000000,
		 text);
	if (a->bytes + strlen(line) > BYTES_MAX) {
		a->lost = true;
		return;
	}
	/* The kernel escapes what is no printable ASCII or UTF-8; what is not UTF-8 yet goes. */
	j = json_string(line);
	if (!j)
		return;
	a->bytes += strlen(line);
	json_array_append_new(a->lines, j);
}

static int read_log(int fd, struct log_answer *a, uint64_t from)
{
	char record[RECORD_MAX + 1];

	for (;;) {
		ssize_t n = read(fd, record, RECORD_MAX);

		if (n < 0 && errno == EPIPE)
			a->lost = true;		/* overwritten while we read: goes on behind it */
		else if (n < 0 && errno == EAGAIN)
			return 0;
		else if (n < 0 && errno != EINTR)
			return -errno;
		else if (n > 0)
			take_record(a, (record[n] = '\0', record), from);
		else if (n == 0)
			return 0;
	}
}

int fdr_op_log(struct fdr_session *s, const json_t *args, json_t **ret_result,
	       struct fdr_error *e)
{
	FDR_CLEANUP_CLOSE int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	uint64_t from = fdr_arg_integer(args, "from");
	struct log_answer a = { 0 };
	int r;

	(void)s;
	if (fd < 0)
		return fdr_err(e, -errno, "/dev/kmsg: %s", strerror(errno));
	if (!json_object_get(args, "from"))
		from = UINT64_MAX;		/* only the next one's number is wanted */
	a.lines = json_array();
	r = a.lines ? read_log(fd, &a, from) : -ENOMEM;
	if (r >= 0) {
		*ret_result = json_pack("{sO sI sb}", "lines", a.lines, "next",
					(json_int_t)a.next, "lost", a.lost);
		r = *ret_result ? 0 : -ENOMEM;
	}
	json_decref(a.lines);
	return r < 0 ? fdr_err(e, r, "/dev/kmsg: %s", strerror(-r)) : 0;
}
