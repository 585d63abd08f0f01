/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_GENL_INTERNAL_H
#define FDR_SYS_GENL_INTERNAL_H

#include <netlink/netlink.h>
#include <netlink/socket.h>

#include "attrs.h"
#include "genl.h"

struct fdr_genl {
	struct nl_sock *sk;
	int family;
};

/* A connected socket with buffers for whole dumps, and the family's id. */
int fdr_genl_socket(struct nl_sock **ret, int *ret_family, struct fdr_error *e);
/* libnl's error number -> negative errno with a text. */
int fdr_genl_nle(int nle, const char *what, struct fdr_error *e);
int fdr_genl_not_loaded(struct fdr_error *e);

/*
 * Sends @msg (which is freed) and collects the answers: each one's attribute
 * @attr, decoded by @t, goes into the new array *ret.  With @t NULL only the
 * acknowledgement is waited for, and *ret is untouched.
 */
int fdr_genl_talk(struct fdr_genl *g, struct nl_msg *msg, int attr, const struct fdr_attrs *t,
		  json_t **ret, struct fdr_error *e);
/* The same with a callback for each answer, as libnl calls it. */
int fdr_genl_talk_raw(struct fdr_genl *g, struct nl_msg *msg, nl_recvmsg_msg_cb_t valid,
		      void *arg, struct fdr_error *e);
/* A request with its header.  @flags: NLM_F_ACK or NLM_F_DUMP. */
struct nl_msg *fdr_genl_request(const struct fdr_genl *g, int cmd, int flags);

#endif /* FDR_SYS_GENL_INTERNAL_H */
