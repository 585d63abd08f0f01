// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bad sectors: what touches one fails.  With cure=write a write is not hindered
 * and cures the sectors that it covers, as a drive does that has spares.
 */
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/mm.h>

#include "disk-fault.h"
#include "disk-status.h"

/* One bit each; and one bio may cover them all, with preemption off. */
#define FDR_BAD_MAX	(1UL << 20)

struct fdr_bad {
	struct fdr_disk_fault base;
	bool cures;
	unsigned long *cured;		/* one bit a sector, range after range; with cures alone */
	atomic64_t n_cured;
};

static void notrace fdr_bad_cure(struct fdr_bad *bad, unsigned long from, unsigned long to)
{
	for (; from < to; from++) {
		if (!test_and_set_bit(from, bad->cured))
			atomic64_inc(&bad->n_cured);
	}
}

/* Called by the hook: is one of its sectors (still) bad?  Cures what a write covers. */
static bool notrace fdr_bad_wants(struct fdr_bio_rule *rule, const struct bio *bio)
{
	struct fdr_bad *bad = container_of(rule, struct fdr_bad, base.rule);
	const struct fdr_bio_range *r = rule->filter.ranges;
	unsigned long bit = 0, from, to;
	struct fdr_bio_range where;
	unsigned int i;

	if (!bad->cures)
		return true;
	if (!fdr_bio_rule_where(rule, bio, &where))
		return false;
	for (i = 0; i < rule->filter.n_ranges; i++, r++) {
		if (r->last >= where.first && r->first <= where.last) {
			from = bit + max(r->first, where.first) - r->first;
			to = bit + min(r->last, where.last) - r->first + 1;
			if (op_is_write(bio_op(bio)))
				fdr_bad_cure(bad, from, to);
			else if (find_next_zero_bit(bad->cured, to, from) < to)
				return true;
		}
		bit += r->last - r->first + 1;
	}
	return false;
}

static const struct fdr_bio_action fdr_bad_action = {
	.wants = fdr_bad_wants,
	.take = fdr_bio_complete_take,
};

static int fdr_bad_remember(struct fdr_bad *bad, struct netlink_ext_ack *extack)
{
	const struct fdr_bio_filter *f = &bad->base.rule.filter;
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < f->n_ranges; i++)
		n += f->ranges[i].last - f->ranges[i].first + 1;
	if (n > FDR_BAD_MAX)
		return fdr_refuse(extack, -E2BIG,
				  "sectors: %llu of them are too many to be cured one by one: at most %lu with cure=write",
				  n, FDR_BAD_MAX);
	bad->cured = kvcalloc(BITS_TO_LONGS(n), sizeof(long), GFP_KERNEL);
	return bad->cured ? 0 : -ENOMEM;
}

static int fdr_bad_set_up(struct fdr_bad *bad, struct netlink_ext_ack *extack)
{
	struct fdr_bio_filter *f = &bad->base.rule.filter;

	if (!f->n_ranges)
		return fdr_refuse(extack, -EINVAL,
				  "sectors: which ones are bad?  Give sectors, as in 0-7,2048, or bytes");
	if (!bad->cures)
		return 0;
	if (f->ops & FDR_BIO_WRITE)
		return fdr_refuse(extack, -EINVAL,
				  "ops: with cure=write a write cures, and cannot fail as well: leave write out");
	f->ops |= FDR_BIO_WRITE;
	return fdr_bad_remember(bad, extack);
}

static int fdr_bad_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	blk_status_t status;
	struct fdr_bad *bad;
	int err;

	err = fdr_disk_status(inj, &status, extack);
	if (err)
		return err;
	bad = fdr_disk_fault_new(inj, sizeof(*bad), &fdr_bad_action, 0, "failed", extack);
	if (IS_ERR(bad))
		return PTR_ERR(bad);
	bad->base.rule.status = status;
	bad->cures = fdr_arg_choice(inj, "cure");
	err = fdr_bad_set_up(bad, extack);
	if (err)
		fdr_disk_fault_release(inj);
	return err;
}

static void fdr_bad_release(struct fdr_injection *inj)
{
	struct fdr_bad *bad = fdr_priv(inj);

	kvfree(bad->cured);
	fdr_disk_fault_release(inj);
}

static void fdr_bad_counters(struct fdr_injection *inj,
			     void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_bad *bad = fdr_priv(inj);

	fdr_disk_fault_counters(inj, emit, arg);
	emit(arg, "cured", atomic64_read(&bad->n_cured));
}

const struct fdr_fault_ops fdr_disk_bad_sectors_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_bad_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_fault_stop,
	.release = fdr_bad_release,
	.counters = fdr_bad_counters,
};
