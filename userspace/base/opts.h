/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_OPTS_H
#define FDR_BASE_OPTS_H

#include "error.h"

/*
 * Options of a probe, a workload, a transport or a fault: described by a table,
 * given as text with its place in the plan, checked and converted here once.
 */
enum fdr_opt_type {
	FDR_OPT_STRING,
	FDR_OPT_U64,
	FDR_OPT_BOOL,
	FDR_OPT_TIME,		/* ns */
	FDR_OPT_CHOICE,
	FDR_OPT_CHOICES,	/* words joined by commas */
	FDR_OPT_CPULIST,
	FDR_OPT_PPM,		/* 0 to 1000000, or "2.5%" */
	FDR_OPT_BLKDEV,
	FDR_OPT_SIZE,		/* bytes: "64M" */
	FDR_OPT_S64,		/* min and max bound the magnitude; num is an int64_t */
	FDR_OPT_STIME,		/* ns, with a sign; the same */
	FDR_OPT_PATH,		/* absolute */
	FDR_OPT_NETDEV,
	FDR_OPT_ADDR,		/* IPv4 or IPv6 address or prefix; num is 0 */
	FDR_OPT_PORTS,		/* "80", "8000-8099"; low | high << 16 */
	FDR_OPT_RATE,		/* per second: "100/s"; in 1/1000 per second */
	FDR_OPT_TARGETS,	/* texts, each with ranges as of expand.h; one fdr_opt a text */
	FDR_OPT_MAP,		/* a mapping of words to strings, e.g. patterns */
	FDR_OPT_LIST,		/* texts without blanks, joined by commas */
};

struct fdr_opt_desc {
	const char *name;
	enum fdr_opt_type type;
	bool required;
	const char *def;	/* as text; NULL = none */
	uint64_t min, max;	/* inclusive; 0, 0 = unbounded; TARGETS: at most, in all */
	const char *choices;	/* "a|b|c" */
	const char *summary;
};

/* Anything with a name and options: a probe kind, a workload kind, a fault. */
struct fdr_kind {
	const char *name;
	const char *summary;
	const struct fdr_opt_desc *opts;
	size_t n_opts;
};

/* Where something stands in a file; line 0 = nowhere (command line). */
struct fdr_place {
	unsigned int line, column;	/* from 1 */
	unsigned int file;		/* 0 = the plan itself, else one that it includes */
};

struct fdr_opt {
	const struct fdr_opt_desc *desc;
	char *text;			/* as written; for MAP: the key's value */
	char *key;			/* MAP only: one fdr_opt an entry */
	uint64_t num;	/* U64, TIME, PPM, RATE, BOOL, CHOICE index, CHOICES bits, TARGETS count */
	struct fdr_place place;
	bool defaulted;			/* not given: filled in by fdr_opts_finish() */
};

struct fdr_opts {
	const struct fdr_kind *kind;
	struct fdr_opt *v;
	size_t n;
};

/*
 * Adds one option.  -ENOENT: unknown name (the text suggests the nearest);
 * -EEXIST: given twice; -EINVAL, -ERANGE: bad value.  The text says which.
 * @key is NULL except for MAP.
 */
int fdr_opts_add(struct fdr_opts *o, const char *name, const char *key, const char *text,
		 struct fdr_place place, struct fdr_error *e);
/* After the last one: fills in defaults; -ENODATA if a required one is missing. */
int fdr_opts_finish(struct fdr_opts *o, struct fdr_error *e);
void fdr_opts_clear(struct fdr_opts *o);
/* Texts and all; the kind stays shared.  -ENOMEM: @ret is empty. */
int fdr_opts_copy(const struct fdr_opts *o, struct fdr_opts *ret);

/* NULL, 0 or false where it was not given and has no default. */
const char *fdr_opts_str(const struct fdr_opts *o, const char *name);
uint64_t fdr_opts_num(const struct fdr_opts *o, const char *name);
/* Every target of a TARGETS option; a non-zero return from cb stops and is returned. */
int fdr_opts_targets(const struct fdr_opts *o, const char *name,
		     int (*cb)(void *userdata, const char *target), void *userdata);
/* How many these are; *ret_plain: one, written without a range. */
size_t fdr_opts_count_targets(const struct fdr_opts *o, const char *name, bool *ret_plain);
bool fdr_opts_given(const struct fdr_opts *o, const char *name);

/* The candidate nearest to @word, if near enough to be a likely typo; else NULL. */
const char *fdr_nearest(const char *word, const char *const *candidates, size_t n);

#endif /* FDR_BASE_OPTS_H */
