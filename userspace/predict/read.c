// SPDX-License-Identifier: GPL-2.0-or-later
/* From a prediction in a plan to the texts that its stack wants. */
#include <errno.h>
#include <string.h>

#include "predict.h"

/* "a,b": the files one after the other, as one text. */
static int read_list(const char *paths, const char *node, fdr_predict_read_fn *read,
		     void *userdata, char **ret, struct fdr_error *e)
{
	char *list FDR_CLEANUP_FREE = strdup(paths), *all = NULL, *save = NULL;
	size_t size;
	FILE *f = open_memstream(&all, &size);
	int r = list && f ? 0 : fdr_err(e, -ENOMEM, "out of memory");

	for (char *p = r < 0 ? NULL : strtok_r(list, ",", &save); r >= 0 && p;
	     p = strtok_r(NULL, ",", &save)) {
		char *text FDR_CLEANUP_FREE = NULL;

		p += strspn(p, " ");
		r = read(userdata, node, p, &text, e);
		if (r >= 0)
			fprintf(f, "%s\n", text);
	}
	if (f && fclose(f) && r >= 0)
		r = fdr_err(e, -ENOMEM, "out of memory");
	if (r < 0)
		free(all);
	else
		*ret = all;
	return r;
}

int fdr_predict_read(const struct fdr_opts *opts, fdr_predict_read_fn *read, void *userdata,
		     struct fdr_prediction *ret, struct fdr_error *e)
{
	const struct fdr_predict_ops *ops = fdr_predict_kind(opts->kind->name);
	struct fdr_predict_texts texts = { 0 };
	char *owned[FDR_PREDICT_FILES] = { 0 };
	int r = 0;

	if (!ops)
		return fdr_err(e, -ENOSYS, "no kind of prediction \"%s\"", opts->kind->name);
	for (size_t i = 0; r >= 0 && i < FDR_PREDICT_FILES && ops->files[i]; i++) {
		const char *paths = fdr_opts_str(opts, ops->files[i]);
		const char *node = fdr_opts_str(opts, "node");

		if (!paths)
			continue;
		if (!strcmp(ops->files[i], "peer") && fdr_opts_given(opts, "peer_node"))
			node = fdr_opts_str(opts, "peer_node");
		r = read_list(paths, node, read, userdata, &owned[i], e);
		texts.text[i] = owned[i];
	}
	if (r >= 0)
		r = fdr_predict(ops, opts, &texts, ret, e);
	for (size_t i = 0; i < FDR_PREDICT_FILES; i++)
		free(owned[i]);
	return r;
}

enum fdr_failure fdr_predict_failure(const struct fdr_opts *opts, const char *fault)
{
	if (fdr_opts_given(opts, "failure"))
		return (enum fdr_failure)fdr_opts_num(opts, "failure");
	return fault ? fdr_failure_of(fault) : FDR_FAILURE_SILENT;
}
