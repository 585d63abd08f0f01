// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk that stops answering, below the block layer's queue: requests go to
 * the device and never come back, until error handling deals with them.
 *
 * What error handling does is the driver's affair.  Only drivers are taken of
 * which it is known who may end a request that was not answered (hooks/rq.h):
 * with any other a request might be ended twice.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include "disk-fault.h"
#include "disk-guard.h"
#include "disk-scsi.h"
#include "faults.h"
#include "hooks/bio.h"
#include "hooks/rq.h"
#include "compat/blk-mq.h"
#include "compat/block.h"

struct fdr_timeout {
	struct fdr_injection *inj;
	struct fdr_bdev_handle *handle;
	struct fdr_rq_rule rule;
	bool hooked;
};

static void fdr_timeout_first(struct fdr_rq_rule *rule)
{
	fdr_first_hit(container_of(rule, struct fdr_timeout, rule)->inj);
}

/* The name of the driver nearest to the disk, or "" for one of no device. */
static const char *fdr_timeout_driver(struct gendisk *disk)
{
	struct device *dev = disk_to_dev(disk)->parent;

	for (; dev; dev = dev->parent)
		if (dev->driver)
			return dev->driver->name;
	return "";
}

static int fdr_timeout_way(struct block_device *bdev, enum fdr_rq_way *ret_way,
			   struct netlink_ext_ack *extack)
{
	struct request_queue *q = bdev_get_queue(bdev);
	struct gendisk *disk = bdev->bd_disk;
	const char *driver = fdr_timeout_driver(disk);

	if (fdr_bdev_partno(bdev))
		return fdr_refuse(extack, -EINVAL,
				  "device: %pg is a partition, and requests do not say which they are for: name the whole disk, %s",
				  bdev, disk->disk_name);
	if (!q->mq_ops || !q->tag_set)
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "device: %pg has no queue of requests, it hands bios on: name the disk below it, or use disk-hang",
				  bdev);
	if (fdr_disk_is_scsi(disk))
		*ret_way = FDR_RQ_SCSI;
	else if (!q->mq_ops->timeout)
		*ret_way = FDR_RQ_KEEP;
	else if (!strcmp(driver, "nvme"))
		*ret_way = FDR_RQ_LEAVE;
	else
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "device: %pg: its driver%s%s handles timeouts in a way that is not known here, and a request might be ended twice: only SCSI, ATA, NVMe on PCI, and drivers without such handling will do; see disk-hang",
				  bdev, *driver ? " " : "", driver);
	return 0;
}

static int fdr_timeout_check_ops(struct block_device *bdev, unsigned int ops,
				 struct netlink_ext_ack *extack)
{
	int err = fdr_disk_check_ops(bdev, ops, extack);

	if (err)
		return err;
	if (ops == FDR_BIO_FLUSH && !bdev_write_cache(bdev))
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "ops: %pg has no write cache and is never sent a flush: the filter could never match",
				  bdev);
	return 0;
}

static void fdr_timeout_fill(struct fdr_timeout *t, struct block_device *bdev)
{
	struct fdr_rq_filter *f = &t->rule.filter;

	f->q = bdev_get_queue(bdev);
	f->ops = fdr_arg_choice(t->inj, "ops");
	f->skip = fdr_arg_u64(t->inj, "skip");
	f->every = fdr_arg_u64(t->inj, "every");
	f->ppm = fdr_arg_u64(t->inj, "probability");
	f->seed = fdr_arg_u64(t->inj, "seed");
	f->times = fdr_arg_u64(t->inj, "times");
	t->rule.first = fdr_timeout_first;
}

static int fdr_timeout_check(struct fdr_timeout *t, struct block_device *bdev,
			     struct netlink_ext_ack *extack)
{
	int err;

	err = fdr_timeout_way(bdev, &t->rule.way, extack);
	if (err)
		return err;
	err = fdr_timeout_check_ops(bdev, t->rule.filter.ops, extack);
	if (err)
		return err;
	return fdr_arg_force(t->inj) ? 0 : fdr_disk_guard(bdev, extack);
}

static int fdr_timeout_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct block_device *bdev;
	struct fdr_timeout *t;
	int err;

	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->inj = inj;
	err = fdr_disk_open(fdr_arg_str(inj, "device"), &t->handle, extack);
	if (err)
		goto err_free;
	bdev = fdr_bdev_of(t->handle);
	fdr_timeout_fill(t, bdev);
	err = fdr_timeout_check(t, bdev, extack);
	if (err)
		goto err_close;
	err = fdr_rq_rule_init(&t->rule);
	if (err)
		goto err_close;
	fdr_set_priv(inj, t);
	return 0;

err_close:
	fdr_bdev_close(t->handle);
err_free:
	kfree(t);
	return err;
}

static int fdr_timeout_start(struct fdr_injection *inj)
{
	struct fdr_timeout *t = fdr_priv(inj);
	int err;

	err = fdr_rq_hook_get(&t->rule);
	if (err == -EBUSY)
		return fdr_fail(inj, err,
				"the end of requests cannot be redirected: a live patch or another module does so already, or kernel.ftrace_enabled is 0");
	if (err)
		return fdr_fail(inj, err, "the end of requests cannot be redirected (error %d)",
				err);
	t->hooked = true;
	/* Who waits for the onset may write at once: nothing comes between. */
	preempt_disable();
	fdr_onset(inj);
	fdr_rq_start(&t->rule);
	preempt_enable();
	return 0;
}

static void fdr_timeout_stop(struct fdr_injection *inj)
{
	struct fdr_timeout *t = fdr_priv(inj);

	fdr_rq_stop(&t->rule);
}

static void fdr_timeout_release(struct fdr_injection *inj)
{
	struct fdr_timeout *t = fdr_priv(inj);

	/* Not in stop(): the fault is over then, and this takes a while. */
	if (t->hooked)
		fdr_rq_hook_put();
	fdr_rq_rule_free(&t->rule);
	fdr_bdev_close(t->handle);
	fdr_set_priv(inj, NULL);
	kfree(t);
}

static void fdr_timeout_counters(struct fdr_injection *inj,
				 void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_timeout *t = fdr_priv(inj);
	struct fdr_rq_count count;

	fdr_rq_rule_count(&t->rule, &count);
	emit(arg, "matched", count.matched);
	emit(arg, "passed", count.passed);
	emit(arg, "swallowed", count.swallowed);
	emit(arg, "held", count.held);
	emit(arg, "completed", count.completed);
	emit(arg, "left_to_driver", count.left);
}

const struct fdr_fault_ops fdr_disk_timeout_ops = {
	.unavailable = fdr_rq_unavailable,
	.prepare = fdr_timeout_prepare,
	.start = fdr_timeout_start,
	.stop = fdr_timeout_stop,
	.release = fdr_timeout_release,
	.counters = fdr_timeout_counters,
};
