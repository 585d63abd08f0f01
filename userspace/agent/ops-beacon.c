// SPDX-License-Identifier: GPL-2.0-or-later
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "ops.h"
#include "route.h"

/* For the next hop's MAC. */
#define RESOLVE_NS	(3 * FDR_NS_PER_S)

static int turn_off(struct fdr_genl *g, struct fdr_error *e)
{
	json_t *nothing = json_object();
	int r = fdr_genl_beacon(g, nothing, e);

	json_decref(nothing);
	return r;
}

static int turn_on(struct fdr_genl *g, const struct fdr_route *rt, const char *host,
		   uint64_t port, const char *cookie, json_t **ret_result, struct fdr_error *e)
{
	char local[INET6_ADDRSTRLEN], mac[18];
	json_t *beacon;
	int r;

	inet_ntop(rt->family, rt->local, local, sizeof(local));
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", rt->mac[0], rt->mac[1],
		 rt->mac[2], rt->mac[3], rt->mac[4], rt->mac[5]);
	/* The same port at both ends: one rule opens a firewall. */
	beacon = json_pack("{ss ss ss sI sI ss ss*}", "ifname", rt->ifname, "local_ip", local,
			   "remote_ip", host, "local_port", (json_int_t)port, "remote_port",
			   (json_int_t)port, "remote_mac", mac, "cookie", cookie);
	*ret_result = json_pack("{ss ss ss ss}", "ifname", rt->ifname, "local", local, "remote",
				host, "mac", mac);
	r = beacon && *ret_result ? fdr_genl_beacon(g, beacon, e) :
				    fdr_err(e, -ENOMEM, "out of memory");
	json_decref(beacon);
	return r;
}

int fdr_op_beacon(struct fdr_session *s, const json_t *args, json_t **ret_result,
		  struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	const char *host = fdr_arg_string(args, "host");
	uint64_t port = fdr_arg_integer(args, "port");
	bool off = json_is_true(json_object_get(args, "off"));
	struct fdr_route rt;
	int r;

	if (off && (host || port))
		return fdr_err(e, -EINVAL, "beacon: either \"off\" or \"host\" and \"port\"");
	if (!off && (!host || !port || port > UINT16_MAX))
		return fdr_err(e, -EINVAL, "beacon: \"host\" and \"port\" (1 to 65535) are needed, "
			       "or \"off\": true");
	r = fdr_session_genl(s, &g, e);
	if (r < 0)
		return r;
	if (off)
		return turn_off(g, e);
	r = fdr_route_resolve(host, fdr_now_ns() + RESOLVE_NS, &rt, e);
	return r < 0 ? r : turn_on(g, &rt, host, port, fdr_arg_string(args, "cookie"), ret_result,
				   e);
}
