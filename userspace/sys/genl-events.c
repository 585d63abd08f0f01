// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sys/socket.h>

#include <linux/faultdrill.h>

#include "genl-internal.h"

/* Room for a burst while the reader is stopped. */
#define RECEIVE_BUFFER	(4 << 20)

struct fdr_genl_events {
	struct nl_sock *sk;
	int family;
	void (*cb)(void *userdata, const json_t *event);
	void *userdata;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *gh = nlmsg_data(nlmsg_hdr(msg));
	struct fdr_genl_events *ev = arg;
	struct nlattr *a;
	json_t *event = NULL;

	if (gh->cmd != FAULTDRILL_CMD_EVENT)
		return NL_OK;
	a = nla_find(genlmsg_attrdata(gh, 0), genlmsg_attrlen(gh, 0), FAULTDRILL_A_EVENT);
	if (a && fdr_attrs_to_json(&fdr_event_attrs, a, &event) >= 0)
		ev->cb(ev->userdata, event);
	json_decref(event);
	return NL_OK;
}

static int subscribe(struct fdr_genl_events *ev, struct fdr_error *e)
{
	int group, size = RECEIVE_BUFFER, r;

	r = fdr_genl_socket(&ev->sk, &ev->family, e);
	if (r < 0)
		return r;
	group = genl_ctrl_resolve_grp(ev->sk, FAULTDRILL_GENL_NAME, FAULTDRILL_GENL_MCGRP_EVENTS);
	if (group < 0)
		return fdr_genl_nle(group, "cannot find the module's group \"events\"", e);
	nl_socket_disable_seq_check(ev->sk);
	r = nl_socket_add_membership(ev->sk, group);
	if (r < 0)
		return fdr_genl_nle(r, "cannot listen to the module's events", e);
	/* Beyond rmem_max where we may; what it comes to is not essential. */
	setsockopt(nl_socket_get_fd(ev->sk), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	nl_socket_modify_cb(ev->sk, NL_CB_VALID, NL_CB_CUSTOM, on_event, ev);
	r = nl_socket_set_nonblocking(ev->sk);
	return r < 0 ? fdr_genl_nle(r, "cannot set up the netlink socket", e) : 0;
}

int fdr_genl_events_open(struct fdr_genl_events **ret, struct fdr_error *e)
{
	struct fdr_genl_events *ev FDR_CLEANUP(fdr_genl_events_closep) = calloc(1, sizeof(*ev));
	int r;

	if (!ev)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = subscribe(ev, e);
	if (r < 0)
		return r;
	*ret = FDR_TAKE_PTR(ev);
	return 0;
}

struct fdr_genl_events *fdr_genl_events_close(struct fdr_genl_events *ev)
{
	if (ev)
		nl_socket_free(ev->sk);
	free(ev);
	return NULL;
}

int fdr_genl_events_fd(const struct fdr_genl_events *ev)
{
	return nl_socket_get_fd(ev->sk);
}

bool fdr_genl_events_of(const struct fdr_genl_events *ev, const struct fdr_genl *g)
{
	return ev->family == g->family;
}

int fdr_genl_events_read(struct fdr_genl_events *ev,
			 void (*cb)(void *userdata, const json_t *event), void *userdata)
{
	ev->cb = cb;
	ev->userdata = userdata;
	for (;;) {
		int nle = nl_recvmsgs_default(ev->sk);

		if (nle == -NLE_AGAIN)
			return 0;
		/* libnl has this name for ENOBUFS. */
		if (nle == -NLE_NOMEM)
			return -ENOBUFS;
		if (nle < 0)
			return -EIO;
	}
}
