/* SPDX-License-Identifier: GPL-2.0-only */
/* A request as one line of text, for sysfs and the module parameter. */
#ifndef FDR_REQUEST_H
#define FDR_REQUEST_H

#include "session.h"

/*
 * "panic message=boo start=+5s duration=8s lease=10s": the fault's name, then
 * words key=value.  start (+TIME, or a time in ns on CLOCK_REALTIME as
 * "realtime:NS", or on CLOCK_BOOTTIME as "boottime:NS"), duration, lease,
 * boot_id, cookie, dry_run and force are the request's own; everything else is
 * the fault's.  A value with blanks stands in double quotes.  @line is cut up,
 * and *ret_req points into it.  0, or -EINVAL with a message.
 */
int fdr_request_parse(char *line, struct fdr_request *ret_req, struct netlink_ext_ack *extack);

/* Parse @line, inject and let it run. */
int fdr_request_submit(char *line, enum fdr_via via, struct netlink_ext_ack *extack);

#endif /* FDR_REQUEST_H */
