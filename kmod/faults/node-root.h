/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the node itself lives. */
#ifndef FDR_NODE_ROOT_H
#define FDR_NODE_ROOT_H

struct path;

/* The root of process 1, for path_put(); an empty path where there is none.  May sleep. */
void fdr_node_root(struct path *ret_root);

#endif /* FDR_NODE_ROOT_H */
