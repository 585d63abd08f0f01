// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks that give back, or keep, other data than they were given.
 *
 * What is damaged follows from the seed and the operation's number alone, so
 * nothing of it has to be kept while the operation is on its way.  Where the
 * filter names sectors, the damage is within them, though the operation may
 * reach beyond.
 */
#include <linux/bio.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/math64.h>

#include "disk-lie.h"
#include "hooks/draw.h"

#define FDR_CORRUPT_SEED	0x726f742d62797465ULL
#define FDR_PATTERN_MAX		32

struct fdr_corrupt {
	struct fdr_disk_lie lie;
	u32 bits;		/* to flip; 0 = the pattern */
	u8 pattern[FDR_PATTERN_MAX];
	u32 pattern_len, length;
	bool has_offset;
	u64 offset;
	u64 seed;
	u64 n;			/* operations damaged; the carrier's thread alone */
	u64 log_left;		/* lines; the same */
	atomic64_t corrupted;
};

/* Of one operation: bits @first .. @first + @span - 1 of its data, or some of them. */
struct fdr_damage {
	u64 first, span;
	u64 draw;
};

/* How many sectors the two have in common, and the first of them. */
static u64 fdr_corrupt_common(const struct fdr_bio_range *a, const struct fdr_bio_range *b,
			      sector_t *ret_first)
{
	*ret_first = max(a->first, b->first);
	return a->last < *ret_first || b->last < *ret_first ? 0 :
		min(a->last, b->last) + 1 - *ret_first;
}

/* The bytes of @bio in the filter's ranges; of several runs of them one that @draw decides. */
static bool fdr_corrupt_extent(const struct fdr_corrupt *c, const struct bio *bio, u64 draw,
			       u32 *ret_from, u32 *ret_len)
{
	const struct fdr_bio_rule *rule = &c->lie.base.rule;
	const struct fdr_bio_filter *f = &rule->filter;
	struct fdr_bio_range where;
	u64 common = 0, pick, n;
	unsigned int i;
	sector_t first;

	*ret_from = 0;
	*ret_len = bio->bi_iter.bi_size;
	if (!fdr_bio_rule_where(rule, bio, &where))
		return false;
	if (!f->n_ranges)
		return true;
	for (i = 0; i < f->n_ranges; i++)
		common += fdr_corrupt_common(&f->ranges[i], &where, &first);
	if (!common)
		return false;
	div64_u64_rem(draw, common, &pick);
	for (i = 0; i < f->n_ranges; i++) {
		n = fdr_corrupt_common(&f->ranges[i], &where, &first);
		if (pick < n)
			break;
		pick -= n;
	}
	*ret_from = (first - where.first) << SECTOR_SHIFT;
	*ret_len = n << SECTOR_SHIFT;
	return true;
}

/* What becomes of operation number @n.  False: the place asked for is not in it. */
static bool fdr_corrupt_plan(const struct fdr_corrupt *c, const struct bio *bio, u64 n,
			     struct fdr_damage *ret)
{
	u64 draw = fdr_draw64(c->seed, n), want, room, at = 0;
	u32 from, len;

	if (!fdr_corrupt_extent(c, bio, draw, &from, &len))
		return false;
	ret->draw = fdr_draw64(draw, 0);
	room = (u64)len * BITS_PER_BYTE;
	want = c->bits ?: min_t(u64, (u64)c->length * BITS_PER_BYTE, room);
	if (c->has_offset) {
		at = c->offset * BITS_PER_BYTE;
		if (at >= room || want > room - at)
			return false;
	} else if (c->bits) {
		want = room;		/* flips are strewn over all of it */
	} else {
		div64_u64_rem(ret->draw, (room - want) / BITS_PER_BYTE + 1, &at);
		at *= BITS_PER_BYTE;
	}
	ret->first = (u64)from * BITS_PER_BYTE + at;
	ret->span = want;
	return true;
}

/* The @i-th bit to flip: one in each of so many equal parts of the span, so all differ. */
static u64 fdr_corrupt_bit(const struct fdr_corrupt *c, const struct fdr_damage *d, u32 i)
{
	u64 lo = div_u64(d->span * i, c->bits);
	u64 hi = div_u64(d->span * (i + 1), c->bits);
	u64 rest;

	div64_u64_rem(fdr_draw64(d->draw, i + 1), hi - lo, &rest);
	return d->first + lo + rest;
}

/* Damage @len bytes, which are those from @pos on of the operation; @i: flips done. */
static void fdr_corrupt_bytes(const struct fdr_corrupt *c, const struct fdr_damage *d, u8 *data,
			      u64 pos, u32 len, u32 *i)
{
	if (!c->bits) {
		u64 from = d->first / BITS_PER_BYTE, to = from + d->span / BITS_PER_BYTE;
		u64 at;

		for (at = max(from, pos); at < min(to, pos + len); at++)
			data[at - pos] = c->pattern[(u32)(at - from) % c->pattern_len];
		return;
	}
	for (; *i < c->bits; (*i)++) {
		u64 bit = fdr_corrupt_bit(c, d, *i), at = bit / BITS_PER_BYTE;

		if (at >= pos + len)
			break;
		if (at >= pos)
			data[at - pos] ^= 1U << (bit % BITS_PER_BYTE);
	}
}

static void fdr_corrupt_change(void *arg, struct bio *bio, u64 n, struct bio *part,
			       struct bvec_iter iter, u32 skip)
{
	struct fdr_corrupt *c = arg;
	struct bvec_iter at;
	struct fdr_damage d;
	struct bio_vec bv;
	u64 pos = skip;
	u32 i = 0;

	if (!fdr_corrupt_plan(c, bio, n, &d))
		return;
	__bio_for_each_segment(bv, part, at, iter) {
		u8 *data = bvec_kmap_local(&bv);

		fdr_corrupt_bytes(c, &d, data, pos, bv.bv_len, &i);
		kunmap_local(data);
		flush_dcache_page(bv.bv_page);
		pos += bv.bv_len;
	}
	if (!skip)
		atomic64_inc(&c->corrupted);
}

static const struct fdr_bio_bounce_ops fdr_corrupt_changes = {
	.change = fdr_corrupt_change,
};

/* One line for each byte, before it is damaged, while there are lines left. */
static void fdr_corrupt_log(struct fdr_corrupt *c, const struct bio *bio, u64 n)
{
	struct block_device *bdev = fdr_disk_fault_bdev(&c->lie.base);
	const char *op = op_is_write(bio_op(bio)) ? "write" : "read";
	struct fdr_bio_range where;
	struct fdr_damage d;
	u32 i = 0;

	if (!c->log_left || !fdr_corrupt_plan(c, bio, n, &d) ||
	    !fdr_bio_rule_where(&c->lie.base.rule, bio, &where))
		return;
	while (c->log_left && i < max(c->bits, 1U)) {
		u64 at = (c->bits ? fdr_corrupt_bit(c, &d, i) : d.first) / BITS_PER_BYTE;
		u64 sector = where.first + (at >> SECTOR_SHIFT);
		u32 byte = at & (SECTOR_SIZE - 1), mask = 0;

		if (!c->bits) {
			pr_info("disk-corrupt %pg: %s: sector %llu byte %u: %llu bytes overwritten\n",
				bdev, op, sector, byte, d.span / BITS_PER_BYTE);
			i++;
		}
		for (; i < c->bits; i++) {
			u64 bit = fdr_corrupt_bit(c, &d, i);

			if (bit / BITS_PER_BYTE != at)
				break;
			mask |= 1U << (bit % BITS_PER_BYTE);
		}
		if (mask)
			pr_info("disk-corrupt %pg: %s: sector %llu byte %u bits 0x%02x\n",
				bdev, op, sector, byte, mask);
		if (!--c->log_left)
			pr_info("disk-corrupt %pg: further damage is counted, not told\n", bdev);
	}
}

static bool notrace fdr_corrupt_wants(struct fdr_bio_rule *rule, const struct bio *bio)
{
	return fdr_disk_lie_can(fdr_disk_lie_of(rule),
				bio_op(bio) != REQ_OP_WRITE_ZEROES && fdr_bio_bounce_able(bio));
}

static void fdr_corrupt_pass(struct fdr_bio_carrier *carrier, struct bio *bio, void *arg)
{
	struct fdr_corrupt *c = arg;
	u64 n = ++c->n;

	fdr_corrupt_log(c, bio, n);
	if (op_is_write(bio_op(bio)))
		fdr_bio_bounce_write(c->lie.bounce, carrier, bio, n);
	else
		fdr_bio_bounce_read(c->lie.bounce, carrier, bio, n);
}

static const struct fdr_bio_action fdr_corrupt_action = {
	.wants = fdr_corrupt_wants,
	.take = fdr_disk_lie_take,
	.drain = fdr_disk_lie_drain,
};

static int fdr_corrupt_pattern(struct fdr_corrupt *c, const char *hex,
			       struct netlink_ext_ack *extack)
{
	size_t digits = strlen(hex), i;
	char pair[3] = "";

	if (!digits || digits % 2 || digits > 2 * FDR_PATTERN_MAX)
		goto refuse;
	for (i = 0; i < digits; i += 2) {
		memcpy(pair, hex + i, 2);
		if (!isxdigit(pair[0]) || !isxdigit(pair[1]) ||
		    kstrtou8(pair, 16, &c->pattern[i / 2]))
			goto refuse;
	}
	c->pattern_len = digits / 2;
	return 0;

refuse:
	return fdr_refuse(extack, -EINVAL,
			  "pattern: '%.70s' is not 1 to %d bytes in hexadecimal, two digits each, such as deadbeef",
			  hex, FDR_PATTERN_MAX);
}

static int fdr_corrupt_args(struct fdr_corrupt *c, struct fdr_injection *inj,
			    struct netlink_ext_ack *extack)
{
	const char *pattern = fdr_arg_str(inj, "pattern");
	int err = 0;

	c->seed = fdr_arg_u64(inj, "seed") ^ FDR_CORRUPT_SEED;
	c->log_left = fdr_arg_u64(inj, "log");
	c->has_offset = fdr_arg_given(inj, "offset");
	c->offset = fdr_arg_u64(inj, "offset");
	c->length = fdr_arg_u64(inj, "length");
	c->bits = fdr_arg_u64(inj, "bits");
	if (!pattern) {
		if (c->length)
			return fdr_refuse(extack, -EINVAL,
					  "length: goes with pattern: how many bytes it overwrites");
		return 0;
	}
	if (fdr_arg_given(inj, "bits"))
		return fdr_refuse(extack, -EINVAL,
				  "bits: flip, or are overwritten with pattern: not both");
	c->bits = 0;
	err = fdr_corrupt_pattern(c, pattern, extack);
	if (!c->length)
		c->length = c->pattern_len;
	return err;
}

static int fdr_corrupt_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_corrupt *c;
	int err;

	c = fdr_disk_lie_new(inj, sizeof(*c), &fdr_corrupt_action, 0, "taken", fdr_corrupt_pass,
			     &fdr_corrupt_changes, extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	err = fdr_corrupt_args(c, inj, extack);
	if (err)
		fdr_disk_lie_release(inj);
	return err;
}

static void fdr_corrupt_counters(struct fdr_injection *inj,
				 void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct fdr_corrupt *c = fdr_priv(inj);

	fdr_disk_fault_counters(inj, emit, arg);
	emit(arg, "corrupted", atomic64_read(&c->corrupted));
	emit(arg, "unable", atomic64_read(&c->lie.unable));
}

const struct fdr_fault_ops fdr_disk_corrupt_ops = {
	.unavailable = fdr_bio_unavailable,
	.prepare = fdr_corrupt_prepare,
	.start = fdr_disk_fault_start,
	.stop = fdr_disk_fault_stop,
	.release = fdr_disk_lie_release,
	.counters = fdr_corrupt_counters,
};
