/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_MACRO_H
#define FDR_BASE_MACRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FDR_ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define FDR_PRINTF(f, a)	__attribute__((format(printf, f, a)))
#define FDR_CLEANUP(fn)		__attribute__((cleanup(fn)))

/* Takes the pointer out of a variable that would otherwise be freed. */
#define FDR_TAKE_PTR(p) \
	__extension__({ __typeof__(p) _taken = (p); (p) = NULL; _taken; })
#define FDR_TAKE_FD(p) \
	__extension__({ int _taken = (p); (p) = -1; _taken; })

/* Defines a cleanup function fn##p for pointers of type @type. */
#define FDR_DEFINE_CLEANUP(type, fn) \
	static inline void fn##p(type *p) { if (*p) fn(*p); } struct fdr_require_semicolon

static inline void fdr_freep(void *p) { free(*(void **)p); }
static inline void fdr_closep(int *fd) { if (*fd >= 0) close(*fd); }
FDR_DEFINE_CLEANUP(FILE *, fclose);
#define FDR_CLEANUP_FREE	FDR_CLEANUP(fdr_freep)
#define FDR_CLEANUP_CLOSE	FDR_CLEANUP(fdr_closep)
#define FDR_CLEANUP_FCLOSE	FDR_CLEANUP(fclosep)

#define FDR_NS_PER_MS	INT64_C(1000000)
#define FDR_NS_PER_S	INT64_C(1000000000)

#endif /* FDR_BASE_MACRO_H */
