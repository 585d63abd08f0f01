// SPDX-License-Identifier: GPL-2.0-only
/* A disk that does not answer, until it does. */
#include <linux/err.h>

#include "disk-keep.h"

static void fdr_disk_hang_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	fdr_bio_carrier_keep(fdr_disk_keep_of(rule)->carrier, bio, FDR_BIO_HELD);
}

static const struct fdr_bio_action fdr_disk_hang = {
	.take = fdr_disk_hang_take,
	.drain = fdr_disk_keep_drain,
};

static int fdr_disk_hang_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return PTR_ERR_OR_ZERO(fdr_disk_keep_new(inj, sizeof(struct fdr_disk_keep), &fdr_disk_hang,
						 "held", extack));
}

const struct fdr_fault_ops fdr_disk_hang_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_disk_hang_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_keep_stop,
	.release = fdr_disk_keep_release,
	.counters = fdr_disk_keep_counters,
};
