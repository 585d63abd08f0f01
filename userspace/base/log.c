// SPDX-License-Identifier: GPL-2.0-or-later
#include "log.h"

#include <stdarg.h>

static const char *ident_ = "faultdrill";
static enum fdr_log_level max_ = FDR_LOG_INFO;

void fdr_log_set(const char *ident, enum fdr_log_level max)
{
	ident_ = ident;
	max_ = max;
}

void fdr_log(enum fdr_log_level level, const char *fmt, ...)
{
	static const char *const words[] = { "error: ", "warning: ", "", "" };
	char line[2048];
	va_list ap;

	if (level > max_)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	/* One write a line: several processes may share the terminal. */
	fprintf(stderr, "%s: %s%s\n", ident_, words[level], line);
}
