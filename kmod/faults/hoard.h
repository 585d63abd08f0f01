/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is held and nothing else. */
#ifndef FDR_HOARD_H
#define FDR_HOARD_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct fdr_injection;

/* Pages, single and in blocks, so that holding much takes little time. */
struct fdr_hoard {
	spinlock_t lock;		/* the lists and their count */
	struct list_head pages, blocks;
	u64 held;			/* pages */
	u64 peak;			/* the most that it held */
	u64 batches;			/* allocations, of one block or some pages */
	u64 at_reserve;			/* times that the reserve stopped it */
	u64 refused;			/* times that the kernel had nothing to give */
};

void fdr_hoard_init(struct fdr_hoard *hoard);

enum fdr_hoard_end {
	FDR_HOARD_FULL,
	FDR_HOARD_AT_RESERVE,
	FDR_HOARD_REFUSED,
	FDR_HOARD_STOPPED,
};

/*
 * Take until @pages are held, while more than @reserve pages stay available by
 * the kernel's own estimate (MemAvailable), and the injection is not over.
 * Never wakes the OOM killer.  Process context, sleeps; by one caller at a time.
 */
enum fdr_hoard_end fdr_hoard_take(struct fdr_hoard *hoard, struct fdr_injection *inj,
				  u64 pages, u64 reserve);

/* Take one page with @gfp, whatever that wakes.  May sleep.  False: there was none. */
bool fdr_hoard_take_page(struct fdr_hoard *hoard, gfp_t gfp);

/* Give everything back; how many pages.  May sleep; any number of callers. */
u64 fdr_hoard_empty(struct fdr_hoard *hoard);

u64 fdr_hoard_held(struct fdr_hoard *hoard);

#endif /* FDR_HOARD_H */
