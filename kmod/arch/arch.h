/* SPDX-License-Identifier: GPL-2.0-only */
/* What only a machine's own code can do; one file an architecture, none.c for the others. */
#ifndef FDR_ARCH_H
#define FDR_ARCH_H

/* NULL, or why this machine cannot send itself an NMI (a static string).  Any context. */
const char *fdr_arch_nmi_unavailable(void);

/*
 * Make ready to call @fn(@arg) in an NMI; one taker at a time.  Process context,
 * may sleep.  0; -EBUSY where it is taken already; or the kernel's error.
 */
int fdr_arch_nmi_take(void (*fn)(void *arg), void *arg);

/* Send this CPU the NMI, in which what was taken is called once.  Preemption is off. */
void fdr_arch_nmi_raise(void);

/* Undo fdr_arch_nmi_take().  Process context, may sleep. */
void fdr_arch_nmi_give_back(void);

/* NULL, or why there is no triple fault here (a static string).  Any context. */
const char *fdr_arch_triple_fault_unavailable(void);

/* An exception that nobody can handle, nor the exceptions that follow from it. */
void fdr_arch_triple_fault(void);

#endif /* FDR_ARCH_H */
