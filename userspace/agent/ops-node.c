// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/clock.h"
#include "base/file.h"
#include "ops.h"
#include "sys/module.h"

static json_t *line(const char *path)
{
	char buf[256] = "";

	fdr_read_line(path, buf, sizeof(buf));
	return json_string(buf);
}

static json_t *number(const char *path)
{
	char buf[64] = "0";

	fdr_read_line(path, buf, sizeof(buf));
	return json_integer(strtoll(buf, NULL, 10));
}

static bool flag(const char *path)
{
	char buf[8] = "";

	return fdr_read_line(path, buf, sizeof(buf)) >= 0 && !strcmp(buf, "1");
}

/* The controller's address as this node sees it, where sshd tells; else "". */
static json_t *peer(void)
{
	const char *s = getenv("SSH_CONNECTION");

	return json_stringn(s ? s : "", s ? strcspn(s, " ") : 0);
}

static json_t *module_facts(void)
{
	char version[64] = "";

	fdr_module_version(version, sizeof(version));
	return json_pack("{sb ss}", "loaded", fdr_module_loaded(), "version", version);
}

int fdr_op_hello(struct fdr_session *s, const json_t *args, json_t **ret_result,
		 struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	char lockdown[32];
	struct utsname u;

	(void)args;
	/* Where the module is there, its events are relayed from here on. */
	if (fdr_module_loaded())
		fdr_session_genl(s, &g, NULL);
	uname(&u);
	*ret_result = json_pack("{ss ss ss so sI so so so so sb ss so}", "version", FDR_VERSION,
		"hostname", u.nodename, "kernel", u.release,
		"boot_id", line("/proc/sys/kernel/random/boot_id"),
		"uid", (json_int_t)getuid(), "module", module_facts(),
		"clocksource",
		line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
		"panic_on_oops", number("/proc/sys/kernel/panic_on_oops"),
		"panic_timeout", number("/proc/sys/kernel/panic"),
		"kdump", flag("/sys/kernel/kexec_crash_loaded"),
		"lockdown", fdr_lockdown(lockdown, sizeof(lockdown)), "peer", peer());
	return *ret_result ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}

int fdr_op_clock(struct fdr_session *s, const json_t *args, json_t **ret_result,
		 struct fdr_error *e)
{
	int64_t before_ns = fdr_clock_ns(CLOCK_BOOTTIME);
	int64_t real_ns = fdr_clock_ns(CLOCK_REALTIME);
	int64_t send_ns = fdr_clock_ns(CLOCK_BOOTTIME);

	(void)args;
	*ret_result = json_pack("{sI sI sI}", "recv_ns", (json_int_t)s->received_ns,
				"send_ns", (json_int_t)send_ns, "realtime_minus_boottime_ns",
				(json_int_t)(real_ns - (before_ns + (send_ns - before_ns) / 2)));
	return *ret_result ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}

int fdr_op_bye(struct fdr_session *s, const json_t *args, json_t **ret_result,
	       struct fdr_error *e)
{
	(void)args;
	(void)ret_result;
	(void)e;
	s->bye = true;
	return 0;
}
