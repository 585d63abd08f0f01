// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the nodes' kernels said during a trial, kept with its events.  Evidence
 * is gathered, never needed: a node that cannot tell costs a note, no trial.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

/* A node that has just come back may be slow; a dead one must not keep the run. */
#define LOG_NS	(5 * FDR_NS_PER_S)

static json_t *ask(struct fdr_run_node *node, json_t *args, struct fdr_error *e)
{
	json_t *result = NULL;

	if (!node->link || !fdr_link_alive(node->link)) {
		json_decref(args);
		fdr_err(e, -ENOTCONN, "the node is not connected");
		return NULL;
	}
	if (fdr_link_call(node->link, "log", args, fdr_now_ns() + LOG_NS, &result, e) < 0)
		return NULL;
	return result;
}

void fdr_run_evidence_begin(struct fdr_run *run)
{
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];
		struct fdr_error e = { "" };
		json_t *result = ask(node, NULL, &e);

		node->log_next = json_integer_value(json_object_get(result, "next"));
		memcpy(node->log_boot_id, node->boot_id, sizeof(node->log_boot_id));
		json_decref(result);
	}
}

void fdr_run_evidence_end(struct fdr_run *run)
{
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];
		bool restarted = strcmp(node->log_boot_id, node->boot_id) != 0;
		struct fdr_error e = { "" };
		json_t *result;

		/* What a kernel that died had said last is not in its successor's log. */
		result = ask(node, json_pack("{s:I}", "from", restarted ? (json_int_t)0 :
					     (json_int_t)node->log_next), &e);
		if (!result)
			result = json_pack("{s:s}", "error", e.text);
		json_object_set_new(result, "boot_id", json_string(node->boot_id));
		json_object_set_new(result, "restarted", json_boolean(restarted));
		fdr_run_event(run, "kernel-log", node->plan->name, fdr_now_ns(), result);
	}
}
