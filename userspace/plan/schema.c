// SPDX-License-Identifier: GPL-2.0-or-later
/* The JSON Schema of plans, made from the tables that read them. */
#include "kinds.h"
#include "sections.h"

#include <string.h>

#define TIME_PATTERN	"^([0-9]+(\\.[0-9]+)?(ns|us|ms|s|m|h)|.*\\$\\{.*)$"
#define WORDS_PATTERN	"\\$\\{|^[a-z0-9-]+([ \t]+[a-z0-9_-]+=[^ \t]*)+$"
#define NAME_PATTERN	"^[A-Za-z0-9_.-]{1,63}$"

static json_t *words_json(const char *choices)
{
	json_t *j = json_array();

	for (const char *p = choices; p; ) {
		const char *bar = strchr(p, '|');

		json_array_append_new(j, json_stringn(p, bar ? (size_t)(bar - p) : strlen(p)));
		p = bar ? bar + 1 : NULL;
	}
	return j;
}

/* A value as it may be written; variables make any of them a text. */
static json_t *value_schema(const struct fdr_opt_desc *d)
{
	json_t *j;

	switch (d->type) {
	case FDR_OPT_U64:
	case FDR_OPT_PPM:
		j = json_pack("{s:[ss]}", "type", "integer", "string");
		if (d->min || d->max)
			json_object_set_new(j, "minimum", json_integer((json_int_t)d->min));
		if (d->max)
			json_object_set_new(j, "maximum", json_integer((json_int_t)d->max));
		break;
	case FDR_OPT_BOOL:
		j = json_pack("{s:[sss]}", "type", "boolean", "string", "integer");
		break;
	case FDR_OPT_TIME:
		j = json_pack("{s:s, s:s}", "type", "string", "pattern", TIME_PATTERN);
		break;
	case FDR_OPT_CHOICE:
		j = json_pack("{s:o}", "enum", words_json(d->choices));
		break;
	case FDR_OPT_CHOICES:
	case FDR_OPT_CPULIST:
		j = json_pack("{s:[sss]}", "type", "string", "array", "integer");
		break;
	case FDR_OPT_TARGETS:
	case FDR_OPT_LIST:
		j = json_pack("{s:[ss], s:{s:s}, s:i}", "type", "string", "array", "items", "type",
			      "string", "minItems", 1);
		break;
	case FDR_OPT_MAP:
		j = json_pack("{s:s, s:{s:[sss]}}", "type", "object", "additionalProperties",
			      "type", "string", "number", "boolean");
		break;
	default:
		j = json_pack("{s:[sss]}", "type", "string", "number", "boolean");
		break;
	}
	if (d->summary)
		json_object_set_new(j, "description", json_string(d->summary));
	if (d->def)
		json_object_set_new(j, "default", json_string(d->def));
	return j;
}

static json_t *object_schema(void)
{
	return json_pack("{s:s, s:b, s:{}}", "type", "object", "additionalProperties", 0,
			 "properties");
}

static void require(json_t *schema, const char *name)
{
	json_t *list = json_object_get(schema, "required");

	if (!list) {
		list = json_array();
		json_object_set_new(schema, "required", list);
	}
	json_array_append_new(list, json_string(name));
}

json_t *fdr_schema_table(const struct fdr_table *t, const struct fdr_vocabulary *v)
{
	json_t *j = object_schema(), *properties = json_object_get(j, "properties");

	for (size_t i = 0; i < t->n; i++) {
		const struct fdr_row *row = &t->rows[i];
		json_t *s;

		if (row->into == FDR_INTO_TABLE)
			s = fdr_schema_table(row->table, v);
		else if (row->into == FDR_INTO_CUSTOM)
			s = row->schema(v);
		else
			s = value_schema(&row->desc);
		if (row->desc.summary)
			json_object_set_new(s, "description", json_string(row->desc.summary));
		json_object_set_new(properties, row->desc.name, s);
		if (row->desc.required)
			require(j, row->desc.name);
	}
	return j;
}

static json_t *kind_schema(const struct fdr_kind *kind)
{
	json_t *j = object_schema(), *properties = json_object_get(j, "properties");

	for (size_t i = 0; i < kind->n_opts; i++) {
		json_object_set_new(properties, kind->opts[i].name, value_schema(&kind->opts[i]));
		if (kind->opts[i].required)
			require(j, kind->opts[i].name);
	}
	if (kind->summary)
		json_object_set_new(j, "description", json_string(kind->summary));
	return j;
}

/* One of the kinds: {ssh: {...}}, its name alone, or the name and options in one text. */
static json_t *kinds_schema(const struct fdr_kind *const *kinds, size_t n)
{
	json_t *j = object_schema(), *properties = json_object_get(j, "properties");
	json_t *names = json_array();

	json_object_set_new(j, "minProperties", json_integer(1));
	json_object_set_new(j, "maxProperties", json_integer(1));
	for (size_t i = 0; i < n; i++) {
		json_object_set_new(properties, kinds[i]->name, kind_schema(kinds[i]));
		json_array_append_new(names, json_string(kinds[i]->name));
	}
	return json_pack("{s:[o,{s:o},{s:s,s:s}]}", "anyOf", j, "enum", names, "type", "string",
			 "pattern", WORDS_PATTERN);
}

json_t *fdr_schema_named(json_t *value)
{
	return json_pack("{s:s, s:b, s:{s:o}}", "type", "object", "additionalProperties", 0,
			 "patternProperties", NAME_PATTERN, value);
}

json_t *fdr_schema_vars(const struct fdr_vocabulary *v)
{
	(void)v;
	return fdr_schema_named(json_pack("{s:[sss]}", "type", "string", "number", "boolean"));
}

/* A transport, with what may stand beside it. */
json_t *fdr_schema_nodes(const struct fdr_vocabulary *v)
{
	json_t *j = kinds_schema(v->transports, v->n_transports);
	json_t *form = json_array_get(json_object_get(j, "anyOf"), 0);
	json_t *properties = json_object_get(form, "properties");

	json_object_set_new(form, "maxProperties", json_integer(4));
	if (v->n_powers)
		json_object_set_new(properties, "power", kinds_schema(v->powers, v->n_powers));
	json_object_set_new(properties, "roles", fdr_schema_words(v));
	json_object_set_new(properties, "subjects",
			    json_pack("{s:s, s:s, s:{s:s}}", "type", "object", "description",
				      "what probes call this node, where not by its name",
				      "additionalProperties", "type", "string"));
	return fdr_schema_named(j);
}

json_t *fdr_schema_groups(const struct fdr_vocabulary *v)
{
	return fdr_schema_named(fdr_schema_words(v));
}

json_t *fdr_schema_probes(const struct fdr_vocabulary *v)
{
	return fdr_schema_named(kinds_schema(v->probes, v->n_probes));
}

json_t *fdr_schema_workloads(const struct fdr_vocabulary *v)
{
	return fdr_schema_named(kinds_schema(v->workloads, v->n_workloads));
}

json_t *fdr_schema_predicts(const struct fdr_vocabulary *v)
{
	return fdr_schema_named(kinds_schema(v->predicts, v->n_predicts));
}

json_t *fdr_schema_fault(const struct fdr_vocabulary *v)
{
	const struct fdr_kind **kinds FDR_CLEANUP_FREE = fdr_fault_kinds(v);

	return kinds ? kinds_schema(kinds, v->n_faults) : NULL;
}

json_t *fdr_schema_stop(const struct fdr_vocabulary *v)
{
	return fdr_schema_table(&fdr_stop_table, v);
}

json_t *fdr_schema_gates(const struct fdr_vocabulary *v)
{
	return json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1, "items",
			 fdr_schema_table(&fdr_gate_table, v));
}

/* Conditions hold conditions: they are described once, and referred to. */
json_t *fdr_schema_cond(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s}", "$ref", "#/$defs/condition");
}

json_t *fdr_schema_words(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s, s:i, s:{s:[sss]}}", "type", "array", "minItems", 1, "items",
			 "type", "string", "number", "boolean");
}

json_t *fdr_schema_conds(const struct fdr_vocabulary *v)
{
	return json_pack("{s:s, s:i, s:o}", "type", "array", "minItems", 1, "items",
			 fdr_schema_cond(v));
}

json_t *fdr_schema_range(const struct fdr_vocabulary *v)
{
	(void)v;
	return json_pack("{s:s, s:i, s:i, s:{s:s, s:s}}", "type", "array", "minItems", 2,
			 "maxItems", 2, "items", "type", "string", "pattern", TIME_PATTERN);
}

json_t *fdr_plan_schema(const struct fdr_vocabulary *vocabulary)
{
	json_t *j = fdr_schema_table(&fdr_plan_table, vocabulary);

	json_object_set_new(j, "$defs", json_pack("{s:o}", "condition",
						  fdr_schema_table(&fdr_cond_table, vocabulary)));
	json_object_set_new(j, "$schema",
			    json_string("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(j, "title", json_string("faultdrill plan"));
	return j;
}
