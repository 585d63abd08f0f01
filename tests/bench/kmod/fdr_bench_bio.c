// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what a bio costs from submit_bio() to its end.
 *
 * Each read of the parameter "measure" sends a burst of reads to a device that
 * completes them on the spot (null_blk in bio mode), with interrupts off, and
 * answers with the difference of the time stamp counter.  In a guest whose
 * clock counts instructions that is a number of instructions, and exact.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "compat/block.h"

static char *dev = "/dev/nullb0";
module_param(dev, charp, 0444);
MODULE_PARM_DESC(dev, "block device to read from");
static unsigned int burst = 256;
module_param(burst, uint, 0444);
MODULE_PARM_DESC(burst, "reads in a burst");

static struct fdr_bdev_handle *handle;
static struct block_device *bdev;
static struct page *page;
static DEFINE_MUTEX(lock);
static unsigned int ended, failed;

static void bench_end_io(struct bio *bio)
{
	ended++;
	if (bio->bi_status)
		failed++;
}

static inline void bench_bio_init(struct bio *bio, struct bio_vec *vec)
{
#ifdef FDR_HAVE_BIO_INIT_BDEV
	bio_init(bio, bdev, vec, 1, REQ_OP_READ);
#else
	bio_init(bio, vec, 1);
	bio_set_dev(bio, bdev);
	bio->bi_opf = REQ_OP_READ;
#endif
}

static u64 bench_burst(void)
{
	struct bio_vec vec;
	unsigned long flags;
	struct bio bio;
	unsigned int i;
	u64 start, end;

	ended = 0;
	failed = 0;
	local_irq_save(flags);
	start = rdtsc_ordered();
	for (i = 0; i < burst; i++) {
		bench_bio_init(&bio, &vec);
		bio.bi_end_io = bench_end_io;
		__bio_add_page(&bio, page, PAGE_SIZE, 0);
		submit_bio(&bio);
	}
	end = rdtsc_ordered();
	local_irq_restore(flags);
	return end - start;
}

/* "CYCLES ENDED FAILED" of one burst. */
static int bench_get(char *buf, const struct kernel_param *kp)
{
	u64 cycles;
	int n;

	mutex_lock(&lock);
	cycles = bench_burst();
	n = sysfs_emit(buf, "%llu %u %u\n", cycles, ended, failed);
	mutex_unlock(&lock);
	return n;
}

static const struct kernel_param_ops bench_ops = { .get = bench_get };
module_param_cb(measure, &bench_ops, NULL, 0400);
MODULE_PARM_DESC(measure, "read it to run a burst: cycles, bios ended, bios failed");

static int __init bench_init(void)
{
	dev_t number;
	int err;

	err = fdr_bdev_lookup(dev, &number);
	if (err)
		return err;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	handle = fdr_bdev_open(number);
	if (IS_ERR(handle)) {
		err = PTR_ERR(handle);
		goto err_free_page;
	}
	bdev = fdr_bdev_of(handle);
	return 0;

err_free_page:
	__free_page(page);
	return err;
}

static void __exit bench_exit(void)
{
	fdr_bdev_close(handle);
	__free_page(page);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Instructions per bio");
MODULE_LICENSE("GPL");
