/* SPDX-License-Identifier: GPL-2.0-only */
/* Block devices, as kernels differ in them. */
#ifndef FDR_COMPAT_BLOCK_H
#define FDR_COMPAT_BLOCK_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/highmem.h>

/*
 * Opening a device.  A handle keeps it open, so that its struct block_device
 * and gendisk stay what they are while a rule names them.
 */
#ifdef FDR_HAVE_BDEV_FILE
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
#ifdef BLK_OPEN_READ
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
#ifdef BLK_OPEN_READ
	blkdev_put(handle, NULL);
#else
	blkdev_put(handle, FMODE_READ);
#endif
}
#endif

/* The inode in which the kernel keeps a device's pages; swapon() marks it. */
static inline struct inode *fdr_bdev_inode(struct block_device *bdev)
{
#ifdef FDR_HAVE_BDEV_MAPPING
	return bdev->bd_mapping->host;
#else
	return bdev->bd_inode;
#endif
}

/* The file system mounted from it, or NULL.  Under RCU; look at s_active before use. */
static inline struct super_block *fdr_bdev_super(struct block_device *bdev)
{
#ifdef FDR_HAVE_BDEV_HOLDER_OPS
	if (READ_ONCE(bdev->bd_holder_ops) != &fs_holder_ops)
		return NULL;
	return READ_ONCE(bdev->bd_holder);
#else
	return READ_ONCE(bdev->bd_super);
#endif
}

#ifdef FDR_HAVE_BDEV_PARTNO
#define fdr_bdev_partno(bdev)	bdev_partno(bdev)
#else
#define fdr_bdev_partno(bdev)	((bdev)->bd_partno)
#endif

#ifndef FDR_HAVE_BDEV_NR_BYTES
static inline loff_t bdev_nr_bytes(struct block_device *bdev)
{
	return i_size_read(bdev->bd_inode);
}
#endif

#ifndef FDR_HAVE_BDEV_MAX_DISCARD
static inline unsigned int bdev_max_discard_sectors(struct block_device *bdev)
{
	struct request_queue *q = bdev_get_queue(bdev);

	return blk_queue_discard(q) ? q->limits.max_discard_sectors : 0;
}
#endif

/*
 * Until 5.11 a bio named a disk and the number of a partition, and a struct
 * block_device came into being when someone asked for it: while it is not open
 * it has no bd_disk and no bd_part.  The device in /sys always knows its disk.
 */
#ifdef FDR_HAVE_BIO_BDEV
#define fdr_bio_disk(bio)	((bio)->bi_bdev->bd_disk)
#define fdr_bio_is_to(bio, bdev) ((bio)->bi_bdev == (bdev))

/* The sector of the disk that bi_sector counts from. */
static inline sector_t fdr_bio_base(const struct bio *bio)
{
	return bio_flagged((struct bio *)bio, BIO_REMAPPED) ? 0 : bio->bi_bdev->bd_start_sect;
}

/* The disk that a device of the block class is, or is a partition of. */
static inline struct gendisk *fdr_dev_disk(struct device *dev)
{
	return dev_to_bdev(dev)->bd_disk;
}

/* Its struct block_device, for fdr_bdev_unget(), or NULL.  May sleep. */
static inline struct block_device *fdr_bdev_get(struct device *dev)
{
	return dev_to_bdev(dev);
}

static inline void fdr_bdev_unget(struct block_device *bdev)
{
}

/* Where those that rest on the device leave their links. */
static inline struct kobject *fdr_dev_holders(struct device *dev)
{
	return dev_to_bdev(dev)->bd_holder_dir;
}

/* Has one of the partitions been opened exclusively? */
static inline bool fdr_disk_parts_claimed(struct gendisk *disk)
{
	struct block_device *part;
	unsigned long partno;
	bool claimed = false;

	rcu_read_lock();
	xa_for_each_start(&disk->part_tbl, partno, part, 1) {
		claimed = READ_ONCE(part->bd_holder);
		if (claimed)
			break;
	}
	rcu_read_unlock();
	return claimed;
}

/* Would set_disk_ro() and back leave read-only partitions writable? */
static inline bool fdr_disk_forgets_ro_parts(struct gendisk *disk)
{
	return false;
}

static inline int fdr_bdev_lookup(const char *path, dev_t *ret_dev)
{
	return lookup_bdev(path, ret_dev);
}
#else
#define fdr_bio_disk(bio)	((bio)->bi_disk)
#define fdr_bio_is_to(bio, bdev) \
	((bio)->bi_disk == (bdev)->bd_disk && (bio)->bi_partno == (bdev)->bd_partno)

/* With preemption off, that is under RCU. */
static inline sector_t fdr_bio_base(const struct bio *bio)
{
	const struct disk_part_tbl *parts = rcu_dereference_raw(bio->bi_disk->part_tbl);
	const struct hd_struct *part = NULL;

	/* A bio that has been mapped to the disk has lost its number. */
	if (bio->bi_partno && parts && bio->bi_partno < parts->len)
		part = rcu_dereference_raw(parts->part[bio->bi_partno]);
	return part ? part->start_sect : 0;
}

static inline struct gendisk *fdr_dev_disk(struct device *dev)
{
	return part_to_disk(dev_to_part(dev));
}

static inline struct block_device *fdr_bdev_get(struct device *dev)
{
	return bdget_disk(fdr_dev_disk(dev), dev_to_part(dev)->partno);
}

static inline void fdr_bdev_unget(struct block_device *bdev)
{
	bdput(bdev);
}

static inline struct kobject *fdr_dev_holders(struct device *dev)
{
	return dev_to_part(dev)->holder_dir;
}

static inline bool fdr_disk_parts_claimed(struct gendisk *disk)
{
	struct disk_part_iter iter;
	struct hd_struct *part;
	bool claimed = false;

	disk_part_iter_init(&iter, disk, 0);
	while (!claimed && (part = disk_part_iter_next(&iter))) {
		struct block_device *bdev = bdget_disk(disk, part->partno);

		if (bdev) {
			claimed = READ_ONCE(bdev->bd_holder);
			bdput(bdev);
		}
	}
	disk_part_iter_exit(&iter);
	return claimed;
}

static inline bool fdr_disk_forgets_ro_parts(struct gendisk *disk)
{
	struct disk_part_iter iter;
	struct hd_struct *part;
	bool found = false;

	disk_part_iter_init(&iter, disk, 0);
	while (!found && (part = disk_part_iter_next(&iter)))
		found = part->policy;
	disk_part_iter_exit(&iter);
	return found;
}

static inline int fdr_bdev_lookup(const char *path, dev_t *ret_dev)
{
	struct block_device *bdev = lookup_bdev(path);

	if (IS_ERR(bdev))
		return PTR_ERR(bdev);
	*ret_dev = bdev->bd_dev;
	bdput(bdev);
	return 0;
}
#endif

/* submit_bio_noacct() returned a cookie once; what stands in for it has to match. */
#ifdef FDR_HAVE_SUBMIT_VOID
#define FDR_SUBMIT_RET		void
#define FDR_SUBMIT_NONE
#else
#define FDR_SUBMIT_RET		blk_qc_t
#define FDR_SUBMIT_NONE		BLK_QC_T_NONE
#endif

#ifdef REQ_POLLED
#define FDR_REQ_POLLED		REQ_POLLED
#else
#define FDR_REQ_POLLED		REQ_HIPRI
#endif

/* Has it a cache that loses what it holds when the power fails? */
static inline bool fdr_bdev_write_cache(struct block_device *bdev)
{
#ifdef FDR_HAVE_BDEV_WRITE_CACHE
	return bdev_write_cache(bdev);
#else
	return test_bit(QUEUE_FLAG_WC, &bdev_get_queue(bdev)->queue_flags);
#endif
}

#ifdef REQ_ATOMIC
#define FDR_REQ_ATOMIC		REQ_ATOMIC
#else
#define FDR_REQ_ATOMIC		0
#endif

/*
 * A bio for the same device, with the same data and attributes.  Never NULL
 * where @gfp lets it wait and @src has neither keys nor checksums.
 */
static inline struct bio *fdr_bio_clone(struct bio *src, gfp_t gfp, struct bio_set *set)
{
#ifdef FDR_HAVE_BIO_ALLOC_CLONE
	return bio_alloc_clone(src->bi_bdev, src, gfp, set);
#else
	return bio_clone_fast(src, gfp, set);
#endif
}

#ifndef FDR_HAVE_BVEC_KMAP
static inline void *bvec_kmap_local(struct bio_vec *bv)
{
	return kmap_atomic_prot(bv->bv_page, PAGE_KERNEL) + bv->bv_offset;
}

#define kunmap_local(addr)	kunmap_atomic(addr)
#endif

#endif /* FDR_COMPAT_BLOCK_H */
