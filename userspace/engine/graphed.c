// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw.h"

#include <errno.h>

static json_t *relative(const json_t *data, int64_t onset_real_ns)
{
	json_t *j = json_copy((json_t *)data), *from = json_object_get(j, "from_real_ns");

	if (from) {
		json_object_set_new(j, "from_ns", json_integer(json_integer_value(from) - onset_real_ns));
		json_object_del(j, "from_real_ns");
	}
	return j;
}

int fdr_raw_graphs(const struct fdr_raw *raw, struct fdr_result_trial *t)
{
	if (!raw->n_events[FDR_RAW_GRAPH])
		return 0;
	t->graphs = json_array();
	for (size_t i = 0; i < raw->n_events[FDR_RAW_GRAPH]; i++)
		if (json_array_append_new(t->graphs, relative(raw->events[FDR_RAW_GRAPH][i].data,
							      t->onset_real_ns)) < 0)
			return -ENOMEM;
	return 0;
}
