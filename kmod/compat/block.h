/* SPDX-License-Identifier: GPL-2.0-only */
/* Block devices, as kernels differ in them. */
#ifndef FDR_COMPAT_BLOCK_H
#define FDR_COMPAT_BLOCK_H

#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/version.h>

/*
 * Opening a device.  A handle keeps it open, so that its struct block_device
 * and gendisk stay what they are while a rule names them.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define fdr_bdev_handle file

static inline struct fdr_bdev_handle *fdr_bdev_open(dev_t dev)
{
	return bdev_file_open_by_dev(dev, BLK_OPEN_READ, NULL, NULL);
}

static inline struct block_device *fdr_bdev_of(struct fdr_bdev_handle *handle)
{
	return file_bdev(handle);
}

static inline void fdr_bdev_close(struct fdr_bdev_handle *handle)
{
	fput(handle);
}
#else
#define fdr_bdev_handle block_device

static inline struct fdr_bdev_handle *fdr_bdev_open(dev_t dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return blkdev_get_by_dev(dev, BLK_OPEN_READ, NULL, NULL);
#else
	return blkdev_get_by_dev(dev, FMODE_READ, NULL);
#endif
}

static inline struct block_device *fdr_bdev_of(struct fdr_bdev_handle *handle)
{
	return handle;
}

static inline void fdr_bdev_close(struct fdr_bdev_handle *handle)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	blkdev_put(handle, NULL);
#else
	blkdev_put(handle, FMODE_READ);
#endif
}
#endif

/* The inode in which the kernel keeps a device's pages; swapon() marks it. */
static inline struct inode *fdr_bdev_inode(struct block_device *bdev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	return bdev->bd_mapping->host;
#else
	return bdev->bd_inode;
#endif
}

/* The file system mounted from it, or NULL.  Under RCU; look at s_active before use. */
static inline struct super_block *fdr_bdev_super(struct block_device *bdev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	if (READ_ONCE(bdev->bd_holder_ops) != &fs_holder_ops)
		return NULL;
	return READ_ONCE(bdev->bd_holder);
#else
	return READ_ONCE(bdev->bd_super);
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define fdr_bdev_partno(bdev)	bdev_partno(bdev)
#else
#define fdr_bdev_partno(bdev)	((bdev)->bd_partno)
#endif

/* submit_bio_noacct() returned a cookie once; what stands in for it has to match. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 16, 0)
#define FDR_SUBMIT_RET		void
#define FDR_SUBMIT_NONE
#define FDR_REQ_POLLED		REQ_POLLED
#else
#define FDR_SUBMIT_RET		blk_qc_t
#define FDR_SUBMIT_NONE		BLK_QC_T_NONE
#define FDR_REQ_POLLED		REQ_HIPRI
#endif

#endif /* FDR_COMPAT_BLOCK_H */
