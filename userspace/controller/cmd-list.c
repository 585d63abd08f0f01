// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "node.h"
#include "print.h"
#include "sys/catalogue.h"

static bool offline, json;

static const struct fdr_option options[] = {
	{ "offline", 0, FDR_OPTION_FLAG, &offline, NULL,
	  "what this program knows, without asking a node" },
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL, "the descriptions as a JSON array" },
};

static int get_live(struct fdr_faults **ret)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	struct fdr_error e = { "" };
	json_t *result = NULL;
	int r = fdr_node_open(&n);

	if (r)
		return r;
	r = fdr_node_call(&n, "catalogue", NULL, &result, &e);
	if (r == -ENOENT)
		fdr_info("\"faultdrill list --offline\" shows what this program knows");
	if (r >= 0)
		r = fdr_faults_from_json(json_object_get(result, "faults"), ret, &e);
	json_decref(result);
	return r < 0 ? fdr_fail(r, &e) : 0;
}

static void print_all(const struct fdr_faults *f)
{
	struct fdr_table t = { .columns = 5 };
	static const char *const heading[] = { "FAULT", "FAMILY", "RISK", "PROPERTIES", "SUMMARY" };
	char buf[256];
	size_t i;
	json_t *j;

	for (i = 0; i < FDR_ARRAY_LEN(heading); i++)
		fdr_table_add(&t, heading[i]);
	json_array_foreach(f->json, i, j) {
		const char *why = fdr_text(j, "unavailable", buf, sizeof(buf));
		char *unavailable FDR_CLEANUP_FREE = NULL;

		if (*why && asprintf(&unavailable, " (not here: %s)", why) < 0)
			unavailable = NULL;
		fdr_table_add(&t, fdr_text(j, "name", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(j, "family", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(j, "risk", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(j, "flags", buf, sizeof(buf)));
		fdr_table_addf(&t, "%s%s", fdr_text(j, "summary", buf, sizeof(buf)),
			       unavailable ? unavailable : "");
	}
	fdr_table_print(&t, stdout);
}

/* A bound in the parameter's unit: times as people write them. */
static const char *bound_text(const json_t *param, const char *name, char *buf, size_t size)
{
	const char *unit = json_string_value(json_object_get(param, "unit"));

	if (!json_integer_value(json_object_get(param, name)))
		return "0";
	return unit && !strcmp(unit, "ns") ? fdr_time_text(param, name, buf, size) :
					     fdr_text(param, name, buf, size);
}

static void add_range(struct fdr_table *t, const json_t *p)
{
	const char *unit = json_string_value(json_object_get(p, "unit"));
	char min[32], max[32];

	if (!json_object_get(p, "min") && !json_object_get(p, "max")) {
		fdr_table_add(t, unit ? unit : "");
		return;
	}
	fdr_table_addf(t, json_object_get(p, "max") ? "%s to %s%s%s" : "%s or more%.0s%s%s",
		       bound_text(p, "min", min, sizeof(min)),
		       bound_text(p, "max", max, sizeof(max)),
		       unit && strcmp(unit, "ns") ? " " : "",
		       unit && strcmp(unit, "ns") ? unit : "");
}

static void print_params(const json_t *params)
{
	static const char *const heading[] = {
		"  PARAMETER", "TYPE", "RANGE", "DEFAULT", "SUMMARY",
	};
	struct fdr_table t = { .columns = FDR_ARRAY_LEN(heading) };
	char buf[256], words[256];
	size_t i;
	json_t *p;

	for (i = 0; i < FDR_ARRAY_LEN(heading); i++)
		fdr_table_add(&t, heading[i]);
	json_array_foreach(params, i, p) {
		fdr_table_addf(&t, "  %s", fdr_text(p, "name", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(p, "type", buf, sizeof(buf)));
		add_range(&t, p);
		fdr_table_add(&t, json_is_true(json_object_get(p, "required")) ? "(required)" :
				  fdr_text(p, "default", buf, sizeof(buf)));
		fdr_text(p, "choices", words, sizeof(words));
		fdr_table_addf(&t, "%s%s%s", fdr_text(p, "summary", buf, sizeof(buf)),
			       *words ? ": " : "", words);
	}
	fdr_table_print(&t, stdout);
}

static void print_one(const json_t *j)
{
	const json_t *params = json_object_get(j, "params");
	char buf[256];

	printf("%s: ", fdr_text(j, "name", buf, sizeof(buf)));
	printf("%s\n", fdr_text(j, "summary", buf, sizeof(buf)));
	printf("  family %s", fdr_text(j, "family", buf, sizeof(buf)));
	printf(", risk %s", fdr_text(j, "risk", buf, sizeof(buf)));
	printf(", %s\n", fdr_text(j, "flags", buf, sizeof(buf)));
	if (*fdr_text(j, "excludes", buf, sizeof(buf)))
		printf("  one at a time, with every other fault that takes: %s\n", buf);
	if (*fdr_text(j, "unavailable", buf, sizeof(buf)))
		printf("  not available here: %s\n", buf);
	if (json_array_size(params))
		print_params(params);
	else
		printf("  no parameters\n");
}

static int run(int argc, char **argv)
{
	struct fdr_faults *f FDR_CLEANUP(fdr_faults_freep) = NULL;
	struct fdr_error e = { "" };
	json_t *one;
	int r;

	r = offline ? fdr_faults_offline(&f, &e) : get_live(&f);
	if (r)
		return r < 0 ? fdr_fail(r, &e) : r;
	if (!argc) {
		if (json)
			return fdr_print_json(f->json);
		print_all(f);
		return FDR_EXIT_PASS;
	}
	r = fdr_faults_find(f, argv[0], &e);
	if (r < 0)
		return fdr_fail(r, &e);
	one = json_array_get(f->json, (size_t)r);
	if (json)
		return fdr_print_json(one);
	print_one(one);
	return FDR_EXIT_PASS;
}

const struct fdr_command fdr_cmd_list = {
	.name = "list",
	.args = "[FAULT]",
	.summary = "Show the faults that a node offers, or one of them with its parameters.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.node = true,
	.max_args = 1,
	.run = run,
};
