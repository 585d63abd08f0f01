// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stand-in is a clone of the taken bio: the same device, priority, cgroup and
 * hints, made by the kernel's own means.  For a write that is changed it gets
 * pages of its own instead of the bio's.  Everything comes from pools: the
 * carrier's thread alone allocates, one stand-in after the other, none needs
 * more than a pool holds, and what is out comes back without its help.
 */
#include <linux/bio.h>
#include <linux/highmem.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "bio-bounce.h"
#include "compat/block.h"

/* A stand-in with copies is no longer than so many pages. */
#define FDR_BOUNCE_PAGES	64
#define FDR_BOUNCE_BYTES	((u32)(FDR_BOUNCE_PAGES << PAGE_SHIFT))
/* Stand-ins in reserve. */
#define FDR_BOUNCE_BIOS		16

struct fdr_bio_bounce {
	const struct fdr_bio_bounce_ops *ops;
	void *arg;
	struct bio_set bios;
	mempool_t pages;
	atomic_t inflight;
};

struct fdr_stand_in {
	struct fdr_bio_bounce *owner;
	struct bio *orig;
	u64 tag;
	bool change_read;
	unsigned int n_pages;
	struct bio_vec vecs[FDR_BOUNCE_PAGES];
	struct bio bio;		/* last: what the pool gives begins before it */
};

struct fdr_bio_bounce *fdr_bio_bounce_new(const struct fdr_bio_bounce_ops *ops, void *arg)
{
	struct fdr_bio_bounce *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (!b)
		return NULL;
	b->ops = ops;
	b->arg = arg;
	if (bioset_init(&b->bios, FDR_BOUNCE_BIOS, offsetof(struct fdr_stand_in, bio), 0))
		goto err_free;
	if (ops && mempool_init_page_pool(&b->pages, FDR_BOUNCE_PAGES, 0))
		goto err_bios;
	return b;

err_bios:
	bioset_exit(&b->bios);
err_free:
	kfree(b);
	return NULL;
}

void fdr_bio_bounce_free(struct fdr_bio_bounce *b)
{
	if (!b)
		return;
	if (b->ops)
		mempool_exit(&b->pages);
	bioset_exit(&b->bios);
	kfree(b);
}

bool notrace fdr_bio_bounce_able(const struct bio *bio)
{
#ifdef CONFIG_BLK_INLINE_ENCRYPTION
	if (bio->bi_crypt_context)
		return false;
#endif
	return !(bio->bi_opf & REQ_INTEGRITY);
}

static void fdr_stand_in_end(struct bio *bio)
{
	struct fdr_stand_in *s = container_of(bio, struct fdr_stand_in, bio);
	struct fdr_bio_bounce *b = s->owner;
	struct bio *orig = s->orig;
	unsigned int i;

	if (bio->bi_status)
		orig->bi_status = bio->bi_status;
	else if (s->change_read)
		b->ops->change(b->arg, orig, s->tag, orig, orig->bi_iter, 0);
	for (i = 0; i < s->n_pages; i++)
		mempool_free(s->vecs[i].bv_page, &b->pages);
	bio_put(bio);
	bio_endio(orig);
	if (atomic_dec_and_test(&b->inflight))
		wake_up_var(&b->inflight);
}

/* A clone of @orig; it holds the original's end back. */
static struct fdr_stand_in *fdr_stand_in_new(struct fdr_bio_bounce *b, struct bio *orig)
{
	struct bio *bio = fdr_bio_clone(orig, GFP_NOIO, &b->bios);
	struct fdr_stand_in *s = container_of(bio, struct fdr_stand_in, bio);

	s->owner = b;
	s->orig = orig;
	s->tag = 0;
	s->change_read = false;
	s->n_pages = 0;
	bio->bi_end_io = fdr_stand_in_end;
	/* Nobody polls for it, and it may wait; the device's atomic unit is not its length. */
	bio->bi_opf &= ~(FDR_REQ_POLLED | REQ_NOWAIT | FDR_REQ_ATOMIC);
	atomic_inc(&b->inflight);
	bio_inc_remaining(orig);
	return s;
}

/* All stand-ins are on their way: the original may end. */
static void fdr_bounce_sent(struct bio *orig)
{
	bio_endio(orig);
}

void fdr_bio_bounce_part(struct fdr_bio_bounce *b, struct fdr_bio_carrier *c, struct bio *bio,
			 u32 bytes)
{
	struct fdr_stand_in *s;

	if (bytes || bio->bi_opf & REQ_PREFLUSH) {
		s = fdr_stand_in_new(b, bio);
		s->bio.bi_iter.bi_size = bytes;
		if (!bytes)
			s->bio.bi_opf = REQ_OP_WRITE | REQ_PREFLUSH |
					(bio->bi_opf & (REQ_SYNC | REQ_IDLE));
		fdr_bio_carrier_submit(c, &s->bio);
	}
	fdr_bounce_sent(bio);
}

void fdr_bio_bounce_read(struct fdr_bio_bounce *b, struct fdr_bio_carrier *c, struct bio *bio,
			 u64 tag)
{
	struct fdr_stand_in *s = fdr_stand_in_new(b, bio);

	s->tag = tag;
	s->change_read = true;
	fdr_bio_carrier_submit(c, &s->bio);
	fdr_bounce_sent(bio);
}

/* The data from @iter on, which has as much as the stand-in's pages. */
static void fdr_stand_in_copy(struct fdr_stand_in *s, struct bvec_iter iter)
{
	struct bvec_iter at;
	struct bio_vec bv;
	u32 done = 0;

	__bio_for_each_segment(bv, s->orig, at, iter) {
		char *from = bvec_kmap_local(&bv);
		u32 off, n;

		for (off = 0; off < bv.bv_len; off += n, done += n) {
			n = min_t(u32, bv.bv_len - off, PAGE_SIZE - offset_in_page(done));
			memcpy(page_address(s->vecs[done >> PAGE_SHIFT].bv_page) +
			       offset_in_page(done), from + off, n);
		}
		kunmap_local(from);
	}
}

static void fdr_stand_in_pages(struct fdr_stand_in *s, u32 bytes)
{
	u32 left = bytes;

	while (left) {
		struct bio_vec *bv = &s->vecs[s->n_pages++];

		bv->bv_page = mempool_alloc(&s->owner->pages, GFP_NOIO);
		bv->bv_offset = 0;
		bv->bv_len = min_t(u32, left, PAGE_SIZE);
		left -= bv->bv_len;
	}
	/* As in any clone, the vectors are somebody else's; but these. */
	s->bio.bi_io_vec = s->vecs;
	s->bio.bi_iter.bi_idx = 0;
	s->bio.bi_iter.bi_bvec_done = 0;
	s->bio.bi_iter.bi_size = bytes;
}

void fdr_bio_bounce_write(struct fdr_bio_bounce *b, struct fdr_bio_carrier *c, struct bio *bio,
			  u64 tag)
{
	struct bvec_iter iter = bio->bi_iter;
	u32 skip = 0;

	while (iter.bi_size) {
		struct fdr_stand_in *s = fdr_stand_in_new(b, bio);
		struct bvec_iter piece = iter;

		piece.bi_size = min(iter.bi_size, FDR_BOUNCE_BYTES);
		fdr_stand_in_pages(s, piece.bi_size);
		s->bio.bi_iter.bi_sector = iter.bi_sector;
		fdr_stand_in_copy(s, piece);
		b->ops->change(b->arg, bio, tag, &s->bio, s->bio.bi_iter, skip);
		skip += piece.bi_size;
		bio_advance_iter(bio, &iter, piece.bi_size);
		fdr_bio_carrier_submit(c, &s->bio);
	}
	fdr_bounce_sent(bio);
}

void fdr_bio_bounce_wait(struct fdr_bio_bounce *b)
{
	wait_var_event(&b->inflight, !atomic_read(&b->inflight));
	/* The last one's end may still be running, in an interrupt. */
	synchronize_rcu();
}
