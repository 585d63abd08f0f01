// SPDX-License-Identifier: GPL-2.0-or-later
/* What the tables cannot say: references that lead nowhere, and impossible plans. */
#include "sections.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/opts-value.h"

struct check {
	const struct fdr_plan *p;
	struct fdr_bind *b;
};

#define ERROR(c, place, ...)	fdr_plan_error((c)->b->errors, (place), __VA_ARGS__)

static const struct fdr_plan_part *find_part(const struct fdr_plan_part *v, size_t n,
					     const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].name && !strcmp(v[i].name, name))
			return &v[i];
	return NULL;
}

static void unknown_part(struct check *c, struct fdr_place place, const char *what,
			 const char *name, const struct fdr_plan_part *v, size_t n)
{
	const char **names FDR_CLEANUP_FREE = calloc(n + 1, sizeof(*names));

	if (!names) {
		c->b->errors->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		names[i] = v[i].name ? v[i].name : "";
	fdr_bind_unknown(c->b, place, what, name, names, n);
}

/* The words that a probe can report: its kind's, or the keys of its map. */
static size_t probe_states(const struct fdr_plan_part *part, const char **v, size_t max,
			   char *buf, size_t size)
{
	size_t n = 0;

	if (part->states) {
		snprintf(buf, size, "%s", part->states);
		for (char *save = NULL, *w = strtok_r(buf, "|", &save); w && n < max;
		     w = strtok_r(NULL, "|", &save))
			v[n++] = w;
		return n;
	}
	for (size_t i = 0; i < part->opts.n && n < max; i++)
		if (part->opts.v[i].key && strcmp(part->opts.v[i].desc->name, "samples"))
			v[n++] = part->opts.v[i].key;
	return n;
}

static void check_state(struct check *c, const struct fdr_plan_cond *cond,
			const struct fdr_plan_part *part)
{
	const char *v[64];
	char buf[512], what[160];
	size_t n;

	if (!part->opts.kind)
		return;
	n = probe_states(part, v, FDR_ARRAY_LEN(v), buf, sizeof(buf));
	if (!n)
		return;		/* the probe takes its words from what it reads */
	for (size_t s = 0; s < cond->n_states; s++) {
		bool known = false;

		for (size_t i = 0; i < n; i++)
			known = known || !strcmp(v[i], cond->states[s]);
		if (known)
			continue;
		snprintf(what, sizeof(what), "state of probe %s (%s)", part->name,
			 part->opts.kind->name);
		fdr_bind_unknown(c->b, cond->state_at, what, cond->states[s], v, n);
	}
}

static int check_leaf(void *userdata, const struct fdr_plan_cond *cond)
{
	struct check *c = userdata;
	const struct fdr_plan *p = c->p;
	const struct fdr_plan_part *part;

	if (cond->probe) {
		part = find_part(p->probes, p->n_probes, cond->probe);
		if (part)
			check_state(c, cond, part);
		else
			unknown_part(c, cond->probe_at, "probe", cond->probe, p->probes,
				     p->n_probes);
	}
	if (cond->workload && !find_part(p->workloads, p->n_workloads, cond->workload))
		unknown_part(c, cond->workload_at, "workload", cond->workload, p->workloads,
			     p->n_workloads);
	return 0;
}

static void check_cond(struct check *c, const struct fdr_plan_cond *cond)
{
	fdr_cond_each(cond, check_leaf, c);
}

/* Of a selection, what the probe is to say of the nodes. */
static void check_select(struct check *c, const struct fdr_plan_select *x)
{
	struct fdr_plan_cond leaf = { .probe = x->probe, .states = (char **)&x->state,
				      .n_states = 1, .probe_at = x->probe_at,
				      .state_at = x->state_at };

	if (x->probe && x->state)
		check_cond(c, &leaf);
}

static void check_references(struct check *c)
{
	const struct fdr_plan *p = c->p;

	for (size_t i = 0; i < p->steady.n; i++)
		check_cond(c, &p->steady.conds[i]);
	for (size_t i = 0; i < FDR_MILESTONE_COUNT; i++)
		check_cond(c, &p->milestones[i]);
	for (size_t i = 0; i < p->safety.stop_on.n; i++)
		check_cond(c, &p->safety.stop_on.v[i]);
	for (size_t i = 0; i < p->safety.require.n; i++)
		check_cond(c, &p->safety.require.v[i]);
	for (size_t i = 0; i < p->inject.n_steps; i++)
		check_select(c, &p->inject.steps[i].select);
	for (size_t i = 0; i < p->n_nodes; i++)
		for (size_t k = 0; k < p->nodes[i].n_subjects; k++) {
			const struct fdr_plan_pair *pair = &p->nodes[i].subjects[k];

			if (!find_part(p->probes, p->n_probes, pair->key))
				unknown_part(c, pair->place, "probe", pair->key, p->probes,
					     p->n_probes);
		}
}

static bool has_cond(const struct fdr_plan_cond *cond)
{
	return cond->place.line;
}

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* While @s holds, what @x says, or its opposite if @turned, holds as well. */
static bool leaf_implies(const struct fdr_plan_cond *s, const struct fdr_plan_cond *x, bool turned)
{
	if (!same(x->probe, s->probe) ||
	    (x->subject && s->subject && strcmp(x->subject, s->subject)))
		return false;
	for (size_t i = 0; i < s->n_states; i++)
		if (fdr_cond_names(x, s->states[i]) == turned)
			return false;
	return true;
}

/* The part of the steady state that makes a leaf hold: conditions and "all" of such. */
static const struct fdr_plan_cond *leaf_implied(const struct fdr_plan_cond *steady, size_t n,
						const struct fdr_plan_cond *x, bool turned)
{
	const struct fdr_plan_cond *found = NULL;

	for (size_t i = 0; !found && i < n; i++) {
		if (steady[i].op == FDR_COND_ALL)
			found = leaf_implied(steady[i].parts, steady[i].n_parts, x, turned);
		else if (steady[i].op == FDR_COND_LEAF && leaf_implies(&steady[i], x, turned))
			found = &steady[i];
	}
	return found;
}

static const struct fdr_plan_cond *implied(const struct fdr_plan *p, const struct fdr_plan_cond *x,
					   bool turned)
{
	const struct fdr_plan_cond *found = NULL;
	bool all = (x->op == FDR_COND_ALL) != turned;

	if (x->op == FDR_COND_LEAF)
		return x->probe ? leaf_implied(p->steady.conds, p->steady.n, x, turned) : NULL;
	if (x->op == FDR_COND_NOT)
		return implied(p, x->parts, !turned);
	for (size_t i = 0; i < x->n_parts; i++) {
		found = implied(p, &x->parts[i], turned);
		if (!found == all)
			return found;
	}
	return found;
}

/* Trouble that is part of the steady state could never be told. */
static void check_against_steady(struct check *c, enum fdr_milestone m)
{
	const struct fdr_plan_cond *x = &c->p->milestones[m], *s;

	/* What could not be read in full is reported already. */
	s = fdr_cond_given(x) && !c->b->errors->n ? implied(c->p, x, false) : NULL;
	if (s)
		ERROR(c, x->place, "%s is part of the steady state (line %u): "
		      "it would hold before the fault", fdr_milestone_names[m], s->place.line);
}

static void check_milestones(struct check *c)
{
	const struct fdr_plan *p = c->p;
	const struct fdr_plan_cond *v = p->milestones;
	bool any = false;

	for (size_t i = 0; i < FDR_MILESTONE_COUNT; i++)
		any = any || has_cond(&v[i]);
	if (p->milestones_at.line && !any)
		ERROR(c, p->milestones_at, "milestones: at least one is needed: nothing would be "
		      "measured");
	for (size_t i = 0; i < FDR_MILESTONE_COUNT; i++) {
		const struct fdr_plan_cond *probe = fdr_cond_first(&v[i], false);
		const struct fdr_plan_cond *workload = fdr_cond_first(&v[i], true);

		if (i == FDR_SERVED && probe && !workload)
			ERROR(c, probe->probe_at, "served needs a workload: a probe's view is not "
			      "the users'");
		if (i != FDR_SERVED && workload && !probe)
			ERROR(c, workload->workload_at, "%s needs a probe: a workload only tells "
			      "\"served\"", fdr_milestone_names[i]);
	}
	for (int m = FDR_SUSPECTED; m <= FDR_PROMOTED; m++)
		check_against_steady(c, (enum fdr_milestone)m);
}

/* The deadline by which a milestone must have come. */
static uint64_t deadline_of(const struct fdr_plan *p, enum fdr_milestone m)
{
	if (m == FDR_REDUNDANT || m == FDR_FAILED_BACK)
		return p->trials.observe_ns + p->trials.recover_ns;
	return p->trials.observe_ns;
}

static void check_expect(struct check *c)
{
	const struct fdr_plan *p = c->p;
	char limit[32];

	for (int i = 0; i < FDR_MILESTONE_COUNT; i++) {
		enum fdr_milestone m = (enum fdr_milestone)i;
		const struct fdr_plan_expect *x = &p->expect[m];
		bool measured = m == FDR_FIRST_ERROR ? p->n_workloads : has_cond(&p->milestones[m]);

		if (!x->given)
			continue;
		if (!measured)
			ERROR(c, x->place, "%s is expected but %s", fdr_milestone_names[m],
			      m == FDR_FIRST_ERROR ? "there is no workload" :
						     "is not among the milestones");
		if (x->hi_ns > deadline_of(p, m))
			ERROR(c, x->place, "%s is expected later than its deadline of %s: lengthen "
			      "trials.observe%s", fdr_milestone_names[m],
			      fdr_format_time(deadline_of(p, m), limit, sizeof(limit)),
			      m == FDR_REDUNDANT || m == FDR_FAILED_BACK ? " or trials.recover" : "");
	}
}

/* Requests a second x 1000, where the workload has a rate; else 0. */
static uint64_t rate_of(const struct fdr_plan_part *w)
{
	for (size_t i = 0; w && i < w->opts.n; i++)
		if (w->opts.v[i].desc->type == FDR_OPT_RATE)
			return w->opts.v[i].num;
	return 0;
}

static void check_times(struct check *c)
{
	const struct fdr_plan *p = c->p;
	const struct fdr_plan_cond *served = fdr_cond_first(&p->milestones[FDR_SERVED], true);
	const char *name = served ? served->workload : NULL;
	uint64_t rate = name ? rate_of(find_part(p->workloads, p->n_workloads, name)) : 0;
	struct fdr_place at = p->trials.served_hold_at;

	if (!at.line)
		at = p->milestones[FDR_SERVED].place;
	if (p->steady.place.line && p->steady.deadline_ns <= p->steady.hold_ns)
		ERROR(c, p->steady.deadline_at.line ? p->steady.deadline_at : p->steady.place,
		      "the steady state cannot hold for longer than its deadline");
	if (name && p->trials.served_hold_ns >= p->trials.observe_ns)
		ERROR(c, at, "served_hold is no shorter than trials.observe: \"served\" could never "
		      "be told");
	else if (rate && (long double)p->trials.served_hold_ns * rate < 2e12L)
		ERROR(c, at, "served_hold is too short: it must cover two requests of workload %s",
		      name);
}

static bool is_address(const char *text)
{
	unsigned char buf[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, text, buf) == 1 || inet_pton(AF_INET6, text, buf) == 1;
}

/* ADDRESS, IPv4:PORT or [IPv6]:PORT */
static bool is_beacon(const char *text)
{
	static const struct fdr_opt_desc port = { .name = "port", .type = FDR_OPT_U64, .min = 1,
						  .max = 65535 };
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	uint64_t number;
	char host[64];

	if (is_address(text))
		return true;
	if (!colon || n >= sizeof(host) || fdr_opt_value(&port, colon + 1, &number, NULL) < 0)
		return false;
	if (*text == '[' && n > 2 && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	return is_address(host);
}

static void check_beacon(struct check *c)
{
	const char *text = c->p->safety.beacon;

	if (!text || !strcmp(text, "auto") || !strcmp(text, "off") || is_beacon(text))
		return;
	ERROR(c, c->p->safety.beacon_at, "beacon: \"%.80s\" is neither auto, off nor an address such "
	      "as 10.0.0.1 or 10.0.0.1:5150", text);
}

static void check_gates(struct check *c)
{
	fdr_gates_check(c->p, c->b);
}

void fdr_plan_check(const struct fdr_plan *p, struct fdr_bind *b)
{
	static void (*const checks[])(struct check *c) = {
		check_references, check_milestones, check_expect, check_times, check_beacon,
		check_gates,
	};
	struct check c = { p, b };

	for (size_t i = 0; i < FDR_ARRAY_LEN(checks); i++)
		checks[i](&c);
	fdr_plan_check_ledgers(p, b);
	fdr_plan_check_usage(p, b);
	fdr_plan_check_inject(p, b);
	fdr_plan_check_safety(p, b);
	fdr_plan_check_power(p, b);
	fdr_plan_check_predicts(p, b);
}
