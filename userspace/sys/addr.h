/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_ADDR_H
#define FDR_SYS_ADDR_H

#include <sys/socket.h>

#include "base/error.h"

/* Where something listens: "HOST:PORT", "[V6]:PORT", or the path of a socket ("/..."). */
struct fdr_addr {
	struct sockaddr_storage sa;
	socklen_t len;
};

/*
 * @type as for socket().  Names are looked up here, once; this may wait for a name
 * server.  Paths are taken where @type is SOCK_STREAM.
 */
int fdr_addr_parse(const char *text, int type, struct fdr_addr *ret, struct fdr_error *e);

/* A socket that does not block, connected or connecting.  *ret_done: connected already. */
int fdr_addr_connect(const struct fdr_addr *a, int *ret_fd, bool *ret_done);
/* The outcome of a connect that has ended: 0 or negative errno. */
int fdr_addr_connected(int fd);

#endif /* FDR_SYS_ADDR_H */
