// SPDX-License-Identifier: GPL-2.0-or-later
/* The section usage: of which nodes processor time is measured, to weigh transactions by. */
#include "sections.h"

#include <string.h>

static void bind_node_name(struct fdr_bind *b, yaml_node_t *value, struct fdr_plan_name *ret)
{
	ret->place = fdr_yaml_place(value);
	ret->name = fdr_bind_text(b, "nodes", value);
}

static void bind_node_names(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	struct fdr_plan *p = target;
	size_t n;

	if (value->type != YAML_SEQUENCE_NODE) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "nodes: a list is wanted, not %s",
			       fdr_bind_shape(value));
		return;
	}
	n = (size_t)(value->data.sequence.items.top - value->data.sequence.items.start);
	if (!n) {
		fdr_plan_error(b->errors, fdr_yaml_place(value), "nodes: at least one is needed");
		return;
	}
	p->usage.nodes = calloc(n, sizeof(*p->usage.nodes));
	if (!p->usage.nodes) {
		b->errors->failed = true;
		return;
	}
	p->usage.n = n;
	for (size_t i = 0; i < n; i++)
		bind_node_name(b, fdr_bind_node(b, value->data.sequence.items.start[i]),
			       &p->usage.nodes[i]);
}

static json_t *names_schema(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s, s:i, s:{s:s}}", "type", "array", "minItems", 1, "items", "type",
			 "string");
}

static const struct fdr_row usage_rows[] = {
	{ .desc = { .name = "nodes", .required = true,
		    .summary = "those that serve: their processor time is measured" },
	  .into = FDR_INTO_CUSTOM, .bind = bind_node_names, .schema = names_schema },
	FDR_ROW_NUM("every", FDR_OPT_TIME, struct fdr_plan, usage.every_ns, .def = "1s",
		    .min = 100 * FDR_NS_PER_MS, .max = 3600 * FDR_NS_PER_S,
		    .summary = "how often they are asked"),
	{ .desc = { .name = "unit",
		    .summary = "of this systemd unit alone, in place of the whole node" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan, usage.unit),
	  .place_at = offsetof(struct fdr_plan, usage.unit_at) },
	{ .desc = { .name = "cgroup",
		    .summary = "of this control group alone: a path below /sys/fs/cgroup" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan, usage.cgroup),
	  .place_at = offsetof(struct fdr_plan, usage.cgroup_at) },
};

const struct fdr_table fdr_usage_table = {
	.what = "usage", .rows = usage_rows, .n = FDR_ARRAY_LEN(usage_rows),
	.place_at = offsetof(struct fdr_plan, usage.place),
};

static void check_node(const struct fdr_plan *p, struct fdr_bind *b, size_t i)
{
	const char **names FDR_CLEANUP_FREE = calloc(p->n_nodes + 1, sizeof(*names));
	const struct fdr_plan_name *x = &p->usage.nodes[i];

	if (!names || !x->name)
		return;
	for (size_t k = 0; k < i; k++) {
		if (p->usage.nodes[k].name && !strcmp(p->usage.nodes[k].name, x->name)) {
			fdr_plan_error(b->errors, x->place, "usage: %s is there twice", x->name);
			return;
		}
	}
	for (size_t k = 0; k < p->n_nodes; k++) {
		names[k] = p->nodes[k].name ? p->nodes[k].name : "";
		if (!strcmp(names[k], x->name))
			return;
	}
	fdr_bind_unknown(b, x->place, "node", x->name, names, p->n_nodes);
}

void fdr_plan_check_usage(const struct fdr_plan *p, struct fdr_bind *b)
{
	if (!p->usage.place.line)
		return;
	for (size_t i = 0; i < p->usage.n; i++)
		check_node(p, b, i);
	if (p->usage.unit && p->usage.cgroup)
		fdr_plan_error(b->errors, p->usage.cgroup_at,
			       "usage: give either \"unit\" or \"cgroup\"");
	if (p->usage.cgroup && (*p->usage.cgroup != '/' || strstr(p->usage.cgroup, "..")))
		fdr_plan_error(b->errors, p->usage.cgroup_at, "cgroup: \"%s\" is no path that begins "
			       "with '/', such as /system.slice/nginx.service", p->usage.cgroup);
	if (p->usage.unit && (!*p->usage.unit || strchr(p->usage.unit, '/')))
		fdr_plan_error(b->errors, p->usage.unit_at, "unit: \"%s\" is no unit's name, such as "
			       "nginx.service", p->usage.unit);
	if (!p->n_workloads)
		fdr_plan_error(b->errors, p->usage.place, "usage: there is no workload whose "
			       "transactions could be held against processor time");
}

json_t *fdr_usage_json(const struct fdr_plan *p)
{
	json_t *j, *nodes = json_array();

	for (size_t i = 0; i < p->usage.n; i++)
		json_array_append_new(nodes, json_string(p->usage.nodes[i].name));
	j = json_pack("{s:o, s:I}", "nodes", nodes, "every_ns", (json_int_t)p->usage.every_ns);
	if (p->usage.unit)
		json_object_set_new(j, "unit", json_string(p->usage.unit));
	if (p->usage.cgroup)
		json_object_set_new(j, "cgroup", json_string(p->usage.cgroup));
	return j;
}

void fdr_usage_clear(struct fdr_plan *p)
{
	for (size_t i = 0; i < p->usage.n; i++)
		free(p->usage.nodes[i].name);
	free(p->usage.nodes);
	free(p->usage.unit);
	free(p->usage.cgroup);
}
