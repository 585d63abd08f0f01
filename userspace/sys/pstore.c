// SPDX-License-Identifier: GPL-2.0-or-later
#include "pstore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/macro.h"

/* The module's line (kmod/last-words.c), behind whatever the log puts before it. */
#define LINE		"faultdrill: onset of "
/* Of one record; the rest of a longer one is not looked at. */
#define RECORD_MAX	(1U << 20)
#define ONSETS_MAX	64

FDR_DEFINE_CLEANUP(DIR *, closedir);

static void take_line(json_t *onsets, const char *line)
{
	uint64_t cookie;
	int64_t boottime_ns;
	char text[24];

	if (sscanf(line, LINE "%*[a-z0-9-]: injection %*u, cookie %" SCNu64 ", boottime %" SCNd64
		   " ns", &cookie, &boottime_ns) != 2 || boottime_ns <= 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, cookie);
	if (json_array_size(onsets) < ONSETS_MAX)
		json_array_append_new(onsets, json_pack("{s:s, s:I}", "cookie", text,
							"boottime_ns", (json_int_t)boottime_ns));
}

/* Records are read whole: pstore may give a part of one only once. */
static char *read_record(int dir_fd, const char *name)
{
	int fd FDR_CLEANUP_CLOSE = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text FDR_CLEANUP_FREE = malloc(RECORD_MAX + 1);
	size_t size = 0;
	ssize_t n;

	if (fd < 0 || !text)
		return NULL;
	while (size < RECORD_MAX && (n = read(fd, text + size, RECORD_MAX - size)) != 0) {
		if (n < 0 && errno != EINTR)
			return NULL;
		size += n > 0 ? (size_t)n : 0;
	}
	/* Old memory may hold anything. */
	for (size_t i = 0; i < size; i++)
		if (!text[i])
			text[i] = ' ';
	text[size] = '\0';
	return FDR_TAKE_PTR(text);
}

json_t *fdr_pstore_onsets(const char *dir)
{
	FDR_CLEANUP(closedirp) DIR *d = opendir(dir);
	json_t *onsets = json_array();
	struct dirent *entry;

	while (onsets && d && (entry = readdir(d))) {
		char *text FDR_CLEANUP_FREE = NULL;

		if (strncmp(entry->d_name, "dmesg-", 6) && strncmp(entry->d_name, "console-", 8))
			continue;
		text = read_record(dirfd(d), entry->d_name);
		for (const char *at = text; at && (at = strstr(at, LINE)); at += strlen(LINE))
			take_line(onsets, at);
	}
	return onsets;
}
