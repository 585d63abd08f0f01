// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include <linux/faultdrill.h>

static json_t *beacon_json(const struct fdr_beacon_msg *m)
{
	char cookie[24];

	snprintf(cookie, sizeof(cookie), "%" PRIu64, m->cookie);
	return json_pack("{s:i, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "phase", (int)m->phase,
			 "cookie", cookie, "boot_id", m->boot_id,
			 "id", (json_int_t)m->injection, "seq", (json_int_t)m->seq,
			 "boottime_ns", (json_int_t)m->boottime_ns,
			 "monotonic_ns", (json_int_t)m->monotonic_ns,
			 "realtime_ns", (json_int_t)m->realtime_ns, "fault", m->fault);
}

static void on_beacon(void *userdata, const struct fdr_beacon_msg *m)
{
	struct fdr_run *run = userdata;
	struct fdr_run_injection *in = &run->injection;

	fdr_run_event(run, "beacon", run->victim->plan->name, m->received_ns, beacon_json(m));
	if (!in->active || m->cookie != in->cookie || strcmp(m->boot_id, run->victim->boot_id))
		return;
	if (m->phase == FAULTDRILL_BEACON_ONSET && !in->onset_seen) {
		in->onset_seen = true;
		fdr_run_say_since(run, m->received_ns, "onset", "beacon received");
	} else if (m->phase == FAULTDRILL_BEACON_PANIC) {
		fdr_run_say_since(run, m->received_ns, "panic", "beacon of the panic notifier");
		in->onset_seen = true;
	}
}

/* "10.0.0.1:5150", "[::1]:5150", "::1" -> its parts; the plan has checked them. */
static uint16_t split_port(const char *text, char *host, size_t size)
{
	const char *colon = strrchr(text, ':');
	bool bracket = *text == '[';
	size_t n;

	if (!colon || (!bracket && strchr(text, ':') != colon)) {
		snprintf(host, size, "%s", text);
		return 0;
	}
	n = (size_t)(colon - text) - (bracket ? 2 : 0);
	snprintf(host, size, "%.*s", (int)n, text + bracket);
	return (uint16_t)strtoul(colon + 1, NULL, 10);
}

/* The address by which the victim sees this host. */
static bool guess_host(struct fdr_run *run)
{
	const json_t *hello = fdr_link_hello(run->victim->link);
	const char *peer = json_string_value(json_object_get(hello, "peer"));

	if (!peer || !*peer)
		return false;
	snprintf(run->beacon_host, sizeof(run->beacon_host), "%s", peer);
	return true;
}

int fdr_run_start_beacon(struct fdr_run *run, struct fdr_error *e)
{
	const char *text = run->plan->safety.beacon;
	uint16_t port = 0;
	int r;

	if (!strcmp(text, "off"))
		return 0;
	if (strcmp(text, "auto")) {
		port = split_port(text, run->beacon_host, sizeof(run->beacon_host));
	} else if (!guess_host(run)) {
		fdr_run_warn(run, "no beacon: %s does not tell by which address it sees this host; "
			     "state it as safety.beacon", run->victim->plan->name);
		return 0;
	}
	r = fdr_beacon_listen(run->loop, "", port, on_beacon, run, &run->beacon, e);
	return r < 0 ? fdr_err_prefix(e, r, "safety.beacon") : 0;
}

/* A node without a beacon can be drilled all the same, with a wider onset. */
void fdr_run_tell_beacon(struct fdr_run *run)
{
	struct fdr_error e = { "" };
	json_t *result = NULL;
	char cookie[24];
	int r;

	if (!run->beacon)
		return;
	snprintf(cookie, sizeof(cookie), "%" PRIu64, run->injection.cookie);
	r = fdr_link_call(run->victim->link, "beacon",
			  json_pack("{s:s, s:i, s:s}", "host", run->beacon_host, "port",
				    (int)fdr_beacon_port(run->beacon), "cookie", cookie),
			  fdr_now_ns() + FDR_RUN_CALL_NS, &result, &e);
	if (r < 0)
		fdr_run_warn(run, "no beacon: %s", e.text);
	json_decref(result);
}
