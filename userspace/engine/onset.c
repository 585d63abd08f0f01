// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The onset from the raw rows: the victim's own stamp, mapped to the
 * controller's clock by the exchanges around it, and bounded from above by the
 * instant at which the news of it arrived.
 */
#include "raw.h"

#include <string.h>

#include <linux/faultdrill.h>

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/*
 * The victim's CLOCK_BOOTTIME @boot_ns on the controller's clock: in the
 * interval that every exchange of that boot allows.  False: there was none.
 */
static bool map_clock(const struct fdr_raw *raw, const char *boot_id, int64_t boot_ns,
		      struct fdr_interval *ret)
{
	bool any = false;

	*ret = (struct fdr_interval){ INT64_MIN, INT64_MAX };
	for (size_t i = 0; i < raw->n_events[FDR_RAW_CLOCK]; i++) {
		const struct fdr_raw_event *ev = &raw->events[FDR_RAW_CLOCK][i];
		int64_t at, away, bound;

		if (strcmp(fdr_raw_text(ev->data, "boot_id"), boot_id))
			continue;
		at = boot_ns - fdr_raw_num(ev->data, "offset_ns");
		away = at > ev->at_ns ? at - ev->at_ns : ev->at_ns - at;
		bound = fdr_raw_num(ev->data, "bound_ns") +
			(int64_t)((double)away / 1e9 * FDR_DRIFT_NS_PER_S) + 1;
		ret->lo_ns = max64(ret->lo_ns, at - bound);
		ret->hi_ns = min64(ret->hi_ns, at + bound);
		any = true;
	}
	return any;
}

/*
 * Two exchanges of one boot that contradict each other even with the drift
 * allowed for: its clock has the wrong rate, as that of a virtual machine may
 * whose TSC was calibrated while its host was busy.  Says by how much.
 */
static bool wrong_rate(const struct fdr_raw *raw, const char *boot_id, struct fdr_onset *o)
{
	const struct fdr_raw_event *first = NULL, *last = NULL;
	int64_t apart_ns, gained_ns, bound_ns;

	for (size_t i = 0; i < raw->n_events[FDR_RAW_CLOCK]; i++) {
		const struct fdr_raw_event *ev = &raw->events[FDR_RAW_CLOCK][i];

		if (strcmp(fdr_raw_text(ev->data, "boot_id"), boot_id))
			continue;
		first = first ? first : ev;
		last = ev;
	}
	if (!first || first == last)
		return false;
	apart_ns = last->at_ns - first->at_ns;
	gained_ns = fdr_raw_num(last->data, "offset_ns") - fdr_raw_num(first->data, "offset_ns");
	bound_ns = fdr_raw_num(last->data, "bound_ns") + fdr_raw_num(first->data, "bound_ns") +
		   (int64_t)((double)apart_ns / 1e9 * FDR_DRIFT_NS_PER_S) + 1;
	if (apart_ns <= 0 || (gained_ns <= bound_ns && gained_ns >= -bound_ns))
		return false;
	snprintf(o->why_not, sizeof(o->why_not), "the victim's clock %s %.3f ms in %.1f s against "
		 "this host's: restart it, or see its clock source", gained_ns > 0 ? "gains" : "loses",
		 (double)(gained_ns > 0 ? gained_ns : -gained_ns) / 1e6, (double)apart_ns / 1e9);
	return true;
}

/* The first event of @kind for this injection whose @key is @value. */
static const struct fdr_raw_event *find_news(const struct fdr_raw *raw, enum fdr_raw_kind kind,
					     const json_t *inject, bool (*is)(const json_t *data))
{
	for (size_t i = 0; i < raw->n_events[kind]; i++) {
		const struct fdr_raw_event *ev = &raw->events[kind][i];

		if (!strcmp(fdr_raw_text(ev->data, "cookie"), fdr_raw_text(inject, "cookie")) &&
		    is(ev->data))
			return ev;
	}
	return NULL;
}

static bool is_onset_beacon(const json_t *data)
{
	return fdr_raw_num(data, "phase") == FAULTDRILL_BEACON_ONSET;
}

static bool is_panic_beacon(const json_t *data)
{
	return fdr_raw_num(data, "phase") == FAULTDRILL_BEACON_PANIC;
}

static bool is_onset_event(const json_t *data)
{
	return !strcmp(fdr_raw_text(data, "type"), "onset");
}

static void settle(struct fdr_onset *o, struct fdr_interval at, int64_t received_ns,
		   const char *source)
{
	bool by_arrival = received_ns < at.hi_ns;

	at.hi_ns = min64(at.hi_ns, received_ns);
	if (at.lo_ns > at.hi_ns) {
		snprintf(o->why_not, sizeof(o->why_not), "the clock exchanges contradict the %s by "
			 "%.3f ms", source, (double)(at.lo_ns - at.hi_ns) / 1e6);
		return;
	}
	o->known = true;
	o->at = at;
	snprintf(o->source, sizeof(o->source), "%s", source);
	snprintf(o->detail, sizeof(o->detail), "the victim's stamp by clock exchange%s; drift "
		 "allowance %d ppm", by_arrival ? ", before its arrival here" : "",
		 FDR_DRIFT_NS_PER_S / 1000);
}

static void from_stamp(const struct fdr_raw *raw, const json_t *inject,
		       const struct fdr_raw_event *ev, const char *source, struct fdr_onset *o)
{
	struct fdr_interval at;

	if (map_clock(raw, fdr_raw_text(inject, "boot_id"), fdr_raw_num(ev->data, "boottime_ns"),
		      &at))
		settle(o, at, ev->at_ns, source);
	else
		snprintf(o->why_not, sizeof(o->why_not), "there was no clock exchange");
}

/* The onset lies between its scheduled instant, before which no timer fires, and the panic. */
static void from_panic(const struct fdr_raw *raw, const json_t *inject,
		       const struct fdr_raw_event *panic, struct fdr_onset *o)
{
	const char *boot_id = fdr_raw_text(inject, "boot_id");
	struct fdr_interval from, to;

	if (!map_clock(raw, boot_id, fdr_raw_num(inject, "start_boottime_ns"), &from) ||
	    !map_clock(raw, boot_id, fdr_raw_num(panic->data, "boottime_ns"), &to))
		return;
	settle(o, (struct fdr_interval){ from.lo_ns, to.hi_ns }, panic->at_ns, "panic beacon");
}

static void from_command(const json_t *exec, struct fdr_onset *o)
{
	int64_t stamp_ns = fdr_raw_num(exec, "stamp_ns");

	o->known = true;
	o->at = (struct fdr_interval){ fdr_raw_num(exec, "lo_ns"), fdr_raw_num(exec, "hi_ns") };
	if (stamp_ns)
		o->at = (struct fdr_interval){ stamp_ns, stamp_ns };
	snprintf(o->source, sizeof(o->source), "command");
	snprintf(o->detail, sizeof(o->detail), stamp_ns ? "the command's own stamp" :
		 "between the command's start and end");
}

static bool is_record(const json_t *data)
{
	return !strcmp(fdr_raw_text(data, "type"), "record");
}

static bool is_persisted(const json_t *data)
{
	return !strcmp(fdr_raw_text(data, "type"), "persisted");
}

static void from_kernel(const struct fdr_raw *raw, const json_t *inject, struct fdr_onset *ret)
{
	const struct fdr_raw_event *ev;

	if (wrong_rate(raw, fdr_raw_text(inject, "boot_id"), ret))
		return;
	snprintf(ret->why_not, sizeof(ret->why_not), "neither a beacon nor an event of the kernel "
		 "confirms the onset");
	ev = find_news(raw, FDR_RAW_BEACON, inject, is_onset_beacon);
	if (ev) {
		from_stamp(raw, inject, ev, "beacon", ret);
		return;
	}
	ev = find_news(raw, FDR_RAW_KERNEL, inject, is_onset_event);
	if (ev) {
		from_stamp(raw, inject, ev, "kernel event", ret);
		return;
	}
	ev = find_news(raw, FDR_RAW_KERNEL, inject, is_record);
	if (ev) {
		from_stamp(raw, inject, ev, "module's record", ret);
		return;
	}
	ev = find_news(raw, FDR_RAW_KERNEL, inject, is_persisted);
	if (ev) {
		from_stamp(raw, inject, ev, "persisted record", ret);
		return;
	}
	ev = find_news(raw, FDR_RAW_BEACON, inject, is_panic_beacon);
	if (ev)
		from_panic(raw, inject, ev, ret);
}

static struct fdr_hit *add_hit(struct fdr_hits *h, const struct fdr_raw_event *ev)
{
	struct fdr_hit *x;

	if (h->n == FDR_HITS_MAX)
		return NULL;
	x = &h->v[h->n++];
	*x = (struct fdr_hit){ .node = ev->node ? ev->node : "",
			       .fault = fdr_raw_text(ev->data, "fault"),
			       .step = (unsigned int)fdr_raw_num(ev->data, "step"),
			       .at_ns = fdr_raw_num(ev->data, "at_ns") };
	if (!x->step)
		x->step = 1;
	return x;
}

/* How fast the victim's clock runs against this host's, by the exchanges of that boot. */
static void find_drift(const struct fdr_raw *raw, const char *boot_id, struct fdr_hit *x)
{
	const struct fdr_raw_event *first = NULL, *last = NULL;
	double apart_s, bound_ns;

	for (size_t i = 0; i < raw->n_events[FDR_RAW_CLOCK]; i++) {
		const struct fdr_raw_event *ev = &raw->events[FDR_RAW_CLOCK][i];

		if (strcmp(fdr_raw_text(ev->data, "boot_id"), boot_id))
			continue;
		first = first ? first : ev;
		last = ev;
		x->n_exchanges++;
	}
	if (!last || last->at_ns - first->at_ns < FDR_NS_PER_S)
		return;
	apart_s = (double)(last->at_ns - first->at_ns) / 1e9;
	bound_ns = (double)(fdr_raw_num(last->data, "bound_ns") +
			    fdr_raw_num(first->data, "bound_ns"));
	x->has_drift = true;
	x->drift_ppm = (double)(fdr_raw_num(last->data, "offset_ns") -
				fdr_raw_num(first->data, "offset_ns")) / apart_s / 1e3;
	x->drift_bound_ppm = bound_ns / apart_s / 1e3;
}

/* The last attempt counts: those before it were called back. */
static void add_injections(const struct fdr_raw *raw, struct fdr_hits *h)
{
	const struct fdr_raw_event *v = raw->events[FDR_RAW_INJECT];
	size_t n = raw->n_events[FDR_RAW_INJECT];
	int64_t attempt = n ? fdr_raw_num(v[n - 1].data, "attempt") : 0;

	for (size_t i = 0; i < n; i++) {
		struct fdr_hit *x;

		/* Runs of older versions number no attempts, and have one injection each. */
		if (fdr_raw_num(v[i].data, "attempt") != attempt || (!attempt && i + 1 < n))
			continue;
		x = add_hit(h, &v[i]);
		if (!x)
			return;
		from_kernel(raw, v[i].data, &x->onset);
		find_drift(raw, fdr_raw_text(v[i].data, "boot_id"), x);
		if (!map_clock(raw, fdr_raw_text(v[i].data, "boot_id"),
			       fdr_raw_num(v[i].data, "start_boottime_ns"), &x->planned))
			x->planned = (struct fdr_interval){ v[i].at_ns, v[i].at_ns };
	}
}

static void add_commands(const struct fdr_raw *raw, struct fdr_hits *h)
{
	for (size_t i = 0; i < raw->n_events[FDR_RAW_EXEC]; i++) {
		const struct fdr_raw_event *ev = &raw->events[FDR_RAW_EXEC][i];
		struct fdr_hit *x = add_hit(h, ev);

		if (!x)
			return;
		x->fault = "exec";
		from_command(ev->data, &x->onset);
	}
}

/*
 * The earliest of all onsets.  One that nothing confirms may have been the earliest,
 * but no earlier than its scheduled instant, before which no timer fires.
 */
static void find_earliest(struct fdr_hits *h)
{
	const struct fdr_onset *first = NULL, *unknown = NULL;
	struct fdr_interval at = { INT64_MAX, INT64_MAX };

	for (size_t i = 0; i < h->n; i++) {
		const struct fdr_onset *o = &h->v[i].onset;

		unknown = o->known || unknown ? unknown : o;
		if (!o->known)
			continue;
		if (!first || o->at.hi_ns < first->at.hi_ns)
			first = o;
		at.lo_ns = min64(at.lo_ns, o->at.lo_ns);
		at.hi_ns = min64(at.hi_ns, o->at.hi_ns);
	}
	if (!first) {
		if (unknown)
			h->first = *unknown;
		return;
	}
	for (size_t i = 0; i < h->n; i++)
		if (!h->v[i].onset.known && h->v[i].planned.lo_ns < at.lo_ns)
			at.lo_ns = h->v[i].planned.lo_ns;
	h->first = *first;
	h->first.at = at;
}

/*
 * How far apart the onsets of kernels lie, each less its step's own instant: what
 * is to come together came within this.
 */
static void find_spread(struct fdr_hits *h)
{
	struct fdr_interval least = { INT64_MAX, INT64_MAX }, most = { INT64_MIN, INT64_MIN };
	size_t n = 0;

	for (size_t i = 0; i < h->n; i++) {
		const struct fdr_hit *x = &h->v[i];
		int64_t lo = x->onset.at.lo_ns - x->at_ns, hi = x->onset.at.hi_ns - x->at_ns;

		if (!*x->node || !x->onset.known)
			continue;
		least = (struct fdr_interval){ min64(least.lo_ns, lo), min64(least.hi_ns, hi) };
		most = (struct fdr_interval){ max64(most.lo_ns, lo), max64(most.hi_ns, hi) };
		n++;
	}
	h->has_spread = n > 1;
	if (n > 1)
		h->spread = (struct fdr_interval){ max64(0, most.lo_ns - least.hi_ns),
						   most.hi_ns - least.lo_ns };
}

void fdr_hits_find(const struct fdr_raw *raw, struct fdr_hits *ret)
{
	*ret = (struct fdr_hits){ 0 };
	add_injections(raw, ret);
	add_commands(raw, ret);
	snprintf(ret->first.why_not, sizeof(ret->first.why_not), "nothing was injected");
	for (size_t i = 0; i < raw->n_events[FDR_RAW_PHASE]; i++)
		if (!strcmp(fdr_raw_text(raw->events[FDR_RAW_PHASE][i].data, "step"), "void"))
			snprintf(ret->first.why_not, sizeof(ret->first.why_not), "%s",
				 fdr_raw_text(raw->events[FDR_RAW_PHASE][i].data, "why"));
	if (!ret->n)
		return;
	find_earliest(ret);
	find_spread(ret);
}

void fdr_onset_find(const struct fdr_raw *raw, struct fdr_onset *ret)
{
	struct fdr_hits h;

	fdr_hits_find(raw, &h);
	*ret = h.first;
}
