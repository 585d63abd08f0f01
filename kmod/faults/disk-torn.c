// SPDX-License-Identifier: GPL-2.0-only
/* Disks that write the beginning of what they are given, and acknowledge the whole. */
#include <linux/bio.h>
#include <linux/err.h>

#include "disk-lie.h"
#include "hooks/draw.h"

#define FDR_TORN_SEED	0x746f726e2d777274ULL

struct fdr_torn {
	struct fdr_disk_lie lie;
	u32 keep;		/* sectors; 0 = drawn */
	u32 unit;		/* sectors */
	u64 seed;
	u64 n;			/* writes torn; the carrier's thread alone */
	atomic64_t lost;	/* bytes */
};

static bool notrace fdr_torn_wants(struct fdr_bio_rule *rule, const struct bio *bio)
{
	struct fdr_disk_lie *lie = fdr_disk_lie_of(rule);
	const struct fdr_torn *t = container_of(lie, struct fdr_torn, lie);
	u32 least = t->keep ?: t->unit;

	return fdr_disk_lie_can(lie, bio_sectors(bio) > least && fdr_bio_bounce_able(bio));
}

/* Of a write of @sectors, more than one unit: at least one arrives, and one does not. */
static u32 fdr_torn_prefix(struct fdr_torn *t, u32 sectors)
{
	u32 units = DIV_ROUND_UP(sectors, t->unit);
	u64 n = ++t->n;

	if (t->keep)
		return t->keep;
	return (1 + fdr_draw(t->seed, n, units - 1)) * t->unit;
}

static void fdr_torn_pass(struct fdr_bio_carrier *c, struct bio *bio, void *arg)
{
	struct fdr_torn *t = arg;
	u32 bytes = fdr_torn_prefix(t, bio_sectors(bio)) << SECTOR_SHIFT;

	atomic64_add(bio->bi_iter.bi_size - bytes, &t->lost);
	fdr_bio_bounce_part(t->lie.bounce, c, bio, bytes);
}

static const struct fdr_bio_action fdr_torn_action = {
	.wants = fdr_torn_wants,
	.take = fdr_disk_lie_take,
	.drain = fdr_disk_lie_drain,
};

/* A device writes a logical block as one. */
static int fdr_torn_check(struct fdr_torn *t, struct netlink_ext_ack *extack)
{
	struct block_device *bdev = fdr_disk_fault_bdev(&t->lie.base);
	u32 block = bdev_logical_block_size(bdev) >> SECTOR_SHIFT;

	if (!t->unit)
		t->unit = block;
	if (t->unit % block)
		return fdr_refuse(extack, -EINVAL,
				  "unit: %pg writes blocks of %u sectors: %u is no multiple of that",
				  bdev, block, t->unit);
	if (t->keep % t->unit)
		return fdr_refuse(extack, -EINVAL,
				  "keep: a write tears at multiples of %u sectors: %u is none",
				  t->unit, t->keep);
	return 0;
}

static int fdr_torn_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_torn *t;
	int err;

	t = fdr_disk_lie_new(inj, sizeof(*t), &fdr_torn_action, FDR_BIO_WRITE, "torn",
			     fdr_torn_pass, NULL, extack);
	if (IS_ERR(t))
		return PTR_ERR(t);
	t->keep = fdr_arg_u64(inj, "keep");
	t->unit = fdr_arg_u64(inj, "unit");
	t->seed = fdr_arg_u64(inj, "seed") ^ FDR_TORN_SEED;
	err = fdr_torn_check(t, extack);
	if (err)
		fdr_disk_lie_release(inj);
	return err;
}

static void fdr_torn_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_torn *t = fdr_priv(inj);

	fdr_disk_fault_counters(inj, emit, arg);
	emit(arg, "lost_bytes", atomic64_read(&t->lost));
	emit(arg, "unable", atomic64_read(&t->lie.unable));
}

const struct fdr_fault_ops fdr_disk_torn_write_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_torn_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_fault_stop,
	.release = fdr_disk_lie_release,
	.counters = fdr_torn_counters,
};
