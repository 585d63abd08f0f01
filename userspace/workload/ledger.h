/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_LEDGER_H
#define FDR_WORKLOAD_LEDGER_H

#include "base/clock.h"
#include "base/opts.h"
#include "base/sha256.h"

/*
 * Ledger mode: each request of a workload stores one record, numbered by the request
 * (seq) and checksummed, so that what a store holds afterwards can be held against
 * what it has acknowledged (Documentation/ledger.md).
 */
#define FDR_LEDGER_ID_TEXT	17	/* 16 hexadecimal digits and the NUL */
#define FDR_LEDGER_PAYLOAD_MAX	4096
/* "ID SEQ SUM PAYLOAD", without a newline, and the NUL. */
#define FDR_LEDGER_TEXT_MAX	(FDR_LEDGER_ID_TEXT + 21 + FDR_SHA256_TEXT + FDR_LEDGER_PAYLOAD_MAX + 1)

struct fdr_ledger {
	char id[FDR_LEDGER_ID_TEXT];	/* of this run alone */
	size_t payload;			/* bytes */
};

struct fdr_ledger_record {
	uint64_t seq;
	char payload[FDR_LEDGER_PAYLOAD_MAX + 1];	/* letters and digits */
	char sum[FDR_SHA256_TEXT];			/* SHA-256 of "ID SEQ PAYLOAD" */
};

/* The record of a request: the same whenever it is asked for. */
void fdr_ledger_make(const struct fdr_ledger *l, uint64_t seq, struct fdr_ledger_record *ret);
/* For stores of texts: the whole record as one; gives its length. */
size_t fdr_ledger_text(const struct fdr_ledger *l, uint64_t seq, char ret[FDR_LEDGER_TEXT_MAX]);

/* What one copy of the data held when it was read; a kind's reader fills it in. */
struct fdr_ledger_view {
	uint64_t *seqs;			/* of sound records, as they came; one twice = stored twice */
	size_t n;
	uint64_t *corrupt;		/* of those whose checksum is not theirs */
	size_t n_corrupt;
	uint64_t foreign;		/* what is no record at all, in our own place */
	char foreign_text[80];		/* the first of them */
	bool failed;			/* out of memory: not all is here */
};

/* A record that was read, from its columns; texts may be NULL and need no NUL. */
void fdr_ledger_found(struct fdr_ledger_view *v, const struct fdr_ledger *l, uint64_t seq,
		      const char *payload, size_t size, const char *sum, size_t sum_size);
/* One from its text; of another ledger: left alone. */
void fdr_ledger_found_text(struct fdr_ledger_view *v, const struct fdr_ledger *l,
			   const char *text, size_t size);
/* Something that is no record, where only records of this ledger should be. */
void fdr_ledger_found_foreign(struct fdr_ledger_view *v, const char *text, size_t size);
void fdr_ledger_view_clear(struct fdr_ledger_view *v);

/*
 * The reading of one copy, as a kind's read_back() gets it: in a thread of its own, to
 * block as it likes.  All of it is the thread's: nobody waits beyond the deadline, and a
 * reader that hangs is left behind.
 */
struct fdr_ledger_reading {
	const struct fdr_opts *opts;	/* the workload's */
	/* A value of read_from, whose form is the kind's; NULL: the service, as clients see it. */
	const char *endpoint;
	struct fdr_ledger ledger;
	int64_t deadline_ns;
	struct fdr_ledger_view view;
};

/* For a kind's table: what ledger mode adds to the other options. */
#define FDR_LEDGER_OPTIONS \
	{ .name = "ledger", .type = FDR_OPT_BOOL, .def = "no", \
	  .summary = "each request stores a record; after each trial all are read back" }, \
	{ .name = "payload", .type = FDR_OPT_U64, .def = "64", .min = 1, \
	  .max = FDR_LEDGER_PAYLOAD_MAX, .summary = "ledger: bytes of each record beside number " \
	  "and checksum" }, \
	{ .name = "read_from", .type = FDR_OPT_MAP, \
	  .summary = "ledger: further copies to read, name: address" }, \
	{ .name = "read_timeout", .type = FDR_OPT_TIME, .def = "30s", .min = 100000000, \
	  .max = 3600000000000, .summary = "ledger: by then every copy must have been read" }

/* Is it "ledger: yes"?  Kinds without the option: no. */
bool fdr_ledger_wanted(const struct fdr_opts *opts);

#endif /* FDR_WORKLOAD_LEDGER_H */
