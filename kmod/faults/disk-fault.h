/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the faults of a disk share: a device and a filter from the parameters,
 * and the life of the rule that is made of them.
 *
 * A fault's own data begin with a struct fdr_disk_fault:
 *
 *	prepare()	fdr_disk_fault_new(), then what is its own
 *	start()		fdr_disk_fault_start(), or what is its own and then that
 *	stop()		fdr_disk_fault_stop(); afterwards no bio is in our hands
 *	release()	what is its own, then fdr_disk_fault_release()
 *	counters()	fdr_disk_fault_counters(), then what is its own
 *
 * The parameters, all of them but the device optional in a row (the macros in
 * catalogue/disk-params.h): device, ops, sectors, bytes, kind, pid, cgroup,
 * probability, seed, every, skip, times, on, off.
 */
#ifndef FDR_DISK_FAULT_H
#define FDR_DISK_FAULT_H

#include "compat/block.h"
#include "faults.h"
#include "hooks/bio.h"

struct fdr_disk_fault {
	struct fdr_injection *inj;
	struct fdr_bdev_handle *handle;
	struct fdr_bio_range *ranges;	/* the filter's */
	struct fdr_bio_rule rule;
	const char *taken_as;
	bool hooked;
};

/*
 * For prepare(): @size zeroed bytes that begin with a struct fdr_disk_fault, as
 * the injection's private data; the device is open and the rule filled in.
 * @ops: FDR_BIO_* that the fault is about, or 0 where the row has "ops".
 * @taken_as: what the counter of bios taken is called ("failed", "delayed" ...),
 * or NULL where the fault says it by itself.  An ERR_PTR has extack set; once it
 * has succeeded, undo by fdr_disk_fault_release().  May sleep.
 */
void *fdr_disk_fault_new(struct fdr_injection *inj, size_t size,
			 const struct fdr_bio_action *action, unsigned int ops,
			 const char *taken_as, struct netlink_ext_ack *extack);

/*
 * Can @bdev meet any of @ops (FDR_BIO_*)?  0, or negative errno with @extack set.
 * May sleep.  For disk faults that take I/O at another place, too.
 */
int fdr_disk_check_ops(struct block_device *bdev, unsigned int ops,
		       struct netlink_ext_ack *extack);

/* The fault's data, for its own private ones (&it->base); any context. */
static inline struct fdr_disk_fault *fdr_disk_fault_of(struct fdr_bio_rule *rule)
{
	return container_of(rule, struct fdr_disk_fault, rule);
}

static inline struct block_device *fdr_disk_fault_bdev(const struct fdr_disk_fault *fault)
{
	return fault->rule.filter.bdev;
}

/*
 * Operations of struct fdr_fault_ops, ready to be used as they are: the hook,
 * the onset and the rule; the rule's end; the rest.
 */
int fdr_disk_fault_start(struct fdr_injection *inj);
void fdr_disk_fault_stop(struct fdr_injection *inj);
void fdr_disk_fault_release(struct fdr_injection *inj);

/* matched, @taken_as, passed: matched is the sum of the others at any instant. */
void fdr_disk_fault_counters(struct fdr_injection *inj,
			     void (*emit)(void *arg, const char *name, u64 value), void *arg);

#endif /* FDR_DISK_FAULT_H */
