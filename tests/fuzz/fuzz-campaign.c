// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a campaign: read or refused, with a place in each error. */
#include <string.h>

#include "fuzz.h"
#include "plan/campaign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdr_plan_errors errors = { 0 };
	struct fdr_campaign *c = NULL;
	char *text = strndup((const char *)data, size);
	int r;

	FUZZ_CHECK(text);
	r = fdr_campaign_parse("campaign", text, strlen(text), NULL, 0, &c, &errors);
	FUZZ_CHECK((r == 0) == (c != NULL));
	FUZZ_CHECK(r != 0 || !errors.n);
	FUZZ_CHECK(r != -EINVAL || errors.n);
	FUZZ_CHECK(!c || (c->n_cells && c->n_cells <= FDR_CAMPAIGN_CELLS_MAX));
	for (size_t i = 0; i < errors.n; i++)
		FUZZ_CHECK(errors.v[i].text && *errors.v[i].text && errors.v[i].place.line);
	fdr_plan_errors_clear(&errors);
	fdr_campaign_free(c);
	free(text);
	return 0;
}
