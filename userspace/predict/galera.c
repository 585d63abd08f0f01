// SPDX-License-Identifier: GPL-2.0-or-later
/* Galera: a member that falls silent, from wsrep_provider_options. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define S	FDR_NS_PER_S
#define MAX_S	1e9

/* Is the line that holds @at a comment of my.cnf? */
static bool in_comment(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	at += strspn(at, " \t");
	return *at == '#';
}

/*
 * What follows "key =": options stand in my.cnf, or in what the server shows as being in
 * force, one after the other with ";" between them.  The last one counts.
 */
static const char *value(const char *text, const char *key)
{
	const char *found = NULL;
	size_t n = strlen(key);

	for (const char *at = strstr(text, key); at; at = strstr(at + n, key)) {
		const char *v = at + n + strspn(at + n, " \t");

		if (at > text && (isalnum((unsigned char)at[-1]) || at[-1] == '_' || at[-1] == '.'))
			continue;
		if (*v == '=' && !in_comment(text, at))
			found = v + 1 + strspn(v + 1, " \t");
	}
	return found;
}

/* "PT5S", "PT0.5S", "PT1M30S", "P1DT1H": ISO 8601, as Galera writes its times. */
static bool duration(const char *v, int64_t *ret)
{
	static const struct { char unit; bool time; double s; } units[] = {
		{ 'D', false, 86400 }, { 'H', true, 3600 }, { 'M', true, 60 }, { 'S', true, 1 },
	};
	size_t next = 0, parts = 0;
	bool time = false;
	double sum = 0;

	if (*v++ != 'P')
		return false;
	while (*v == 'T' || isdigit((unsigned char)*v)) {
		char *end;
		double n;

		if (*v == 'T') {
			if (time)
				return false;
			time = true;
			v++;
			continue;
		}
		n = strtod(v, &end);
		while (next < FDR_ARRAY_LEN(units) &&
		       (units[next].unit != *end || units[next].time != time))
			next++;
		if (next == FDR_ARRAY_LEN(units))
			return false;
		sum += n * units[next++].s;
		parts++;
		v = end + 1;
	}
	if (!parts || !(sum < MAX_S) || !strchr(";\"' \t\r\n", *v))
		return false;
	*ret = (int64_t)(sum * (double)S);
	return true;
}

static int time_of(const char *text, const char *key, int64_t def_ns, int64_t *ret,
		   struct fdr_error *e)
{
	const char *v = value(text, key);

	*ret = def_ns;
	if (!v || duration(v, ret))
		return 0;
	return fdr_err(e, -EINVAL, "%s = %.*s is no time: write it as PT5S", key,
		       (int)strcspn(v, ";\"'\r\n"), v);
}

static void remarks(int64_t suspect, int64_t inactive, int64_t keepalive, unsigned long nodes,
		    struct fdr_prediction *p)
{
	if (suspect <= keepalive)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "evs.suspect_timeout %s is not above "
				   "evs.keepalive_period %s: an idle node is suspected for nothing",
				   fdr_predict_time(suspect).s, fdr_predict_time(keepalive).s);
	if (inactive <= suspect)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "evs.inactive_timeout %s is not above "
				   "evs.suspect_timeout %s", fdr_predict_time(inactive).s,
				   fdr_predict_time(suspect).s);
	fdr_predict_remark(p, FDR_REMARK_NOTE, "a member that only some have stopped hearing is left out "
			   "after evs.inactive_timeout %s; until then every commit waits",
			   fdr_predict_time(inactive).s);
	if (nodes && nodes < 3)
		fdr_predict_remark(p, FDR_REMARK_RISK, "%lu node%s: who is left has no majority and takes "
				   "no writes", nodes, nodes == 1 ? "" : "s");
}

static int galera_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			  struct fdr_prediction *ret, struct fdr_error *e)
{
	unsigned long nodes = (unsigned long)fdr_opts_num(opts, "nodes");
	int64_t keepalive, suspect, inactive, check, join;
	/*
	 * As Galera 26.4.23 of Debian 12 shows them, unset, in wsrep_provider_options; they are
	 * those of "Galera Parameters" in Galera's documentation (but for inactive_check_period,
	 * which stands there as PT1S) and of gcomm/src/defaults.cpp.
	 */
	const struct { const char *key; int64_t def_ns, *ret; } times[] = {
		{ "evs.keepalive_period", S, &keepalive },
		{ "evs.suspect_timeout", 5 * S, &suspect },
		{ "evs.inactive_timeout", 15 * S, &inactive },
		{ "evs.inactive_check_period", S / 2, &check },
		{ "evs.join_retrans_period", S, &join },
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(times); i++) {
		int r = time_of(texts->text[0], times[i].key, times[i].def_ns, times[i].ret, e);

		if (r < 0)
			return r;
	}
	for (int f = FDR_FAILURE_SILENT; f <= FDR_FAILURE_HANG; f += FDR_FAILURE_HANG) {
		if (nodes && nodes < 3) {
			fdr_predict_never(ret, (enum fdr_failure)f, FDR_DETECTED, "the one of %lu that "
					  "is left has no majority", nodes);
			continue;
		}
		fdr_predict_range(ret, (enum fdr_failure)f, FDR_SUSPECTED,
				  suspect > keepalive ? suspect - keepalive : 0, suspect + check,
				  "evs.suspect_timeout %s since it was last heard (every %s), looked at "
				  "every %s", fdr_predict_time(suspect).s, fdr_predict_time(keepalive).s,
				  fdr_predict_time(check).s);
		fdr_predict_range(ret, (enum fdr_failure)f, FDR_DETECTED,
				  suspect > keepalive ? suspect - keepalive : 0, suspect + check + join,
				  "evs.suspect_timeout %s since it was last heard (every %s), looked at "
				  "every %s, agreed in a round of %s", fdr_predict_time(suspect).s,
				  fdr_predict_time(keepalive).s, fdr_predict_time(check).s,
				  fdr_predict_time(join).s);
	}
	remarks(suspect, inactive, keepalive, nodes, ret);
	return 0;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("my.cnf, or what SELECT @@wsrep_provider_options answers"),
	{ .name = "nodes", .type = FDR_OPT_U64, .min = 1, .max = 1000,
	  .summary = "how many nodes there are: is a majority left?" },
};

const struct fdr_predict_ops fdr_predict_galera = {
	.kind = { .name = "galera", .summary = "members of a Galera cluster leaving a silent one out",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = galera_predict,
};
