// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpu-time.h"

#include <errno.h>
#include <fts.h>
#include <string.h>

#include "base/file.h"

#define CGROUPS	"/sys/fs/cgroup"

/* The columns of /proc/stat; guests' time is in "user" and "nice" already. */
const char *const fdr_cpu_state_names[] = {
	[FDR_CPU_USER] = "user_ns", [FDR_CPU_NICE] = "nice_ns", [FDR_CPU_SYSTEM] = "system_ns",
	[FDR_CPU_IDLE] = "idle_ns", [FDR_CPU_IOWAIT] = "iowait_ns", [FDR_CPU_IRQ] = "irq_ns",
	[FDR_CPU_SOFTIRQ] = "softirq_ns", [FDR_CPU_STEAL] = "steal_ns",
};

static bool is_busy(size_t state)
{
	return state != FDR_CPU_IDLE && state != FDR_CPU_IOWAIT && state != FDR_CPU_STEAL;
}

static int read_states(struct fdr_cpu_time *t, struct fdr_error *e)
{
	int64_t tick_ns = FDR_NS_PER_S / sysconf(_SC_CLK_TCK);
	char line[512];
	char *p;
	int r;

	r = fdr_read_line("/proc/stat", line, sizeof(line));
	if (r < 0 || strncmp(line, "cpu ", 4))
		return fdr_err(e, r < 0 ? r : -EBADMSG, "/proc/stat: %s",
			       r < 0 ? strerror(-r) : "it does not begin with \"cpu\"");
	p = line + 4;
	for (size_t i = 0; i < FDR_CPU_STATES; i++) {
		t->ns[i] = (int64_t)strtoull(p, &p, 10) * tick_ns;
		if (is_busy(i))
			t->busy_ns += t->ns[i];
	}
	return 0;
}

/* Version 2 ("usage_usec 42" in cpu.stat) or version 1 (cpuacct.usage). */
static int read_cgroup(const char *path, int64_t *ret_ns)
{
	static const char *const v1[] = { "/cpuacct", "/cpu,cpuacct" };
	char file[1024], line[128];
	FILE *f FDR_CLEANUP_FCLOSE = NULL;

	snprintf(file, sizeof(file), CGROUPS "%s/cpu.stat", path);
	f = fopen(file, "re");
	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "usage_usec ", 11)) {
			*ret_ns = strtoll(line + 11, NULL, 10) * 1000;
			return 0;
		}
	}
	for (size_t i = 0; i < FDR_ARRAY_LEN(v1); i++) {
		snprintf(file, sizeof(file), CGROUPS "%s%s/cpuacct.usage", v1[i], path);
		if (fdr_read_line(file, line, sizeof(line)) >= 0) {
			*ret_ns = strtoll(line, NULL, 10);
			return 0;
		}
	}
	return -ENOENT;
}

/* Where systemd has put a unit: groups are called as their units are. */
static bool find_unit(const char *unit, char *buf, size_t size)
{
	/* In version 1 each controller has a tree of its own. */
	const char *root = access(CGROUPS "/cpuacct", F_OK) < 0 ? CGROUPS : CGROUPS "/cpuacct";
	char *roots[] = { (char *)root, NULL };
	FTS *t = fts_open(roots, FTS_PHYSICAL | FTS_NOSTAT | FTS_NOCHDIR, NULL);
	bool found = false;
	FTSENT *n;

	while (t && !found && (n = fts_read(t))) {
		if (n->fts_info != FTS_D)
			continue;
		found = !strcmp(n->fts_name, unit);
		if (found)
			snprintf(buf, size, "%s", n->fts_path + strlen(root));
		/* As deep as a user's own services. */
		else if (n->fts_level >= 6)
			fts_set(t, n, FTS_SKIP);
	}
	if (t)
		fts_close(t);
	return found;
}

int fdr_cpu_time_read(const char *unit, const char *cgroup, struct fdr_cpu_time *ret,
		      struct fdr_error *e)
{
	*ret = (struct fdr_cpu_time){ .group_ns = -1 };
	if (cgroup && unit)
		return fdr_err(e, -EINVAL, "give \"cgroup\" or \"unit\", not both");
	if (cgroup && (*cgroup != '/' || strstr(cgroup, "..") ||
		       strlen(cgroup) >= sizeof(ret->group)))
		return fdr_err(e, -EINVAL, "cgroup: \"%.200s\" is no path below " CGROUPS
			       " that begins with '/'", cgroup);
	if (unit && (!*unit || strchr(unit, '/') || strlen(unit) > 255))
		return fdr_err(e, -EINVAL, "unit: \"%.200s\" is no unit's name, such as "
			       "nginx.service", unit);
	if (cgroup)
		snprintf(ret->group, sizeof(ret->group), "%s", cgroup);
	else if (unit)
		find_unit(unit, ret->group, sizeof(ret->group));
	if (*ret->group)
		read_cgroup(ret->group, &ret->group_ns);
	ret->boottime_ns = fdr_clock_ns(CLOCK_BOOTTIME);
	return read_states(ret, e);
}
