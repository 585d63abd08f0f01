/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_INSTANT_H
#define FDR_BASE_INSTANT_H

#include "macro.h"

/*
 * An instant as people write it -> ns of CLOCK_REALTIME: "@1764000000.5" (seconds
 * since the epoch), "2026-11-30T12:00:00Z", "2026-11-30T12:00:00.25+01:00".  A
 * time without its zone is refused (-EINVAL): on two machines it means two instants.
 */
int fdr_parse_instant(const char *text, int64_t *ret_ns);

#endif /* FDR_BASE_INSTANT_H */
