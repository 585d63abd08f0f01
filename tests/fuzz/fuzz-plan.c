// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a plan: read or refused, with a place in each error. */
#include <string.h>
#include <sys/mman.h>

#include "common-vocabulary.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_plan *plan = NULL;
	char path[64];
	int fd = memfd_create("plan", MFD_CLOEXEC), r;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = fdr_plan_load(path, test_vocabulary(), NULL, 0, &plan, &errors);
	close(fd);
	FUZZ_CHECK((r == 0) == (plan != NULL));
	FUZZ_CHECK(r != 0 || !errors.n);
	FUZZ_CHECK(r != -EINVAL || errors.n);
	for (size_t i = 0; i < errors.n; i++)
		FUZZ_CHECK(errors.v[i].text && *errors.v[i].text);
	fdr_plan_errors_clear(&errors);
	fdr_plan_free(plan);
	return 0;
}
