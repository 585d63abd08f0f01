/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_TESTS_COMMON_STORE_H
#define FDR_TESTS_COMMON_STORE_H

#include "result/store.h"

/* A folder for the databases of a test program: its group set-up and tear-down. */
extern char store_dir[64];
int store_make_dir(void **state);
int store_remove_dir(void **state);
/* A path in it; good for the next few calls. */
const char *store_at(const char *name);

void store_put_request(struct fdr_store *s, unsigned int trial, uint64_t seq);
void store_write_file(const char *path, const void *data, size_t n);

#endif /* FDR_TESTS_COMMON_STORE_H */
