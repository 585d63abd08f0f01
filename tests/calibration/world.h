/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_CALIBRATION_WORLD_H
#define FDR_CALIBRATION_WORLD_H

#include "engine/engine.h"

/* A simulated detector, told by a simulated probe, on a simulated clock. */
enum detector_kind {
	DETECTOR_FIXED,		/* always after the same delay; tells by itself */
	DETECTOR_POLL,		/* looks once in two seconds */
	DETECTOR_SLOWER,	/* the same, 300 ms later */
	DETECTOR_IN_STEP,	/* as poll, its looks at the same phase in each trial */
	DETECTOR_LATE,		/* a long tail, part of it after the deadline */
	DETECTOR_NEVER,
	DETECTOR_FLAPPING,	/* suspects and recovers, and cries wolf now and then */
	DETECTOR_KINDS
};
extern const char *const detector_names[DETECTOR_KINDS];

struct detector_truth {
	double median_s, p90_s;		/* NAN: there is none within reach */
	double seen;			/* the share that comes by the deadline */
};
struct detector_truth detector_truth(enum detector_kind kind);

/* What one drill's detector did. */
struct world_truth {
	int64_t *delays_ns;		/* from the true onset, one a trial */
	size_t n, room;
	unsigned int false_alarms;
};

/*
 * Runs a drill of @trials in the simulated world by fdr_engine_run() and gives what
 * fdr_analyse() makes of it; @dir is for its database.
 */
int world_drill(enum detector_kind kind, unsigned int trials, uint64_t seed, const char *dir,
		struct world_truth *truth, struct fdr_result **ret, struct fdr_error *e);
/* The same with @more among the plan's trials: ", stop: {...}". */
int world_drill_by(enum detector_kind kind, unsigned int trials, const char *more, uint64_t seed,
		   const char *dir, struct world_truth *truth, struct fdr_result **ret,
		   struct fdr_error *e);

#endif /* FDR_CALIBRATION_WORLD_H */
