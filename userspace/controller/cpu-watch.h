/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_CPU_WATCH_H
#define FDR_CONTROLLER_CPU_WATCH_H

#include <systemd/sd-event.h>

#include "command.h"

/* Processor time of this host, or of nodes through their agents, as it is used. */
struct fdr_cpu_watch;

/* @nodes: transports as for --on; none: this host.  @unit, @cgroup: NULL, or of what there. */
int fdr_cpu_watch_open(sd_event *loop, const struct fdr_strings *nodes, const char *unit,
		       const char *cgroup, struct fdr_cpu_watch **ret, struct fdr_error *e);
struct fdr_cpu_watch *fdr_cpu_watch_close(struct fdr_cpu_watch *w);
/* Reads, or asks: the answers of nodes count when they are there. */
void fdr_cpu_watch_look(struct fdr_cpu_watch *w);
/*
 * Processor seconds a second, all nodes together, between the last two readings, and
 * between the first and the last; -1 where one of them cannot tell.
 */
double fdr_cpu_watch_now(const struct fdr_cpu_watch *w);
double fdr_cpu_watch_all(const struct fdr_cpu_watch *w);
/* The nodes that have gone since; their names and why are a warning when it happens. */
size_t fdr_cpu_watch_lost(const struct fdr_cpu_watch *w);

#endif /* FDR_CONTROLLER_CPU_WATCH_H */
