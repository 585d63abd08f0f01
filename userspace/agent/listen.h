/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_AGENT_LISTEN_H
#define FDR_AGENT_LISTEN_H

#include <systemd/sd-event.h>

#include "base/error.h"

/*
 * Serves all who connect to a UNIX socket (mode 0600), each in a session of
 * its own, until a signal ends it.  A socket that nobody serves is replaced;
 * -EADDRINUSE where somebody does.
 */
int fdr_listen(sd_event *loop, const char *path, struct fdr_error *e);

#endif /* FDR_AGENT_LISTEN_H */
