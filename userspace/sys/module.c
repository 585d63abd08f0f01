// SPDX-License-Identifier: GPL-2.0-or-later
#include "module.h"

#include <errno.h>
#include <fcntl.h>
#include <libkmod.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "base/file.h"

static bool has_cap_sys_module(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2] = { 0 };

	return !syscall(SYS_capget, &h, d) && d[CAP_SYS_MODULE / 32].effective &
					       (1U << (CAP_SYS_MODULE % 32));
}

/* The first word of vermagic: the release that the module was built for. */
static void find_vermagic(struct kmod_module *mod, char *buf, size_t size)
{
	struct kmod_list *info = NULL, *i;

	*buf = '\0';
	if (kmod_module_get_info(mod, &info) < 0)
		return;
	kmod_list_foreach(i, info) {
		const char *v = kmod_module_info_get_value(i);

		if (!strcmp(kmod_module_info_get_key(i), "vermagic"))
			snprintf(buf, size, "%.*s", (int)strcspn(v, " "), v);
	}
	kmod_module_info_free_list(info);
}

static int explain(int err, const char *path, struct kmod_module *mod, struct fdr_error *e)
{
	char built_for[128] = "", lockdown[32], disabled[8] = "";
	struct utsname u;
	struct fdr_module_facts f = { .path = path, .root = has_cap_sys_module() };

	uname(&u);
	f.running = u.release;
	if (mod) {
		f.file = kmod_module_get_path(mod);
		find_vermagic(mod, built_for, sizeof(built_for));
		f.built_for = *built_for ? built_for : NULL;
	}
	f.lockdown = fdr_lockdown(lockdown, sizeof(lockdown));
	fdr_read_line("/proc/sys/kernel/modules_disabled", disabled, sizeof(disabled));
	f.modules_disabled = !strcmp(disabled, "1");
	return fdr_module_explain(err, &f, e);
}

static int load_path(struct kmod_ctx *ctx, const char *path, struct fdr_error *e)
{
	struct kmod_module *mod = NULL;
	int fd FDR_CLEANUP_CLOSE = open(path, O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return fdr_err(e, -errno, "cannot read %s: %s", path, strerror(errno));
	r = kmod_module_new_from_path(ctx, path, &mod);
	if (r < 0)
		return fdr_err(e, r, "%s is no kernel module: %s", path, strerror(-r));
	if (strcmp(kmod_module_get_name(mod), FDR_MODULE)) {
		r = fdr_err(e, -EINVAL, "%s holds the module \"%s\", not " FDR_MODULE, path,
			    kmod_module_get_name(mod));
	} else {
		r = kmod_module_insert_module(mod, 0, NULL);
		if (r < 0 && r != -EEXIST)
			explain(r, path, mod, e);
	}
	kmod_module_unref(mod);
	return r;
}

static int load_installed(struct kmod_ctx *ctx, struct fdr_error *e)
{
	struct kmod_list *list = NULL;
	struct kmod_module *mod = NULL;
	int r;

	r = kmod_module_new_from_lookup(ctx, FDR_MODULE, &list);
	if (r >= 0 && list)
		mod = kmod_module_get_module(list);
	if (r >= 0)
		r = mod ? kmod_module_probe_insert_module(mod, 0, NULL, NULL, NULL, NULL) : -ENOENT;
	if (r < 0 && r != -EEXIST)
		r = explain(r, NULL, mod, e);
	kmod_module_unref(mod);
	kmod_module_unref_list(list);
	return r;
}

int fdr_module_load(const char *path, bool *ret_loaded_now, struct fdr_error *e)
{
	struct kmod_ctx *ctx;
	int r;

	*ret_loaded_now = false;
	if (fdr_module_loaded())
		return 0;
	ctx = kmod_new(NULL, NULL);
	if (!ctx)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = path ? load_path(ctx, path, e) : load_installed(ctx, e);
	kmod_unref(ctx);
	*ret_loaded_now = r >= 0;
	return r == -EEXIST ? 0 : r;
}

int fdr_module_unload(struct fdr_error *e)
{
	if (!fdr_module_loaded())
		return 0;
	/* Straight to the system call: libkmod would wait or force, never both wanted. */
	if (!syscall(SYS_delete_module, FDR_MODULE, O_NONBLOCK))
		return 0;
	switch (errno) {
	case EAGAIN:
	case EBUSY:
		return fdr_err(e, -EBUSY, "an injection is pending or in effect: clear it first "
			       "(\"faultdrill clear --all\")");
	case EPERM:
		return fdr_err(e, -EPERM, "unloading a module needs root (CAP_SYS_MODULE)");
	default:
		return fdr_err(e, -errno, "cannot unload the module: %s", strerror(errno));
	}
}

bool fdr_module_loaded(void)
{
	return !access("/sys/module/" FDR_MODULE "/initstate", F_OK);
}

int fdr_module_version(char *buf, size_t size)
{
	return fdr_read_line("/sys/module/" FDR_MODULE "/version", buf, size);
}
