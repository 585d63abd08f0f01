// SPDX-License-Identifier: GPL-2.0-or-later
#include "countdown.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/loop.h"
#include "print.h"

/* How long after the start its event may take, or the silence of a dead node be believed. */
#define EVENT_NS	(2 * FDR_NS_PER_S)

struct countdown {
	const struct fdr_node *node;
	const char *fault;
	json_int_t id;
	bool started, ended;
	char state[16], reason[256];
};

static void on_event(void *userdata, struct fdr_link *l, const char *event, const json_t *data,
		     int64_t received_ns)
{
	struct countdown *c = userdata;
	char type[32];

	(void)l;
	(void)received_ns;
	if (strcmp(event, "kernel") || json_integer_value(json_object_get(data, "id")) != c->id)
		return;
	fdr_text(data, "type", type, sizeof(type));
	if (!strcmp(type, "onset"))
		c->started = true;
	if (strcmp(type, "ended"))
		return;
	c->ended = true;
	fdr_text(data, "state", c->state, sizeof(c->state));
	fdr_text(data, "reason", c->reason, sizeof(c->reason));
}

static bool settled(void *userdata)
{
	const struct countdown *c = userdata;

	return c->started || c->ended || !fdr_link_alive(c->node->link);
}

/* The whole line is written again: nothing else writes to the terminal meanwhile. */
static void show(const struct countdown *c, int64_t left_ns)
{
	int64_t s = (left_ns + FDR_NS_PER_S - 1) / FDR_NS_PER_S;

	fprintf(stderr, "\r\033[K%s: %s in %lld s (Ctrl-C cancels it)",
		fdr_node_fact(c->node, "hostname"), c->fault, (long long)s);
}

/* 0 once something has happened, or as fdr_loop_wait(). */
static int count(struct countdown *c, int64_t start_ns)
{
	int r = -ETIMEDOUT;

	while (r == -ETIMEDOUT) {
		int64_t left_ns = start_ns - fdr_now_ns();

		if (left_ns <= 0)
			break;
		show(c, left_ns);
		/* Until the number on the screen is wrong. */
		r = fdr_loop_wait(c->node->loop, settled, c,
				  start_ns - (left_ns - 1) / FDR_NS_PER_S * FDR_NS_PER_S);
	}
	fputs("\r\033[K", stderr);
	if (r == -ETIMEDOUT)
		r = fdr_loop_wait(c->node->loop, settled, c, start_ns + EVENT_NS);
	return r;
}

static int cancel(struct fdr_node *n, const struct countdown *c)
{
	struct fdr_error e = { "" };
	int r;

	fdr_loop_unwind();
	r = fdr_node_call(n, "clear", json_pack("{sI}", "id", c->id), NULL, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	/* The start may have come first: then it was reverted, if it could be. */
	if (c->started)
		fdr_warn("injection %lld (%s) had started before it could be cancelled",
			 (long long)c->id, c->fault);
	else
		fprintf(stderr, "%s: injection %lld cancelled; nothing was fired\n",
			fdr_node_fact(n, "hostname"), (long long)c->id);
	return FDR_EXIT_ABORTED;
}

int fdr_countdown(struct fdr_node *n, const char *fault, json_int_t id, uint64_t in_ns)
{
	struct countdown c = { .node = n, .fault = fault, .id = id };
	struct fdr_error e = { "" };
	const char *host = fdr_node_fact(n, "hostname");
	int r;

	fdr_link_on_event(n->link, on_event, &c);
	r = count(&c, fdr_now_ns() + (int64_t)in_ns);
	fdr_link_on_event(n->link, NULL, NULL);
	if (r == -ECANCELED)
		return cancel(n, &c);
	if (c.started) {
		fprintf(stderr, "%s: %s has started\n", host, fault);
		return FDR_EXIT_PASS;
	}
	if (c.ended) {
		fdr_err(&e, -ECANCELED, "%s: injection %lld did not start: %s (%s)", host,
			(long long)id, c.reason, c.state);
		return fdr_fail(-ECANCELED, &e);
	}
	if (!fdr_link_alive(n->link) || r == -ETIMEDOUT) {
		fprintf(stderr, "%s: silent since the start of %s\n", host, fault);
		return FDR_EXIT_PASS;
	}
	fdr_err(&e, r, "%s", strerror(-r));
	return fdr_fail(r, &e);
}
