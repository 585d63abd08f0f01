// SPDX-License-Identifier: GPL-2.0-or-later
#include "node.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"

static const char *on = "local";
static const char *ssh_config;
static uint64_t timeout_ns = 15 * FDR_NS_PER_S;

const struct fdr_option fdr_node_options[] = {
	{ "on", 0, FDR_OPTION_STRING, &on, "TRANSPORT",
	  "the node: local (default), ssh:[USER@]HOST[:PORT], unix:PATH or exec:COMMAND" },
	{ "ssh-config", 0, FDR_OPTION_STRING, &ssh_config, "FILE",
	  "configuration for ssh, instead of the user's own" },
	{ "timeout", 0, FDR_OPTION_TIME, &timeout_ns, "TIME",
	  "give up when the node has not answered for so long (default 15s)" },
};
const size_t fdr_node_n_options = FDR_ARRAY_LEN(fdr_node_options);

static int64_t deadline(void)
{
	int64_t ns;

	return __builtin_add_overflow(fdr_now_ns(), (int64_t)timeout_ns, &ns) ? INT64_MAX : ns;
}

static int parse_on(struct fdr_node *n, const struct fdr_transport_ops **ret, struct fdr_error *e)
{
	int r = fdr_transport_parse(on, ret, &n->transport, e);

	if (r < 0)
		return fdr_err_prefix(e, r, "--on %s", on);
	if (!ssh_config)
		return 0;
	if (strcmp((*ret)->kind.name, "ssh"))
		return fdr_err(e, -EINVAL, "--ssh-config: --on %s does not use ssh", on);
	return fdr_opts_add(&n->transport, "config", NULL, ssh_config, (struct fdr_place){ 0 }, e);
}

int fdr_node_open(struct fdr_node *n)
{
	const struct fdr_transport_ops *ops;
	struct fdr_error e = { "" };
	int r;

	*n = (struct fdr_node){ 0 };
	r = parse_on(n, &ops, &e);
	if (r < 0) {
		fdr_fail(r, &e);
		return FDR_EXIT_USAGE;
	}
	r = fdr_loop_new(&n->loop);
	if (r < 0)
		fdr_err(&e, r, "cannot set up the event loop: %s", strerror(-r));
	else
		r = fdr_link_open(n->loop, on, ops, &n->transport, deadline(), &n->link, &e);
	return r < 0 ? fdr_fail(r, &e) : FDR_EXIT_PASS;
}

void fdr_node_close(struct fdr_node *n)
{
	fdr_link_close(n->link);
	fdr_opts_clear(&n->transport);
	sd_event_unref(n->loop);
	*n = (struct fdr_node){ 0 };
}

int fdr_node_call(struct fdr_node *n, const char *op, json_t *args, json_t **ret_result,
		  struct fdr_error *e)
{
	return fdr_link_call(n->link, op, args, deadline(), ret_result, e);
}

int fdr_node_ask(struct fdr_node *n, const char *op, json_t *args, json_t **ret_result)
{
	struct fdr_error e = { "" };
	int r = fdr_node_call(n, op, args, ret_result, &e);

	return r < 0 ? fdr_fail(r, &e) : FDR_EXIT_PASS;
}

bool fdr_node_is_local(const struct fdr_node *n)
{
	return !strcmp(n->transport.kind->name, "local");
}

const char *fdr_node_fact(const struct fdr_node *n, const char *name)
{
	const char *v = json_string_value(json_object_get(fdr_link_hello(n->link), name));

	return v ? v : "";
}
