/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_DRILL_H
#define FDR_CONTROLLER_DRILL_H

#include "result/result.h"
#include "vocabulary.h"

/* One run of a plan, its files in a folder of its own. */
struct fdr_drill {
	const char *dir;
	const char *const *sets;	/* those that @plan was read with, for who resumes it */
	size_t n_sets;
	FILE *progress;
	bool force;			/* overwrite the run that is there */
	bool yes;			/* do not ask before a node is killed */
};

/*
 * Carries the plan out, or goes on with the run that the folder holds, and writes the
 * reports.  0 with the result, also of a run that did not come to its end; or an exit
 * status after having said what is wrong.
 */
int fdr_drill_start(const struct fdr_drill *d, const struct fdr_plan *plan,
		    struct fdr_result **ret);
int fdr_drill_resume(const struct fdr_drill *d, const struct fdr_words *words,
		     struct fdr_result **ret);
/* Asks the nodes and fires nothing; an exit status. */
int fdr_drill_dry_run(const struct fdr_drill *d, const struct fdr_plan *plan);

/* Killing a node is asked about once, where there is somebody to ask. */
bool fdr_drill_agreed(const struct fdr_plan *plan);
int fdr_exit_status(enum fdr_verdict v);
/* DIR/FILE, to be freed; NULL: no memory. */
char *fdr_path_in(const char *dir, const char *file);

#endif /* FDR_CONTROLLER_DRILL_H */
