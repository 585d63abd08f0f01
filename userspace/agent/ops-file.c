// SPDX-License-Identifier: GPL-2.0-or-later
/* A configuration file of the node: what predictions and evidence are made of. */
#include <errno.h>

#include "base/file.h"
#include "ops.h"

/* In a frame of 1 MiB it fits also where each byte is escaped. */
#define BYTES_MAX	(160U << 10)

int fdr_op_file(struct fdr_session *s, const json_t *args, json_t **ret_result,
		struct fdr_error *e)
{
	const char *path = fdr_arg_string(args, "path");
	char *text FDR_CLEANUP_FREE = NULL;
	json_t *j;
	int r;

	(void)s;
	if (*path != '/')
		return fdr_err(e, -EINVAL, "file: \"path\" must be absolute");
	r = fdr_read_text(path, BYTES_MAX, &text, e);
	if (r < 0)
		return r;
	j = json_string(text);
	if (!j)
		return fdr_err(e, -EINVAL, "%.300s is no UTF-8 text", path);
	*ret_result = json_pack("{so}", "text", j);
	return *ret_result ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}
