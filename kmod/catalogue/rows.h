/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the files of rows, one a family: plain data, compiled into the module
 * and, as the off-line catalogue, into the userspace library.
 */
#ifndef FDR_CATALOGUE_ROWS_H
#define FDR_CATALOGUE_ROWS_H

#include "fault.h"

#ifdef __KERNEL__
#include "faults/faults.h"
#define FDR_OPS(ops)	(&(ops))
#else
#define FDR_OPS(ops)	NULL
#endif

#define FDR_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FDR_MS		1000000ULL
#define FDR_S		1000000000ULL
#define FDR_MIB		1048576ULL

#define PARAMS(p)	.params = (p), .n_params = FDR_LEN(p)

/* Each family's rows, and how many; listed in catalogue.c. */
#define FDR_FAMILY(name)					\
	extern const struct fdr_fault fdr_faults_##name[];	\
	extern const unsigned int fdr_faults_##name##_len

FDR_FAMILY(crash);
FDR_FAMILY(power);
FDR_FAMILY(lockup);
FDR_FAMILY(hang);
FDR_FAMILY(cpu);
FDR_FAMILY(memory);
FDR_FAMILY(disk);
FDR_FAMILY(disk_slow);
FDR_FAMILY(clock);
FDR_FAMILY(task);
FDR_FAMILY(composite);
FDR_FAMILY(net);

#endif /* FDR_CATALOGUE_ROWS_H */
