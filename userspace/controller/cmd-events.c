// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "node.h"
#include "print.h"

static bool follow, json;

static const struct fdr_option options[] = {
	{ "follow", 'f', FDR_OPTION_FLAG, &follow, NULL,
	  "go on until interrupted, also where no injection is left" },
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL, "one JSON object a line" },
};

struct watch {
	const struct fdr_node *node;
	bool ended;		/* an injection did since it was last looked */
};

static void print_text(const json_t *data)
{
	int64_t boot_ns = json_integer_value(json_object_get(data, "boottime_ns"));
	char buf[512];

	printf("%lld.%09lld %s", (long long)(boot_ns / FDR_NS_PER_S),
	       (long long)(boot_ns % FDR_NS_PER_S), fdr_text(data, "type", buf, sizeof(buf)));
	if (json_object_get(data, "id"))
		printf(" injection %s", fdr_text(data, "id", buf, sizeof(buf)));
	if (*fdr_text(data, "fault", buf, sizeof(buf)))
		printf(" %s", buf);
	if (*fdr_text(data, "state", buf, sizeof(buf)))
		printf(" %s", buf);
	if (*fdr_time_text(data, "late_ns", buf, sizeof(buf)))
		printf(" late %s", buf);
	if (*fdr_pairs_text(json_object_get(data, "counters"), buf, sizeof(buf)))
		printf(" %s", buf);
	if (*fdr_text(data, "reason", buf, sizeof(buf)))
		printf(": %s", buf);
	putchar('\n');
}

static void on_event(void *userdata, struct fdr_link *l, const char *event, const json_t *data,
		     int64_t received_ns)
{
	struct watch *w = userdata;
	char type[32];

	(void)l;
	(void)received_ns;
	if (strcmp(event, "kernel"))
		return;
	if (json) {
		json_dumpf(data, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		print_text(data);
	}
	fflush(stdout);
	if (!strcmp(fdr_text(data, "type", type, sizeof(type)), "ended"))
		w->ended = true;
}

static bool something_ended(void *userdata)
{
	const struct watch *w = userdata;

	return !fdr_link_alive(w->node->link) || (w->ended && !follow);
}

/* 1 where an injection is pending or active, 0 where none is. */
static int any_left(struct fdr_node *n, struct fdr_error *e)
{
	json_t *status = NULL;
	int r = fdr_node_call(n, "status", NULL, &status, e);

	if (r >= 0)
		r = json_integer_value(json_object_get(status, "active")) > 0;
	json_decref(status);
	return r;
}

static int run(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	struct watch w = { .node = &n };
	struct fdr_error e = { "" };
	int r;

	(void)argc;
	(void)argv;
	r = fdr_node_open(&n);
	if (r)
		return r;
	fdr_link_on_event(n.link, on_event, &w);
	do {
		w.ended = false;
		r = any_left(&n, &e);
		if (r < 0)
			return fdr_fail(r, &e);
		if (!r && !follow)
			return FDR_EXIT_PASS;
		r = fdr_loop_wait(n.loop, something_ended, &w, INT64_MAX);
	} while (r >= 0);
	/* Following ends by Ctrl-C: that is no failure. */
	if (r == -ECANCELED)
		return follow ? FDR_EXIT_PASS : FDR_EXIT_ABORTED;
	fdr_err(&e, r, "%s", strerror(-r));
	return fdr_fail(r, &e);
}

const struct fdr_command fdr_cmd_events = {
	.name = "events",
	.args = "",
	.summary = "Print a node's events as they happen, until no injection is left.",
	.details = "The first column is the node's CLOCK_BOOTTIME in seconds, stamped in the kernel.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.node = true,
	.run = run,
};
