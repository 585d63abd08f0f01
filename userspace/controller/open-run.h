/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_OPEN_RUN_H
#define FDR_CONTROLLER_OPEN_RUN_H

#include "result/store.h"

/* A run for reading: from its folder, its run.db, or a bundle, whose hashes are checked. */
struct fdr_open_run {
	struct fdr_store *store;
	char dir[40];			/* where a bundle's database was unpacked; "" = nowhere */
	char seal[65];			/* of the bundle; "" = none */
};

int fdr_open_run(const char *operand, struct fdr_open_run *ret, struct fdr_error *e);
void fdr_close_run(struct fdr_open_run *run);

/* All of a file, with a NUL behind it; the caller frees. */
int fdr_read_file(const char *path, char **ret, size_t *ret_size, struct fdr_error *e);

#endif /* FDR_CONTROLLER_OPEN_RUN_H */
