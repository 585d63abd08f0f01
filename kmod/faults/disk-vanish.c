// SPDX-License-Identifier: GPL-2.0-only
/*
 * A drive that was pulled: every operation fails at once, and it comes back
 * with name and users unchanged.
 *
 * By the rule of hooks/bio.h, or, for SCSI, by the state in which a transport
 * puts a device that it has lost: what opens or sends then is told by the SCSI
 * layer itself, and /sys shows it.
 */
#include <linux/err.h>
#include <linux/module.h>

#include "disk-fault.h"
#include "disk-scsi.h"

#if IS_ENABLED(CONFIG_SCSI)
#include <scsi/scsi_device.h>
#else
struct scsi_device;
#endif

/* The order of the words of "mode" in the catalogue's row. */
enum { FDR_VANISH_FAIL, FDR_VANISH_OFFLINE };

struct fdr_vanish {
	struct fdr_disk_fault base;
	struct scsi_device *sdev;	/* kept by the open device; NULL = mode fail */
#if IS_ENABLED(CONFIG_SCSI)
	/* By reference, so that the module does without SCSI where there is none. */
	typeof(scsi_internal_device_block_nowait) *block;
	typeof(scsi_internal_device_unblock_nowait) *unblock;
#endif
};

#if IS_ENABLED(CONFIG_SCSI)
static void fdr_vanish_forget(struct fdr_vanish *v)
{
	if (v->block)
		symbol_put(scsi_internal_device_block_nowait);
	if (v->unblock)
		symbol_put(scsi_internal_device_unblock_nowait);
}

static int fdr_vanish_find(struct fdr_vanish *v, struct netlink_ext_ack *extack)
{
	struct block_device *bdev = fdr_disk_fault_bdev(&v->base);

	v->block = symbol_get(scsi_internal_device_block_nowait);
	v->unblock = symbol_get(scsi_internal_device_unblock_nowait);
	if (!v->block || !v->unblock)
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "mode: the SCSI layer of this kernel cannot be asked to take a device off line: use mode=fail");
	v->sdev = to_scsi_device(disk_to_dev(bdev->bd_disk)->parent);
	if (v->sdev->sdev_state != SDEV_RUNNING)
		return fdr_refuse(extack, -EBUSY,
				  "device: %pg is not running: see /sys/block/%s/device/state",
				  bdev, bdev->bd_disk->disk_name);
	return 0;
}

static int fdr_vanish_go(struct fdr_vanish *v)
{
	struct scsi_device *sdev = v->sdev;
	int err = -EBUSY;

	mutex_lock(&sdev->state_mutex);
	if (sdev->sdev_state == SDEV_RUNNING) {
		fdr_onset(v->base.inj);
		err = v->block(sdev);
		/* From "blocked" alone there is a way to it. */
		if (!err)
			err = v->unblock(sdev, SDEV_TRANSPORT_OFFLINE);
	}
	mutex_unlock(&sdev->state_mutex);
	return err;
}

static void fdr_vanish_return(struct fdr_vanish *v)
{
	mutex_lock(&v->sdev->state_mutex);
	/* Someone else may have set another state, or removed it: then that stays. */
	if (v->sdev->sdev_state == SDEV_TRANSPORT_OFFLINE)
		v->unblock(v->sdev, SDEV_RUNNING);
	mutex_unlock(&v->sdev->state_mutex);
}
#else
static void fdr_vanish_forget(struct fdr_vanish *v) { }
static int fdr_vanish_find(struct fdr_vanish *v, struct netlink_ext_ack *extack)
{
	return -EOPNOTSUPP;
}

static int fdr_vanish_go(struct fdr_vanish *v)
{
	return -EOPNOTSUPP;
}

static void fdr_vanish_return(struct fdr_vanish *v) { }
#endif

static int fdr_vanish_offline(struct fdr_vanish *v, struct netlink_ext_ack *extack)
{
	struct block_device *bdev = fdr_disk_fault_bdev(&v->base);

	if (!fdr_disk_is_scsi(bdev->bd_disk))
		return fdr_refuse(extack, -EOPNOTSUPP,
				  "mode: %pg is no SCSI or ATA disk, which alone can be off line: use mode=fail",
				  bdev);
	if (fdr_bdev_partno(bdev))
		return fdr_refuse(extack, -EINVAL,
				  "device: %pg is a partition, and a device goes off line as a whole: name %s",
				  bdev, bdev->bd_disk->disk_name);
	return fdr_vanish_find(v, extack);
}

static void fdr_vanish_release(struct fdr_injection *inj)
{
	fdr_vanish_forget(fdr_priv(inj));
	fdr_disk_fault_release(inj);
}

static int fdr_vanish_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_vanish *v;
	int err = 0;

	v = fdr_disk_fault_new(inj, sizeof(*v), &fdr_bio_complete, FDR_BIO_ALL_OPS, "failed",
			       extack);
	if (IS_ERR(v))
		return PTR_ERR(v);
	/* What a queue says of every bio once it is dead. */
	v->base.rule.status = BLK_STS_IOERR;
	if (fdr_arg_choice(inj, "mode") == FDR_VANISH_OFFLINE)
		err = fdr_vanish_offline(v, extack);
	if (err)
		fdr_vanish_release(inj);
	return err;
}

static int fdr_vanish_start(struct fdr_injection *inj)
{
	struct fdr_vanish *v = fdr_priv(inj);
	int err;

	if (!v->sdev)
		return fdr_disk_fault_start(inj);
	err = fdr_vanish_go(v);
	if (err)
		return fdr_fail(inj, err, "the device cannot be taken off line (error %d)", err);
	return 0;
}

static void fdr_vanish_stop(struct fdr_injection *inj)
{
	struct fdr_vanish *v = fdr_priv(inj);

	if (v->sdev)
		fdr_vanish_return(v);
	else
		fdr_disk_fault_stop(inj);
}

static void fdr_vanish_counters(struct fdr_injection *inj,
				void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_vanish *v = fdr_priv(inj);

	/* What the SCSI layer turns away it does not count. */
	if (!v->sdev)
		fdr_disk_fault_counters(inj, emit, arg);
}

const struct fdr_fault_ops fdr_disk_vanish_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_vanish_prepare,
	.start = fdr_vanish_start,
	.stop = fdr_vanish_stop,
	.release = fdr_vanish_release,
	.counters = fdr_vanish_counters,
};
