// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which combination comes when.  All of it follows from the seed, so that a resumed
 * campaign goes on as it would have.
 */
#include <errno.h>

#include "campaign.h"
#include "engine/phase.h"

#define RUNS_MAX	10000
/* Seeds that can be typed again. */
#define SEED_BELOW	1000000000

static size_t count_steps(const struct fdr_work *w, size_t *ret_rounds)
{
	uint64_t block = w->campaign->block;
	size_t n = 0;

	*ret_rounds = 0;
	for (size_t i = 0; i < w->campaign->n_cells; i++) {
		size_t blocks = block ? (w->trials[i] + block - 1) / block : 1;

		n += blocks;
		if (blocks > *ret_rounds)
			*ret_rounds = blocks;
	}
	return n;
}

/* One block of each cell that has one left, in random order if that is wanted. */
static size_t add_round(struct fdr_work *w, size_t round, uint64_t *state)
{
	struct fdr_turn *first = w->steps + w->n_steps;
	uint64_t block = w->campaign->block;
	size_t n = 0;

	for (size_t i = 0; i < w->campaign->n_cells; i++) {
		uint64_t done = round * block, left = w->trials[i] - done, j;
		struct fdr_turn step = { i, block && block < left ? block : left };

		if (round && done >= w->trials[i])
			continue;
		j = n;
		/* Each new one changes places with an earlier one: a fair shuffle. */
		if (w->campaign->order == FDR_ORDER_RANDOM)
			j = fdr_random_below(state, n + 1);
		first[n] = first[j];
		first[j] = step;
		n++;
	}
	return n;
}

int fdr_work_order(struct fdr_work *w, struct fdr_error *e)
{
	uint64_t state = w->seed;
	size_t n, rounds;

	if (fdr_campaign_soaks(w->campaign))
		return 0;
	n = count_steps(w, &rounds);
	if (n > RUNS_MAX)
		return fdr_err(e, -E2BIG, "%s: %zu runs are too many, for each has its files (at most "
			       "%d): make the blocks larger", w->campaign->path, n, RUNS_MAX);
	w->steps = calloc(n + 1, sizeof(*w->steps));
	if (!w->steps)
		return fdr_err(e, -ENOMEM, "out of memory");
	for (size_t i = 0; i < rounds; i++)
		w->n_steps += add_round(w, i, &state);
	return 0;
}

bool fdr_work_step(const struct fdr_work *w, size_t index, struct fdr_turn *ret)
{
	uint64_t state = w->seed;

	if (!fdr_campaign_soaks(w->campaign)) {
		if (index < w->n_steps)
			*ret = w->steps[index];
		return index < w->n_steps;
	}
	if (index >= RUNS_MAX)
		return false;
	ret->trials = w->campaign->block ? w->campaign->block : 1;
	for (size_t i = 0; i <= index; i++)
		ret->cell = fdr_random_below(&state, w->campaign->n_cells);
	return true;
}

uint64_t fdr_work_seed(const struct fdr_work *w, size_t index)
{
	uint64_t state = ~w->seed, seed = 0;

	for (size_t i = 0; i <= index; i++)
		seed = 1 + fdr_random_below(&state, SEED_BELOW - 1);
	return seed;
}
