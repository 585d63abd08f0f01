// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crashes that the kernel's own checks of memory may or may not catch: a stack
 * that overflows, an object freed twice, a corrupted list.
 *
 * All of the damage is done to memory of ours: a cache of its own that nothing
 * else allocates from, a list that nobody else is on.  So a kernel that notices
 * nothing goes on with a wound that it does not touch; yet it is damaged.
 */
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/thread_info.h>
#include <linux/timekeeping.h>

#include "crash-strike.h"
#include "faults.h"

/* Below the compiler's limit for a frame, and below the guard page's size. */
#define FDR_OVERFLOW_FRAME	512

static const char fdr_unnoticed[] =
	"the kernel noticed nothing and goes on, damaged: it lacks the check, or made it elsewhere";

/* What comes after the call keeps the compiler from making a loop of it. */
static noinline unsigned int fdr_overflow(unsigned int left)
{
	char room[FDR_OVERFLOW_FRAME];

	room[0] = left;
	barrier_data(room);
	if (left)
		left = fdr_overflow(left - 1);
	barrier_data(room);
	return left + room[0];
}

static noinline void fdr_strike_stack(struct fdr_injection *inj)
{
	fdr_onset(inj);
	fdr_overflow(2 * THREAD_SIZE / FDR_OVERFLOW_FRAME);
}

struct fdr_double_free {
	struct kmem_cache *cache;
	void *object;
	bool struck;
};

static noinline void fdr_strike_double_free(struct fdr_injection *inj)
{
	struct fdr_double_free *d = fdr_crash_data(inj);
	void *object = d->object;

	d->struck = true;
	fdr_onset(inj);
	kmem_cache_free(d->cache, object);
	OPTIMIZER_HIDE_VAR(object);
	kmem_cache_free(d->cache, object);
	barrier();		/* no jump to it as the last thing: the call trace names us */
}

struct fdr_bad_list {
	struct list_head head, first, second;
};

/* The first entry's way back leads nowhere near the head. */
static noinline void fdr_strike_list(struct fdr_injection *inj)
{
	struct fdr_bad_list *l = fdr_crash_data(inj);

	INIT_LIST_HEAD(&l->head);
	list_add(&l->first, &l->head);
	WRITE_ONCE(l->first.prev, &l->second);
	fdr_onset(inj);
	list_add(&l->second, &l->head);
}

static const struct fdr_crash_kind fdr_stack_kind = {
	.strike = fdr_strike_stack,
	.flags = FDR_CRASH_VICTIM,
};

static const struct fdr_crash_kind fdr_double_free_kind = {
	.strike = fdr_strike_double_free,
	.flags = FDR_CRASH_P_OUTCOME | FDR_CRASH_VICTIM | FDR_CRASH_ONE_CPU,
	.sysctl = "panic_on_oops",
	.returned = fdr_unnoticed,
	.taint = TAINT_BAD_PAGE,	/* KASAN, or slub_debug */
	.data = sizeof(struct fdr_double_free),
};

static const struct fdr_crash_kind fdr_list_kind = {
	.strike = fdr_strike_list,
	.flags = FDR_CRASH_P_OUTCOME | FDR_CRASH_VICTIM,
	.sysctl = "panic_on_oops",
	.returned = fdr_unnoticed,
	.taint = TAINT_WARN,		/* without BUG_ON_DATA_CORRUPTION */
	.data = sizeof(struct fdr_bad_list),
};

static const char *fdr_stack_unavailable(void)
{
	return IS_ENABLED(CONFIG_VMAP_STACK) ? NULL :
	       "this kernel has no guard pages below its stacks (CONFIG_VMAP_STACK): an overflow would destroy other memory";
}

static int fdr_stack_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, &fdr_stack_kind, extack);
}

static int fdr_list_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	return fdr_crash_prepare(inj, &fdr_list_kind, extack);
}

/* A cache with a constructor is never merged with another. */
static void fdr_double_free_ctor(void *object)
{
}

static int fdr_double_free_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_double_free *d;
	char name[40];
	int err;

	err = fdr_crash_prepare(inj, &fdr_double_free_kind, extack);
	if (err)
		return err;
	d = fdr_crash_data(inj);
	/* Its own name each time: one that was used stays for ever, see below. */
	snprintf(name, sizeof(name), "fdr-double-free-%llx", ktime_get_ns());
	d->cache = kmem_cache_create(name, 256, 0, 0, fdr_double_free_ctor);
	if (!d->cache)
		goto err_crash;
	d->object = kmem_cache_alloc(d->cache, GFP_KERNEL);
	if (!d->object)
		goto err_cache;
	return 0;

err_cache:
	kmem_cache_destroy(d->cache);
err_crash:
	fdr_crash_release(inj);
	return -ENOMEM;
}

/* Once struck, the cache cannot be taken apart without tripping over the damage: it stays. */
static void fdr_double_free_release(struct fdr_injection *inj)
{
	struct fdr_double_free *d = fdr_crash_data(inj);

	if (d && !d->struck) {
		kmem_cache_free(d->cache, d->object);
		kmem_cache_destroy(d->cache);
	}
	fdr_crash_release(inj);
}

const struct fdr_fault_ops fdr_stack_overflow_ops = {
	.unavailable = fdr_stack_unavailable,
	.prepare = fdr_stack_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};

const struct fdr_fault_ops fdr_double_free_ops = {
	.prepare = fdr_double_free_prepare,
	.start = fdr_crash_start,
	.release = fdr_double_free_release,
};

const struct fdr_fault_ops fdr_list_corruption_ops = {
	.prepare = fdr_list_prepare,
	.start = fdr_crash_start,
	.release = fdr_crash_release,
};
