/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_NODE_H
#define FDR_CONTROLLER_NODE_H

#include "command.h"
#include "sys/link.h"

/* The options of every command that acts on one node. */
extern const struct fdr_option fdr_node_options[];
extern const size_t fdr_node_n_options;

/* The node that --on names, through its agent; local and remote alike. */
struct fdr_node {
	sd_event *loop;
	struct fdr_opts transport;
	struct fdr_link *link;
};

/* FDR_EXIT_PASS, or the exit status with the error reported; then close it in either case. */
int fdr_node_open(struct fdr_node *n);
void fdr_node_close(struct fdr_node *n);
#define FDR_CLEANUP_NODE	FDR_CLEANUP(fdr_node_close)

/* fdr_link_call() with the deadline of --timeout. */
int fdr_node_call(struct fdr_node *n, const char *op, json_t *args, json_t **ret_result,
		  struct fdr_error *e);
/* The same, with the error reported and the exit status returned. */
int fdr_node_ask(struct fdr_node *n, const char *op, json_t *args, json_t **ret_result);
/* This machine's files are the node's. */
bool fdr_node_is_local(const struct fdr_node *n);
/* A fact of the agent's hello; "" where it is missing. */
const char *fdr_node_fact(const struct fdr_node *n, const char *name);

#endif /* FDR_CONTROLLER_NODE_H */
