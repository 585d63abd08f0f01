// SPDX-License-Identifier: GPL-2.0-or-later
#include "phase.h"

uint64_t fdr_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* The high half of a product: its bias is at most n / 2^64. */
uint64_t fdr_random_below(uint64_t *state, uint64_t n)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)(((wide)fdr_random(state) * n) >> 64);
}

/* Start of the @k-th of @n equal parts. */
static uint64_t part_start(uint64_t period_ns, uint64_t k, uint64_t n)
{
	__extension__ typedef unsigned __int128 wide;

	return (uint64_t)((wide)period_ns * k / n);
}

void fdr_phase_draw(uint64_t seed, uint64_t period_ns, uint64_t *ret, size_t n)
{
	uint64_t state = seed;

	for (size_t i = 0; i < n; i++) {
		uint64_t from = part_start(period_ns, i, n);
		uint64_t to = part_start(period_ns, i + 1, n);
		size_t j = fdr_random_below(&state, i + 1);

		/* Each new part changes places with an earlier one: a fair shuffle. */
		ret[i] = ret[j];
		ret[j] = to > from ? from + fdr_random_below(&state, to - from) : from;
	}
}

void fdr_phase_draw_uniform(uint64_t seed, uint64_t period_ns, uint64_t *ret, size_t n)
{
	uint64_t state = seed;

	for (size_t i = 0; i < n; i++)
		ret[i] = fdr_random_below(&state, period_ns);
}
