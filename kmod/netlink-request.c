// SPDX-License-Identifier: GPL-2.0-only
/* An injection's nest, read into a request. */
#include <net/netlink.h>
#include "family.h"
#include "session.h"

static const struct nla_policy param_policy[FAULTDRILL_PARAM_A_MAX + 1] = {
	[FAULTDRILL_PARAM_A_NAME] = { .type = NLA_NUL_STRING, .len = FAULTDRILL_NAME_MAX },
	[FAULTDRILL_PARAM_A_VALUE] = { .type = NLA_NUL_STRING, .len = FAULTDRILL_VALUE_MAX },
};

const struct nla_policy fdr_injection_policy[FAULTDRILL_INJECTION_A_MAX + 1] = {
	[FAULTDRILL_INJECTION_A_FAULT] = { .type = NLA_NUL_STRING, .len = FAULTDRILL_NAME_MAX },
	[FAULTDRILL_INJECTION_A_PARAM] = NLA_POLICY_NESTED(param_policy),
	[FAULTDRILL_INJECTION_A_BOOT_ID] = { .type = NLA_NUL_STRING,
					     .len = FAULTDRILL_BOOT_ID_LEN },
	[FAULTDRILL_INJECTION_A_COOKIE] = { .type = NLA_U64 },
	[FAULTDRILL_INJECTION_A_START] = { .type = NLA_U32 },
	[FAULTDRILL_INJECTION_A_START_NS] = { .type = NLA_S64 },
	[FAULTDRILL_INJECTION_A_DURATION_NS] = { .type = NLA_U64 },
	[FAULTDRILL_INJECTION_A_LEASE_NS] = { .type = NLA_U64 },
	[FAULTDRILL_INJECTION_A_DRY_RUN] = { .type = NLA_FLAG },
	[FAULTDRILL_INJECTION_A_FORCE] = { .type = NLA_FLAG },
};

static int read_param(struct nlattr *attr, struct fdr_request *req,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FAULTDRILL_PARAM_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, FAULTDRILL_PARAM_A_MAX, attr, param_policy, extack);
	if (err)
		return err;
	NL_SET_BAD_ATTR(extack, attr);
	if (!tb[FAULTDRILL_PARAM_A_NAME] || !tb[FAULTDRILL_PARAM_A_VALUE])
		return fdr_refuse(extack, -EINVAL,
				  "a parameter lacks its name (PARAM_A_NAME) or its value (PARAM_A_VALUE)");
	if (req->n_params == FDR_MAX_PARAMS)
		return fdr_refuse(extack, -E2BIG, "more than %d parameters", FDR_MAX_PARAMS);
	NL_SET_BAD_ATTR(extack, NULL);
	req->params[req->n_params].name = nla_data(tb[FAULTDRILL_PARAM_A_NAME]);
	req->params[req->n_params++].value = nla_data(tb[FAULTDRILL_PARAM_A_VALUE]);
	return 0;
}

static int read_params(struct nlattr *nest, struct fdr_request *req,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *attr;
	int rem, err;

	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != FAULTDRILL_INJECTION_A_PARAM)
			continue;
		err = read_param(attr, req, extack);
		if (err)
			return err;
	}
	return 0;
}

/* A length of time that is given must not be 0, which stands for "not given" further on. */
static int read_length(struct nlattr *attr, const char *what, u64 *ret,
		       struct netlink_ext_ack *extack)
{
	if (!attr)
		return 0;
	*ret = nla_get_u64(attr);
	if (*ret)
		return 0;
	NL_SET_BAD_ATTR(extack, attr);
	return fdr_refuse(extack, -ERANGE, "a %s of 0 was given; leave it out for none", what);
}

static int read_start(struct nlattr *start, struct nlattr *start_ns, struct fdr_request *req,
		      struct netlink_ext_ack *extack)
{
	if (start && nla_get_u32(start) > FAULTDRILL_START_BOOTTIME) {
		NL_SET_BAD_ATTR(extack, start);
		return fdr_refuse(extack, -EINVAL,
				  "start %u (INJECTION_A_START) is unknown; allowed: 0 now, 1 delay, 2 realtime, 3 boottime",
				  nla_get_u32(start));
	}
	if (start)
		req->start = nla_get_u32(start);
	if (start_ns)
		req->start_ns = nla_get_s64(start_ns);
	else if (req->start != FAULTDRILL_START_NOW)
		return fdr_refuse(extack, -EINVAL,
				  "the start is not 'now', but its time (INJECTION_A_START_NS) is missing");
	return 0;
}

int fdr_netlink_read_request(struct nlattr *nest, struct fdr_request *req,
			     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[FAULTDRILL_INJECTION_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, FAULTDRILL_INJECTION_A_MAX, nest,
			       fdr_injection_policy, extack);
	if (err)
		return err;
	if (!tb[FAULTDRILL_INJECTION_A_FAULT])
		return fdr_refuse(extack, -EINVAL,
				  "the fault's name (INJECTION_A_FAULT) is missing");
	if (!tb[FAULTDRILL_INJECTION_A_BOOT_ID])
		return fdr_refuse(extack, -EINVAL,
				  "the boot id (INJECTION_A_BOOT_ID) of the node it is meant for is missing; STATUS_GET tells it");
	req->fault = nla_data(tb[FAULTDRILL_INJECTION_A_FAULT]);
	req->boot_id = nla_data(tb[FAULTDRILL_INJECTION_A_BOOT_ID]);
	if (tb[FAULTDRILL_INJECTION_A_COOKIE])
		req->cookie = nla_get_u64(tb[FAULTDRILL_INJECTION_A_COOKIE]);
	err = read_start(tb[FAULTDRILL_INJECTION_A_START], tb[FAULTDRILL_INJECTION_A_START_NS],
			 req, extack);
	if (err)
		return err;
	req->dry_run = nla_get_flag(tb[FAULTDRILL_INJECTION_A_DRY_RUN]);
	req->force = nla_get_flag(tb[FAULTDRILL_INJECTION_A_FORCE]);
	err = read_length(tb[FAULTDRILL_INJECTION_A_DURATION_NS], "duration", &req->duration_ns,
			  extack);
	err = err ?: read_length(tb[FAULTDRILL_INJECTION_A_LEASE_NS], "lease", &req->lease_ns,
				 extack);
	return err ?: read_params(nest, req, extack);
}
