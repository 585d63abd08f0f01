// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family: the gate that every request passes, and one
 * handler a command.
 *
 * small_ops and family-wide policies, so that one form serves 5.10 to 7.x.
 * GENL_ADMIN_PERM is not used: it refuses without a word, and asks for another
 * capability.  The gate asks for CAP_SYS_ADMIN in the initial user namespace,
 * which is stricter, and says what it wants.
 */
#include <linux/sizes.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include "beacon.h"
#include "family.h"
#include "session.h"

#define REPLY_SIZE	SZ_16K

static const struct nla_policy beacon_policy[FAULTDRILL_BEACON_A_MAX + 1] = {
	[FAULTDRILL_BEACON_A_IFNAME] = { .type = NLA_NUL_STRING, .len = IFNAMSIZ - 1 },
	[FAULTDRILL_BEACON_A_LOCAL_IP] = { .type = NLA_BINARY, .len = 16 },
	[FAULTDRILL_BEACON_A_REMOTE_IP] = { .type = NLA_BINARY, .len = 16 },
	[FAULTDRILL_BEACON_A_LOCAL_PORT] = { .type = NLA_U16 },
	[FAULTDRILL_BEACON_A_REMOTE_PORT] = { .type = NLA_U16 },
	[FAULTDRILL_BEACON_A_REMOTE_MAC] = { .type = NLA_BINARY, .len = ETH_ALEN },
	[FAULTDRILL_BEACON_A_COOKIE] = { .type = NLA_U64 },
};

static const struct nla_policy fault_policy[FAULTDRILL_FAULT_A_MAX + 1] = {
	[FAULTDRILL_FAULT_A_NAME] = { .type = NLA_NUL_STRING, .len = FAULTDRILL_NAME_MAX },
};

static const struct nla_policy top_policy[FAULTDRILL_A_MAX + 1] = {
	[FAULTDRILL_A_FAULT] = NLA_POLICY_NESTED(fault_policy),
	[FAULTDRILL_A_INJECTION] = NLA_POLICY_NESTED(fdr_injection_policy),
	[FAULTDRILL_A_BEACON] = NLA_POLICY_NESTED(beacon_policy),
	[FAULTDRILL_A_ID] = { .type = NLA_U32 },
	[FAULTDRILL_A_ARM_NS] = { .type = NLA_U64 },
	[FAULTDRILL_A_LEASE_NS] = { .type = NLA_U64 },
};

/* A reply under construction. */
struct reply {
	struct sk_buff *skb;
	void *header;
};

static int reply_new(struct genl_info *info, struct reply *ret)
{
	ret->skb = genlmsg_new(REPLY_SIZE, GFP_KERNEL);
	if (!ret->skb)
		return -ENOMEM;
	ret->header = genlmsg_put_reply(ret->skb, info, &fdr_family, 0, info->genlhdr->cmd);
	return 0;
}

static int reply_send(struct genl_info *info, struct reply *reply)
{
	genlmsg_end(reply->skb, reply->header);
	return genlmsg_reply(reply->skb, info);
}

static int cmd_status_get(struct genl_info *info)
{
	struct reply reply;
	int err = reply_new(info, &reply);

	if (err)
		return err;
	err = fdr_put_status(reply.skb);
	if (err) {
		nlmsg_free(reply.skb);
		return err;
	}
	return reply_send(info, &reply);
}

static int cmd_fault_get(struct genl_info *info)
{
	struct nlattr *tb[FAULTDRILL_FAULT_A_MAX + 1];
	const struct fdr_fault *fault;
	struct reply reply;
	int err;

	err = nla_parse_nested(tb, FAULTDRILL_FAULT_A_MAX, info->attrs[FAULTDRILL_A_FAULT],
			       fault_policy, info->extack);
	if (err)
		return err;
	if (!tb[FAULTDRILL_FAULT_A_NAME])
		return fdr_refuse(info->extack, -EINVAL,
				  "the fault's name (FAULT_A_NAME) is missing; to get all, ask for a dump");
	fault = fdr_fault_find(nla_data(tb[FAULTDRILL_FAULT_A_NAME]), info->extack);
	if (!fault) {
		NL_SET_BAD_ATTR(info->extack, tb[FAULTDRILL_FAULT_A_NAME]);
		return -ENOENT;
	}
	err = reply_new(info, &reply);
	if (err)
		return err;
	err = fdr_put_fault(reply.skb, fault);
	if (err) {
		nlmsg_free(reply.skb);
		return err;
	}
	return reply_send(info, &reply);
}

static int cmd_arm(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[FAULTDRILL_A_ARM_NS];
	int err = fdr_session_arm(nla_get_u64(attr), FDR_VIA_NETLINK, info->extack);

	if (err == -ERANGE)
		NL_SET_BAD_ATTR(info->extack, attr);
	return err;
}

static int cmd_disarm(struct genl_info *info)
{
	fdr_session_disarm(FDR_VIA_NETLINK);
	return 0;
}

static int cmd_inject(struct genl_info *info)
{
	struct fdr_request req = { };
	struct fdr_injection *inj;
	struct reply reply;
	int err;

	err = fdr_netlink_read_request(info->attrs[FAULTDRILL_A_INJECTION], &req, info->extack);
	if (err)
		return err;
	err = reply_new(info, &reply);
	if (err)
		return err;
	err = fdr_session_inject(&req, FDR_VIA_NETLINK, &inj, info->extack);
	if (err) {
		if (!info->extack->bad_attr)
			NL_SET_BAD_ATTR(info->extack, info->attrs[FAULTDRILL_A_INJECTION]);
		goto err_free_reply;
	}
	err = fdr_put_injection(reply.skb, inj);
	if (err)
		goto err_abandon;
	/* The answer first: a fatal fault leaves no time for it afterwards. */
	err = reply_send(info, &reply);
	reply.skb = NULL;
	if (err)
		goto err_abandon;
	fdr_session_go(inj);
	return 0;

err_abandon:
	fdr_session_abandon(inj);
err_free_reply:
	nlmsg_free(reply.skb);
	return err;
}

static int cmd_renew(struct genl_info *info)
{
	return fdr_session_renew(nla_get_u32(info->attrs[FAULTDRILL_A_ID]),
				 nla_get_u64(info->attrs[FAULTDRILL_A_LEASE_NS]),
				 FDR_VIA_NETLINK, info->extack);
}

static int cmd_clear(struct genl_info *info)
{
	struct nlattr *attr = info->attrs[FAULTDRILL_A_ID];
	struct reply reply;
	u32 cleared;
	int err;

	if (attr && !nla_get_u32(attr)) {
		NL_SET_BAD_ATTR(info->extack, attr);
		return fdr_refuse(info->extack, -EINVAL,
				  "0 is no injection's id; leave the id out to clear all");
	}
	err = reply_new(info, &reply);
	if (err)
		return err;
	err = fdr_session_clear(attr ? nla_get_u32(attr) : 0, FDR_VIA_NETLINK, &cleared,
				info->extack);
	if (err) {
		nlmsg_free(reply.skb);
		return err;
	}
	nla_put_u32(reply.skb, FAULTDRILL_A_CLEARED, cleared);
	return reply_send(info, &reply);
}

static int cmd_injection_get(struct genl_info *info)
{
	struct fdr_injection *inj;
	struct reply reply;
	int err;

	inj = fdr_session_get(nla_get_u32(info->attrs[FAULTDRILL_A_ID]), info->extack);
	if (!inj) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[FAULTDRILL_A_ID]);
		return -ENOENT;
	}
	err = reply_new(info, &reply);
	if (err)
		goto out_put;
	err = fdr_put_injection(reply.skb, inj);
	if (err)
		nlmsg_free(reply.skb);
	else
		err = reply_send(info, &reply);
out_put:
	fdr_injection_put(inj);
	return err;
}

static int cmd_beacon_set(struct genl_info *info)
{
	struct nlattr *tb[FAULTDRILL_BEACON_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, FAULTDRILL_BEACON_A_MAX, info->attrs[FAULTDRILL_A_BEACON],
			       beacon_policy, info->extack);
	if (err)
		return err;
	return fdr_beacon_set(tb, info->extack);
}

/* One row a command: what it needs, what else it takes, and who handles it. */
static const struct {
	const char *name;
	int (*doit)(struct genl_info *info);
	u32 needs;			/* BIT(FAULTDRILL_A_*) */
	u32 takes;
} commands[FAULTDRILL_CMD_MAX + 1] = {
	[FAULTDRILL_CMD_STATUS_GET] = { "status get", cmd_status_get },
	[FAULTDRILL_CMD_FAULT_GET] = { "fault get", cmd_fault_get, BIT(FAULTDRILL_A_FAULT) },
	[FAULTDRILL_CMD_ARM] = { "arm", cmd_arm, BIT(FAULTDRILL_A_ARM_NS) },
	[FAULTDRILL_CMD_DISARM] = { "disarm", cmd_disarm },
	[FAULTDRILL_CMD_INJECT] = { "inject", cmd_inject, BIT(FAULTDRILL_A_INJECTION) },
	[FAULTDRILL_CMD_RENEW] = { "renew", cmd_renew,
				   BIT(FAULTDRILL_A_ID) | BIT(FAULTDRILL_A_LEASE_NS) },
	[FAULTDRILL_CMD_CLEAR] = { "clear", cmd_clear, 0, BIT(FAULTDRILL_A_ID) },
	[FAULTDRILL_CMD_INJECTION_GET] = { "injection get", cmd_injection_get, BIT(FAULTDRILL_A_ID) },
	[FAULTDRILL_CMD_BEACON_SET] = { "beacon set", cmd_beacon_set, BIT(FAULTDRILL_A_BEACON) },
};

static const char * const attr_names[FAULTDRILL_A_MAX + 1] = {
	[FAULTDRILL_A_FAULT] = "FAULT",
	[FAULTDRILL_A_INJECTION] = "INJECTION",
	[FAULTDRILL_A_BEACON] = "BEACON",
	[FAULTDRILL_A_ID] = "ID",
	[FAULTDRILL_A_ARM_NS] = "ARM_NS",
	[FAULTDRILL_A_LEASE_NS] = "LEASE_NS",
};

/* Who may ask at all. */
static int check_sender(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	if (!net_eq(sock_net(skb->sk), &init_net))
		return fdr_refuse(extack, -EPERM,
				  "faults belong to the whole machine: ask from the initial network namespace, not from a container");
	if (!netlink_capable(skb, CAP_SYS_ADMIN))
		return fdr_refuse(extack, -EPERM,
				  "not permitted: CAP_SYS_ADMIN in the initial user namespace is needed (root, outside any container)");
	return 0;
}

static int check_attrs(u8 cmd, struct nlattr **attrs, struct netlink_ext_ack *extack)
{
	const u32 needs = commands[cmd].needs, takes = needs | commands[cmd].takes;
	unsigned int i;

	for (i = 1; i <= FAULTDRILL_A_MAX; i++) {
		if (attrs[i] && !(takes & BIT(i))) {
			NL_SET_BAD_ATTR(extack, attrs[i]);
			return fdr_refuse(extack, -EINVAL,
					  "attribute %s means nothing to this command: leave it out",
					  attr_names[i]);
		}
		if (!attrs[i] && needs & BIT(i))
			return fdr_refuse(extack, -EINVAL, "attribute %s is missing",
					  attr_names[i]);
	}
	return 0;
}

static int doit(struct sk_buff *skb, struct genl_info *info)
{
	u8 cmd = info->genlhdr->cmd;
	int err;

	err = check_sender(skb, info->extack);
	err = err ?: check_attrs(cmd, info->attrs, info->extack);
	err = err ?: commands[cmd].doit(info);
	if (!err)
		return 0;
	if (!info->extack->_msg)
		fdr_refuse(info->extack, err, err == -ENOMEM ? "out of memory" :
			   "could not be done (error %d)", err);
	fdr_audit_refusal(FDR_VIA_NETLINK, commands[cmd].name, info->extack);
	return err;
}

static void *dump_header(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &fdr_family,
			   NLM_F_MULTI, cmd);
}

/* cb->args[0]: the next row. */
static int fault_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct fdr_fault *fault;

	for (; (fault = fdr_catalogue_at(cb->args[0])); cb->args[0]++) {
		void *header = dump_header(skb, cb, FAULTDRILL_CMD_FAULT_GET);

		if (!header || fdr_put_fault(skb, fault)) {
			genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

/* cb->args[0]: the last id that was written. */
static int injection_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fdr_injection *inj;

	while ((inj = fdr_session_next(cb->args[0]))) {
		void *header = dump_header(skb, cb, FAULTDRILL_CMD_INJECTION_GET);
		u32 id = inj->id;
		int err = header ? fdr_put_injection(skb, inj) : -EMSGSIZE;

		fdr_injection_put(inj);
		if (err) {
			genlmsg_cancel(skb, header);
			return skb->len ?: -EMSGSIZE;
		}
		genlmsg_end(skb, header);
		cb->args[0] = id;
	}
	return skb->len;
}

static int dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct genlmsghdr *header = nlmsg_data(cb->nlh);
	int err = check_sender(cb->skb, cb->extack);

	if (err)
		return err;
	return header->cmd == FAULTDRILL_CMD_FAULT_GET ? fault_dump(skb, cb) :
							 injection_dump(skb, cb);
}

static const struct genl_small_ops ops[] = {
	{ .cmd = FAULTDRILL_CMD_STATUS_GET, .doit = doit },
	{ .cmd = FAULTDRILL_CMD_FAULT_GET, .doit = doit, .dumpit = dumpit },
	{ .cmd = FAULTDRILL_CMD_ARM, .doit = doit },
	{ .cmd = FAULTDRILL_CMD_DISARM, .doit = doit },
	{ .cmd = FAULTDRILL_CMD_INJECT, .doit = doit },
	{ .cmd = FAULTDRILL_CMD_RENEW, .doit = doit },
	{ .cmd = FAULTDRILL_CMD_CLEAR, .doit = doit },
	{ .cmd = FAULTDRILL_CMD_INJECTION_GET, .doit = doit, .dumpit = dumpit },
	{ .cmd = FAULTDRILL_CMD_BEACON_SET, .doit = doit },
};

static const struct genl_multicast_group groups[] = {
	{ .name = FAULTDRILL_GENL_MCGRP_EVENTS, FDR_MCGRP_SYS_ADMIN },
};

struct genl_family fdr_family = {
	.name = FAULTDRILL_GENL_NAME,
	.version = FAULTDRILL_GENL_VERSION,
	.maxattr = FAULTDRILL_A_MAX,
	.policy = top_policy,
	.netnsok = true,		/* so that the gate can say why not */
	.parallel_ops = true,		/* a clear may wait */
	.small_ops = ops,
	.n_small_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
	.module = THIS_MODULE,
};

void fdr_netlink_multicast(const struct fdr_event *event)
{
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&fdr_family, &init_net, 0))
		return;
	/* Not GFP_KERNEL: reclaim may wait for the very disk that a fault holds. */
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_ATOMIC);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &fdr_family, 0, FAULTDRILL_CMD_EVENT);
	if (!header || fdr_put_event(skb, event)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&fdr_family, skb, 0, 0, GFP_ATOMIC);
}

int fdr_netlink_init(void)
{
	return genl_register_family(&fdr_family);
}

void fdr_netlink_exit(void)
{
	genl_unregister_family(&fdr_family);
	fdr_beacon_exit();	/* set through here only */
}
