/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_LINES_H
#define FDR_PROBE_LINES_H

#include "base/clock.h"
#include "base/error.h"
#include "base/poller.h"

/*
 * Lines of text with the instant at which each was written: from a followed
 * file ("file:PATH") or from a receiver of syslog datagrams ("udp:ADDR:PORT").
 */

/* Longer lines are cut here; the rest of the line is dropped. */
#define FDR_LINE_MAX	16384

/* @line has no newline and no NUL inside; @when holds the instant of writing. */
typedef void (*fdr_line_fn)(void *userdata, char *line, struct fdr_interval when);

/* Cuts a stream into lines. */
struct fdr_splitter {
	char buf[FDR_LINE_MAX + 1];
	size_t len;
};

void fdr_split(struct fdr_splitter *s, const char *data, size_t len, struct fdr_interval when,
	       fdr_line_fn cb, void *userdata);
/* Hands over what has no newline yet (the stream has ended). */
void fdr_split_end(struct fdr_splitter *s, struct fdr_interval when, fdr_line_fn cb,
		   void *userdata);
/* Forgets it instead. */
void fdr_split_reset(struct fdr_splitter *s);

struct fdr_lines;

/* One row a kind of source, in lines.c. */
struct fdr_lines_ops {
	const char *scheme;	/* "file" */
	int (*open)(struct fdr_poller *p, const char *where, fdr_line_fn cb, void *userdata,
		    void **ret_state, struct fdr_error *e);
	void (*drain)(void *state);
	void (*close)(void *state);
};
extern const struct fdr_lines_ops fdr_lines_file, fdr_lines_udp;

/*
 * -EINVAL: @spec is neither; -EACCES, -EADDRINUSE ...: cannot be opened.  A file
 * that does not exist yet is waited for.  Only lines written from now on are
 * handed over.
 */
int fdr_lines_open(struct fdr_poller *p, const char *spec, fdr_line_fn cb, void *userdata,
		   struct fdr_lines **ret, struct fdr_error *e);
/* Hands over what is there now, without waiting for the poller's turn. */
void fdr_lines_drain(struct fdr_lines *l);
struct fdr_lines *fdr_lines_close(struct fdr_lines *l);
FDR_DEFINE_CLEANUP(struct fdr_lines *, fdr_lines_close);

#endif /* FDR_PROBE_LINES_H */
