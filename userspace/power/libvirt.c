// SPDX-License-Identifier: GPL-2.0-or-later
/* A virtual machine of libvirt, by virsh. */
#include <errno.h>

#include "drivers.h"
#include "words.h"

static int libvirt_act(const struct fdr_power_limits *limits, const struct fdr_opts *opts,
		       enum fdr_power_op op, enum fdr_power_state *ret_state, struct fdr_error *e)
{
	static const char *const verbs[] = {
		[FDR_POWER_STATUS] = "domstate", [FDR_POWER_TURN_ON] = "start",
		[FDR_POWER_TURN_OFF] = "destroy", [FDR_POWER_RESET] = "reset",
	};
	/* Its words are read: they must not be translated. */
	const char *argv[] = { "env", "LC_ALL=C", "virsh", "-q", "-c", fdr_opts_str(opts, "uri"),
			       verbs[op], "--domain", fdr_opts_str(opts, "domain"), NULL };
	struct fdr_power_output o;
	int r;

	r = fdr_power_child(limits, argv, &o, e);
	if (r >= 0)
		r = fdr_power_child_ok("virsh", &o, e);
	if (r >= 0 && op == FDR_POWER_STATUS)
		*ret_state = fdr_power_libvirt_state(o.out);
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "domain", .type = FDR_OPT_STRING, .required = true,
	  .summary = "the virtual machine's name or UUID" },
	{ .name = "uri", .type = FDR_OPT_STRING, .def = "qemu:///system",
	  .summary = "libvirt's connection" },
	FDR_POWER_TIMEOUT_OPTION,
};

const struct fdr_power_ops fdr_power_libvirt = {
	.kind = { .name = "libvirt", .summary = "a virtual machine of libvirt, by virsh",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.act = libvirt_act,
};
