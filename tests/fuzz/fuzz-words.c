// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a beacon, as an answer or a log line of HAProxy, as netlink attributes. */
#include <string.h>

#include <netlink/attr.h>

#include "fuzz.h"
#include "probe/haproxy-words.h"
#include "sys/attrs.h"
#include "sys/beacon.h"

static void on_row(void *userdata, const struct fdr_haproxy_row *row)
{
	(void)userdata;
	FUZZ_CHECK(row->backend && row->server && row->status);
}

static void words(const char *text)
{
	char *copy = strdup(text), subject[64] = "";
	const char *state, *message;
	struct fdr_error e = { 0 };

	FUZZ_CHECK(copy);
	fdr_haproxy_csv(copy, on_row, NULL, &e);
	free(copy);
	if (fdr_haproxy_log(text, subject, sizeof(subject), &state, &message))
		FUZZ_CHECK(*subject && state && message >= text && message <= text + strlen(text));
}

static void attributes(const uint8_t *data, size_t size)
{
	static const struct fdr_attrs *const tables[] = {
		&fdr_status_attrs, &fdr_fault_attrs, &fdr_injection_attrs, &fdr_beacon_attrs,
		&fdr_event_attrs,
	};
	struct nlattr *nest;
	json_t *o;

	if (size > 4096)
		return;
	nest = calloc(1, NLA_HDRLEN + size);
	FUZZ_CHECK(nest);
	nest->nla_len = NLA_HDRLEN + size;
	memcpy(nla_data(nest), data, size);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		o = NULL;
		if (!fdr_attrs_to_json(tables[i], nest, &o))
			FUZZ_CHECK(json_is_object(o));
		json_decref(o);
	}
	free(nest);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fdr_beacon_msg beacon;
	char *text = malloc(size + 1);

	FUZZ_CHECK(text);
	memcpy(text, data, size);
	text[size] = '\0';
	words(text);
	free(text);
	attributes(data, size);
	if (!fdr_beacon_decode(data, size, &beacon)) {
		FUZZ_CHECK(memchr(beacon.fault, '\0', sizeof(beacon.fault)));
		FUZZ_CHECK(strlen(beacon.boot_id) == 36);
	}
	return 0;
}
