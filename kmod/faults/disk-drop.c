// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks that acknowledge what they do not do: writes that are lost, and flushes
 * of a volatile cache that are not carried out.
 */
#include <linux/bio.h>
#include <linux/err.h>

#include "disk-lie.h"

struct fdr_drop_writes {
	struct fdr_disk_lie lie;
	atomic64_t bytes;
};

struct fdr_drop_flush {
	struct fdr_disk_lie lie;
	atomic64_t flushes, fua;
};

/* Without data to write nothing is needed of a bio but its flush. */
static bool notrace fdr_drop_writes_wants(struct fdr_bio_rule *rule, const struct bio *bio)
{
	return fdr_disk_lie_can(fdr_disk_lie_of(rule),
				!(bio->bi_opf & REQ_PREFLUSH) || fdr_bio_bounce_able(bio));
}

static void fdr_drop_writes_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	struct fdr_drop_writes *d = (struct fdr_drop_writes *)fdr_disk_lie_of(rule);

	atomic64_add(bio->bi_iter.bi_size, &d->bytes);
	if (bio->bi_opf & REQ_PREFLUSH)
		fdr_disk_lie_take(rule, bio);
	else
		fdr_disk_lie_end(bio);
}

/* What others have written is in the device's cache: the flush is no lie. */
static void fdr_drop_writes_pass(struct fdr_bio_carrier *c, struct bio *bio, void *arg)
{
	struct fdr_disk_lie *lie = arg;

	fdr_bio_bounce_part(lie->bounce, c, bio, 0);
}

static const struct fdr_bio_action fdr_drop_writes_action = {
	.wants = fdr_drop_writes_wants,
	.take = fdr_drop_writes_take,
	.drain = fdr_disk_lie_drain,
};

static int fdr_drop_writes_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return PTR_ERR_OR_ZERO(fdr_disk_lie_new(inj, sizeof(struct fdr_drop_writes),
						&fdr_drop_writes_action, FDR_BIO_WRITE, "dropped",
						fdr_drop_writes_pass, NULL, extack));
}

static void fdr_drop_writes_counters(struct fdr_injection *inj,
				     void (*emit)(void *arg, const char *name, u64 value),
				     void *arg)
{
	struct fdr_drop_writes *d = fdr_priv(inj);

	fdr_disk_fault_counters(inj, emit, arg);
	emit(arg, "bytes", atomic64_read(&d->bytes));
	emit(arg, "unable", atomic64_read(&d->lie.unable));
}

const struct fdr_fault_ops fdr_disk_drop_writes_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_drop_writes_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_fault_stop,
	.release = fdr_disk_lie_release,
	.counters = fdr_drop_writes_counters,
};

/*
 * The block layer itself strips the flags off a bio for a device without a
 * cache, at this very place: whoever submits one cannot mind.
 */
static void fdr_drop_flush_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	struct fdr_drop_flush *d = (struct fdr_drop_flush *)fdr_disk_lie_of(rule);

	if (bio->bi_opf & REQ_PREFLUSH || bio_op(bio) == REQ_OP_FLUSH)
		atomic64_inc(&d->flushes);
	if (bio->bi_opf & REQ_FUA)
		atomic64_inc(&d->fua);
	if (!bio_sectors(bio)) {
		fdr_disk_lie_end(bio);
		return;
	}
	bio->bi_opf &= ~(REQ_PREFLUSH | REQ_FUA);
	fdr_disk_lie_take(rule, bio);
}

static const struct fdr_bio_action fdr_drop_flush_action = {
	.take = fdr_drop_flush_take,
	.drain = fdr_disk_lie_drain,
};

static int fdr_drop_flush_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_drop_flush *d;
	struct block_device *bdev;

	d = fdr_disk_lie_new(inj, sizeof(*d), &fdr_drop_flush_action,
			     FDR_BIO_FLUSH | FDR_BIO_FUA, "dropped", NULL, NULL, extack);
	if (IS_ERR(d))
		return PTR_ERR(d);
	bdev = fdr_disk_fault_bdev(&d->lie.base);
	if (fdr_bdev_write_cache(bdev) || fdr_arg_force(inj))
		return 0;
	fdr_refuse(extack, -EOPNOTSUPP,
		   "device: %pg has no volatile write cache (queue/write_cache in /sys/block is 'write through'): no flush ever reaches it, so there is none to lose",
		   bdev);
	fdr_disk_lie_release(inj);
	return -EOPNOTSUPP;
}

static void fdr_drop_flush_counters(struct fdr_injection *inj,
				    void (*emit)(void *arg, const char *name, u64 value),
				    void *arg)
{
	struct fdr_drop_flush *d = fdr_priv(inj);

	fdr_disk_fault_counters(inj, emit, arg);
	emit(arg, "flushes", atomic64_read(&d->flushes));
	emit(arg, "fua", atomic64_read(&d->fua));
}

const struct fdr_fault_ops fdr_disk_drop_flush_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_drop_flush_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_fault_stop,
	.release = fdr_disk_lie_release,
	.counters = fdr_drop_flush_counters,
};
