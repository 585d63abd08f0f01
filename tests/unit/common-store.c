// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "common-store.h"

char store_dir[64];

const char *store_at(const char *name)
{
	static char path[4][128];
	static unsigned int n;

	n = (n + 1) % FDR_ARRAY_LEN(path);
	snprintf(path[n], sizeof(path[n]), "%s/%s", store_dir, name);
	return path[n];
}

int store_make_dir(void **state)
{
	(void)state;
	strcpy(store_dir, "/tmp/fdr-store-XXXXXX");
	return mkdtemp(store_dir) ? 0 : -1;
}

int store_remove_dir(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", store_dir);
	return system(command);
}

void store_put_request(struct fdr_store *s, unsigned int trial, uint64_t seq)
{
	struct fdr_request r = {
		.source = "shop", .seq = seq, .intended_ns = (int64_t)seq * 1000,
		.sent_ns = (int64_t)seq * 1000 + 7, .done_ns = (int64_t)seq * 1000 + 900,
		.status = FDR_REQUEST_OK, .code = 200, .served_by = "node1", .detail = "",
	};

	assert_int_equal(fdr_store_put_request(s, trial, &r), 0);
}

void store_write_file(const char *path, const void *data, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, n), (ssize_t)n);
	close(fd);
}
