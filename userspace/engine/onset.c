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

/* The last one: those before it were called back, for the steady state was lost. */
static const json_t *the_injection(const struct fdr_raw *raw)
{
	size_t n = raw->n_events[FDR_RAW_INJECT];

	return n ? raw->events[FDR_RAW_INJECT][n - 1].data : NULL;
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

void fdr_onset_find(const struct fdr_raw *raw, struct fdr_onset *ret)
{
	const json_t *inject = the_injection(raw);
	const struct fdr_raw_event *ev;

	*ret = (struct fdr_onset){ 0 };
	if (raw->n_events[FDR_RAW_EXEC]) {
		from_command(raw->events[FDR_RAW_EXEC][0].data, ret);
		return;
	}
	if (!inject) {
		snprintf(ret->why_not, sizeof(ret->why_not), "nothing was injected");
		return;
	}
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
	ev = find_news(raw, FDR_RAW_BEACON, inject, is_panic_beacon);
	if (ev)
		from_panic(raw, inject, ev, ret);
}
