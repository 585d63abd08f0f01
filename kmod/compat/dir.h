/* SPDX-License-Identifier: GPL-2.0-only */
/* What reads a directory says whether it wants more; until 6.0 it was an error. */
#ifndef FDR_COMPAT_DIR_H
#define FDR_COMPAT_DIR_H

#include <linux/fs.h>

#ifdef FDR_HAVE_FILLDIR_BOOL
#define fdr_filldir_ret		bool
#define FDR_FILLDIR_ON		true
#define FDR_FILLDIR_STOP	false
#else
#define fdr_filldir_ret		int
#define FDR_FILLDIR_ON		0
#define FDR_FILLDIR_STOP	(-ENOSPC)
#endif

#endif /* FDR_COMPAT_DIR_H */
