// SPDX-License-Identifier: GPL-2.0-only
/* Machines of whose special ways of crashing nothing is known here. */
#include <linux/errno.h>

#include "arch.h"

const char *fdr_arch_nmi_unavailable(void)
{
	return "an NMI can be sent on x86 only";
}

int fdr_arch_nmi_take(void (*fn)(void *arg), void *arg)
{
	return -EOPNOTSUPP;
}

void fdr_arch_nmi_raise(void)
{
}

void fdr_arch_nmi_give_back(void)
{
}

const char *fdr_arch_triple_fault_unavailable(void)
{
	return "only x86 knows the triple fault";
}

void fdr_arch_triple_fault(void)
{
}
