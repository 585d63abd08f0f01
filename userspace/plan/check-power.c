// SPDX-License-Identifier: GPL-2.0-or-later
/* What a plan may do with the power of its nodes. */
#include "sections.h"
#include "target.h"

#include <string.h>

#define ERROR(b, place, ...)	fdr_plan_error((b)->errors, (place), __VA_ARGS__)

static void check_rescue(const struct fdr_plan *p, struct fdr_bind *b)
{
	struct fdr_place at = p->trials.rescue_at;

	if (!p->trials.rescue_ns)
		return;
	if (!p->safety.allow_power)
		ERROR(b, at, "rescue resets nodes by their power drivers: say that it is meant "
		      "with \"allow_power: true\" under safety");
	if (p->trials.rescue_ns >= p->trials.recover_ns)
		ERROR(b, at, "rescue is no shorter than trials.recover: the trial would have failed "
		      "before");
	for (size_t i = 0; i < p->n_nodes; i++)
		if (p->nodes[i].name && !p->nodes[i].power.kind && fdr_plan_may_hit(p, i))
			ERROR(b, at, "rescue: %s may break and has no power driver (\"power\" beside "
			      "its transport)", p->nodes[i].name);
}

/* A probe of a node's power asks that node's driver. */
static void check_probe(const struct fdr_plan *p, const struct fdr_plan_part *part,
			struct fdr_bind *b)
{
	const char *name = fdr_opts_str(&part->opts, "node");
	const char **names FDR_CLEANUP_FREE = calloc(p->n_nodes + 1, sizeof(*names));
	struct fdr_place at = part->place;

	if (!name || !names)
		return;
	for (size_t i = 0; i < part->opts.n; i++)
		if (!strcmp(part->opts.v[i].desc->name, "node"))
			at = part->opts.v[i].place;
	for (size_t i = 0; i < p->n_nodes; i++) {
		names[i] = p->nodes[i].name ? p->nodes[i].name : "";
		if (strcmp(names[i], name))
			continue;
		if (!p->nodes[i].power.kind)
			ERROR(b, at, "%s has no power driver that the probe could ask (\"power\" "
			      "beside its transport)", name);
		return;
	}
	fdr_bind_unknown(b, at, "node", name, names, p->n_nodes);
}

void fdr_plan_check_power(const struct fdr_plan *p, struct fdr_bind *b)
{
	check_rescue(p, b);
	for (size_t i = 0; i < p->n_probes; i++)
		if (p->probes[i].opts.kind && !strcmp(p->probes[i].opts.kind->name, "power"))
			check_probe(p, &p->probes[i], b);
}
