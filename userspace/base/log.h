/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_LOG_H
#define FDR_BASE_LOG_H

#include "macro.h"

enum fdr_log_level { FDR_LOG_ERROR, FDR_LOG_WARNING, FDR_LOG_INFO, FDR_LOG_DEBUG };

/* To stderr, one line, "faultdrill: " before it.  Default level: INFO. */
void fdr_log(enum fdr_log_level level, const char *fmt, ...) FDR_PRINTF(2, 3);
void fdr_log_set(const char *ident, enum fdr_log_level max);

#define fdr_error_(...)		fdr_log(FDR_LOG_ERROR, __VA_ARGS__)
#define fdr_warn(...)		fdr_log(FDR_LOG_WARNING, __VA_ARGS__)
#define fdr_info(...)		fdr_log(FDR_LOG_INFO, __VA_ARGS__)
#define fdr_debug(...)		fdr_log(FDR_LOG_DEBUG, __VA_ARGS__)

#endif /* FDR_BASE_LOG_H */
