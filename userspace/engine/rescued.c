// SPDX-License-Identifier: GPL-2.0-or-later
#include "raw.h"

#include <string.h>

void fdr_raw_rescues(const struct fdr_raw *raw, struct fdr_result_trial *t)
{
	for (size_t i = 0; i < raw->n_events[FDR_RAW_RESCUE]; i++) {
		const struct fdr_raw_event *x = &raw->events[FDR_RAW_RESCUE][i];

		for (size_t k = 0; t->victims && k < t->n_victims; k++)
			if (!strcmp(t->victims[k].node, x->node))
				snprintf(t->victims[k].rescue, sizeof(t->victims[k].rescue),
					 "%s by %.32s%s", strcmp(fdr_raw_text(x->data, "did"), "on") ?
					 "reset" : "turned on", fdr_raw_text(x->data, "driver"),
					 json_is_true(json_object_get(x->data, "ok")) ? "" :
					 " failed");
	}
}
