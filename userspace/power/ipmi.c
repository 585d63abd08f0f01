// SPDX-License-Identifier: GPL-2.0-or-later
/* A BMC, by ipmitool. */
#include <errno.h>

#include "drivers.h"
#include "words.h"

static int ipmi_act(const struct fdr_power_limits *limits, const struct fdr_opts *opts,
		    enum fdr_power_op op, enum fdr_power_state *ret_state, struct fdr_error *e)
{
	const char *user = fdr_opts_str(opts, "user"), *file = fdr_opts_str(opts, "password_file");
	struct fdr_power_output o;
	const char *argv[24];
	char port[8], cipher[8];
	size_t n = 0;
	int r;

	snprintf(port, sizeof(port), "%u", (unsigned int)fdr_opts_num(opts, "port"));
	argv[n++] = "ipmitool";
	argv[n++] = "-I";
	argv[n++] = fdr_opts_str(opts, "interface");
	argv[n++] = "-H";
	argv[n++] = fdr_opts_str(opts, "host");
	argv[n++] = "-p";
	argv[n++] = port;
	if (user) {
		argv[n++] = "-U";
		argv[n++] = user;
	}
	if (file) {
		argv[n++] = "-f";
		argv[n++] = file;
	}
	if (fdr_opts_given(opts, "cipher")) {
		snprintf(cipher, sizeof(cipher), "%u",
			 (unsigned int)fdr_opts_num(opts, "cipher"));
		argv[n++] = "-C";
		argv[n++] = cipher;
	}
	argv[n++] = "chassis";
	argv[n++] = "power";
	argv[n++] = fdr_power_op_name(op);	/* it has the same words */
	argv[n] = NULL;
	r = fdr_power_child(limits, argv, &o, e);
	if (r == -ENOENT)
		return fdr_err(e, r, "ipmitool is not installed on this host");
	if (r >= 0)
		r = fdr_power_child_ok("ipmitool", &o, e);
	if (r >= 0 && op == FDR_POWER_STATUS)
		*ret_state = fdr_power_ipmi_state(o.out);
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "host", .type = FDR_OPT_STRING, .required = true,
	  .summary = "the BMC's address" },
	{ .name = "user", .type = FDR_OPT_STRING, .summary = "its user" },
	{ .name = "password_file", .type = FDR_OPT_STRING,
	  .summary = "file whose first line is the password" },
	{ .name = "interface", .type = FDR_OPT_CHOICE, .choices = "lanplus|lan", .def = "lanplus",
	  .summary = "IPMI 2.0 or 1.5" },
	{ .name = "port", .type = FDR_OPT_U64, .def = "623", .min = 1, .max = 65535,
	  .summary = "UDP port of the BMC" },
	{ .name = "cipher", .type = FDR_OPT_U64, .max = 17,
	  .summary = "cipher suite of lanplus, as of ipmitool -C; without it they agree on one" },
	FDR_POWER_TIMEOUT_OPTION,
};

const struct fdr_power_ops fdr_power_ipmi = {
	.kind = { .name = "ipmi", .summary = "a BMC, by ipmitool",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.act = ipmi_act,
};
