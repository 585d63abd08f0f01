/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_PSTORE_H
#define FDR_SYS_PSTORE_H

#include <jansson.h>

#define FDR_PSTORE_DIR	"/sys/fs/pstore"

/*
 * Onsets that a kernel told as it died, from the logs that pstore has kept of it: an
 * array of {cookie, boottime_ns}, the cookie as text.  Empty where pstore keeps
 * nothing, or is not mounted.  NULL: no memory.
 */
json_t *fdr_pstore_onsets(const char *dir);

#endif /* FDR_SYS_PSTORE_H */
