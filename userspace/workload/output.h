/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_WORKLOAD_OUTPUT_H
#define FDR_WORKLOAD_OUTPUT_H

#include "ledger.h"

/* What is kept of a command's output: its first line. */
struct fdr_output {
	int fd;				/* -1: at its end */
	char line[128];
	size_t n;
	bool whole;
};

/* Reads what is there. */
void fdr_output_take(struct fdr_output *o);

/* The kind exec: reads the records that "read_command" prints. */
int fdr_exec_read_back(struct fdr_ledger_reading *r, struct fdr_error *e);

#endif /* FDR_WORKLOAD_OUTPUT_H */
