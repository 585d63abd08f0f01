// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdlib.h>

#include "node.h"

/* libkmod wants to be told where a file is; on another machine we do not know. */
static const char *absolute(const struct fdr_node *n, const char *path, char *buf)
{
	return fdr_node_is_local(n) && realpath(path, buf) ? buf : path;
}

static int run_load(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	json_t *args = NULL, *result = NULL;
	char path[PATH_MAX];
	int r;

	r = fdr_node_open(&n);
	if (r)
		return r;
	if (argc)
		args = json_pack("{ss}", "path", absolute(&n, argv[0], path));
	r = fdr_node_ask(&n, "module-load", args, &result);
	if (!r)
		printf("%s: the module is loaded%s\n", fdr_node_fact(&n, "hostname"),
		       json_is_true(json_object_get(result, "loaded_now")) ? "" :
		       " (it was before)");
	json_decref(result);
	return r;
}

static int run_unload(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	int r;

	(void)argc;
	(void)argv;
	r = fdr_node_open(&n);
	if (!r)
		r = fdr_node_ask(&n, "module-unload", NULL, NULL);
	if (!r)
		printf("%s: the module is not loaded\n", fdr_node_fact(&n, "hostname"));
	return r;
}

const struct fdr_command fdr_cmd_load = {
	.name = "load",
	.args = "[FILE]",
	.summary = "Load the module on a node: the installed one, or a .ko file there.",
	.details = "Loading does nothing to the node: injections need \"faultdrill arm\" as well.",
	.node = true,
	.max_args = 1,
	.run = run_load,
};

const struct fdr_command fdr_cmd_unload = {
	.name = "unload",
	.args = "",
	.summary = "Unload the module from a node; refused while an injection is in effect.",
	.node = true,
	.run = run_unload,
};
