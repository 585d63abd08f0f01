// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "ops.h"
#include "sys/cpu-time.h"

int fdr_op_usage(struct fdr_session *s, const json_t *args, json_t **ret_result,
		 struct fdr_error *e)
{
	const char *cgroup = fdr_arg_string(args, "cgroup"), *unit = fdr_arg_string(args, "unit");
	json_t *states, *group = NULL;
	struct fdr_cpu_time t;
	int r;

	(void)s;
	r = fdr_cpu_time_read(unit, cgroup, &t, e);
	if (r < 0)
		return fdr_err_prefix(e, r, "usage");
	states = json_object();
	for (size_t i = 0; i < FDR_CPU_STATES; i++)
		json_object_set_new(states, fdr_cpu_state_names[i], json_integer(t.ns[i]));
	if (cgroup || unit)
		group = json_pack("{ss so}", "path", t.group, "usage_ns",
				  t.group_ns < 0 ? json_null() : json_integer(t.group_ns));
	*ret_result = json_pack("{sI sI sI so so*}", "boottime_ns", (json_int_t)t.boottime_ns,
				"cpus", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "busy_ns",
				(json_int_t)t.busy_ns, "states", states, "cgroup", group);
	return *ret_result ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}
