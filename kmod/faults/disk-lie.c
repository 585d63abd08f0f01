// SPDX-License-Identifier: GPL-2.0-only
/* The base of the disks that lie. */
#include <linux/bio.h>
#include <linux/err.h>

#include "disk-lie.h"

/* Enough for a disk's name. */
#define FDR_LIE_NAME	32

/* A zone takes its writes whole and in their order, or not at all. */
static int fdr_disk_lie_check(struct block_device *bdev, struct netlink_ext_ack *extack)
{
	if (bdev_is_zoned(bdev))
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "device: %pg is zoned, and refuses what comes after a write that was lost or changed its place: use disk-error there",
				  bdev);
	return 0;
}

void *fdr_disk_lie_new(struct fdr_injection *inj, size_t size,
		       const struct fdr_bio_action *action, unsigned int ops,
		       const char *taken_as,
		       void (*pass)(struct fdr_bio_carrier *c, struct bio *bio, void *arg),
		       const struct fdr_bio_bounce_ops *changes, struct netlink_ext_ack *extack)
{
	struct fdr_disk_lie *lie;
	char name[FDR_LIE_NAME];
	int err;

	lie = fdr_disk_fault_new(inj, size, action, ops, taken_as, extack);
	if (IS_ERR(lie))
		return lie;
	err = fdr_disk_lie_check(fdr_disk_fault_bdev(&lie->base), extack);
	if (err)
		goto err_release;
	err = -ENOMEM;
	lie->bounce = fdr_bio_bounce_new(changes, lie);
	if (!lie->bounce)
		goto err_release;
	snprintf(name, sizeof(name), "fdr-lie/%pg", fdr_disk_fault_bdev(&lie->base));
	lie->carrier = fdr_bio_carrier_new(name, pass, lie);
	if (!lie->carrier)
		goto err_release;
	lie->base.rule.passing = fdr_bio_carrier_passing(lie->carrier);
	return lie;

err_release:
	fdr_disk_lie_release(inj);
	return ERR_PTR(err);
}

void fdr_disk_lie_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	fdr_bio_carrier_keep(fdr_disk_lie_of(rule)->carrier, bio, 0);
}

void fdr_disk_lie_drain(struct fdr_bio_rule *rule)
{
	struct fdr_disk_lie *lie = fdr_disk_lie_of(rule);

	fdr_bio_carrier_flush(lie->carrier);
	fdr_bio_bounce_wait(lie->bounce);
}

void fdr_disk_lie_release(struct fdr_injection *inj)
{
	struct fdr_disk_lie *lie = fdr_priv(inj);

	fdr_bio_carrier_free(lie->carrier);
	fdr_bio_bounce_free(lie->bounce);
	fdr_disk_fault_release(inj);
}

void fdr_disk_lie_end(struct bio *bio)
{
	/* Nobody is to poll for what is over already. */
	bio->bi_opf &= ~FDR_REQ_POLLED;
	bio->bi_status = BLK_STS_OK;
	bio_endio(bio);
}
