// SPDX-License-Identifier: GPL-2.0-only
/* A disk that takes longer, by a time drawn for each bio. */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "disk-keep.h"
#include "dist.h"

/* Sets the delays' draws apart from those of the probability. */
#define FDR_DISK_DELAY_SEED	0x6469736b64656c61ULL

struct fdr_disk_delay {
	struct fdr_disk_keep keep;
	struct fdr_dist dist;
	atomic64_t draws;
	bool reorder;
	raw_spinlock_t lock;		/* of the next */
	u64 last_due;			/* !reorder: nothing leaves before what came before */
};

static u64 fdr_disk_delay_due(struct fdr_disk_delay *d)
{
	u64 due = ktime_get_ns() + fdr_dist_draw(&d->dist, atomic64_inc_return(&d->draws));
	unsigned long flags;

	if (d->reorder)
		return due;
	raw_spin_lock_irqsave(&d->lock, flags);
	due = max(due, d->last_due);
	d->last_due = due;
	raw_spin_unlock_irqrestore(&d->lock, flags);
	return due;
}

static void fdr_disk_delay_take(struct fdr_bio_rule *rule, struct bio *bio)
{
	struct fdr_disk_delay *d = container_of(rule, struct fdr_disk_delay, keep.base.rule);

	fdr_bio_carrier_keep(d->keep.carrier, bio, fdr_disk_delay_due(d));
}

static const struct fdr_bio_action fdr_disk_delay = {
	.take = fdr_disk_delay_take,
	.drain = fdr_disk_keep_drain,
};

static int fdr_disk_delay_fill(struct fdr_disk_delay *d, struct fdr_injection *inj,
			       struct netlink_ext_ack *extack)
{
	struct fdr_dist *dist = &d->dist;

	dist->kind = fdr_arg_choice(inj, "dist");
	dist->mean_ns = fdr_arg_u64(inj, "delay");
	dist->jitter_ns = fdr_arg_u64(inj, "jitter");
	dist->shape = fdr_arg_u64(inj, "shape");
	dist->cap_ns = fdr_arg_u64(inj, "cap");
	dist->seed = fdr_arg_u64(inj, "seed") ^ FDR_DISK_DELAY_SEED;
	d->reorder = fdr_arg_bool(inj, "reorder");
	if (fdr_arg_given(inj, "jitter") != (dist->kind == FDR_DIST_UNIFORM))
		return fdr_refuse(extack, -EINVAL,
				  "jitter: dist=uniform, and no other, is delay - jitter to delay + jitter: give both or neither");
	if (fdr_arg_given(inj, "shape") && dist->kind != FDR_DIST_PARETO)
		return fdr_refuse(extack, -EINVAL, "shape: only dist=pareto has one");
	if (dist->jitter_ns > dist->mean_ns)
		return fdr_refuse(extack, -EINVAL,
				  "jitter: %s is more than the delay of %s: nothing ends before it begins",
				  fdr_arg_str(inj, "jitter"), fdr_arg_str(inj, "delay"));
	if (dist->cap_ns < dist->mean_ns)
		return fdr_refuse(extack, -EINVAL,
				  "cap: %s is less than the delay of %s: most would be cut to it",
				  fdr_arg_str(inj, "cap"), fdr_arg_str(inj, "delay"));
	return 0;
}

static int fdr_disk_delay_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_disk_delay *d;
	int err;

	d = fdr_disk_keep_new(inj, sizeof(*d), &fdr_disk_delay, "delayed", extack);
	if (IS_ERR(d))
		return PTR_ERR(d);
	raw_spin_lock_init(&d->lock);
	err = fdr_disk_delay_fill(d, inj, extack);
	if (err)
		fdr_disk_keep_release(inj);
	return err;
}

const struct fdr_fault_ops fdr_disk_delay_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_disk_delay_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_keep_stop,
	.release = fdr_disk_keep_release,
	.counters = fdr_disk_keep_counters,
};
