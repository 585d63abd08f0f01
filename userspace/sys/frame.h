/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_FRAME_H
#define FDR_SYS_FRAME_H

#include <jansson.h>

#include "base/error.h"

/* The framing of Documentation/agent-protocol.md, without any input or output. */
#define FDR_PREAMBLE_WORD	"FAULTDRILL-AGENT "
#define FDR_PREAMBLE		FDR_PREAMBLE_WORD "1\n"
#define FDR_NOISE_MAX		(64U << 10)	/* skipped before the preamble */
#define FDR_FRAME_MAX		(1U << 20)	/* bytes of JSON in a frame */

/* Bytes received and not yet understood.  All zero to begin with. */
struct fdr_frames {
	char *buf;
	size_t start, len, size;	/* what is in use: buf[start .. start + len) */
	bool want_preamble;		/* skip what comes before it */
};

int fdr_frames_feed(struct fdr_frames *f, const void *data, size_t n);
/*
 * 1: *ret_msg is the next message, a new reference.  0: more bytes are
 * needed.  -EPROTO: the peer broke the protocol; nothing more can be read.
 */
int fdr_frames_next(struct fdr_frames *f, json_t **ret_msg, struct fdr_error *e);
/* Printable start of what came instead of a preamble; "" where nothing did. */
const char *fdr_frames_noise(const struct fdr_frames *f, char *buf, size_t size);
void fdr_frames_clear(struct fdr_frames *f);

/* Length and JSON text; the caller frees.  -EMSGSIZE: over FDR_FRAME_MAX. */
int fdr_frame_encode(const json_t *msg, char **ret, size_t *ret_len);

#endif /* FDR_SYS_FRAME_H */
