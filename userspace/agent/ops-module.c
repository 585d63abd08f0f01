// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "ops.h"
#include "sys/module.h"

int fdr_op_module_load(struct fdr_session *s, const json_t *args, json_t **ret_result,
		       struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	bool loaded_now;
	int r;

	r = fdr_module_load(fdr_arg_string(args, "path"), &loaded_now, e);
	if (r < 0)
		return r;
	/* Proves that it answers, and starts relaying its events. */
	r = fdr_session_genl(s, &g, e);
	if (r < 0)
		return r;
	*ret_result = json_pack("{sb}", "loaded_now", loaded_now);
	return *ret_result ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}

int fdr_op_module_unload(struct fdr_session *s, const json_t *args, json_t **ret_result,
			 struct fdr_error *e)
{
	(void)s;
	(void)args;
	(void)ret_result;
	return fdr_module_unload(e);
}
