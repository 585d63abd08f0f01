// SPDX-License-Identifier: GPL-2.0-or-later
/* Victims that their power drivers had to bring back. */
#include "findings.h"

#include <string.h>

#include "show.h"

void fdr_find_rescues(const struct fdr_result *r, struct fdr_findings *f)
{
	const struct fdr_result_victim *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->n_trials; i++) {
		bool rescued = false;

		for (size_t k = 0; k < r->trials[i].n_victims; k++) {
			const struct fdr_result_victim *v = &r->trials[i].victims[k];

			if (!*v->rescue)
				continue;
			rescued = true;
			first = first ? first : v;
		}
		n += rescued;
	}
	if (first)
		fdr_find(f, FDR_FINDING_WARN, "In %zu of %s a victim did not come back by itself "
			 "(%.63s, %s): what is told of its return is the rescue's.", n,
			 fdr_show_number_of(r->n_trials, "trial").s, first->node, first->rescue);
}
