/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PREDICT_KINDS_H
#define FDR_PREDICT_KINDS_H

#include "predict.h"

/* One a file; the rows are in predict.c. */
extern const struct fdr_predict_ops fdr_predict_ceph;
extern const struct fdr_predict_ops fdr_predict_chrony;
extern const struct fdr_predict_ops fdr_predict_corosync;
extern const struct fdr_predict_ops fdr_predict_drbd;
extern const struct fdr_predict_ops fdr_predict_etcd;
extern const struct fdr_predict_ops fdr_predict_galera;
extern const struct fdr_predict_ops fdr_predict_ganglia;
extern const struct fdr_predict_ops fdr_predict_glusterfs;
extern const struct fdr_predict_ops fdr_predict_haproxy;
extern const struct fdr_predict_ops fdr_predict_keepalived;
extern const struct fdr_predict_ops fdr_predict_mariadb;
extern const struct fdr_predict_ops fdr_predict_nagios;
extern const struct fdr_predict_ops fdr_predict_pacemaker;
extern const struct fdr_predict_ops fdr_predict_patroni;
extern const struct fdr_predict_ops fdr_predict_sentinel;
extern const struct fdr_predict_ops fdr_predict_spider;
extern const struct fdr_predict_ops fdr_predict_systemd;

/* How long at most a new membership waits for the vote of its quorum device; 0: it has none. */
int64_t fdr_corosync_device_wait(const char *text);

#endif /* FDR_PREDICT_KINDS_H */
