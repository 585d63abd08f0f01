/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_TEST_VOCABULARY_H
#define FDR_TEST_VOCABULARY_H

#include "plan/plan.h"

/* A small vocabulary with options of every type and faults of every sort. */
const struct fdr_vocabulary *test_vocabulary(void);

#endif /* FDR_TEST_VOCABULARY_H */
