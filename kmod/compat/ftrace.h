/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Redirecting a function by ftrace, as kernels differ in it.
 *
 * From 5.11 on callbacks get a struct ftrace_regs, and where the architecture
 * passes arguments in it (HAVE_DYNAMIC_FTRACE_WITH_ARGS) the instruction
 * pointer can be set without the cost of saving all registers.  The accessor
 * for arguments came with 6.2; before, the partial pt_regs inside is read.
 */
#ifndef FDR_COMPAT_FTRACE_H
#define FDR_COMPAT_FTRACE_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>

#if defined(CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS) && defined(FDR_HAVE_FTRACE_REGS)
#define FDR_FTRACE_ARGS		1
#define FDR_FTRACE_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT)
#else
#define FDR_FTRACE_ARGS		0
#define FDR_FTRACE_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
				 FTRACE_OPS_FL_SAVE_REGS | FDR_FTRACE_UNGUARDED)
#endif

/* With struct ftrace_regs, the guard against recursion became what one asks for. */
#ifdef FDR_HAVE_FTRACE_REGS
#define FDR_FTRACE_UNGUARDED	0
#else
#define FDR_FTRACE_UNGUARDED	FTRACE_OPS_FL_RECURSION_SAFE
#endif

#if IS_ENABLED(CONFIG_DYNAMIC_FTRACE) && \
	(FDR_FTRACE_ARGS || IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_REGS))
#define FDR_FTRACE_USABLE	1
#else
#define FDR_FTRACE_USABLE	0
#endif

/* What a callback gets: struct fdr_ftrace_regs. */
#ifndef FDR_HAVE_FTRACE_REGS
#define fdr_ftrace_regs pt_regs
#else
#define fdr_ftrace_regs ftrace_regs
#endif

/* The function's first argument. */
static __always_inline unsigned long fdr_ftrace_arg0(struct fdr_ftrace_regs *fregs)
{
#ifndef FDR_HAVE_FTRACE_REGS
	return regs_get_kernel_argument(fregs, 0);
#elif !FDR_FTRACE_ARGS
	return regs_get_kernel_argument(ftrace_get_regs(fregs), 0);
#elif !defined(FDR_HAVE_FTRACE_REGS_ARG)
	return regs_get_kernel_argument(&fregs->regs, 0);
#else
	return ftrace_regs_get_argument(fregs, 0);
#endif
}

/* Go on at @ip, with the same arguments and return address. */
static __always_inline void fdr_ftrace_redirect(struct fdr_ftrace_regs *fregs, unsigned long ip)
{
#ifndef FDR_HAVE_FTRACE_REGS
	instruction_pointer_set(fregs, ip);
#elif !FDR_FTRACE_ARGS
	instruction_pointer_set(ftrace_get_regs(fregs), ip);
#elif !defined(FDR_HAVE_FTRACE_REGS_ARG)
	ftrace_instruction_pointer_set(fregs, ip);
#else
	ftrace_regs_set_instruction_pointer(fregs, ip);
#endif
}

#endif /* FDR_COMPAT_FTRACE_H */
