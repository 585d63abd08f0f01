/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_FILES_H
#define FDR_BASE_FILES_H

#include "error.h"

/*
 * Descriptors that somebody may come to need: better refused beforehand than run out of,
 * and blamed on what is watched.  Adds up what all ask for, and raises the soft limit.
 * -EMFILE: the hard limit is too low; @what says who needs them.
 */
int fdr_files_reserve(size_t n, const char *what, struct fdr_error *e);
void fdr_files_release(size_t n);

#endif /* FDR_BASE_FILES_H */
