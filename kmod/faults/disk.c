// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults of a live disk or partition, whatever is mounted on it.
 *
 * This file turns parameters into a rule of hooks/bio.h.
 */
#include <linux/bio.h>
#include <linux/slab.h>

#include "disk-guard.h"
#include "faults.h"
#include "hooks/bio.h"
#include "compat/block.h"

struct fdr_disk {
	struct fdr_injection *inj;
	struct fdr_bdev_handle *handle;
	struct fdr_bio_rule rule;
	bool hooked;
};

/* The order of the words of "status" in the catalogue's row. */
static const blk_status_t fdr_disk_statuses[] = {
	BLK_STS_IOERR, BLK_STS_NOTSUPP, BLK_STS_TIMEOUT, BLK_STS_NOSPC, BLK_STS_TRANSPORT,
	BLK_STS_TARGET, BLK_STS_MEDIUM, BLK_STS_PROTECTION, BLK_STS_RESOURCE,
};

static void fdr_disk_first(struct fdr_bio_rule *rule)
{
	fdr_first_hit(container_of(rule, struct fdr_disk, rule)->inj);
}

/* A filter that nothing can match would make a drill of no fault at all. */
static int fdr_disk_check_ops(struct block_device *bdev, unsigned int ops,
			      struct netlink_ext_ack *extack)
{
	if (!ops)
		return fdr_refuse(extack, -EINVAL, "ops: names no operation");
	if (!bdev_nr_bytes(bdev))
		return fdr_refuse(extack, -ENOMEDIUM,
				  "device: %pg has no medium: nothing is ever read from or written to it",
				  bdev);
	if (ops == FDR_BIO_DISCARD && !bdev_max_discard_sectors(bdev))
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "ops: %pg does not support discard: the filter could never match",
				  bdev);
	if (!(ops & FDR_BIO_READ) && bdev_read_only(bdev))
		return fdr_refuse(extack, -EROFS,
				  "ops: %pg is read-only: without read the filter could never match",
				  bdev);
	return 0;
}

static void fdr_disk_fill(struct fdr_disk *d, struct block_device *bdev)
{
	struct fdr_bio_filter *f = &d->rule.filter;

	f->bdev = bdev;
	f->whole = !fdr_bdev_partno(bdev);
	f->ops = fdr_arg_choice(d->inj, "ops");
	f->skip = fdr_arg_u64(d->inj, "skip");
	f->ppm = fdr_arg_u64(d->inj, "probability");
	f->seed = fdr_arg_u64(d->inj, "seed");
	f->times = fdr_arg_u64(d->inj, "times");
	d->rule.first = fdr_disk_first;
}

static int fdr_disk_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct block_device *bdev;
	struct fdr_disk *d;
	int err;

	d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	d->inj = inj;
	err = fdr_disk_open(fdr_arg_str(inj, "device"), &d->handle, extack);
	if (err)
		goto err_free;
	bdev = fdr_bdev_of(d->handle);
	fdr_disk_fill(d, bdev);
	err = fdr_disk_check_ops(bdev, d->rule.filter.ops, extack);
	if (err)
		goto err_close;
	if (!fdr_arg_force(inj)) {
		err = fdr_disk_guard(bdev, extack);
		if (err)
			goto err_close;
	}
	fdr_set_priv(inj, d);
	return 0;

err_close:
	fdr_bdev_close(d->handle);
err_free:
	kfree(d);
	return err;
}

static int fdr_disk_error_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_disk *d;
	int err;

	err = fdr_disk_prepare(inj, extack);
	if (err)
		return err;
	d = fdr_priv(inj);
	d->rule.action = &fdr_bio_complete;
	d->rule.status = fdr_disk_statuses[fdr_arg_choice(inj, "status")];
	return 0;
}

static int fdr_disk_start(struct fdr_injection *inj)
{
	struct fdr_disk *d = fdr_priv(inj);
	int err;

	err = fdr_bio_hook_get();
	if (err == -EBUSY)
		return fdr_fail(inj, err,
				"submit_bio_noacct cannot be redirected: a live patch or another module does so already, or kernel.ftrace_enabled is 0");
	if (err)
		return fdr_fail(inj, err, "submit_bio_noacct cannot be redirected (error %d)", err);
	d->hooked = true;
	fdr_onset(inj);
	fdr_bio_rule_add(&d->rule);
	return 0;
}

static void fdr_disk_stop(struct fdr_injection *inj)
{
	struct fdr_disk *d = fdr_priv(inj);

	fdr_bio_rule_del(&d->rule);
	fdr_bio_rule_drain(&d->rule);
}

static void fdr_disk_release(struct fdr_injection *inj)
{
	struct fdr_disk *d = fdr_priv(inj);

	/* Not in stop(): the fault is over then, and this takes a while. */
	if (d->hooked)
		fdr_bio_hook_put();
	fdr_bdev_close(d->handle);
	fdr_set_priv(inj, NULL);
	kfree(d);
}

static void fdr_disk_counters(struct fdr_injection *inj,
			      void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_disk *d = fdr_priv(inj);
	struct fdr_bio_count count;

	fdr_bio_rule_count(&d->rule, &count);
	emit(arg, "matched", count.matched);
	emit(arg, "failed", count.taken);
	emit(arg, "passed", count.passed);
}

const struct fdr_fault_ops fdr_disk_error_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_disk_error_prepare,
	.start = fdr_disk_start,
	.stop = fdr_disk_stop,
	.release = fdr_disk_release,
	.counters = fdr_disk_counters,
};
