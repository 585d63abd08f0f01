/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_LEDGER_JUDGE_H
#define FDR_ENGINE_LEDGER_JUDGE_H

#include "base/clock.h"

/*
 * The judgement of a ledger: what was acknowledged, held against what each copy of the
 * data held when it was read.  Arithmetic alone (Documentation/ledger.md has the words).
 */
enum fdr_ledger_fate {
	FDR_LEDGER_UNKNOWN,		/* sent, and failed or timed out: may be there or not */
	FDR_LEDGER_ACKNOWLEDGED,
	FDR_LEDGER_NEVER_SENT,
};

/* A request that has ended. */
struct fdr_ledger_entry {
	uint64_t seq;
	int64_t done_ns;		/* its acknowledgement */
	enum fdr_ledger_fate fate;
	bool lost;			/* and judged so: once */
};

struct fdr_ledger_range {
	uint64_t first, n;
};

struct fdr_ledger_copy {
	const char *name;
	bool read;
	const struct fdr_ledger_range *present;	/* ascending, apart from each other */
	size_t n_present;
	/* Ascending: records with a wrong checksum, and those stored more than once. */
	const uint64_t *corrupt, *twice;
	size_t n_corrupt, n_twice;

	/* The judgement's. */
	uint64_t records;		/* all that are present */
	uint64_t behind;		/* what the service has and this one lacks, below the cut */
	uint64_t ahead;			/* and the reverse */
};

/* Two copies, each with records that the other lacks. */
struct fdr_ledger_split {
	size_t a, b;			/* copies */
	uint64_t only_a, only_b;
};

struct fdr_ledger_numbers {		/* a growing set */
	uint64_t *v;
	size_t n;
};

/* What was judged in earlier trials, each record once. */
struct fdr_ledger_known {
	struct fdr_ledger_numbers corrupt, twice, phantom;
};

struct fdr_ledger_case {
	struct fdr_ledger_entry *entries;	/* ascending, each once; ->lost is set */
	size_t n_entries;
	uint64_t cut;			/* all requests below it had ended before the reading */
	uint64_t next;			/* nothing from here on had been sent after it */
	struct fdr_ledger_copy *copies;	/* the service first */
	size_t n_copies;
};

struct fdr_ledger_verdict {
	bool judged;			/* the service's copy was read */
	uint64_t acknowledged;		/* in the run, below the cut */
	uint64_t unknown, unknown_there;	/* neither acknowledged nor never sent; of these, present */
	uint64_t lost;			/* acknowledged, and the service has them no more */
	uint64_t recoverable;		/* of these, on another copy */
	int64_t oldest_lost_ns, newest_lost_ns;	/* acknowledgements; 0 if none is lost */
	uint64_t phantom;		/* present, and never sent */
	uint64_t corrupt, duplicate;
	struct fdr_ledger_split *splits;
	size_t n_splits;
};

/* -ENOMEM.  fdr_ledger_verdict_clear() frees. */
int fdr_ledger_judge(struct fdr_ledger_case *c, struct fdr_ledger_known *known,
		     struct fdr_ledger_verdict *ret);
void fdr_ledger_verdict_clear(struct fdr_ledger_verdict *v);
void fdr_ledger_known_clear(struct fdr_ledger_known *k);

#endif /* FDR_ENGINE_LEDGER_JUDGE_H */
