/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_TRANSPORT_H
#define FDR_SYS_TRANSPORT_H

#include "link.h"

/* One file a kind; the rows are in transport.c. */
extern const struct fdr_transport_ops fdr_transport_local;
extern const struct fdr_transport_ops fdr_transport_ssh;
extern const struct fdr_transport_ops fdr_transport_exec;
extern const struct fdr_transport_ops fdr_transport_unix;

/* For the kinds that start a child: its standard descriptors become the pipe. */
int fdr_transport_spawn(const char *const *argv, struct fdr_pipe *ret, struct fdr_error *e);

#endif /* FDR_SYS_TRANSPORT_H */
