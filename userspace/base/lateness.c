// SPDX-License-Identifier: GPL-2.0-or-later
#include "lateness.h"

#include <string.h>

#define STEPS_BITS	4	/* to the octave */

static unsigned int bucket_of(int64_t ns)
{
	unsigned int octave;

	if (ns < 1 << STEPS_BITS)
		return ns > 0 ? (unsigned int)ns : 0;
	octave = 63 - (unsigned int)__builtin_clzll((unsigned long long)ns) - STEPS_BITS;
	return (octave << STEPS_BITS) + (unsigned int)(ns >> octave);
}

/* The longest that falls into it. */
static int64_t bucket_end(unsigned int i)
{
	unsigned int octave = i >> STEPS_BITS;

	if (octave <= 1)
		return (int64_t)i;
	/* The end of the last one is the greatest number that there is. */
	return (int64_t)(((((uint64_t)i & ((1 << STEPS_BITS) - 1)) + (1 << STEPS_BITS) + 1)
			  << (octave - 1)) - 1);
}

void fdr_lateness_reset(struct fdr_lateness *l)
{
	memset(l, 0, sizeof(*l));
}

static void count(struct fdr_lateness *l, uint64_t n, int64_t late_ns)
{
	uint32_t *b = &l->buckets[bucket_of(late_ns)];

	*b = n < UINT32_MAX - *b ? *b + (uint32_t)n : UINT32_MAX;
	if (late_ns > l->max_ns)
		l->max_ns = late_ns;
}

void fdr_lateness_asked(struct fdr_lateness *l, int64_t late_ns)
{
	l->asked++;
	count(l, 1, late_ns);
}

void fdr_lateness_skipped(struct fdr_lateness *l, uint64_t n, int64_t late_ns)
{
	l->skipped += n;
	count(l, n, late_ns);
}

int64_t fdr_lateness_quantile(const struct fdr_lateness *l, unsigned int per_mille)
{
	uint64_t all = 0, below = 0;

	for (unsigned int i = 0; i < FDR_LATENESS_BUCKETS; i++)
		all += l->buckets[i];
	for (unsigned int i = 0; all && i < FDR_LATENESS_BUCKETS; i++) {
		below += l->buckets[i];
		if (below * 1000 >= all * per_mille)
			return bucket_end(i) < l->max_ns ? bucket_end(i) : l->max_ns;
	}
	return l->max_ns;
}
