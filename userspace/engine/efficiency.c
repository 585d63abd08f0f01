// SPDX-License-Identifier: GPL-2.0-or-later
#include "efficiency.h"

#include <string.h>

/* One node's counter, read between two instants of ours. */
struct sample {
	int64_t at_ns;
	int64_t cpu_ns;			/* -1: it could not be told */
	const char *boot_id;
};

/* Of a whole node, or of the group that was asked for. */
static struct sample sample_of(const struct fdr_raw_event *ev, bool group)
{
	const json_t *of = json_object_get(ev->data, "cgroup");
	const json_t *ns = group ? json_object_get(of, "usage_ns") :
				   json_object_get(ev->data, "busy_ns");
	int64_t asked_ns = fdr_raw_num(ev->data, "asked_ns");

	return (struct sample){
		.at_ns = asked_ns + (ev->at_ns - asked_ns) / 2,
		.cpu_ns = json_is_integer(ns) ? json_integer_value(ns) : -1,
		.boot_id = fdr_raw_text(ev->data, "boot_id"),
	};
}

/* Between two samples the time used is taken to be spread evenly. */
static void add_stretch(const struct sample *a, const struct sample *b, int64_t from_ns,
			int64_t to_ns, struct fdr_result_usage_period *p, int64_t *covered_ns)
{
	int64_t lo = a->at_ns > from_ns ? a->at_ns : from_ns;
	int64_t hi = b->at_ns < to_ns ? b->at_ns : to_ns;

	/* A restart begins a new count: of a kernel, or of a service's group. */
	if (hi <= lo || a->cpu_ns < 0 || b->cpu_ns < a->cpu_ns || strcmp(a->boot_id, b->boot_id))
		return;
	p->cpu_ns += (int64_t)((double)(b->cpu_ns - a->cpu_ns) * (double)(hi - lo) /
			       (double)(b->at_ns - a->at_ns));
	*covered_ns += hi - lo;
}

static int64_t add_node(const struct fdr_raw *raw, const char *node, bool group, int64_t every_ns,
			struct fdr_result_usage_period *p)
{
	struct sample last = { 0 };
	int64_t covered_ns = 0;
	bool any = false;

	for (size_t i = 0; i < raw->n_events[FDR_RAW_USAGE]; i++) {
		const struct fdr_raw_event *ev = &raw->events[FDR_RAW_USAGE][i];
		struct sample s;

		if (strcmp(ev->node, node))
			continue;
		/* Of a node that froze in between nobody knows when it looked. */
		if (ev->at_ns - fdr_raw_num(ev->data, "asked_ns") > every_ns / 2)
			continue;
		s = sample_of(ev, group);
		if (any)
			add_stretch(&last, &s, p->from_ns, p->to_ns, p, &covered_ns);
		last = s;
		any = true;
	}
	return covered_ns;
}

/*
 * Before the first reading of the trial and after its last one nothing is known of any
 * node, so that no requests may be counted there either.  A hole in between is a node
 * that was down, and spent nothing.
 */
static void clip(const struct fdr_raw *raw, int64_t *from_ns, int64_t *to_ns)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (size_t i = 0; i < raw->n_events[FDR_RAW_USAGE]; i++) {
		int64_t at = sample_of(&raw->events[FDR_RAW_USAGE][i], false).at_ns;

		first = at < first ? at : first;
		last = at > last ? at : last;
	}
	if (*from_ns < first)
		*from_ns = first < *to_ns ? first : *to_ns;
	if (*to_ns > last)
		*to_ns = last > *from_ns ? last : *from_ns;
}

static void measure(const struct fdr_raw *raw, const json_t *usage, int64_t from_ns,
		    int64_t to_ns, struct fdr_result_usage_period *p)
{
	const json_t *nodes = json_object_get(usage, "nodes");
	bool group = json_object_get(usage, "unit") || json_object_get(usage, "cgroup");
	int64_t every_ns = fdr_raw_num(usage, "every_ns"), covered_ns = 0;
	size_t i;
	json_t *node;

	clip(raw, &from_ns, &to_ns);
	*p = (struct fdr_result_usage_period){ .from_ns = from_ns, .to_ns = to_ns };
	for (size_t k = 0; k < raw->n_requests; k++) {
		const struct fdr_raw_request *q = &raw->requests[k];

		p->ok += (q->status == FDR_REQUEST_OK || q->status == FDR_REQUEST_LATE) &&
			 q->done_ns >= from_ns && q->done_ns < to_ns;
	}
	json_array_foreach(nodes, i, node)
		covered_ns += add_node(raw, json_string_value(node), group, every_ns, p);
	if (to_ns > from_ns && json_array_size(nodes))
		p->covered = (double)covered_ns / (double)(to_ns - from_ns) /
			     (double)json_array_size(nodes);
	/* Within one interval of the samples there is nothing to tell it from the next. */
	p->known = p->cpu_ns > 0 && p->covered > 0 &&
		   to_ns - from_ns >= every_ns;
}

void fdr_efficiency_times(const struct fdr_raw *raw, const json_t *plan, int64_t onset_ns,
			  int64_t served_ns, int64_t end_ns, struct fdr_efficiency_times *ret)
{
	int64_t steady_ns = fdr_raw_step(raw, "steady"), undone_ns = fdr_raw_step(raw, "observed");
	int64_t hold_ns = fdr_raw_num(json_object_get(plan, "steady_state"), "hold_ns");

	*ret = (struct fdr_efficiency_times){
		/* All was well from the beginning of the time for which it had to be. */
		.from_ns = steady_ns ? steady_ns - hold_ns : onset_ns, .onset_ns = onset_ns,
		.back_ns = served_ns ? served_ns : undone_ns ? undone_ns : end_ns,
		.end_ns = end_ns,
		.until = served_ns ? "served" : undone_ns ? "undone" : "end",
	};
	/* What was before the trial is not among its rows. */
	if (ret->from_ns < fdr_raw_step(raw, "begin"))
		ret->from_ns = fdr_raw_step(raw, "begin");
	if (ret->from_ns > onset_ns)
		ret->from_ns = onset_ns;
	if (ret->back_ns < onset_ns)
		ret->back_ns = onset_ns;
	if (ret->end_ns < ret->back_ns)
		ret->end_ns = ret->back_ns;
}

void fdr_efficiency_measure(const struct fdr_raw *raw, const json_t *plan,
			    const struct fdr_efficiency_times *times, struct fdr_result_trial *t)
{
	const int64_t edges[] = { times->from_ns, times->onset_ns, times->back_ns, times->end_ns };
	const json_t *usage = json_object_get(plan, "usage");

	if (!usage || !raw->n_events[FDR_RAW_USAGE])
		return;
	t->usage.present = true;
	snprintf(t->usage.until, sizeof(t->usage.until), "%s", times->until);
	for (int i = 0; i < FDR_USAGE_PERIODS; i++) {
		struct fdr_result_usage_period *p = &t->usage.period[i];

		measure(raw, usage, edges[i], edges[i + 1], p);
		p->from_ns -= times->onset_ns;
		p->to_ns -= times->onset_ns;
	}
}

char *fdr_efficiency_of(const json_t *plan)
{
	const json_t *usage = json_object_get(plan, "usage");
	const char *unit = fdr_raw_text(usage, "unit"), *cgroup = fdr_raw_text(usage, "cgroup");
	char *text = NULL;
	size_t size, i;
	json_t *node;
	FILE *f;

	if (!usage)
		return NULL;
	f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	json_array_foreach(json_object_get(usage, "nodes"), i, node)
		fprintf(f, "%s%s", i ? ", " : "", json_string_value(node));
	if (*unit || *cgroup)
		fprintf(f, ": %s", *unit ? unit : cgroup);
	if (!fclose(f))
		return text;
	free(text);
	return NULL;
}
