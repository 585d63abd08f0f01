/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings of the kernel that change what a fault means, and that it shows in a file only. */
#ifndef FDR_KNOB_H
#define FDR_KNOB_H

/* The number in a file below /proc.  Process context, sleeps.  0 or negative errno. */
int fdr_knob_read(const char *path, int *ret);

#endif /* FDR_KNOB_H */
