/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_STREAM_H
#define FDR_SYS_STREAM_H

#include <jansson.h>
#include <systemd/sd-event.h>

#include "base/error.h"

/*
 * Frames over a pair of descriptors in an event loop: both ends of the
 * protocol use it.  Nothing here blocks.
 */
struct fdr_stream;

struct fdr_stream_ops {
	/*
	 * @msg is borrowed.  @received_ns is read right after the bytes:
	 * CLOCK_BOOTTIME at the agent, CLOCK_MONOTONIC at the controller.
	 */
	void (*frame)(void *userdata, const json_t *msg, int64_t received_ns);
	/*
	 * Once, when no more can come: 0 for end of file, -EPROTO for a broken
	 * protocol, else the error of the read or write; @why is for a person.
	 */
	void (*end)(void *userdata, int err, const char *why);
};

/*
 * Takes both descriptors (which may be the same) and closes them in the end.
 * The agent's side writes the preamble, the controller's side wants it.
 */
int fdr_stream_new(sd_event *loop, int rfd, int wfd, bool agent,
		   const struct fdr_stream_ops *ops, void *userdata, struct fdr_stream **ret);
struct fdr_stream *fdr_stream_free(struct fdr_stream *s);
FDR_DEFINE_CLEANUP(struct fdr_stream *, fdr_stream_free);

/*
 * Sends or queues a message.  -EMSGSIZE: too large for a frame, nothing was
 * sent; -EPIPE: the stream has ended; -ENOBUFS: the peer does not read.
 */
int fdr_stream_send(struct fdr_stream *s, const json_t *msg);
/* True once all that was queued is with the kernel. */
bool fdr_stream_flushed(const struct fdr_stream *s);
/* True once the preamble has come; the agent's side needs none. */
bool fdr_stream_greeted(const struct fdr_stream *s);
/* What came instead of a preamble, printable. */
const char *fdr_stream_noise(const struct fdr_stream *s, char *buf, size_t size);

#endif /* FDR_SYS_STREAM_H */
