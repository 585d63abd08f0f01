// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that does less than it could.
 *
 * For each limit there is a clock that runs ahead by what each bio costs: a
 * bio leaves when both clocks have come to the end of its own cost.  A clock that
 * has fallen behind by more than the burst is set to that: so much idle time,
 * and no more, may be made up for.
 */
#include <linux/bio.h>
#include <linux/err.h>
#include <linux/math64.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "disk-keep.h"

/* A bio's cost is at most this, so that clocks cannot overflow. */
#define FDR_THROTTLE_MAX_NS	(3600 * (u64)NSEC_PER_SEC)

struct fdr_disk_throttle {
	struct fdr_disk_keep keep;
	u64 byte_ns;			/* a byte's cost, 32 bits after the point */
	u64 io_ns;			/* a bio's, whatever its size */
	u64 burst_ns;
	raw_spinlock_t lock;		/* of the clocks, CLOCK_MONOTONIC ns */
	u64 bytes_at, ios_at;
};

/* The instant at which @clock has paid for @cost. */
static u64 fdr_throttle_advance(const struct fdr_disk_throttle *t, u64 *clock, u64 cost, u64 now)
{
	*clock = max(*clock, now - min(now, t->burst_ns)) + cost;
	return *clock;
}

static void fdr_disk_throttle_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	struct fdr_disk_throttle *t = container_of(rule, struct fdr_disk_throttle, keep.base.rule);
	/* Discards and zeroes move no data. */
	u64 bytes = bio_has_data(bio) ? bio->bi_iter.bi_size : 0;
	u64 cost = min(mul_u64_u64_shr(bytes, t->byte_ns, 32), FDR_THROTTLE_MAX_NS);
	u64 now = ktime_get_ns(), due;
	unsigned long flags;

	raw_spin_lock_irqsave(&t->lock, flags);
	due = max(fdr_throttle_advance(t, &t->bytes_at, cost, now),
		  fdr_throttle_advance(t, &t->ios_at, t->io_ns, now));
	raw_spin_unlock_irqrestore(&t->lock, flags);
	fdr_bio_carrier_keep(t->keep.carrier, bio, max(due, now));
}

static const struct fdr_bio_action fdr_disk_throttle = {
	.take = fdr_disk_throttle_take,
	.drain = fdr_disk_keep_drain,
};

static int fdr_disk_throttle_fill(struct fdr_disk_throttle *t, struct fdr_injection *inj,
				  struct netlink_ext_ack *extack)
{
	u64 rate = fdr_arg_u64(inj, "rate"), iops = fdr_arg_u64(inj, "iops");

	if (!rate && !iops)
		return fdr_refuse(extack, -EINVAL,
				  "rate, iops: give one of them, or both: bytes a second, operations a second");
	t->byte_ns = rate ? div64_u64((u64)NSEC_PER_SEC << 32, rate) : 0;
	t->io_ns = iops ? div64_u64(NSEC_PER_SEC, iops) : 0;
	t->burst_ns = fdr_arg_u64(inj, "burst");
	return 0;
}

static int fdr_disk_throttle_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_disk_throttle *t;
	int err;

	t = fdr_disk_keep_new(inj, sizeof(*t), &fdr_disk_throttle, "delayed", extack);
	if (IS_ERR(t))
		return PTR_ERR(t);
	raw_spin_lock_init(&t->lock);
	err = fdr_disk_throttle_fill(t, inj, extack);
	if (err)
		fdr_disk_keep_release(inj);
	return err;
}

const struct fdr_fault_ops fdr_disk_throttle_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_disk_throttle_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_keep_stop,
	.release = fdr_disk_keep_release,
	.counters = fdr_disk_keep_counters,
};
