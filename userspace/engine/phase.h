/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_PHASE_H
#define FDR_ENGINE_PHASE_H

#include "base/macro.h"

/* The next number of a run's generator (SplitMix64): the same seed, the same row. */
uint64_t fdr_random(uint64_t *state);
/* Uniform on [0, @n). */
uint64_t fdr_random_below(uint64_t *state, uint64_t n);

/*
 * Draws the onset phases of @n trials over [0, @period_ns): uniform, and
 * stratified: each n-th part of the period gets exactly one of them, in random
 * order.  @period_ns 0: all are 0.
 */
void fdr_phase_draw(uint64_t seed, uint64_t period_ns, uint64_t *ret, size_t n);

/* The same, each drawn by itself: what "uniform" says, and some luck of the draw. */
void fdr_phase_draw_uniform(uint64_t seed, uint64_t period_ns, uint64_t *ret, size_t n);

#endif /* FDR_ENGINE_PHASE_H */
