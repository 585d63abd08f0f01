// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals with a formatted message.
 *
 * The kernel reads an extack's message after the handler has returned, and its
 * own formatted ones are absent before 6.2 and end after 80 characters, too
 * short for a list of allowed words.  So messages live in a ring: one is reused
 * only after FDR_MESSAGES further refusals.
 */
#include <linux/atomic.h>
#include <linux/netlink.h>
#include "fault.h"

#define FDR_MESSAGES	64
#define FDR_MESSAGE_LEN	256

static char messages[FDR_MESSAGES][FDR_MESSAGE_LEN];
static atomic_t next_message;

int fdr_refuse(struct netlink_ext_ack *extack, int err, const char *fmt, ...)
{
	unsigned int i = (unsigned int)atomic_inc_return(&next_message) % FDR_MESSAGES;
	va_list args;

	if (!extack)
		return err;
	va_start(args, fmt);
	vscnprintf(messages[i], FDR_MESSAGE_LEN, fmt, args);
	va_end(args);
	extack->_msg = messages[i];
	return err;
}
