// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <string.h>

#include <linux/faultdrill.h>

bool fdr_step_fatal(const struct fdr_plan_step *s)
{
	return s->fault_flags & FAULTDRILL_F_FATAL;
}

struct fdr_run_injection *fdr_run_by_cookie(struct fdr_run *run, uint64_t cookie)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node && run->injections[i].cookie == cookie)
			return &run->injections[i];
	return NULL;
}

bool fdr_run_breaking(const struct fdr_run *run, const struct fdr_run_node *node)
{
	for (size_t i = 0; i < run->n_injections; i++)
		if (run->injections[i].node == node && run->injections[i].active)
			return true;
	return false;
}

bool fdr_run_dying(const struct fdr_run *run, const struct fdr_run_node *node)
{
	for (size_t i = 0; i < run->n_injections; i++) {
		const struct fdr_run_injection *in = &run->injections[i];

		if (in->node == node && in->active && fdr_step_fatal(in->step))
			return true;
	}
	return false;
}

/* A run that is resumed, or a fault that was called back, does not wait for it again. */
int64_t fdr_run_start_real(const struct fdr_run *run)
{
	return run->trial == 1 && run->attempt <= 1 && !run->resumed ?
	       run->plan->inject.start_real_ns : 0;
}

const char *fdr_run_describe(const struct fdr_run *run, char *buf, size_t size)
{
	size_t n = 0;

	*buf = '\0';
	for (size_t i = 0; i < run->n_injections && n < size; i++) {
		const struct fdr_run_injection *in = &run->injections[i];

		if (i && in->node && in->step == run->injections[i - 1].step)
			n += (size_t)snprintf(buf + n, size - n, " and %s", in->node->plan->name);
		else if (in->node)
			n += (size_t)snprintf(buf + n, size - n, "%s%s on %s", n ? ", " : "",
					      in->step->fault.kind->name, in->node->plan->name);
		else
			n += (size_t)snprintf(buf + n, size - n, "%sa command", n ? ", " : "");
	}
	return buf;
}
