/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_KINDS_H
#define FDR_WORKLOAD_KINDS_H

#include "workload.h"

/* One a file; the rows are in workload.c. */
extern const struct fdr_workload_ops fdr_workload_exec;
extern const struct fdr_workload_ops fdr_workload_file;
extern const struct fdr_workload_ops fdr_workload_http;
extern const struct fdr_workload_ops fdr_workload_mysql;
extern const struct fdr_workload_ops fdr_workload_postgresql;
extern const struct fdr_workload_ops fdr_workload_redis;
extern const struct fdr_workload_ops fdr_workload_tcp;

#endif /* FDR_WORKLOAD_KINDS_H */
