/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Taking bios of a live device away from the block layer.
 *
 * A rule is a filter (which bios) and an action (what becomes of them).  While
 * there is a rule, submit_bio_noacct() is redirected by ftrace; with the last
 * rule gone nothing remains of it.  A bio passes once for each layer (file
 * system on dm on disk), each time with that layer's own device.
 *
 * Not covered: SG_IO and NVMe passthrough, DAX, and what the driver makes up
 * by itself.
 */
#ifndef FDR_HOOKS_BIO_H
#define FDR_HOOKS_BIO_H

#include <linux/atomic.h>
#include <linux/blk_types.h>
#include <linux/bits.h>
#include <linux/list.h>
#include <linux/types.h>

struct fdr_bio_rule;

/* Kinds of operation; one bit each in fdr_bio_filter.ops. */
#define FDR_BIO_READ	BIT(0)
#define FDR_BIO_WRITE	BIT(1)	/* carries data to the device, zeroes included */
#define FDR_BIO_FLUSH	BIT(2)	/* asks for a cache flush, with data or without */
#define FDR_BIO_DISCARD	BIT(3)	/* secure erase included */
#define FDR_BIO_OTHER	BIT(4)	/* zone management, and what a driver has of its own */
#define FDR_BIO_FUA	BIT(5)	/* to be on the medium, not in its cache, when it ends */

#define FDR_BIO_ALL_OPS	(BIT(5) - 1)

/* Of filter.ppm: each one. */
#define FDR_BIO_ALL	1000000

/* Sectors first .. last of the device that the rule names. */
struct fdr_bio_range {
	sector_t first, last;
};

/*
 * Tested in this order; the first test that fails lets the bio pass.  Down to
 * the cgroup a test decides whether the bio matches; the rest, which of the
 * matches are taken.
 */
struct fdr_bio_filter {
	struct block_device *bdev;	/* kept open by the rule's owner */
	bool whole;			/* its whole disk, partitions included */
	unsigned int ops;		/* FDR_BIO_* */
	const struct fdr_bio_range *ranges;	/* sorted, disjoint; any overlap counts */
	unsigned int n_ranges;		/* 0 = all of the device */
	bool only_metadata, only_data;	/* by REQ_META */
	pid_t tgid;			/* of the submitter, in the initial namespace; 0 = any */
	u64 cgroup;			/* id of the bio's cgroup (v2) or one above; 0 = any */
	u64 on_ns, off_ns;		/* duty cycle from the onset on; off_ns 0 = always on */
	u64 skip;			/* let the first so many matches pass */
	u64 every;			/* then take every n-th; 0, 1 = each */
	u32 ppm;			/* and of these this share */
	u64 seed;			/* match n is drawn from seed and n alone */
	u64 times;			/* and at most so many; 0 = no limit */
};

struct fdr_bio_action {
	/*
	 * One more test, the first of those that decide which matches are taken.
	 * May be NULL.  Called by the hook with preemption off: must be notrace,
	 * must not sleep nor touch the bio.
	 */
	bool (*wants)(struct fdr_bio_rule *rule, const struct bio *bio);
	/*
	 * The bio is ours.  Complete it, or keep it and see to it that it is
	 * completed or resubmitted before drain() returns.  The submitter's
	 * context: must not sleep.  bi_next is NULL.
	 */
	void (*take)(struct fdr_bio_rule *rule, struct bio *bio);
	/* No bio will come any more; let go of those that were kept.  May be NULL.  May sleep. */
	void (*drain)(struct fdr_bio_rule *rule);
};

/*
 * Who submits a bio again that a rule had taken (bio-carrier.h).  The bio it
 * is passing on meets the rules after its own alone, so that several faults on
 * a device add up and none sees the same bio twice; what the carrier submits
 * else (clones made inside the block layer) meets them all.
 */
struct fdr_bio_passing {
	struct task_struct *task;
	struct bio *bio;		/* written by the task itself */
};

/* matched = taken + passed at any instant; matched are bios of the device and operation. */
struct fdr_bio_count {
	u64 matched;
	u64 taken;
	u64 passed;
};

struct fdr_bio_rule {
	struct fdr_bio_filter filter;
	const struct fdr_bio_action *action;
	/* Called for the first bio taken, before its action; must not sleep.  May be NULL. */
	void (*first)(struct fdr_bio_rule *rule);
	blk_status_t status;		/* for the actions that end a bio with one */
	const struct fdr_bio_passing *passing;	/* of its carrier; NULL where there is none */

	/* The hook's own. */
	struct list_head node;
	sector_t base;			/* of the device on its disk */
	u64 since;			/* onset, CLOCK_MONOTONIC ns */
	bool off;			/* takes no more, but others still pass it */
	atomic64_t matched, taken, passed;
	atomic64_t left;		/* of filter.times */
	atomic_t inflight;		/* between the decision and the action's end */
	atomic_t hit;
};

/* End the bio at once with rule->status. */
extern const struct fdr_bio_action fdr_bio_complete;
void fdr_bio_complete_take(struct fdr_bio_rule *rule, struct bio *bio);

/* Why this kernel cannot do it, or NULL. */
const char *fdr_bio_unavailable(void);

/*
 * Make ready for rules: redirect the function, for the first user only.  No
 * bio is taken yet.  May sleep.  -EBUSY: someone else redirects it already, or
 * ftrace is off.
 */
int fdr_bio_hook_get(void);

/* Give back; the last one leaves the kernel as it was.  May sleep. */
void fdr_bio_hook_put(void);

/*
 * From its return on, bios that match are taken.  Hold the hook.  May sleep.
 * @begins is called right before that, and nothing comes between: with preemption off.
 */
void fdr_bio_rule_add(struct fdr_bio_rule *rule, void (*begins)(struct fdr_bio_rule *rule));

/* From its return on no further bio is taken.  Waits for RCU. */
void fdr_bio_rule_del(struct fdr_bio_rule *rule);

/*
 * Where on the rule's device @bio is.  False if it has no sectors.  For
 * action->wants() and action->take().
 */
bool fdr_bio_rule_where(const struct fdr_bio_rule *rule, const struct bio *bio,
			struct fdr_bio_range *ret);

/* After del: wait until every bio taken has left our hands.  May sleep. */
void fdr_bio_rule_drain(struct fdr_bio_rule *rule);

/* Any context. */
void fdr_bio_rule_count(const struct fdr_bio_rule *rule, struct fdr_bio_count *ret);

#endif /* FDR_HOOKS_BIO_H */
