/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests, and SCSI commands, as kernels differ in them. */
#ifndef FDR_COMPAT_BLK_MQ_H
#define FDR_COMPAT_BLK_MQ_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>

/* What walks the requests in flight told once whether one is of the reserved tags. */
#ifdef FDR_HAVE_BUSY_ITER_RESERVED
#define FDR_BUSY_ITER(fn, rq, arg)	bool fn(struct request *rq, void *arg, bool reserved)
#else
#define FDR_BUSY_ITER(fn, rq, arg)	bool fn(struct request *rq, void *arg)
#endif

#ifndef FDR_HAVE_BDEV_WRITE_CACHE
static inline bool bdev_write_cache(struct block_device *bdev)
{
	return test_bit(QUEUE_FLAG_WC, &bdev_get_queue(bdev)->queue_flags);
}
#endif

#if IS_ENABLED(CONFIG_SCSI)
#include <scsi/scsi_cmnd.h>

/*
 * What drivers call when a command of the block layer's is done.  Until 5.15
 * they called it by a pointer, which was another one for the commands of SCSI's
 * error handling; these are told by their submitter now.
 */
#ifdef FDR_HAVE_SCSI_DONE
#define FDR_SCSI_DONE		"scsi_done"
#define fdr_scsi_of_block_layer(cmd) ((cmd)->submitter == SUBMITTED_BY_BLOCK_LAYER)
#else
#define FDR_SCSI_DONE		"scsi_mq_done"
#define fdr_scsi_of_block_layer(cmd) true
#endif

static inline unsigned long *fdr_scsi_state(struct request *rq)
{
	struct scsi_cmnd *cmd = blk_mq_rq_to_pdu(rq);

	return &cmd->state;
}
#else
struct scsi_cmnd;
#define FDR_SCSI_DONE		""
#define SCMD_STATE_COMPLETE	0
#define fdr_scsi_of_block_layer(cmd) false

static inline unsigned long *fdr_scsi_state(struct request *rq)
{
	return NULL;
}
#endif

#endif /* FDR_COMPAT_BLK_MQ_H */
