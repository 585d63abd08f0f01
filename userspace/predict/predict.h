/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PREDICT_PREDICT_H
#define FDR_PREDICT_PREDICT_H

#include <jansson.h>

#include "base/milestone.h"
#include "base/opts.h"

/*
 * When a detector will notice, from the configuration that is in force: pure
 * functions from files to ranges.  One file a stack, one row in predict.c.  The
 * formulas and where they come from are in Documentation/prediction.md.
 */

/* How what failed looks to whom it does not answer any more. */
enum fdr_failure {
	FDR_FAILURE_SILENT,	/* nothing comes back: the node is dead, frozen, or cut off */
	FDR_FAILURE_REFUSED,	/* the host answers for it: refused, reset, no such process */
	FDR_FAILURE_HANG,	/* connections open, and nothing comes over them */
	FDR_FAILURE_CLOCK,	/* it answers as ever, and its clock is wrong */
	FDR_FAILURE_COUNT
};
extern const char *const fdr_failure_names[];
#define FDR_FAILURE_WORDS	"silent|refused|hang|clock"

enum fdr_predicted_is { FDR_PREDICTED_NOT, FDR_PREDICTED_RANGE, FDR_PREDICTED_NEVER };

struct fdr_predicted {
	enum fdr_predicted_is is;
	int64_t lo_ns, hi_ns;	/* from onset; RANGE */
	char why[200];		/* the formula with its numbers, or why never */
};

/* What is worth knowing before a drill. */
enum fdr_remark_level { FDR_REMARK_NOTE, FDR_REMARK_RISK, FDR_REMARK_CONTRADICTION, FDR_REMARK_NEVER };
extern const char *const fdr_remark_names[];

struct fdr_remark {
	enum fdr_remark_level level;
	char text[360];
};

struct fdr_prediction {
	struct fdr_predicted v[FDR_FAILURE_COUNT][FDR_MILESTONE_COUNT];
	struct fdr_remark remarks[16];
	size_t n_remarks;
};

/* A file that a stack wants: the option that names it, and its text (NULL: not given). */
#define FDR_PREDICT_FILES	4
struct fdr_predict_texts {
	const char *text[FDR_PREDICT_FILES];
};

struct fdr_predict_ops {
	struct fdr_kind kind;
	/* Options whose values are paths, separated by commas; the first is always needed. */
	const char *files[FDR_PREDICT_FILES];
	/* -EINVAL, -ENOENT: the text says what cannot be read, or is not there. */
	int (*predict)(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
		       struct fdr_prediction *ret, struct fdr_error *e);
};

const struct fdr_predict_ops *const *fdr_predict_kinds(size_t *ret_n);
const struct fdr_predict_ops *fdr_predict_kind(const char *name);

/* Runs the stack's function on @texts, which are in the order of ops->files. */
int fdr_predict(const struct fdr_predict_ops *ops, const struct fdr_opts *opts,
		const struct fdr_predict_texts *texts, struct fdr_prediction *ret,
		struct fdr_error *e);

/* Reads a file on a node of the plan (NULL: this host), to be freed. */
typedef int fdr_predict_read_fn(void *userdata, const char *node, const char *path, char **ret,
				struct fdr_error *e);
/* Reads the files that @opts name, and predicts. */
int fdr_predict_read(const struct fdr_opts *opts, fdr_predict_read_fn *read, void *userdata,
		     struct fdr_prediction *ret, struct fdr_error *e);
/* As @opts say, else by the fault (NULL: a command, of which nothing is known). */
enum fdr_failure fdr_predict_failure(const struct fdr_opts *opts, const char *fault);

/* The failure that a fault of the catalogue looks like; the most silent where in doubt. */
enum fdr_failure fdr_failure_of(const char *fault);

/* What is predicted for @failure, and the remarks. */
json_t *fdr_prediction_json(const struct fdr_prediction *p, enum fdr_failure failure);

/* For the stacks. */
void fdr_predict_range(struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		       int64_t lo_ns, int64_t hi_ns, const char *fmt, ...) FDR_PRINTF(6, 7);
void fdr_predict_never(struct fdr_prediction *p, enum fdr_failure f, enum fdr_milestone m,
		       const char *fmt, ...) FDR_PRINTF(4, 5);
void fdr_predict_remark(struct fdr_prediction *p, enum fdr_remark_level level, const char *fmt,
			...) FDR_PRINTF(3, 4);

/* "2 s", "500 ms", for a formula; by value. */
struct fdr_predict_time {
	char s[24];
};
struct fdr_predict_time fdr_predict_time(int64_t ns);

/* Options that every stack has, besides its own; @what is the first file. */
#define FDR_PREDICT_COMMON(what) \
	{ .name = "config", .type = FDR_OPT_STRING, .required = true, .summary = (what) }, \
	{ .name = "node", .type = FDR_OPT_STRING, \
	  .summary = "the node of the plan on which its files are; absent: this host" }, \
	{ .name = "failure", .type = FDR_OPT_CHOICE, .choices = FDR_FAILURE_WORDS, \
	  .summary = "how the fault looks to it; absent: by the fault" }, \
	{ .name = "milestones", .type = FDR_OPT_MAP, \
	  .summary = "its word for a milestone, and the plan's; absent: the same" }, \
	{ .name = "judge", .type = FDR_OPT_BOOL, .def = "no", \
	  .summary = "a trial outside the range fails, as by \"expect\"" }

#endif /* FDR_PREDICT_PREDICT_H */
