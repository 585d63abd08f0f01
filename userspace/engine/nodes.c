// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <string.h>

#include "base/loop.h"

#define CONNECT_NS	(20 * FDR_NS_PER_S)
/* One attempt at a node that may be down, and the pause after it. */
#define ATTEMPT_NS	(8 * FDR_NS_PER_S)
#define PAUSE_MIN_NS	(100 * FDR_NS_PER_MS)
#define PAUSE_MAX_NS	(1 * FDR_NS_PER_S)
/* While giving up: how long a node may keep us. */
#define LAST_NS		(5 * FDR_NS_PER_S)

static const char *text_of(const json_t *hello, const char *key)
{
	const char *s = json_string_value(json_object_get(hello, key));

	return s ? s : "";
}

static void on_event(void *userdata, struct fdr_link *l, const char *event, const json_t *data,
		     int64_t received_ns)
{
	struct fdr_run_node *node = userdata;

	(void)l;
	if (!strcmp(event, "kernel"))
		fdr_run_kernel_event(node->run, node, data, received_ns);
}

static void on_death(void *userdata, struct fdr_link *l, const char *why)
{
	struct fdr_run_node *node = userdata;
	struct fdr_run *run = node->run;

	(void)l;
	fdr_run_event(run, "link-down", node->plan->name, fdr_now_ns(),
		      json_pack("{s:s}", "why", why));
	/* The victim of a fatal fault is expected to go. */
	if (fdr_run_dying(run, node))
		return;
	/* Without renewal the kernel ends the fault, maybe before the trial does. */
	if (fdr_run_breaking(run, node))
		fdr_run_phase(run, "agent-lost");
	fdr_run_warn(run, "%s: the agent is gone: %s", node->plan->name, why);
}

static int open_link(struct fdr_run_node *node, int64_t deadline_ns, struct fdr_error *e)
{
	const json_t *hello;
	const char *boot_id;
	int r;

	node->link = fdr_link_close(node->link);
	node->loaded = false;
	r = fdr_link_open(node->run->loop, node->plan->name, node->transport,
			  &node->plan->transport, deadline_ns, &node->link, e);
	if (r < 0)
		return r;
	fdr_link_on_event(node->link, on_event, node);
	fdr_link_on_death(node->link, on_death, node);
	hello = fdr_link_hello(node->link);
	boot_id = text_of(hello, "boot_id");
	if (strcmp(boot_id, node->boot_id))
		node->loaded_by_us = false;
	snprintf(node->boot_id, sizeof(node->boot_id), "%s", boot_id);
	fdr_run_event(node->run, "hello", node->plan->name, fdr_now_ns(),
		      json_deep_copy(hello));
	return 0;
}

/* Only nodes that are to break need the module. */
static int load_module(struct fdr_run_node *node, struct fdr_error *e)
{
	const char *path = node->run->plan->safety.module;
	json_t *result = NULL;
	int r;

	r = fdr_link_call(node->link, "module-load",
			  path ? json_pack("{s:s}", "path", path) : NULL,
			  fdr_now_ns() + 3 * FDR_RUN_CALL_NS, &result, e);
	if (r < 0)
		return r;
	node->loaded = true;
	node->loaded_by_us |= json_is_true(json_object_get(result, "loaded_now"));
	json_decref(result);
	return 0;
}

int fdr_run_connect(struct fdr_run *run, struct fdr_error *e)
{
	int r;

	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];
		const json_t *hello;

		/* What the run that was cut short did to it may still be going on. */
		if (run->resumed && node->may_break)
			r = fdr_run_reconnect(run, node, fdr_now_ns() +
					      (int64_t)run->plan->trials.recover_ns, e);
		else
			r = open_link(node, fdr_now_ns() + CONNECT_NS, e);
		if (r < 0)
			return r;
		hello = fdr_link_hello(node->link);
		fdr_run_say(run, "%s: connected: Linux %s, agent %s", node->plan->name,
			    text_of(hello, "kernel"), text_of(hello, "version"));
	}
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		if (!node->may_break)
			continue;
		r = load_module(node, e);
		if (r < 0)
			return r;
		fdr_run_say(run, "%s: module %s", node->plan->name,
			    node->loaded_by_us ? "loaded" : "was loaded already");
	}
	return 0;
}

int fdr_run_record_nodes(struct fdr_run *run)
{
	json_t *all = json_object();
	char *text FDR_CLEANUP_FREE = NULL;

	for (size_t i = 0; i < run->plan->n_nodes; i++)
		if (run->nodes[i].link)
			json_object_set_new(all, run->nodes[i].plan->name,
					    json_deep_copy(fdr_link_hello(run->nodes[i].link)));
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	return text ? fdr_store_put_meta(run->store, "nodes", text) : -ENOMEM;
}

int fdr_run_reconnect(struct fdr_run *run, struct fdr_run_node *node, int64_t deadline_ns,
		      struct fdr_error *e)
{
	int64_t pause_ns = PAUSE_MIN_NS, from_ns = fdr_now_ns();
	struct fdr_error why = { "" };
	int r;

	for (;;) {
		int64_t now = fdr_now_ns();
		int64_t limit = now + ATTEMPT_NS < deadline_ns ? now + ATTEMPT_NS : deadline_ns;

		if (now >= deadline_ns)
			return fdr_err(e, -ETIMEDOUT, "%s did not come back within %.0f s: %s",
				       node->plan->name, (double)(now - from_ns) / 1e9, why.text);
		r = open_link(node, limit, &why);
		if (r >= 0)
			break;
		if (r == -ECANCELED)
			return fdr_err(e, r, "interrupted");
		/* Other victims may be broken meanwhile. */
		if (run->watch && run->t0_ns && fdr_run_must_stop(run))
			return fdr_run_stop_error(run, e);
		r = fdr_loop_sleep_until(run->loop, fdr_now_ns() + pause_ns);
		if (r < 0)
			return fdr_err(e, r, "interrupted");
		pause_ns = pause_ns * 2 < PAUSE_MAX_NS ? pause_ns * 2 : PAUSE_MAX_NS;
	}
	return node->may_break ? load_module(node, e) : 0;
}

/* It has begun to die of a fault, as far as anything tells. */
static bool has_died(const struct fdr_run *run, const struct fdr_run_node *node)
{
	for (size_t i = 0; i < run->n_injections; i++) {
		const struct fdr_run_injection *in = &run->injections[i];

		if (in->node == node && in->active && fdr_step_fatal(in->step) && in->onset_seen)
			return true;
	}
	return false;
}

/* Is there anything on the node that the last words to it could change? */
static bool worth_telling(const struct fdr_run *run, const struct fdr_run_node *node)
{
	bool alive = node->link && fdr_link_alive(node->link);

	if (!fdr_run_breaking(run, node))
		return alive && node->loaded;
	/* What died of a fatal fault has nothing left to clear. */
	return !fdr_run_dying(run, node) || (alive && !has_died(run, node));
}

/* Clears everything; on a link that is dead, over a new one. */
static int clear_all(struct fdr_run_node *node, int64_t deadline_ns, json_int_t *ret_n,
		     struct fdr_error *e)
{
	json_t *result = NULL;
	int r = 0;

	if (!node->link || !fdr_link_alive(node->link))
		r = open_link(node, deadline_ns, e);
	if (r >= 0)
		r = fdr_link_call(node->link, "clear", NULL, deadline_ns, &result, e);
	if (r >= 0)
		r = fdr_link_call(node->link, "disarm", NULL, deadline_ns, NULL, e);
	*ret_n = json_integer_value(json_object_get(result, "cleared"));
	json_decref(result);
	return r;
}

/* The last words to a victim: nothing may stay broken there. */
static void release(struct fdr_run *run, struct fdr_run_node *node)
{
	bool breaking = fdr_run_breaking(run, node), dying = fdr_run_dying(run, node);
	int64_t deadline_ns = fdr_now_ns() + LAST_NS;
	struct fdr_error e = { "" };
	json_int_t n;
	int r;

	if (!worth_telling(run, node)) {
		if (breaking)
			fdr_run_say(run, "%s died of its fault; nothing is left to clear there",
				    node->plan->name);
		return;
	}
	r = clear_all(node, deadline_ns, &n, &e);
	if (r < 0)
		fdr_run_warn(run, "%s%s", e.text, !breaking ? "" : dying ?
			     ": it may yet die of its fault" :
			     ": it could not be told to clear its fault; its kernel reverts it when "
			     "the lease lapses");
	else if (breaking || n)
		fdr_run_say(run, "%s: %lld fault%s cleared, disarmed", node->plan->name,
			    (long long)n, n == 1 ? "" : "s");
	if (r >= 0 && node->loaded_by_us)
		fdr_link_call(node->link, "module-unload", NULL, deadline_ns, NULL, NULL);
}

static void say_bye(struct fdr_run_node *node)
{
	if (node->link && fdr_link_alive(node->link)) {
		fdr_link_on_death(node->link, NULL, NULL);
		fdr_link_call(node->link, "bye", NULL, fdr_now_ns() + FDR_NS_PER_S, NULL, NULL);
	}
	node->link = fdr_link_close(node->link);
}

void fdr_run_leave_nodes(struct fdr_run *run)
{
	for (size_t i = 0; run->nodes && i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		if (node->loaded_by_us && node->link && fdr_link_alive(node->link))
			fdr_link_call(node->link, "module-unload", NULL, fdr_now_ns() + LAST_NS,
				      NULL, NULL);
		say_bye(node);
	}
}

void fdr_run_release_nodes(struct fdr_run *run)
{
	for (size_t i = 0; run->nodes && i < run->plan->n_nodes; i++) {
		struct fdr_run_node *node = &run->nodes[i];

		/* No other one was ever armed. */
		if (node->may_break)
			release(run, node);
		say_bye(node);
	}
}
