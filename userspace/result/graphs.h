/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_RESULT_GRAPHS_H
#define FDR_RESULT_GRAPHS_H

#include <jansson.h>

#include "base/macro.h"

/*
 * What others recorded while a trial went on: an array of {name, unit, step_ns, from_ns,
 * values}, where value i (null: none) is of (from + i steps, + one step] after the onset,
 * by the recorder's wall clock; or of {name, why}: it could not be had.
 */

/* More of one graph in one trial are not kept. */
#define FDR_GRAPH_VALUES_MAX	20000

/* @j NULL: there are none.  *ret is a reference, or NULL.  NULL, or what is wrong with it. */
const char *fdr_graphs_from_json(const json_t *j, json_t **ret);

#endif /* FDR_RESULT_GRAPHS_H */
