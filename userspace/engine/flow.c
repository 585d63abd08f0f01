// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow.h"

#include <errno.h>
#include <string.h>

#define AHEAD_MAX	(UINT64_C(1) << 24)	/* requests in flight */

static int grow(struct fdr_flow *f, size_t need)
{
	size_t size = f->size ? f->size : 64;
	struct fdr_flow_request *v;

	while (size < need)
		size *= 2;
	if (size == f->size)
		return 0;
	v = calloc(size, sizeof(*v));
	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < f->size; i++)
		v[i] = f->v[(f->head + i) % f->size];
	free(f->v);
	f->v = v;
	f->size = size;
	f->head = 0;
	return 0;
}

int fdr_flow_add(struct fdr_flow *f, const struct fdr_request *r)
{
	struct fdr_flow_request *slot;
	int err;

	if (r->seq < f->next_seq || r->seq - f->next_seq >= AHEAD_MAX)
		return -EINVAL;
	err = grow(f, r->seq - f->next_seq + 1);
	if (err < 0)
		return err;
	slot = &f->v[(f->head + (r->seq - f->next_seq)) % f->size];
	if (slot->ended)
		return -EINVAL;
	*slot = (struct fdr_flow_request){ .intended_ns = r->intended_ns, .sent_ns = r->sent_ns,
					   .done_ns = r->done_ns, .status = r->status,
					   .ended = true };
	while (f->v[f->head].ended) {
		struct fdr_flow_request done = f->v[f->head];

		f->v[f->head].ended = false;
		f->head = (f->head + 1) % f->size;
		f->next_seq++;
		f->settled(f->userdata, &done);
	}
	return 0;
}

void fdr_flow_clear(struct fdr_flow *f)
{
	free(f->v);
	f->v = NULL;
	f->size = f->head = 0;
}
