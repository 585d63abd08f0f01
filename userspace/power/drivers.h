/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_POWER_DRIVERS_H
#define FDR_POWER_DRIVERS_H

/* What the drivers share.  Not for other layers. */
#include "power.h"

/* One a file; the rows are in power.c. */
extern const struct fdr_power_ops fdr_power_exec;
extern const struct fdr_power_ops fdr_power_ipmi;
extern const struct fdr_power_ops fdr_power_libvirt;
extern const struct fdr_power_ops fdr_power_qemu;
extern const struct fdr_power_ops fdr_power_redfish;

/* Each driver has it. */
#define FDR_POWER_TIMEOUT_OPTION \
	{ .name = "timeout", .type = FDR_OPT_TIME, .def = "10s", .min = FDR_NS_PER_MS, \
	  .max = 600 * FDR_NS_PER_S, .summary = "an operation that takes longer has failed" }

/* wait.c: waits for @events of @fd.  0, -ETIMEDOUT, -ECANCELED. */
int fdr_power_wait(const struct fdr_power_limits *limits, int fd, short events);

/* child.c: a program's own words, shortened. */
struct fdr_power_output {
	char out[4096], err[1024];	/* from their beginning */
	int status;			/* as of waitpid() */
};
/* Runs it to its end; when the time is up, or called off, it is killed with all it started. */
int fdr_power_child(const struct fdr_power_limits *limits, const char *const *argv,
		    struct fdr_power_output *ret, struct fdr_error *e);
/* Fails where it did not exit with 0, with what it said. */
int fdr_power_child_ok(const char *what, const struct fdr_power_output *o, struct fdr_error *e);

#endif /* FDR_POWER_DRIVERS_H */
