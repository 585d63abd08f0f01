// SPDX-License-Identifier: GPL-2.0-only
/* Who did what, in the kernel log. */
#include <linux/cred.h>
#include <linux/netlink.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include "session.h"

static void write_line(enum fdr_via via, struct va_format *what)
{
	static const char * const names[] = { "netlink", "sysfs", "a module parameter" };

	pr_notice("%pV; by uid %u, pid %d (%*pE), through %s\n", what,
		  from_kuid(&init_user_ns, current_uid()), task_tgid_nr(current),
		  (int)strnlen(current->comm, sizeof(current->comm)), current->comm, names[via]);
}

void fdr_audit(enum fdr_via via, const char *fmt, ...)
{
	struct va_format what = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	what.va = &args;
	write_line(via, &what);
	va_end(args);
}

/* Anyone may be refused as often as they like, so the log must not be theirs to fill. */
void fdr_audit_refusal(enum fdr_via via, const char *command,
		       const struct netlink_ext_ack *extack)
{
	static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 50);

	if (__ratelimit(&limit))
		fdr_audit(via, "refused: %s: %s", command,
			  extack->_msg ? extack->_msg : "out of memory");
}
