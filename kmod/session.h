/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one layer under netlink, sysfs and the module parameters: who may do
 * what and when.  Everything here runs in process context and may sleep unless
 * said otherwise; each refusal sets a message in @extack.
 */
#ifndef FDR_SESSION_H
#define FDR_SESSION_H

#include "injection.h"

#define FDR_MAX_PARAMS	32

/* The interface by which a request came, for the audit line. */
enum fdr_via {
	FDR_VIA_NETLINK,
	FDR_VIA_SYSFS,
	FDR_VIA_PARAMETER,
};

struct fdr_request {
	const char *fault;
	const char *boot_id;		/* NULL: from this very node, not checked */
	u64 cookie;
	enum faultdrill_start start;
	s64 start_ns;
	u64 duration_ns;		/* 0 = not given */
	u64 lease_ns;			/* 0 = not given */
	bool dry_run;
	bool force;
	struct fdr_text_param params[FDR_MAX_PARAMS];
	unsigned int n_params;
};

/* The fault of that name, or NULL with a message. */
const struct fdr_fault *fdr_fault_find(const char *name, struct netlink_ext_ack *extack);
/* NULL, or why this machine cannot do it. */
const char *fdr_fault_unavailable(const struct fdr_fault *fault);

/* Allow injections for @ns, 1 s to 24 h, from now. */
int fdr_session_arm(u64 ns, enum fdr_via via, struct netlink_ext_ack *extack);
/* Forbid further ones and cancel those that have not started. */
void fdr_session_disarm(enum fdr_via via);
/* How long it is still armed; 0 = not armed.  Any context. */
u64 fdr_session_armed_ns(void);
/* Kernel lockdown forbids faults. */
bool fdr_session_locked_down(void);
int fdr_session_refuse_locked_down(struct netlink_ext_ack *extack);
/* How many are pending or active. */
unsigned int fdr_session_live(void);

/*
 * Check and accept a request.  *ret_inj is referenced, and sleeps until
 * fdr_session_go(): reply first, for a fatal fault leaves no time afterwards.
 * For a dry run all checks are made, and *ret_inj has id 0 and no thread.
 */
int fdr_session_inject(const struct fdr_request *req, enum fdr_via via,
		       struct fdr_injection **ret_inj, struct netlink_ext_ack *extack);
/* Let it run, and drop the reference. */
void fdr_session_go(struct fdr_injection *inj);
/* Instead of go: cancel it, as nobody will know of it, and drop the reference. */
void fdr_session_abandon(struct fdr_injection *inj);

int fdr_session_renew(u32 id, u64 lease_ns, enum fdr_via via, struct netlink_ext_ack *extack);
/* Revert injection @id, or all if 0, and wait until that is done. */
int fdr_session_clear(u32 id, enum fdr_via via, u32 *ret_cleared,
		      struct netlink_ext_ack *extack);

/* The injection of that id, referenced, or NULL with a message. */
struct fdr_injection *fdr_session_get(u32 id, struct netlink_ext_ack *extack);
/* The one with the least id above @id, referenced, or NULL.  For dumps. */
struct fdr_injection *fdr_session_next(u32 id);

/* One line to the kernel log: who, what, by which way.  Refusals are rate limited. */
__printf(2, 3)
void fdr_audit(enum fdr_via via, const char *fmt, ...);
void fdr_audit_refusal(enum fdr_via via, const char *command,
		       const struct netlink_ext_ack *extack);

/* times.c: 0, or -errno with a message. */
int fdr_check_times(const struct fdr_request *req, const struct fdr_fault *fault,
		    struct netlink_ext_ack *extack);
int fdr_check_lease(u64 lease_ns, struct netlink_ext_ack *extack);

/* What a reversible fault given no duration gets, and the most that may be asked for.  ns. */
u64 fdr_max_duration_ns(void);

/* Cancel those that have not started. */
void fdr_session_cancel_pending(void);

void fdr_session_init(void);
/* Accept injections; close refuses further ones, reverts everything and joins every thread. */
void fdr_session_open(void);
void fdr_session_close(void);
/* Forget every injection. */
void fdr_session_exit(void);

/* arm.c, for the session's own init and exit: no timer runs after it. */
void fdr_arm_init(void);
void fdr_arm_exit(void);

#endif /* FDR_SESSION_H */
