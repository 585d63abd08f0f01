/* SPDX-License-Identifier: GPL-2.0-only */
/* Chance that can be repeated: draw number n depends on the seed and on n alone. */
#ifndef FDR_HOOKS_DRAW_H
#define FDR_HOOKS_DRAW_H

#include <linux/types.h>

/* 64 uniform bits (splitmix64).  Any context. */
static __always_inline u64 fdr_draw64(u64 seed, u64 n)
{
	u64 z = seed + n * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Uniform on 0 .. @bound - 1.  Any context. */
static __always_inline u32 fdr_draw(u64 seed, u64 n, u32 bound)
{
	return (u32)(((fdr_draw64(seed, n) >> 32) * bound) >> 32);
}

#endif /* FDR_HOOKS_DRAW_H */
