/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CONTROLLER_COUNTDOWN_H
#define FDR_CONTROLLER_COUNTDOWN_H

#include "node.h"

/*
 * Shows on the terminal how long it is until injection @id of @fault starts,
 * @in_ns from now; Ctrl-C cancels it on the node.  The exit status: FDR_EXIT_PASS
 * once it has started, FDR_EXIT_ABORTED when it was cancelled, FDR_EXIT_FAIL
 * (reported) where neither could be seen.
 */
int fdr_countdown(struct fdr_node *n, const char *fault, json_int_t id, uint64_t in_ns);

#endif /* FDR_CONTROLLER_COUNTDOWN_H */
