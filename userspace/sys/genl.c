// SPDX-License-Identifier: GPL-2.0-or-later
#include "genl.h"

#include <errno.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include <linux/faultdrill.h>

#include "genl-internal.h"

int fdr_genl_open(struct fdr_genl **ret, struct fdr_error *e)
{
	struct fdr_genl *g = calloc(1, sizeof(*g));
	int r;

	if (!g)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = fdr_genl_socket(&g->sk, &g->family, e);
	if (r < 0) {
		free(g);
		return r;
	}
	*ret = g;
	return 0;
}

struct fdr_genl *fdr_genl_close(struct fdr_genl *g)
{
	if (g)
		nl_socket_free(g->sk);
	free(g);
	return NULL;
}

static int oom(struct fdr_error *e)
{
	return fdr_err(e, -ENOMEM, "out of memory");
}

/* The only element of the answers; -ENODATA where there is not exactly one. */
static int only(json_t *all, json_t **ret, struct fdr_error *e)
{
	int r = 0;

	if (json_array_size(all) == 1)
		*ret = json_incref(json_array_get(all, 0));
	else
		r = fdr_err(e, -ENODATA, "the module gave %zu answers where one was expected",
			    json_array_size(all));
	json_decref(all);
	return r;
}

int fdr_genl_status(struct fdr_genl *g, json_t **ret, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_STATUS_GET, NLM_F_ACK);
	json_t *all;
	int r;

	if (!msg)
		return oom(e);
	r = fdr_genl_talk(g, msg, FAULTDRILL_A_STATUS, &fdr_status_attrs, &all, e);
	return r < 0 ? r : only(all, ret, e);
}

int fdr_genl_faults(struct fdr_genl *g, const char *name, json_t **ret, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_FAULT_GET,
					      name ? NLM_F_ACK : NLM_F_DUMP);
	struct nlattr *nest;

	if (!msg)
		return oom(e);
	if (name) {
		nest = nla_nest_start(msg, FAULTDRILL_A_FAULT);
		if (!nest || nla_put_string(msg, FAULTDRILL_FAULT_A_NAME, name) < 0) {
			nlmsg_free(msg);
			return fdr_err(e, -EMSGSIZE, "the fault's name is too long");
		}
		nla_nest_end(msg, nest);
	}
	return fdr_genl_talk(g, msg, FAULTDRILL_A_FAULT, &fdr_fault_attrs, ret, e);
}

int fdr_genl_arm(struct fdr_genl *g, uint64_t arm_ns, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_ARM, NLM_F_ACK);

	if (!msg || nla_put_u64(msg, FAULTDRILL_A_ARM_NS, arm_ns) < 0) {
		nlmsg_free(msg);
		return oom(e);
	}
	return fdr_genl_talk(g, msg, 0, NULL, NULL, e);
}

int fdr_genl_disarm(struct fdr_genl *g, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_DISARM, NLM_F_ACK);

	return msg ? fdr_genl_talk(g, msg, 0, NULL, NULL, e) : oom(e);
}

/* A request with one nest made of an object. */
static int nested_request(struct fdr_genl *g, int cmd, int attr, const struct fdr_attrs *t,
			  const json_t *object, struct nl_msg **ret, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, cmd, NLM_F_ACK);
	struct nlattr *nest = msg ? nla_nest_start(msg, attr) : NULL;
	int r;

	r = nest ? fdr_attrs_put(t, msg, object, e) : oom(e);
	if (r < 0) {
		nlmsg_free(msg);
		return r;
	}
	/* An empty nest says something, so it must not be dropped. */
	nla_nest_end_keep_empty(msg, nest);
	*ret = msg;
	return 0;
}

int fdr_genl_inject(struct fdr_genl *g, const json_t *injection, json_t **ret,
		    struct fdr_error *e)
{
	struct nl_msg *msg;
	json_t *all;
	int r;

	r = nested_request(g, FAULTDRILL_CMD_INJECT, FAULTDRILL_A_INJECTION, &fdr_injection_attrs,
			   injection, &msg, e);
	if (r >= 0)
		r = fdr_genl_talk(g, msg, FAULTDRILL_A_INJECTION, &fdr_injection_attrs, &all, e);
	return r < 0 ? r : only(all, ret, e);
}

int fdr_genl_renew(struct fdr_genl *g, uint32_t id, uint64_t lease_ns, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_RENEW, NLM_F_ACK);

	if (!msg || nla_put_u32(msg, FAULTDRILL_A_ID, id) < 0 ||
	    nla_put_u64(msg, FAULTDRILL_A_LEASE_NS, lease_ns) < 0) {
		nlmsg_free(msg);
		return oom(e);
	}
	return fdr_genl_talk(g, msg, 0, NULL, NULL, e);
}

static int on_cleared(struct nl_msg *msg, void *arg)
{
	struct genlmsghdr *gh = nlmsg_data(nlmsg_hdr(msg));
	struct nlattr *a = nla_find(genlmsg_attrdata(gh, 0), genlmsg_attrlen(gh, 0),
				    FAULTDRILL_A_CLEARED);

	if (a && nla_len(a) == 4)
		*(uint32_t *)arg = nla_get_u32(a);
	return NL_OK;
}

int fdr_genl_clear(struct fdr_genl *g, uint32_t id, uint32_t *ret_cleared, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_CLEAR, NLM_F_ACK);

	if (!msg || (id && nla_put_u32(msg, FAULTDRILL_A_ID, id) < 0)) {
		nlmsg_free(msg);
		return oom(e);
	}
	*ret_cleared = 0;
	return fdr_genl_talk_raw(g, msg, on_cleared, ret_cleared, e);
}

int fdr_genl_injections(struct fdr_genl *g, uint32_t id, json_t **ret, struct fdr_error *e)
{
	struct nl_msg *msg = fdr_genl_request(g, FAULTDRILL_CMD_INJECTION_GET,
					      id ? NLM_F_ACK : NLM_F_DUMP);

	if (!msg || (id && nla_put_u32(msg, FAULTDRILL_A_ID, id) < 0)) {
		nlmsg_free(msg);
		return oom(e);
	}
	return fdr_genl_talk(g, msg, FAULTDRILL_A_INJECTION, &fdr_injection_attrs, ret, e);
}

int fdr_genl_beacon(struct fdr_genl *g, const json_t *beacon, struct fdr_error *e)
{
	struct nl_msg *msg;
	int r;

	r = nested_request(g, FAULTDRILL_CMD_BEACON_SET, FAULTDRILL_A_BEACON, &fdr_beacon_attrs,
			   beacon, &msg, e);
	return r < 0 ? r : fdr_genl_talk(g, msg, 0, NULL, NULL, e);
}
