// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages go bad: the kernel is told of uncorrectable errors in memory, as
 * firmware or the machine check handler would tell it, marked as simulated.
 *
 * The pages are our own, so nobody loses data: monitors see the kernel's report
 * and HardwareCorrupted in /proc/meminfo rise.  The kernel keeps a page that is
 * not a process's as it is ("Ignored" in its report), and undoes the error on
 * request, with which it frees the page.  Real errors, once there was one, bar
 * it from undoing any.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/slab.h>

#include "../compat/mm.h"
#include "faults.h"
#include "knob.h"

#define FDR_RECOVERY	"/proc/sys/vm/memory_failure_recovery"

struct fdr_bad {
	atomic_t poisoned, restored, stuck;
	unsigned int n;
	struct page *pages[];
};

static const char *fdr_bad_unavailable(void)
{
	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE))
		return "the kernel was built without CONFIG_MEMORY_FAILURE";
	return FDR_HAVE_POISON ? NULL :
	       "this kernel cannot tell a simulated memory error from a real one, so it could not be undone";
}

static void fdr_bad_free(struct fdr_bad *b)
{
	while (b->n) {
		struct page *page = b->pages[--b->n];

		/* One that is bad for good is lost: it must not be used again. */
		if (page && !PageHWPoison(page))
			__free_page(page);
	}
	kvfree(b);
}

static int fdr_bad_check(struct netlink_ext_ack *extack)
{
	int recovers, err;

	err = fdr_knob_read(FDR_RECOVERY, &recovers);
	if (err)
		return fdr_refuse(extack, err, "%s cannot be read (error %d): is /proc mounted?",
				  FDR_RECOVERY, err);
	if (!recovers)
		return fdr_refuse(extack, -EPERM,
				  "vm.memory_failure_recovery is 0: the kernel would panic: set it to 1");
	return 0;
}

static int fdr_bad_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	unsigned int n = fdr_arg_u64(inj, "pages");
	struct fdr_bad *b;
	int err;

	err = fdr_bad_check(extack);
	if (err)
		return err;
	b = kvzalloc(struct_size(b, pages, n), GFP_KERNEL);
	if (!b)
		return -ENOMEM;
	while (b->n < n) {
		struct page *page = alloc_page(GFP_HIGHUSER);

		if (!page) {
			fdr_bad_free(b);
			return fdr_refuse(extack, -ENOMEM, "pages: no memory for %u: ask for fewer",
					  n);
		}
		b->pages[b->n++] = page;
	}
	fdr_set_priv(inj, b);
	return 0;
}

/* The kernel gives these back by itself; what it could not undo stays in the list. */
static void fdr_bad_undo(struct fdr_bad *b)
{
	unsigned int i;
	int err;

	for (i = 0; i < b->n; i++) {
		if (!PageHWPoison(b->pages[i]))
			continue;
		err = fdr_unpoison(page_to_pfn(b->pages[i]));
		if (err) {
			atomic_inc(&b->stuck);
			pr_err("the memory error of page %#lx cannot be undone (error %d): it stays out of use until the next boot\n",
			       page_to_pfn(b->pages[i]), err);
			continue;
		}
		atomic_inc(&b->restored);
		b->pages[i] = NULL;
	}
}

static int fdr_bad_start(struct fdr_injection *inj)
{
	struct fdr_bad *b = fdr_priv(inj);
	unsigned int i;
	int err = 0;

	fdr_onset(inj);
	for (i = 0; i < b->n && !fdr_should_stop(inj); i++) {
		/* It complains about a page that it cannot handle, and has marked it all the same. */
		err = fdr_poison(page_to_pfn(b->pages[i]));
		if (PageHWPoison(b->pages[i]))
			atomic_inc(&b->poisoned);
		else
			break;
	}
	if (i == b->n || fdr_should_stop(inj))
		return 0;
	fdr_bad_undo(b);
	return fdr_fail(inj, err ?: -EIO, "the kernel did not take the memory error (error %d)", err);
}

static void fdr_bad_stop(struct fdr_injection *inj)
{
	fdr_bad_undo(fdr_priv(inj));
}

static void fdr_bad_release(struct fdr_injection *inj)
{
	fdr_bad_free(fdr_priv(inj));
	fdr_set_priv(inj, NULL);
}

static void fdr_bad_counters(struct fdr_injection *inj,
			     void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_bad *b = fdr_priv(inj);

	emit(arg, "poisoned", atomic_read(&b->poisoned));
	emit(arg, "restored", atomic_read(&b->restored));
	emit(arg, "stuck", atomic_read(&b->stuck));
}

const struct fdr_fault_ops fdr_page_poison_ops = {
	.unavailable = fdr_bad_unavailable,
	.prepare = fdr_bad_prepare,
	.start = fdr_bad_start,
	.stop = fdr_bad_stop,
	.release = fdr_bad_release,
	.counters = fdr_bad_counters,
};
