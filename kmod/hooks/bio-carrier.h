/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keeping bios and passing them on later.
 *
 * A carrier is a kernel thread of one rule.  The rule's action hands it bios in
 * the submitter's context; the carrier submits each of them again at its time,
 * or ends it.  Any number of bios, for any length of time; each leaves once.
 */
#ifndef FDR_HOOKS_BIO_CARRIER_H
#define FDR_HOOKS_BIO_CARRIER_H

#include "bio.h"

struct fdr_bio_carrier;

/* Until it is released: for fdr_bio_carrier_keep(). */
#define FDR_BIO_HELD	U64_MAX

struct fdr_bio_carrier_count {
	u64 kept;		/* handed to it so far */
	u64 released;		/* passed on or ended */
	u64 waiting;		/* kept - released, at one instant */
	u64 late_max_ns;	/* worst lateness of a due time */
	u64 shared;		/* memory was short: they left with a later one */
};

/*
 * Make one, for prepare().  @name: of the thread.  @pass: what becomes of a bio
 * at its time, in the carrier's thread; may sleep; NULL = it is submitted again
 * (fdr_bio_carrier_submit()).  May sleep.  NULL: out of memory, or no thread.
 */
struct fdr_bio_carrier *fdr_bio_carrier_new(const char *name,
					    void (*pass)(struct fdr_bio_carrier *c,
							 struct bio *bio, void *arg),
					    void *arg);
/* NULL is nothing; no bio may come any more, those that wait leave now.  May sleep. */
void fdr_bio_carrier_free(struct fdr_bio_carrier *c);

/* For fdr_bio_rule.passing. */
const struct fdr_bio_passing *fdr_bio_carrier_passing(const struct fdr_bio_carrier *c);

/*
 * Keep @bio until @due (CLOCK_MONOTONIC ns as ktime_get_mono_fast_ns(), or
 * FDR_BIO_HELD).  Bios of equal or no due time leave in the order in which they
 * came.  Never fails and allocates nothing it must have.  For an action's take():
 * any context but NMI.
 */
void fdr_bio_carrier_keep(struct fdr_bio_carrier *c, struct bio *bio, u64 due);

/* Submit @bio past the carrier's own rule.  The carrier's thread. */
void fdr_bio_carrier_submit(struct fdr_bio_carrier *c, struct bio *bio);

/*
 * Let everything that waits go now, in the order of arrival, and wait until it
 * has left.  What comes meanwhile is kept as ever.  May sleep.
 */
void fdr_bio_carrier_flush(struct fdr_bio_carrier *c);

/* Any context. */
void fdr_bio_carrier_count(const struct fdr_bio_carrier *c, struct fdr_bio_carrier_count *ret);

#endif /* FDR_HOOKS_BIO_CARRIER_H */
