/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_COMMON_PROBE_H
#define TEST_COMMON_PROBE_H

#include "common-peer.h"
#include "probe/probe.h"

/* A probe on the test's own poller, what it reports, and a place for what it looks at. */
struct fixture {
	struct fdr_poller *p;
	struct recorder rec;
	struct fdr_opts opts;
	struct fdr_probe *probe;
	struct peer *peer;
	const char *answer;
	char *dir, path[100], text[400];	/* path: of a file in dir, not there yet */
};

int probe_setup(void **state);
int probe_teardown(void **state);
/* With the options in the fixture. */
int probe_try(struct fixture *f, const char *kind, struct fdr_error *e);
void probe_start(struct fixture *f, const char *kind);
const struct fdr_kind *probe_kind(const char *name);

#endif /* TEST_COMMON_PROBE_H */
