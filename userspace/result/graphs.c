// SPDX-License-Identifier: GPL-2.0-or-later
#include "graphs.h"

#include <math.h>

/* As for other instants of a result: sums do not overflow. */
#define NS_MAX		(INT64_MAX / 2)

static const char *check_values(const json_t *graph)
{
	const json_t *step = json_object_get(graph, "step_ns"), *from = json_object_get(graph, "from_ns");
	const json_t *values = json_object_get(graph, "values"), *v;
	int64_t step_ns = json_integer_value(step), from_ns = json_integer_value(from);
	size_t i;

	if (!json_is_string(json_object_get(graph, "unit")))
		return "each must have a \"unit\", a text";
	if (!json_is_array(values) || json_array_size(values) > FDR_GRAPH_VALUES_MAX)
		return "each must have \"values\", an array of at most 20000";
	if (!json_is_integer(step) || !json_is_integer(from) || step_ns < 1 ||
	    step_ns > NS_MAX / FDR_GRAPH_VALUES_MAX || from_ns < -NS_MAX || from_ns > NS_MAX)
		return "each must have \"step_ns\" and \"from_ns\", whole ns";
	json_array_foreach(values, i, v)
		if (!json_is_null(v) && !(json_is_number(v) && isfinite(json_number_value(v))))
			return "each of the \"values\" must be a number or null";
	return NULL;
}

const char *fdr_graphs_from_json(const json_t *j, json_t **ret)
{
	const json_t *graph;
	const char *wrong;
	size_t i;

	*ret = NULL;
	if (!j)
		return NULL;
	if (!json_is_array(j))
		return "must be an array";
	json_array_foreach(j, i, graph) {
		if (!json_is_string(json_object_get(graph, "name")))
			return "each must be an object with a \"name\"";
		if (json_is_string(json_object_get(graph, "why")))
			continue;
		wrong = check_values(graph);
		if (wrong)
			return wrong;
	}
	*ret = json_incref((json_t *)j);
	return NULL;
}
