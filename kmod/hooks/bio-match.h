/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Is a bio for a rule?  For the callback of hooks/bio.c alone: under RCU with
 * preemption off, in any context that submits bios.
 */
#ifndef FDR_HOOKS_BIO_MATCH_H
#define FDR_HOOKS_BIO_MATCH_H

#include <linux/bio.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/timekeeping.h>

#include "bio.h"
#include "draw.h"
#include "compat/block.h"
#include "compat/blk-cgroup.h"

static __always_inline unsigned int fdr_bio_ops(const struct bio *bio)
{
	unsigned int ops = 0;

	switch (bio_op(bio)) {
	case REQ_OP_READ:
		ops = FDR_BIO_READ;
		break;
	case REQ_OP_WRITE:
		/* A flush alone is a write without data. */
		if (bio->bi_iter.bi_size)
			ops = FDR_BIO_WRITE;
		break;
	case REQ_OP_WRITE_ZEROES:
	case REQ_OP_ZONE_APPEND:
		ops = FDR_BIO_WRITE;
		break;
	case REQ_OP_FLUSH:
		ops = FDR_BIO_FLUSH;
		break;
	case REQ_OP_DISCARD:
	case REQ_OP_SECURE_ERASE:
		ops = FDR_BIO_DISCARD;
		break;
	default:
		ops = FDR_BIO_OTHER;
		break;
	}
	if (bio->bi_opf & REQ_PREFLUSH)
		ops |= FDR_BIO_FLUSH;
	if (bio->bi_opf & REQ_FUA)
		ops |= FDR_BIO_FUA;
	return ops;
}

/* Where on the rule's device; a bio without sectors is nowhere. */
static __always_inline bool fdr_bio_where(const struct fdr_bio_rule *rule, const struct bio *bio,
					  struct fdr_bio_range *ret)
{
	if (!bio_sectors(bio))
		return false;
	ret->first = bio->bi_iter.bi_sector + fdr_bio_base(bio) - rule->base;
	ret->last = ret->first + bio_sectors(bio) - 1;
	return true;
}

static __always_inline bool fdr_bio_in_ranges(const struct fdr_bio_filter *f,
					      const struct fdr_bio_range *where)
{
	unsigned int lo = 0, hi = f->n_ranges;

	/* The first range that does not end before the bio begins. */
	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;

		if (f->ranges[mid].last < where->first)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->n_ranges && f->ranges[lo].first <= where->last;
}

static __always_inline bool fdr_bio_of_kind(const struct fdr_bio_filter *f, const struct bio *bio)
{
	bool metadata = bio->bi_opf & REQ_META;

	return !(metadata ? f->only_data : f->only_metadata);
}

/* Charged to the control group, or to one below it? */
static __always_inline bool fdr_bio_of_cgroup(u64 id, const struct bio *bio)
{
	struct cgroup *cgroup = fdr_bio_cgroup(bio);

	while (cgroup && cgroup_id(cgroup) != id)
		cgroup = cgroup_parent(cgroup);
	return cgroup;
}

static __always_inline bool fdr_bio_matches(const struct fdr_bio_rule *rule, const struct bio *bio)
{
	const struct fdr_bio_filter *f = &rule->filter;
	struct fdr_bio_range where;

	if (f->whole ? fdr_bio_disk(bio) != f->bdev->bd_disk : !fdr_bio_is_to(bio, f->bdev))
		return false;
	if (!(f->ops & fdr_bio_ops(bio)))
		return false;
	if (f->n_ranges && !(fdr_bio_where(rule, bio, &where) && fdr_bio_in_ranges(f, &where)))
		return false;
	if (!fdr_bio_of_kind(f, bio))
		return false;
	if (f->tgid && task_tgid_nr(current) != f->tgid)
		return false;
	return !f->cgroup || fdr_bio_of_cgroup(f->cgroup, bio);
}

/* The duty cycle: is this the bad part of it? */
static __always_inline bool fdr_bio_on(const struct fdr_bio_rule *rule)
{
	const struct fdr_bio_filter *f = &rule->filter;
	u64 phase;

	if (!f->off_ns)
		return true;
	div64_u64_rem(ktime_get_mono_fast_ns() - rule->since, f->on_ns + f->off_ns, &phase);
	return phase < f->on_ns;
}

static __always_inline bool fdr_bio_is_nth(const struct fdr_bio_filter *f, u64 n)
{
	u64 rest;

	if (f->every < 2)
		return true;
	div64_u64_rem(n - f->skip, f->every, &rest);
	return !rest;
}

/* Does the rule want its match number @n? */
static __always_inline bool fdr_bio_wanted(struct fdr_bio_rule *rule, const struct bio *bio, u64 n)
{
	const struct fdr_bio_filter *f = &rule->filter;

	if (rule->action->wants && !rule->action->wants(rule, bio))
		return false;
	if (!fdr_bio_on(rule))
		return false;
	if (n <= f->skip || !fdr_bio_is_nth(f, n))
		return false;
	if (fdr_draw(f->seed, n, FDR_BIO_ALL) >= f->ppm)
		return false;
	return !f->times || atomic64_dec_if_positive(&rule->left) >= 0;
}

#endif /* FDR_HOOKS_BIO_MATCH_H */
