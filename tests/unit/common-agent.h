/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_COMMON_AGENT_H
#define TEST_COMMON_AGENT_H

#include "sys/link.h"

/*
 * The other end of a link, as a process that speaks the real bytes over a
 * socket: well or badly, as its script says.
 */
typedef void (*agent_fn)(int fd);

/* A transport to a process that runs @fn; it ends with it. */
const struct fdr_transport_ops *agent_transport(agent_fn fn);
/* Waits for the process of the last transport; its status. */
int agent_wait(void);

/* For the script; all of them end the process where the socket fails. */
void agent_put(int fd, const void *data, size_t n);
void agent_put_text(int fd, const char *text);
void agent_put_frame(int fd, const char *json);
/* The next request's id and (where @op is not NULL) its op; ends at end of file. */
long long agent_get(int fd, char *op, size_t size);
/* Says nothing more until the other side closes. */
void agent_hang(int fd);
/* Preamble, and a good answer to hello. */
void agent_greet(int fd);

#endif /* TEST_COMMON_AGENT_H */
