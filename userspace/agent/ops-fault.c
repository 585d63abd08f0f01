// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "ops.h"

/* Wraps a value as the only member of a new object; @value is stolen. */
static int wrap(const char *name, json_t *value, json_t **ret, struct fdr_error *e)
{
	*ret = json_pack("{so}", name, value);
	return *ret ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}

/* An id of an injection: 0 where it was not given, which is none's. */
static int get_id(const json_t *args, uint32_t *ret, struct fdr_error *e)
{
	uint64_t id = fdr_arg_integer(args, "id");

	if (json_object_get(args, "id") && (!id || id > UINT32_MAX))
		return fdr_err(e, -EINVAL, "\"id\" must be 1 to 4294967295");
	*ret = (uint32_t)id;
	return 0;
}

int fdr_op_status(struct fdr_session *s, const json_t *args, json_t **ret_result,
		  struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	int r = fdr_session_genl(s, &g, e);

	(void)args;
	return r < 0 ? r : fdr_genl_status(g, ret_result, e);
}

int fdr_op_catalogue(struct fdr_session *s, const json_t *args, json_t **ret_result,
		     struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	json_t *faults;
	int r;

	r = fdr_session_genl(s, &g, e);
	if (r >= 0)
		r = fdr_genl_faults(g, fdr_arg_string(args, "fault"), &faults, e);
	return r < 0 ? r : wrap("faults", faults, ret_result, e);
}

int fdr_op_arm(struct fdr_session *s, const json_t *args, json_t **ret_result,
	       struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	int r = fdr_session_genl(s, &g, e);

	(void)ret_result;
	return r < 0 ? r : fdr_genl_arm(g, fdr_arg_integer(args, "arm_ns"), e);
}

int fdr_op_disarm(struct fdr_session *s, const json_t *args, json_t **ret_result,
		  struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	int r = fdr_session_genl(s, &g, e);

	(void)args;
	(void)ret_result;
	return r < 0 ? r : fdr_genl_disarm(g, e);
}

int fdr_op_inject(struct fdr_session *s, const json_t *args, json_t **ret_result,
		  struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	int r = fdr_session_genl(s, &g, e);

	return r < 0 ? r : fdr_genl_inject(g, args, ret_result, e);
}

int fdr_op_renew(struct fdr_session *s, const json_t *args, json_t **ret_result,
		 struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	uint32_t id = 0;
	int r;

	(void)ret_result;
	r = get_id(args, &id, e);
	if (r >= 0)
		r = fdr_session_genl(s, &g, e);
	return r < 0 ? r : fdr_genl_renew(g, id, fdr_arg_integer(args, "lease_ns"), e);
}

int fdr_op_clear(struct fdr_session *s, const json_t *args, json_t **ret_result,
		 struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	uint32_t id = 0, cleared = 0;
	int r;

	r = get_id(args, &id, e);
	if (r >= 0)
		r = fdr_session_genl(s, &g, e);
	if (r >= 0)
		r = fdr_genl_clear(g, id, &cleared, e);
	return r < 0 ? r : wrap("cleared", json_integer(cleared), ret_result, e);
}

int fdr_op_injections(struct fdr_session *s, const json_t *args, json_t **ret_result,
		      struct fdr_error *e)
{
	struct fdr_genl *g FDR_CLEANUP(fdr_genl_closep) = NULL;
	json_t *all;
	uint32_t id = 0;
	int r;

	r = get_id(args, &id, e);
	if (r >= 0)
		r = fdr_session_genl(s, &g, e);
	if (r >= 0)
		r = fdr_genl_injections(g, id, &all, e);
	return r < 0 ? r : wrap("injections", all, ret_result, e);
}
