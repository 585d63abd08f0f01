/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_MODULE_H
#define FDR_SYS_MODULE_H

#include "base/error.h"

#define FDR_MODULE	"faultdrill"

/*
 * Loads the module: the installed one of the running kernel, or the file
 * @path.  *ret_loaded_now is false where it was loaded before.  The text of an
 * error says the cause and the remedy.
 */
int fdr_module_load(const char *path, bool *ret_loaded_now, struct fdr_error *e);
/* 0 also where it was not loaded.  -EBUSY: an injection is in effect. */
int fdr_module_unload(struct fdr_error *e);
bool fdr_module_loaded(void);
/* Version of the loaded module; -ENOENT. */
int fdr_module_version(char *buf, size_t size);

/* What is known when a load has failed; for fdr_module_explain(). */
struct fdr_module_facts {
	const char *path;		/* as given, or NULL */
	const char *file;		/* what was to be loaded; NULL = found nothing */
	const char *built_for;		/* vermagic's kernel release; NULL = unknown */
	const char *running;		/* uname -r */
	const char *lockdown;		/* "none", "integrity", "confidentiality" */
	bool root;			/* CAP_SYS_MODULE */
	bool modules_disabled;		/* kernel.modules_disabled = 1 */
};

/* Sets the text for the error @err of a load; returns @err. */
int fdr_module_explain(int err, const struct fdr_module_facts *facts, struct fdr_error *e);

/* The chosen word of a file like "[none] integrity confidentiality"; "none" where there is none. */
const char *fdr_lockdown(char *buf, size_t size);

#endif /* FDR_SYS_MODULE_H */
