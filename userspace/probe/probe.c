// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe.h"

#include <errno.h>
#include <string.h>

#include "kinds.h"

static const struct fdr_probe_ops *const probe_kinds[] = {
	&fdr_probe_ceph,
	&fdr_probe_drbd,
	&fdr_probe_exec,
	&fdr_probe_ganglia,
	&fdr_probe_haproxy,
	&fdr_probe_http,
	&fdr_probe_log,
	&fdr_probe_mark,
	&fdr_probe_nagios,
	&fdr_probe_pacemaker,
	&fdr_probe_power,
	&fdr_probe_sentinel,
	&fdr_probe_tcp,
	&fdr_probe_vrrp,
};

struct fdr_probe {
	const struct fdr_probe_ops *ops;
	struct fdr_probe_env env;
	struct fdr_lateness lateness;
	void *state;
};

const struct fdr_probe_ops *const *fdr_probe_kinds(size_t *ret_n)
{
	*ret_n = FDR_ARRAY_LEN(probe_kinds);
	return probe_kinds;
}

const struct fdr_probe_ops *fdr_probe_kind(const char *name)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(probe_kinds); i++)
		if (!strcmp(probe_kinds[i]->kind.name, name))
			return probe_kinds[i];
	return NULL;
}

int fdr_probe_start(const struct fdr_probe_ops *ops, const struct fdr_probe_env *env,
		    const struct fdr_opts *opts, struct fdr_probe **ret, struct fdr_error *e)
{
	struct fdr_probe *p FDR_CLEANUP_FREE = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return fdr_err(e, -ENOMEM, "out of memory");
	p->ops = ops;
	p->env = *env;
	p->env.lateness = &p->lateness;
	r = ops->start(&p->env, opts, &p->state, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "probe %s", env->name);
	*ret = FDR_TAKE_PTR(p);
	return 0;
}

struct fdr_lateness *fdr_probe_lateness(struct fdr_probe *p)
{
	return &p->lateness;
}

struct fdr_probe *fdr_probe_stop(struct fdr_probe *p)
{
	if (!p)
		return NULL;
	p->ops->stop(p->state);
	free(p);
	return NULL;
}
