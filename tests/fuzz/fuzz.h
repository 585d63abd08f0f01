/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_TEST_FUZZ_H
#define FDR_TEST_FUZZ_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What must hold whatever the input: a crash otherwise, which the fuzzer keeps. */
#define FUZZ_CHECK(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #cond); \
			abort(); \
		} \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* FDR_TEST_FUZZ_H */
