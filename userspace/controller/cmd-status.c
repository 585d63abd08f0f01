// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "base/log.h"
#include "node.h"
#include "print.h"

static bool json;

static const struct fdr_option options[] = {
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL,
	  "an object: hello, status (null: not loaded) and injections" },
};

static void print_injections(const json_t *all)
{
	static const char *const heading[] = { "ID", "FAULT", "STATE", "LEFT", "PARAMETERS",
					       "COUNTERS", "REASON" };
	struct fdr_table t = { .columns = FDR_ARRAY_LEN(heading) };
	char buf[512];
	size_t i;
	json_t *j;

	for (i = 0; i < FDR_ARRAY_LEN(heading); i++)
		fdr_table_add(&t, heading[i]);
	json_array_foreach(all, i, j) {
		fdr_table_add(&t, fdr_text(j, "id", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(j, "fault", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(j, "state", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_time_text(j, "left_ns", buf, sizeof(buf)));
		fdr_table_add(&t, fdr_pairs_text(json_object_get(j, "params"), buf, sizeof(buf)));
		fdr_table_add(&t, fdr_pairs_text(json_object_get(j, "counters"), buf, sizeof(buf)));
		fdr_table_add(&t, fdr_text(j, "reason", buf, sizeof(buf)));
	}
	fdr_table_print(&t, stdout);
}

static void print_status(const struct fdr_node *n, const json_t *status, const json_t *injections)
{
	const json_t *beacon = json_object_get(status, "beacon");
	char buf[128];

	printf("%s: kernel %s, boot %s\n", fdr_node_fact(n, "hostname"), fdr_node_fact(n, "kernel"),
	       fdr_node_fact(n, "boot_id"));
	if (!status) {
		printf("module: not loaded\n");
		return;
	}
	printf("module: version %s%s\n", fdr_text(status, "version", buf, sizeof(buf)),
	       json_is_true(json_object_get(status, "locked_down")) ?
	       "; kernel lockdown forbids faults" : "");
	if (json_integer_value(json_object_get(status, "armed_ns")))
		printf("armed: for %s more\n", fdr_time_text(status, "armed_ns", buf, sizeof(buf)));
	else
		printf("armed: no\n");
	if (json_object_size(beacon)) {
		printf("beacon: to %s", fdr_text(beacon, "remote_ip", buf, sizeof(buf)));
		printf(" port %s", fdr_text(beacon, "remote_port", buf, sizeof(buf)));
		printf(" through %s\n", fdr_text(beacon, "ifname", buf, sizeof(buf)));
	}
	if (json_array_size(injections))
		print_injections(injections);
	else
		printf("injections: none\n");
}

static int run(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	json_t *status = NULL, *result = NULL, *injections, *all;
	struct fdr_error e = { "" };
	int r;

	(void)argc;
	(void)argv;
	r = fdr_node_open(&n);
	if (r)
		return r;
	r = fdr_node_call(&n, "status", NULL, &status, &e);
	/* Not loaded is an answer here. */
	if (r < 0 && r != -ENOENT)
		return fdr_fail(r, &e);
	if (status)
		r = fdr_node_call(&n, "injections", NULL, &result, &e);
	injections = json_object_get(result, "injections");
	if (r < 0 && r != -ENOENT) {
		r = fdr_fail(r, &e);
	} else if (json) {
		all = json_pack("{sO sO? sO?}", "hello", fdr_link_hello(n.link), "status", status,
				"injections", injections);
		r = fdr_print_json(all);
		json_decref(all);
	} else {
		print_status(&n, status, injections);
		r = FDR_EXIT_PASS;
	}
	json_decref(status);
	json_decref(result);
	return r;
}

const struct fdr_command fdr_cmd_status = {
	.name = "status",
	.args = "",
	.summary = "Show a node: its kernel, whether it is armed, and its injections.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.node = true,
	.run = run,
};
