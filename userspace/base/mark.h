/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_MARK_H
#define FDR_BASE_MARK_H

#include "clock.h"

/*
 * A mark: one line by which a script of a stack (keepalived's notify, an event handler of
 * Nagios) says that NAME is in STATE now, and when:
 *
 *   faultdrill-mark NAME STATE mono=NS real=NS boot=ID: text
 *
 * What comes after STATE may be absent, so that "logger faultdrill-mark lb1 MASTER" makes one.
 */
#define FDR_MARK_WORD	"faultdrill-mark"
#define FDR_MARK_BOOT	37

struct fdr_mark {
	char name[128], state[64];
	int64_t mono_ns;		/* of the writer's CLOCK_MONOTONIC; 0: not said */
	int64_t real_ns;
	char boot[FDR_MARK_BOOT];	/* whose clock that is: the writer's boot */
	const char *text;		/* borrowed from the line */
};

/* One word, letters, digits and "._/:@-", that a mark may have as name or state. */
bool fdr_mark_word_ok(const char *word, size_t max);
/* -EINVAL: @name or @state is no such word; -ENOSPC.  Without a newline. */
int fdr_mark_write(char *buf, size_t size, const struct fdr_mark *m);
/* Finds the mark in a line, which may have a header of syslog's before it. */
bool fdr_mark_read(const char *line, struct fdr_mark *ret);
/* The boot of this host; "" where it is not known. */
void fdr_mark_boot(char ret[FDR_MARK_BOOT]);

#endif /* FDR_BASE_MARK_H */
