/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FDR_LOAD_H
#define FDR_LOAD_H

/* Arm and inject as the module parameters say.  Process context, last thing of init. */
int fdr_load_act(void);

#endif /* FDR_LOAD_H */
