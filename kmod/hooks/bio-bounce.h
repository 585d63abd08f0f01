/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stand-ins: bios of our own that do a taken bio's work, in whole or in part.
 *
 * The taken bio and its pages stay as they are until the device has filled
 * them.  It ends when its stand-ins have, with the worst of their statuses.
 */
#ifndef FDR_HOOKS_BIO_BOUNCE_H
#define FDR_HOOKS_BIO_BOUNCE_H

#include "bio-carrier.h"

struct fdr_bio_bounce;

struct fdr_bio_bounce_ops {
	/*
	 * Change data: @part holds, as @iter tells, the bytes of @bio from @skip
	 * on.  Of a write @part is a private copy, and it is the carrier's thread;
	 * of a read it is @bio itself, filled by the device, and any context but
	 * NMI: must not sleep.  @tag: as given with @bio.
	 */
	void (*change)(void *arg, struct bio *bio, u64 tag, struct bio *part,
		       struct bvec_iter iter, u32 skip);
};

/*
 * For prepare().  @ops, @arg: what changes data, or NULL.  May sleep.
 * NULL: out of memory.
 */
struct fdr_bio_bounce *fdr_bio_bounce_new(const struct fdr_bio_bounce_ops *ops, void *arg);
/* NULL is nothing.  No stand-in may be on its way.  May sleep. */
void fdr_bio_bounce_free(struct fdr_bio_bounce *b);

/*
 * Can it have stand-ins?  Not where the block layer encrypts or protects the
 * data on its way, by keys or checksums that go with this very bio.  Any context;
 * for action.wants() too.
 */
bool fdr_bio_bounce_able(const struct bio *bio);

/*
 * These three end @bio, some time; in the carrier's thread; may sleep, and get
 * on without free memory.
 *
 * part: only the first @bytes, whole sectors, reach the device.  With 0, what
 *	is left is the flush that @bio asks for, or nothing at all.
 * read: @bio is filled, and then changed.
 * write: copies of the data go to the device, changed, in pieces where it is a
 *	large one.
 */
void fdr_bio_bounce_part(struct fdr_bio_bounce *b, struct fdr_bio_carrier *c, struct bio *bio,
			 u32 bytes);
void fdr_bio_bounce_read(struct fdr_bio_bounce *b, struct fdr_bio_carrier *c, struct bio *bio,
			 u64 tag);
void fdr_bio_bounce_write(struct fdr_bio_bounce *b, struct fdr_bio_carrier *c, struct bio *bio,
			  u64 tag);

/* Wait until the last stand-in has ended and none of this code runs.  May sleep. */
void fdr_bio_bounce_wait(struct fdr_bio_bounce *b);

#endif /* FDR_HOOKS_BIO_BOUNCE_H */
