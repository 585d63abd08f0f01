// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "module.h"

static int not_permitted(int err, const struct fdr_module_facts *f, struct fdr_error *e)
{
	if (!f->root)
		return fdr_err(e, err, "loading a module needs root (CAP_SYS_MODULE)");
	if (f->modules_disabled)
		return fdr_err(e, err, "this kernel loads no more modules: kernel.modules_disabled "
			       "is 1 until the next boot");
	if (strcmp(f->lockdown, "none"))
		return fdr_err(e, err, "kernel lockdown (%s) forbids modules without a valid "
			       "signature: sign the module with a key that this machine trusts, or "
			       "switch off Secure Boot or the lockdown= parameter and reboot",
			       f->lockdown);
	return fdr_err(e, err, "the kernel does not permit loading the module; a security module "
		       "(see dmesg) may forbid it");
}

static int wrong_kernel(int err, const struct fdr_module_facts *f, struct fdr_error *e)
{
	if (!f->built_for)
		return fdr_err(e, err, "%s is no module that this kernel (%s) can load",
			       f->file ? f->file : "it", f->running);
	if (strcmp(f->built_for, f->running))
		return fdr_err(e, err, "%s was built for kernel %s, but %s runs here: build it with "
			       "\"make kmod KDIR=/lib/modules/%s/build\"", f->file, f->built_for,
			       f->running, f->running);
	return fdr_err(e, err, "%s was built for kernel %s with another configuration or compiler "
		       "than the running one (dmesg tells): build it against this very kernel's "
		       "headers", f->file, f->built_for);
}

static int missing(int err, const struct fdr_module_facts *f, struct fdr_error *e)
{
	/* The kernel says ENOENT of a symbol as well. */
	if (f->file)
		return fdr_err(e, err, "%s needs a symbol that this kernel (%s) lacks (dmesg names "
			       "it): the kernel was built without something the module needs",
			       f->file, f->running);
	return fdr_err(e, err, "there is no module faultdrill for the running kernel %s: build it "
		       "(\"make kmod KDIR=/lib/modules/%s/build\") and install it below "
		       "/lib/modules/%s, or name the .ko file", f->running, f->running, f->running);
}

int fdr_module_explain(int err, const struct fdr_module_facts *f, struct fdr_error *e)
{
	const char *file = f->file ? f->file : FDR_MODULE;

	switch (err) {
	case -EPERM:
	case -EACCES:
		return not_permitted(err, f, e);
	case -ENOEXEC:
		return wrong_kernel(err, f, e);
	case -ENOENT:
		return missing(err, f, e);
	case -EKEYREJECTED:
	case -ENOKEY:
	case -EBADMSG:
		return fdr_err(e, err, "this kernel requires signed modules, and %s is %s: sign it "
			       "with a key that the kernel trusts (scripts/sign-file of the "
			       "kernel's headers)", file,
			       err == -EBADMSG ? "signed badly" : "not signed by such a key");
	case -EINVAL:
		/* A symbol's checksum that differs; the release tells why. */
		if (f->built_for && strcmp(f->built_for, f->running))
			return wrong_kernel(err, f, e);
		return fdr_err(e, err, "the kernel found %s invalid or refused its parameters: "
			       "dmesg tells which", file);
	default:
		return fdr_err(e, err, "cannot load %s: %s (dmesg may tell more)", file,
			       strerror(-err));
	}
}

const char *fdr_lockdown(char *buf, size_t size)
{
	char line[128] = "", *open, *close;

	fdr_read_line("/sys/kernel/security/lockdown", line, sizeof(line));
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	snprintf(buf, size, "%.*s", close ? (int)(close - open - 1) : 4, close ? open + 1 : "none");
	return buf;
}
