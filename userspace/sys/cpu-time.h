/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_CPU_TIME_H
#define FDR_SYS_CPU_TIME_H

#include "base/clock.h"
#include "base/error.h"

/* Processor time that this host has used since it booted, and a service on it. */
enum fdr_cpu_state {
	FDR_CPU_USER, FDR_CPU_NICE, FDR_CPU_SYSTEM, FDR_CPU_IDLE, FDR_CPU_IOWAIT, FDR_CPU_IRQ,
	FDR_CPU_SOFTIRQ, FDR_CPU_STEAL, FDR_CPU_STATES
};
extern const char *const fdr_cpu_state_names[];

struct fdr_cpu_time {
	int64_t boottime_ns;
	int64_t ns[FDR_CPU_STATES];	/* all processors, in the kernel's ticks */
	int64_t busy_ns;		/* all but idle, iowait and steal */
	char group[512];		/* the control group that was asked for; "" = not there */
	int64_t group_ns;		/* its time; -1 = not there */
};

/*
 * @unit: a systemd unit, found by its group's name; @cgroup: a path below
 * /sys/fs/cgroup.  Either or none may be given.  What is not there now (a service that
 * is down) is no error.
 */
int fdr_cpu_time_read(const char *unit, const char *cgroup, struct fdr_cpu_time *ret,
		      struct fdr_error *e);

#endif /* FDR_SYS_CPU_TIME_H */
