/* SPDX-License-Identifier: GPL-2.0-only */
/* Block statuses by name; 0 (which is success) where the kernel has none of the kind. */
#ifndef FDR_COMPAT_BLOCK_STATUS_H
#define FDR_COMPAT_BLOCK_STATUS_H

#include <linux/blk_types.h>

#define FDR_STS_NONE	((__force blk_status_t)0)

#ifdef BLK_STS_RESV_CONFLICT
#define FDR_STS_RESERVATION	BLK_STS_RESV_CONFLICT
#else
#define FDR_STS_RESERVATION	BLK_STS_NEXUS
#endif

#ifdef BLK_STS_OFFLINE
#define FDR_STS_OFFLINE		BLK_STS_OFFLINE
#else
#define FDR_STS_OFFLINE		FDR_STS_NONE
#endif

#ifdef BLK_STS_DURATION_LIMIT
#define FDR_STS_DURATION_LIMIT	BLK_STS_DURATION_LIMIT
#else
#define FDR_STS_DURATION_LIMIT	FDR_STS_NONE
#endif

#ifdef BLK_STS_INVAL
#define FDR_STS_INVALID		BLK_STS_INVAL
#else
#define FDR_STS_INVALID		FDR_STS_NONE
#endif

#endif /* FDR_COMPAT_BLOCK_STATUS_H */
