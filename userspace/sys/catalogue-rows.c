// SPDX-License-Identifier: GPL-2.0-or-later
/* The registry's rows (kmod/catalogue.c, compiled as plain data) as a node would send them. */
#include <string.h>

#include <linux/faultdrill.h>

#include "../kmod/fault.h"
#include "catalogue.h"
#include "names.h"

static json_t *choices_json(const char *choices)
{
	json_t *a = json_array();

	while (a && *choices) {
		size_t n = strcspn(choices, "|");

		json_array_append_new(a, json_stringn(choices, n));
		choices += n + (choices[n] == '|');
	}
	return a;
}

static json_t *param_json(const struct fdr_param *p)
{
	bool bounded = p->min || p->max;

	return json_pack("{ss ss ss* so* so* ss* sb so* ss}", "name", p->name,
			 "type", fdr_name(FDR_NAMES_PARAM, p->type), "unit", p->unit,
			 "min", bounded ? json_integer((json_int_t)p->min) : NULL,
			 "max", bounded ? json_integer((json_int_t)p->max) : NULL,
			 "default", p->def, "required", p->required, "choices",
			 p->choices ? choices_json(p->choices) : NULL, "summary", p->summary);
}

static json_t *flags_json(unsigned int flags)
{
	json_t *a = json_array();

	for (unsigned int bit = 0; a && bit < 32; bit++)
		if (flags & (1U << bit))
			json_array_append_new(a, json_string(fdr_name(FDR_NAMES_FLAG, bit)));
	return a;
}

static json_t *fault_json(const struct fdr_fault *f)
{
	json_t *params = json_array();

	for (unsigned int i = 0; params && i < f->n_params; i++)
		json_array_append_new(params, param_json(&f->params[i]));
	return json_pack("{ss ss ss so ss ss* so}", "name", f->name, "family", f->family,
			 "summary", f->summary, "flags", flags_json(f->flags),
			 "risk", fdr_name(FDR_NAMES_RISK, f->risk), "excludes",
			 f->excludes, "params", params);
}

json_t *fdr_faults_rows_json(void)
{
	json_t *all = json_array();

	const struct fdr_fault *fault;

	for (unsigned int i = 0; all && (fault = fdr_catalogue_at(i)); i++) {
		if (!json_array_append_new(all, fault_json(fault)))
			continue;
		json_decref(all);
		return NULL;
	}
	return all;
}
