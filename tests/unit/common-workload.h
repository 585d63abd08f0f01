/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_COMMON_WORKLOAD_H
#define TEST_COMMON_WORKLOAD_H

#include "base/spawn.h"
#include "common-peer.h"
#include "workload/ledger.h"
#include "workload/workload.h"

/* One workload on a poller of its own, and what it reported. */
struct bench {
	struct fdr_poller *p;
	struct recorder rec;
	struct fdr_opts opts;
	struct fdr_workload *w;
	char *dir;
	const struct fdr_ledger *ledger;	/* NULL: no ledger mode */
};

int bench_setup(void **state);
int bench_teardown(void **state);
/* With the options that are set; 0 or what fdr_workload_start() gave. */
int bench_try(struct bench *b, const char *kind, struct fdr_error *e);
void bench_start(struct bench *b, const char *kind);
/* Sends no more, and waits for what is under way: 20 s at most. */
void bench_drain(struct bench *b);
/* Each sequence number exactly once, and their instants in order. */
void check_accounting(const struct recorder *r);
size_t count_status(const struct recorder *r, enum fdr_request_status status);

/* Until somebody listens at a socket's path; false: nobody within 10 s. */
bool await_listener(struct bench *b, const char *path);

/*
 * A real server on a socket in the test's directory, whose password is in the file
 * "password" there.  False: there is none installed.
 */
bool start_redis(struct bench *b, struct fdr_child *c, char *address, size_t size);
void end_redis(struct fdr_child *c);

#endif /* TEST_COMMON_WORKLOAD_H */
