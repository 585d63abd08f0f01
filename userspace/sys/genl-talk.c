// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <linux/faultdrill.h>

#include "genl-internal.h"

/* Dumps come in messages of up to 32 KB; a smaller buffer cuts them. */
#define BUF_SIZE	(128 << 10)
#define ANSWER_S	30

#ifndef SOL_NETLINK
#define SOL_NETLINK	270
#endif

struct talk {
	int err;		/* negative errno */
	bool done;
	char text[512];		/* the kernel's words */
};

int fdr_genl_not_loaded(struct fdr_error *e)
{
	if (!access("/sys/module/faultdrill", F_OK))
		return fdr_err(e, -ENOENT, "module loaded, but not reachable from here: use it from "
			       "the initial network namespace");
	return fdr_err(e, -ENOENT, "module not loaded: load it with \"faultdrill load\" or "
		       "\"modprobe faultdrill\"");
}

int fdr_genl_nle(int nle, const char *what, struct fdr_error *e)
{
	static const struct { int nle, err; } map[] = {
		{ NLE_NOMEM, -ENOMEM }, { NLE_AGAIN, -ETIMEDOUT },
		{ NLE_NOACCESS, -EACCES }, { NLE_INTR, -EINTR }, { NLE_OBJ_NOTFOUND, -ENOENT },
	};

	if (abs(nle) == NLE_PERM)
		return fdr_err(e, -EPERM, "%s: this needs root (CAP_SYS_ADMIN in the initial user "
			       "namespace)", what);
	for (size_t i = 0; i < FDR_ARRAY_LEN(map); i++)
		if (map[i].nle == abs(nle))
			return fdr_err(e, map[i].err, "%s: %s", what, nl_geterror(nle));
	return fdr_err(e, -EIO, "%s: %s", what, nl_geterror(nle));
}

/* The kernel's message is among the attributes behind the error. */
static void take_extack(struct talk *t, void *attrs, int len)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (len <= 0 || nla_parse(tb, NLMSGERR_ATTR_MAX, attrs, len, NULL) < 0)
		return;
	if (tb[NLMSGERR_ATTR_MSG])
		nla_strlcpy(t->text, tb[NLMSGERR_ATTR_MSG], sizeof(t->text));
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	/* libnl hands over the payload; the header with the flags is before it. */
	const struct nlmsghdr *h = (const void *)((const char *)err - NLMSG_HDRLEN);
	size_t used = sizeof(*err);
	struct talk *t = arg;

	(void)from;
	if (!(h->nlmsg_flags & NLM_F_CAPPED))
		used += err->msg.nlmsg_len - NLMSG_HDRLEN;
	if (h->nlmsg_flags & NLM_F_ACK_TLVS)
		take_extack(t, (char *)err + NLMSG_ALIGN(used),
			    (int)h->nlmsg_len - (int)NLMSG_HDRLEN - (int)NLMSG_ALIGN(used));
	t->err = err->error;
	t->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	struct talk *t = arg;

	(void)msg;
	t->done = true;
	return NL_STOP;
}

/* The end of a dump may be an error as well. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct talk *t = arg;
	int err;

	t->done = true;
	if (nlmsg_datalen(h) < (int)sizeof(err))
		return NL_STOP;
	memcpy(&err, nlmsg_data(h), sizeof(err));
	if (err < 0) {
		t->err = err;
		if (h->nlmsg_flags & NLM_F_ACK_TLVS)
			take_extack(t, (char *)nlmsg_data(h) + NLMSG_ALIGN(sizeof(err)),
				    nlmsg_datalen(h) - (int)NLMSG_ALIGN(sizeof(err)));
	}
	return NL_STOP;
}

static int receive(struct fdr_genl *g, struct talk *t, nl_recvmsg_msg_cb_t valid, void *arg,
		   struct fdr_error *e)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int nle = 0;

	if (!cb)
		return fdr_err(e, -ENOMEM, "out of memory");
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, t);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, t);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, t);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, valid, arg);
	while (!t->done && nle >= 0)
		nle = nl_recvmsgs(g->sk, cb);
	nl_cb_put(cb);
	/* What on_error() reports comes back as an error of libnl's as well. */
	if (nle < 0 && !t->done)
		return fdr_genl_nle(nle, "no answer from the module", e);
	return 0;
}

static int refusal(const struct talk *t, struct fdr_error *e)
{
	if (*t->text)
		return fdr_err(e, t->err, "%s", t->text);
	switch (t->err) {
	case -EPERM:
	case -EACCES:
		return fdr_err(e, t->err, "not permitted: this needs root (CAP_SYS_ADMIN in the "
			       "initial user namespace)");
	default:
		return fdr_err(e, t->err, "the module refused: %s", strerror(-t->err));
	}
}

int fdr_genl_talk_raw(struct fdr_genl *g, struct nl_msg *msg, nl_recvmsg_msg_cb_t valid,
		      void *arg, struct fdr_error *e)
{
	struct talk t = { 0 };
	int r;

	r = nl_send_auto(g->sk, msg);
	nlmsg_free(msg);
	r = r < 0 ? fdr_genl_nle(r, "cannot ask the module", e) : receive(g, &t, valid, arg, e);
	return r >= 0 && t.err < 0 ? refusal(&t, e) : r;
}

struct collect {
	int attr;
	const struct fdr_attrs *t;
	json_t *all;
	int err;
};

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *gh = nlmsg_data(nlmsg_hdr(msg));
	struct collect *c = arg;
	struct nlattr *a;
	json_t *one = NULL;
	int r = -EBADMSG;

	if (!c->t)
		return NL_OK;
	a = nla_find(genlmsg_attrdata(gh, 0), genlmsg_attrlen(gh, 0), c->attr);
	if (a)
		r = fdr_attrs_to_json(c->t, a, &one);
	if (r >= 0)
		r = json_array_append_new(c->all, one) < 0 ? -ENOMEM : 0;
	if (r < 0)
		c->err = r;
	return NL_OK;
}

int fdr_genl_talk(struct fdr_genl *g, struct nl_msg *msg, int attr, const struct fdr_attrs *t,
		  json_t **ret, struct fdr_error *e)
{
	struct collect c = { .attr = attr, .t = t, .all = json_array() };
	int r;

	r = fdr_genl_talk_raw(g, msg, on_valid, &c, e);
	if (r >= 0 && c.err == -EBADMSG)
		r = fdr_err(e, c.err, "the module's answer cannot be read: are it and this program "
			    "of the same release?");
	else if (r >= 0 && (c.err || !c.all))
		r = fdr_err(e, -ENOMEM, "out of memory");
	if (r >= 0 && t)
		*ret = FDR_TAKE_PTR(c.all);
	json_decref(c.all);
	return r;
}

struct nl_msg *fdr_genl_request(const struct fdr_genl *g, int cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc_size(16 << 10);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, g->family, 0, flags, (uint8_t)cmd,
				FAULTDRILL_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int tune(struct nl_sock *sk)
{
	struct timeval tv = { .tv_sec = ANSWER_S };
	int fd = nl_socket_get_fd(sk), one = 1;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)) < 0)
		return -errno;
	nl_socket_set_buffer_size(sk, 1 << 20, 0);
	nl_socket_set_msg_buf_size(sk, BUF_SIZE);
	return 0;
}

int fdr_genl_socket(struct nl_sock **ret, int *ret_family, struct fdr_error *e)
{
	struct nl_sock *sk = nl_socket_alloc();
	int r;

	if (!sk)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = genl_connect(sk);
	if (r < 0) {
		r = fdr_genl_nle(r, "cannot open a generic netlink socket", e);
		goto err_free;
	}
	r = tune(sk);
	if (r < 0) {
		fdr_err(e, r, "cannot set up the netlink socket: %s", strerror(-r));
		goto err_free;
	}
	r = genl_ctrl_resolve(sk, FAULTDRILL_GENL_NAME);
	if (r < 0) {
		r = r == -NLE_OBJ_NOTFOUND ? fdr_genl_not_loaded(e) :
		    fdr_genl_nle(r, "cannot look up the module's netlink family", e);
		goto err_free;
	}
	*ret_family = r;
	*ret = sk;
	return 0;

err_free:
	nl_socket_free(sk);
	return r;
}
