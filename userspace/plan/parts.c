// SPDX-License-Identifier: GPL-2.0-or-later
/* The sections that are mappings of a name to a kind: probes and workloads. */
#include "kinds.h"
#include "lists.h"
#include "sections.h"

#include <string.h>

static char *copy_name(struct fdr_bind *b, const char *what, const char *name,
		       struct fdr_place place)
{
	char *copy;

	fdr_bind_check_name(b, what, name, place);
	copy = strdup(name);
	if (!copy)
		b->errors->failed = true;
	return copy;
}

static void bind_probe(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		       yaml_node_t *value, void *userdata)
{
	struct fdr_plan *p = userdata;
	void *v = p->probes;
	struct fdr_plan_part *part = fdr_bind_grow(&v, &p->n_probes, sizeof(*part), b->errors);
	struct fdr_place at;
	size_t i;

	p->probes = v;
	if (!part)
		return;
	part->place = fdr_yaml_place(key_node);
	part->name = copy_name(b, "probe", key, part->place);
	fdr_bind_kind(b, "probe kind", b->vocabulary->probes, b->vocabulary->n_probes, value,
		      &part->opts, &i, &at);
	if (part->opts.kind)
		part->states = b->vocabulary->probe_states[i];
}

static void bind_workload(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			  yaml_node_t *value, void *userdata)
{
	struct fdr_plan *p = userdata;
	void *v = p->workloads;
	struct fdr_plan_part *part = fdr_bind_grow(&v, &p->n_workloads, sizeof(*part), b->errors);
	struct fdr_place at;
	size_t i;

	p->workloads = v;
	if (!part)
		return;
	part->place = fdr_yaml_place(key_node);
	part->name = copy_name(b, "workload", key, part->place);
	fdr_bind_kind(b, "workload kind", b->vocabulary->workloads, b->vocabulary->n_workloads,
		      value, &part->opts, &i, &at);
}

void fdr_bind_probes(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "probes", value, bind_probe, target);
}

void fdr_bind_workloads(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "workloads", value, bind_workload, target);
}
