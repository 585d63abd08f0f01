// SPDX-License-Identifier: GPL-2.0-or-later
#include "workload.h"

#include <errno.h>
#include <string.h>

#include "kinds.h"

static const struct fdr_workload_ops *const workload_kinds[] = {
	&fdr_workload_exec,
	&fdr_workload_file,
	&fdr_workload_http,
	&fdr_workload_mysql,
	&fdr_workload_postgresql,
	&fdr_workload_redis,
	&fdr_workload_tcp,
};

struct fdr_workload {
	const struct fdr_workload_ops *ops;
	struct fdr_workload_env env;
	void *state;
};

const struct fdr_workload_ops *const *fdr_workload_kinds(size_t *ret_n)
{
	*ret_n = FDR_ARRAY_LEN(workload_kinds);
	return workload_kinds;
}

const struct fdr_workload_ops *fdr_workload_kind(const char *name)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(workload_kinds); i++)
		if (!strcmp(workload_kinds[i]->kind.name, name))
			return workload_kinds[i];
	return NULL;
}

int fdr_workload_start(const struct fdr_workload_ops *ops, const struct fdr_workload_env *env,
		       const struct fdr_opts *opts, struct fdr_workload **ret,
		       struct fdr_error *e)
{
	struct fdr_workload *w FDR_CLEANUP_FREE = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return fdr_err(e, -ENOMEM, "out of memory");
	w->ops = ops;
	w->env = *env;
	r = ops->start(&w->env, opts, &w->state, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "workload %s", env->name);
	*ret = FDR_TAKE_PTR(w);
	return 0;
}

void fdr_workload_drain(struct fdr_workload *w)
{
	w->ops->drain(w->state);
}

size_t fdr_workload_pending(const struct fdr_workload *w)
{
	return w->ops->pending(w->state);
}

struct fdr_workload *fdr_workload_stop(struct fdr_workload *w)
{
	if (!w)
		return NULL;
	w->ops->stop(w->state);
	free(w);
	return NULL;
}
