/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_KINDS_H
#define FDR_PROBE_KINDS_H

#include "probe.h"

/* One a file; the rows are in probe.c. */
extern const struct fdr_probe_ops fdr_probe_ceph;
extern const struct fdr_probe_ops fdr_probe_drbd;
extern const struct fdr_probe_ops fdr_probe_exec;
extern const struct fdr_probe_ops fdr_probe_ganglia;
extern const struct fdr_probe_ops fdr_probe_haproxy;
extern const struct fdr_probe_ops fdr_probe_http;
extern const struct fdr_probe_ops fdr_probe_log;
extern const struct fdr_probe_ops fdr_probe_mark;
extern const struct fdr_probe_ops fdr_probe_nagios;
extern const struct fdr_probe_ops fdr_probe_pacemaker;
extern const struct fdr_probe_ops fdr_probe_power;
extern const struct fdr_probe_ops fdr_probe_sentinel;
extern const struct fdr_probe_ops fdr_probe_tcp;
extern const struct fdr_probe_ops fdr_probe_vrrp;

#endif /* FDR_PROBE_KINDS_H */
