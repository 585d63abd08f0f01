/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_RESP_H
#define FDR_PROBE_RESP_H

#include <hiredis/hiredis.h>

#include "base/poller.h"
#include "sys/addr.h"

/* A connection that speaks the protocol of Redis (RESP2) and never blocks; hiredis parses. */
struct fdr_resp;

struct fdr_resp_ops {
	void (*up)(void *userdata);	/* it is connected */
	/* @reply is borrowed.  The connection may be closed in it. */
	void (*reply)(void *userdata, const redisReply *reply);
	/* Once: refused, ended, or no RESP; close it. */
	void (*down)(void *userdata, const char *why);
};

/* Negative errno: of our own making.  What the other end does comes by @ops, not from here. */
int fdr_resp_open(struct fdr_poller *poller, const struct fdr_addr *addr,
		  const struct fdr_resp_ops *ops, void *userdata, struct fdr_resp **ret);
/* Sends a command once it is up; what cannot be sent at once ends the connection, by down(). */
void fdr_resp_send(struct fdr_resp *c, int argc, const char *const argv[]);
/* Within reply(): when this end got what is handed over.  CLOCK_MONOTONIC. */
struct fdr_interval fdr_resp_when(const struct fdr_resp *c);
/* Also from within a callback. */
struct fdr_resp *fdr_resp_close(struct fdr_resp *c);

#endif /* FDR_PROBE_RESP_H */
