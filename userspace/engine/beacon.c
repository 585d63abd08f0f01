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

static struct fdr_run_node *sender(struct fdr_run *run, const struct fdr_beacon_msg *m)
{
	const struct fdr_run_injection *in = fdr_run_by_cookie(run, m->cookie);

	if (in && !strcmp(in->node->boot_id, m->boot_id))
		return in->node;
	for (size_t i = 0; i < run->plan->n_nodes; i++)
		if (!strcmp(run->nodes[i].boot_id, m->boot_id))
			return &run->nodes[i];
	return NULL;
}

static void on_beacon(void *userdata, const struct fdr_beacon_msg *m)
{
	struct fdr_run *run = userdata;
	struct fdr_run_injection *in = fdr_run_by_cookie(run, m->cookie);
	const struct fdr_run_node *node = sender(run, m);
	char what[128];

	fdr_run_event(run, "beacon", node ? node->plan->name : NULL, m->received_ns, beacon_json(m));
	if (!in || !in->active || in->node != node)
		return;
	if (m->phase == FAULTDRILL_BEACON_ONSET && !in->onset_seen) {
		snprintf(what, sizeof(what), "%s: beacon received", node->plan->name);
		fdr_run_say_since(run, m->received_ns, "onset", what);
	} else if (m->phase == FAULTDRILL_BEACON_PANIC) {
		snprintf(what, sizeof(what), "%s: beacon of the panic notifier", node->plan->name);
		fdr_run_say_since(run, m->received_ns, "panic", what);
	} else {
		return;
	}
	in->onset_seen = true;
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

/* The address by which the node sees this host. */
static bool guess_host(struct fdr_run_node *node)
{
	const char *peer = json_string_value(json_object_get(fdr_link_hello(node->link), "peer"));

	if (!peer || !*peer)
		return false;
	snprintf(node->beacon_host, sizeof(node->beacon_host), "%s", peer);
	return true;
}

int fdr_run_start_beacon(struct fdr_run *run, struct fdr_error *e)
{
	const char *text = run->plan->safety.beacon;
	char host[sizeof(run->nodes->beacon_host)] = "";
	uint16_t port = 0;
	bool any = false;
	int r;

	if (!strcmp(text, "off"))
		return 0;
	if (strcmp(text, "auto"))
		port = split_port(text, host, sizeof(host));
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		if (!node->may_break)
			continue;
		if (*host)
			memcpy(node->beacon_host, host, sizeof(host));
		else if (!guess_host(node))
			fdr_run_warn(run, "no beacon: %s does not tell by which address it sees this "
				     "host; state it as safety.beacon", node->plan->name);
		any = any || *node->beacon_host;
	}
	if (!any)
		return 0;
	r = fdr_beacon_listen(run->loop, "", port, on_beacon, run, &run->beacon, e);
	return r < 0 ? fdr_err_prefix(e, r, "safety.beacon") : 0;
}

/* Whose the panic's beacon will be, which knows of no injection: the fatal one's, if any. */
static uint64_t cookie_of(const struct fdr_run *run, const struct fdr_run_node *node)
{
	const struct fdr_run_injection *found = NULL;

	for (size_t i = 0; i < run->n_injections; i++) {
		const struct fdr_run_injection *in = &run->injections[i];

		if (in->node == node && (!found || (fdr_step_fatal(in->step) &&
						     !fdr_step_fatal(found->step))))
			found = in;
	}
	return found ? found->cookie : 0;
}

/* A node without a beacon can be drilled all the same, with a wider onset. */
void fdr_run_tell_beacon(struct fdr_run *run, struct fdr_run_node *node)
{
	struct fdr_error e = { "" };
	json_t *result = NULL;
	char cookie[24];
	int r;

	if (!run->beacon || !*node->beacon_host)
		return;
	snprintf(cookie, sizeof(cookie), "%" PRIu64, cookie_of(run, node));
	r = fdr_link_call(node->link, "beacon",
			  json_pack("{s:s, s:i, s:s}", "host", node->beacon_host, "port",
				    (int)fdr_beacon_port(run->beacon), "cookie", cookie),
			  fdr_now_ns() + FDR_RUN_CALL_NS, &result, &e);
	if (r < 0)
		fdr_run_warn(run, "no beacon: %s", e.text);
	json_decref(result);
}
