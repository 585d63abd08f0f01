// SPDX-License-Identifier: GPL-2.0-or-later
/* What an earlier kernel of this node has left of its last injections. */
#include <errno.h>

#include "ops.h"
#include "sys/pstore.h"

int fdr_op_records(struct fdr_session *s, const json_t *args, json_t **ret_result,
		   struct fdr_error *e)
{
	json_t *onsets = fdr_pstore_onsets(FDR_PSTORE_DIR);

	(void)s;
	(void)args;
	*ret_result = onsets ? json_pack("{s:o}", "onsets", onsets) : NULL;
	return *ret_result ? 0 : fdr_err(e, -ENOMEM, "out of memory");
}
