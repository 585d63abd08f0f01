// SPDX-License-Identifier: GPL-2.0-or-later
#include "arrivals.h"

#include <math.h>

void fdr_arrivals_init(struct fdr_arrivals *a, enum fdr_arrivals_kind kind, uint64_t rate,
		       uint64_t seed, int64_t start_ns)
{
	*a = (struct fdr_arrivals){ .kind = kind, .rate = rate, .start_ns = start_ns,
				    .state = seed };
}

/* SplitMix64: a sequence of its own for each seed, 0 included. */
static uint64_t draw(struct fdr_arrivals *a)
{
	uint64_t z = a->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t fdr_arrivals_next(struct fdr_arrivals *a)
{
	if (a->kind == FDR_ARRIVALS_POISSON) {
		/* In (0, 1]: its logarithm is finite. */
		double u = ((double)(draw(a) >> 11) + 1) * 0x1p-53;

		a->sum += -log(u) * 1e12 / (double)a->rate;
		return a->start_ns + (int64_t)a->sum;
	}
	/* Each from the start, so that roundings do not add up. */
	return a->start_ns + (int64_t)((__extension__ (unsigned __int128)a->n++ *
					UINT64_C(1000000000000)) / a->rate);
}
