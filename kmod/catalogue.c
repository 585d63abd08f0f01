// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registry: the families of faults, in the order in which they are listed.
 *
 * Each family's rows are in a file of kmod/catalogue/.  All of it is compiled
 * twice: into the module, and into the userspace library as the off-line
 * catalogue from which help, completion, the manual's list and the plan
 * checker are made.  Hence plain data only.
 */
#include "catalogue/rows.h"

#define FAMILY(name)	{ fdr_faults_##name, &fdr_faults_##name##_len }

static const struct {
	const struct fdr_fault *faults;
	const unsigned int *n;
} families[] = {
	FAMILY(crash),
	FAMILY(power),
	FAMILY(lockup),
	FAMILY(hang),
	FAMILY(cpu),
	FAMILY(memory),
	FAMILY(disk),
	FAMILY(disk_slow),
	FAMILY(clock),
	FAMILY(task),
	FAMILY(composite),
	FAMILY(net),
};

const struct fdr_fault *fdr_catalogue_at(unsigned int i)
{
	unsigned int f;

	for (f = 0; f < FDR_LEN(families); f++) {
		if (i < *families[f].n)
			return &families[f].faults[i];
		i -= *families[f].n;
	}
	return NULL;
}
