// SPDX-License-Identifier: GPL-2.0-or-later
/* The section graphs: what others recorded meanwhile, laid under each trial's timeline. */
#include "lists.h"
#include "sections.h"

#include <string.h>

static const struct fdr_row graph_rows[] = {
	{ .desc = { .name = "rrd", .required = true,
		    .summary = "a round-robin database on this host, as Ganglia, collectd, Cacti and "
			       "Munin keep them" },
	  .into = FDR_INTO_TEXT, .at = offsetof(struct fdr_plan_graph, rrd),
	  .place_at = offsetof(struct fdr_plan_graph, rrd_at) },
	FDR_ROW_TEXT("ds", struct fdr_plan_graph, ds,
		     .summary = "the data source in it; not needed where there is only one"),
	FDR_ROW_CHOICE("cf", struct fdr_plan_graph, cf, "AVERAGE|MIN|MAX|LAST", .def = "AVERAGE",
		       .summary = "the consolidation"),
	FDR_ROW_TEXT("unit", struct fdr_plan_graph, unit, .summary = "of its values, such as \"%\""),
	FDR_ROW_TEXT("rrdcached", struct fdr_plan_graph, daemon,
		     .summary = "address of the rrdcached that writes the file, such as "
				"unix:/run/rrdcached.sock"),
};

static const struct fdr_table graph_table = {
	.what = "a graph", .rows = graph_rows, .n = FDR_ARRAY_LEN(graph_rows),
};

static void bind_graph(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
		       yaml_node_t *value, void *userdata)
{
	struct fdr_plan *p = userdata;
	void *v = p->graphs;
	struct fdr_plan_graph *g = fdr_bind_grow(&v, &p->n_graphs, sizeof(*g), b->errors);

	p->graphs = v;
	if (!g)
		return;
	g->name = strdup(key);
	b->errors->failed |= !g->name;
	fdr_bind_check_name(b, "graph", key, fdr_yaml_place(key_node));
	fdr_bind_table(b, &graph_table, value, g);
	if (g->rrd && !*g->rrd)
		fdr_plan_error(b->errors, g->rrd_at, "rrd: the path is empty");
}

void fdr_bind_graphs(struct fdr_bind *b, yaml_node_t *value, void *target)
{
	fdr_bind_each(b, "graphs", value, bind_graph, target);
}

json_t *fdr_schema_graphs(const struct fdr_vocabulary *v)
{
	return fdr_schema_named(fdr_schema_table(&graph_table, v));
}

json_t *fdr_graphs_json(const struct fdr_plan *p)
{
	json_t *j = json_object();

	for (size_t i = 0; i < p->n_graphs; i++) {
		const struct fdr_plan_graph *g = &p->graphs[i];

		json_object_set_new(j, g->name,
				    json_pack("{s:s, s:s*, s:s, s:s*, s:s*}", "rrd", g->rrd, "ds", g->ds,
					      "cf", g->cf, "unit", g->unit, "rrdcached", g->daemon));
	}
	return j;
}

void fdr_graphs_clear(struct fdr_plan *p)
{
	for (size_t i = 0; i < p->n_graphs; i++) {
		free(p->graphs[i].name);
		free(p->graphs[i].rrd);
		free(p->graphs[i].ds);
		free(p->graphs[i].cf);
		free(p->graphs[i].unit);
		free(p->graphs[i].daemon);
	}
	free(p->graphs);
}
