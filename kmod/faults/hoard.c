// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is held and nothing else. */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "../fault.h"
#include "hoard.h"

/* A block where there are such, else single pages; the reserve is looked at before each batch. */
#define FDR_BLOCK_ORDER	9
#define FDR_BATCH	64

/* What is free, and what reclaim gives without effort; no last reserves, no OOM killer. */
#define FDR_PAGE_GFP	(GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)
/* What is free as it is. */
#define FDR_BLOCK_GFP	(FDR_PAGE_GFP & ~__GFP_RECLAIM)

void fdr_hoard_init(struct fdr_hoard *hoard)
{
	spin_lock_init(&hoard->lock);
	INIT_LIST_HEAD(&hoard->pages);
	INIT_LIST_HEAD(&hoard->blocks);
}

static void fdr_hoard_keep(struct fdr_hoard *hoard, struct page *page, unsigned int order)
{
	spin_lock(&hoard->lock);
	list_add(&page->lru, order ? &hoard->blocks : &hoard->pages);
	hoard->held += 1UL << order;
	hoard->peak = max(hoard->peak, hoard->held);
	spin_unlock(&hoard->lock);
}

bool fdr_hoard_take_page(struct fdr_hoard *hoard, gfp_t gfp)
{
	struct page *page = alloc_page(gfp);

	if (page)
		fdr_hoard_keep(hoard, page, 0);
	return page;
}

/* At most @want pages; how many there were. */
static u64 fdr_hoard_batch(struct fdr_hoard *hoard, u64 want)
{
	struct page *page;
	u64 n = 0;

	if (want >= 1UL << FDR_BLOCK_ORDER) {
		page = alloc_pages(FDR_BLOCK_GFP, FDR_BLOCK_ORDER);
		if (page) {
			fdr_hoard_keep(hoard, page, FDR_BLOCK_ORDER);
			return 1UL << FDR_BLOCK_ORDER;
		}
	}
	want = min_t(u64, want, FDR_BATCH);
	while (n < want && fdr_hoard_take_page(hoard, FDR_PAGE_GFP))
		n++;
	return n;
}

enum fdr_hoard_end fdr_hoard_take(struct fdr_hoard *hoard, struct fdr_injection *inj,
				  u64 pages, u64 reserve)
{
	while (fdr_hoard_held(hoard) < pages) {
		long available = si_mem_available();
		u64 want, got;

		if (fdr_should_stop(inj))
			return FDR_HOARD_STOPPED;
		if (available <= 0 || (u64)available <= reserve) {
			hoard->at_reserve++;
			return FDR_HOARD_AT_RESERVE;
		}
		want = min(pages - fdr_hoard_held(hoard), (u64)available - reserve);
		got = fdr_hoard_batch(hoard, want);
		if (got)
			hoard->batches++;
		if (got < min_t(u64, want, FDR_BATCH)) {
			hoard->refused++;
			return FDR_HOARD_REFUSED;
		}
		cond_resched();
	}
	return FDR_HOARD_FULL;
}

static u64 fdr_hoard_free(struct list_head *list, unsigned int order)
{
	struct page *page, *next;
	u64 n = 0;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		__free_pages(page, order);
		n++;
		cond_resched();
	}
	return n << order;
}

u64 fdr_hoard_empty(struct fdr_hoard *hoard)
{
	LIST_HEAD(pages);
	LIST_HEAD(blocks);

	spin_lock(&hoard->lock);
	list_splice_init(&hoard->pages, &pages);
	list_splice_init(&hoard->blocks, &blocks);
	hoard->held = 0;
	spin_unlock(&hoard->lock);
	return fdr_hoard_free(&pages, 0) + fdr_hoard_free(&blocks, FDR_BLOCK_ORDER);
}

u64 fdr_hoard_held(struct fdr_hoard *hoard)
{
	u64 held;

	spin_lock(&hoard->lock);
	held = hoard->held;
	spin_unlock(&hoard->lock);
	return held;
}
