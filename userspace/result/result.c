// SPDX-License-Identifier: GPL-2.0-or-later
#include "result.h"

#include <errno.h>
#include <string.h>

const char *const fdr_verdict_names[] = {
	[FDR_PASS] = "pass",
	[FDR_FAIL] = "fail",
	[FDR_INCONCLUSIVE] = "inconclusive",
	[FDR_ABORTED] = "aborted",
};

struct fdr_result *fdr_result_free(struct fdr_result *r)
{
	if (!r)
		return NULL;
	free(r->name);
	free(r->description);
	free(r->version);
	free(r->plan_path);
	free(r->plan_sha256);
	free(r->plan_text);
	free(r->usage_of);
	json_decref(r->nodes);
	json_decref(r->expected);
	json_decref(r->predictions);
	json_decref(r->canaries);
	for (size_t i = 0; r->trials && i < r->n_trials; i++) {
		free(r->trials[i].points);
		free(r->trials[i].victims);
		json_decref(r->trials[i].loss.ledgers);
		json_decref(r->trials[i].graphs);
	}
	free(r->trials);
	free(r->gates);
	free(r);
	return NULL;
}

int fdr_result_add_point(struct fdr_result_trial *t, const struct fdr_result_point *p)
{
	/* Grows at the powers of two. */
	if (!(t->n_points & (t->n_points - 1))) {
		size_t room = t->n_points ? t->n_points * 2 : 1;
		struct fdr_result_point *v = reallocarray(t->points, room, sizeof(*v));

		if (!v)
			return -ENOMEM;
		t->points = v;
	}
	t->points[t->n_points++] = *p;
	return 0;
}
