// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * {"since_us": 51000, "epoch": 23, "osds": [{"osd": 0, "up": 1, "in": 1}], "reported": [2],
 *  "pgs": {"active+clean": 17}, "health": "HEALTH_OK", "checks": {"OSD_DOWN": "1 osds down"}}
 */
#include "ceph-words.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/macro.h"

#define SINCE_MAX_US	(3600ll * 1000000)

static const char *const health_words[][2] = {
	{ "HEALTH_OK", "ok" }, { "HEALTH_WARN", "warning" }, { "HEALTH_ERR", "error" },
};

/* From best to worst; one PG decides for all. */
static const char *const pg_words[] = { "none", "clean", "recovering", "degraded", "inactive" };
enum { PG_NONE, PG_CLEAN, PG_RECOVERING, PG_DEGRADED, PG_INACTIVE };

/* What a plan may want to wait for is told from the start, also where nothing is wrong. */
static const char *const known_checks[] = {
	"OSD_DOWN", "PG_AVAILABILITY", "PG_DEGRADED", "SLOW_OPS",
};

/* Is @word one of those in "active+undersized+degraded"? */
static bool has(const char *name, const char *word)
{
	size_t len = strlen(word);

	for (;;) {
		size_t n = strcspn(name, "+");

		if (n == len && !strncmp(name, word, n))
			return true;
		if (!name[n])
			return false;
		name += n + 1;
	}
}

/* "stale": nobody has spoken for it since; what it was then says nothing. */
static int pg_rank(const char *name)
{
	if (!has(name, "active") || has(name, "stale"))
		return PG_INACTIVE;
	if (has(name, "degraded") || has(name, "undersized") || has(name, "inconsistent"))
		return PG_DEGRADED;
	return has(name, "clean") ? PG_CLEAN : PG_RECOVERING;
}

static void tell(const struct fdr_ceph_view *v, const char *subject, const char *state,
		 const char *detail)
{
	if (v->fact)
		v->fact(v->userdata, subject, state, detail);
}

static bool whole(json_t *j, int64_t max, int64_t *ret)
{
	*ret = json_is_integer(j) ? json_integer_value(j) : -1;
	return *ret >= 0 && *ret <= max;
}

static bool is_reported(json_t *reported, int64_t osd)
{
	json_t *one;
	size_t i;

	json_array_foreach(reported, i, one)
		if (json_is_integer(one) && json_integer_value(one) == osd)
			return true;
	return false;
}

static bool osds(json_t *line, const struct fdr_ceph_view *v)
{
	json_t *all = json_object_get(line, "osds"), *reported = json_object_get(line, "reported");
	char subject[64], detail[64];
	int64_t epoch;
	json_t *one;
	size_t i;

	if (!json_is_array(all) || !json_is_array(reported) ||
	    !whole(json_object_get(line, "epoch"), INT64_MAX, &epoch))
		return false;
	json_array_foreach(all, i, one) {
		int64_t osd, up, in;

		if (!whole(json_object_get(one, "osd"), INT32_MAX, &osd) ||
		    !whole(json_object_get(one, "up"), 1, &up) ||
		    !whole(json_object_get(one, "in"), 1, &in))
			return false;
		snprintf(detail, sizeof(detail), "osdmap e%" PRId64 ": %s, %s", epoch,
			 up ? "up" : "down", in ? "in" : "out");
		snprintf(subject, sizeof(subject), "osd.%" PRId64, osd);
		tell(v, subject, up ? "up" : "down", detail);
		snprintf(subject, sizeof(subject), "osd.%" PRId64 "/data", osd);
		tell(v, subject, in ? "in" : "out", detail);
		snprintf(subject, sizeof(subject), "osd.%" PRId64 "/reports", osd);
		tell(v, subject, is_reported(reported, osd) ? "reported" : "quiet", detail);
	}
	return true;
}

static bool pgs(json_t *line, const struct fdr_ceph_view *v)
{
	json_t *all = json_object_get(line, "pgs"), *one;
	char detail[256] = "no PGs";
	int worst = PG_NONE;
	const char *name;
	size_t n = 0;

	if (!json_is_object(all))
		return false;
	json_object_foreach(all, name, one) {
		int64_t count;
		int rank = pg_rank(name);

		if (!whole(one, INT32_MAX, &count))
			return false;
		if (!count)
			continue;
		worst = rank > worst ? rank : worst;
		if (n < sizeof(detail))
			n += (size_t)snprintf(detail + n, sizeof(detail) - n, "%s%" PRId64 " %s",
					      n ? ", " : "", count, name);
	}
	tell(v, "pgs", pg_words[worst], detail);
	return true;
}

static bool checks(json_t *all, const struct fdr_ceph_view *v)
{
	char subject[128];
	const char *name;
	json_t *one;

	if (!json_is_object(all))
		return false;
	json_object_foreach(all, name, one) {
		int n = snprintf(subject, sizeof(subject), "health/%s", name);

		if (!json_is_string(one))
			return false;
		/* A name that was cut would be another's. */
		if (n > 0 && (size_t)n < sizeof(subject))
			tell(v, subject, "raised", json_string_value(one));
	}
	for (size_t i = 0; i < FDR_ARRAY_LEN(known_checks); i++) {
		snprintf(subject, sizeof(subject), "health/%s", known_checks[i]);
		if (!json_object_get(all, known_checks[i]))
			tell(v, subject, "cleared", "");
	}
	return true;
}

static bool health(json_t *line, const struct fdr_ceph_view *v)
{
	const char *word = json_string_value(json_object_get(line, "health"));

	for (size_t i = 0; word && i < FDR_ARRAY_LEN(health_words); i++)
		if (!strcmp(word, health_words[i][0])) {
			tell(v, "health", health_words[i][1], word);
			return checks(json_object_get(line, "checks"), v);
		}
	return false;
}

int fdr_ceph_line(const char *line, struct fdr_ceph_view *v, struct fdr_error *e)
{
	json_t *j FDR_CLEANUP(json_decrefp) = NULL;
	struct fdr_ceph_view dry = { 0 };
	json_error_t why;
	int64_t since_us;
	const char *error;

	j = json_loads(line, JSON_REJECT_DUPLICATES, &why);
	if (!j)
		return fdr_err(e, -EBADMSG, "no view of Ceph's: %.120s: %.200s", why.text, line);
	error = json_string_value(json_object_get(j, "error"));
	if (error)
		return fdr_err(e, -EHOSTDOWN, "%.400s", error);
	/* Nothing is told of a line that is damaged further on. */
	if (!whole(json_object_get(j, "since_us"), SINCE_MAX_US, &since_us) || !osds(j, &dry) ||
	    !pgs(j, &dry) || !health(j, &dry))
		return fdr_err(e, -EBADMSG, "a view of Ceph's lacks what it must have: %.200s", line);
	v->since_ns = since_us * 1000;
	osds(j, v);
	pgs(j, v);
	health(j, v);
	return 0;
}
