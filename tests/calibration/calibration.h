/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CALIBRATION_H
#define FDR_CALIBRATION_H

#include <jansson.h>

#include "engine/engine.h"
#include "engine/phase.h"
#include "stats/stats.h"

/*
 * Do intervals hold the truth as often as they say?  Truth is known here: values
 * are drawn from distributions, and detectors in a simulated world have delays
 * that are programmed.
 */

/* A row of figures; all are kept, and printed as they come. */
struct tally {
	unsigned int passed, failed;
	json_t *rows;
	unsigned int scale;		/* how much more than in the quick run */
};
/* @value must lie in [lo, hi]; the text says what it is and of how many. */
void tally_check(struct tally *t, double value, double lo, double hi, const char *unit,
		 const char *fmt, ...) FDR_PRINTF(6, 7);
/* k of n, in per cent. */
double percent(uint64_t k, uint64_t n);

/* Uniform on (0, 1); the same state gives the same row. */
static inline double uniform(uint64_t *state)
{
	return ((double)(fdr_random(state) >> 11) + 0.5) / 9007199254740992.0;
}

void calibrate_statistics(struct tally *t);
void calibrate_engine(struct tally *t);
void calibrate_stopping(struct tally *t);

#endif /* FDR_CALIBRATION_H */
