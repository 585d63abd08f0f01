// SPDX-License-Identifier: GPL-2.0-only
/*
 * Distributions by inversion, in fixed point: a 64-bit draw is a number U in
 * (0, 1), and -log2(U) has 32 bits after the point.  The exponential is
 * -mean ln(U); the Pareto, m U^(-1/shape) = m 2^(-log2(U)/shape).
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>

#include "dist.h"
#include "hooks/draw.h"

#define FDR_DIST_LN2		0xb17217f8ULL	/* ln 2, 32 bits after the point */
#define FDR_DIST_ONE		(1ULL << 62)	/* 1, 62 bits after the point */
#define FDR_DIST_LOG_BITS	32
#define FDR_DIST_EXP_BITS	16		/* the result is low by less than 11 ppm */
/* Powers of two beyond which the result would not fit; the cap is lower. */
#define FDR_DIST_EXP_MAX	24

/* -log2(@bits / 2^64), 32 bits after the point; bit by bit, squaring. */
static u64 fdr_dist_neg_log2(u64 bits)
{
	unsigned int top, i;
	u64 m, log;

	bits |= !bits;
	top = fls64(bits) - 1;
	m = top == 63 ? bits >> 1 : bits << (62 - top);
	log = top;
	for (i = 0; i < FDR_DIST_LOG_BITS; i++) {
		m = mul_u64_u64_shr(m, m, 62);
		log = log << 1 | m >> 63;
		m >>= m >> 63;
	}
	return (64ULL << FDR_DIST_LOG_BITS) - log;
}

/* 2^@f, 62 bits after the point, for a fraction @f with 32 bits after the point. */
static u64 fdr_dist_exp2(u32 f)
{
	/* 2^(1/2), 2^(1/4), 2^(1/8) ... */
	static const u64 roots[FDR_DIST_EXP_BITS] = {
		0x5a827999fcef3242, 0x4c1bf828c6dc54b8, 0x45cae0f1f545eb73, 0x42d561b3e6243d8a,
		0x4166c34c5615d0ec, 0x40b268f9de0183ba, 0x4058f6a7ecccd5b6, 0x402c6be96af2fb58,
		0x4016321b687027a8, 0x400b18178ba33b14, 0x40058bce410147e8, 0x4002c5d7bff71daf,
		0x400162e807ee7e5b, 0x4000b1730df6a524, 0x400058b9497b8152, 0x40002c5c955dd701,
	};
	u64 r = FDR_DIST_ONE;
	unsigned int i;

	for (i = 0; i < FDR_DIST_EXP_BITS; i++) {
		if (f & BIT(31 - i))
			r = mul_u64_u64_shr(r, roots[i], 62);
	}
	return r;
}

static u64 fdr_dist_pareto(const struct fdr_dist *dist, u64 bits)
{
	u64 power = div_u64(fdr_dist_neg_log2(bits) * 100, dist->shape);
	u64 least = div_u64(dist->mean_ns * (dist->shape - 100), dist->shape);
	unsigned int whole = upper_32_bits(power);

	if (whole >= FDR_DIST_EXP_MAX)
		return dist->cap_ns;
	return mul_u64_u64_shr(least << whole, fdr_dist_exp2(lower_32_bits(power)), 62);
}

u64 fdr_dist_draw(const struct fdr_dist *dist, u64 n)
{
	u64 ns = dist->mean_ns, bits;

	if (dist->kind != FDR_DIST_FIXED) {
		bits = fdr_draw64(dist->seed, n);
		if (dist->kind == FDR_DIST_UNIFORM)
			ns = ns - dist->jitter_ns +
			     mul_u64_u64_shr(2 * dist->jitter_ns + 1, bits, 64);
		else if (dist->kind == FDR_DIST_EXPONENTIAL)
			ns = mul_u64_u64_shr(ns, mul_u64_u64_shr(fdr_dist_neg_log2(bits),
								 FDR_DIST_LN2, 32), 32);
		else
			ns = fdr_dist_pareto(dist, bits);
	}
	return min(ns, dist->cap_ns);
}
