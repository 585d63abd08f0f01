// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Nagios: a check at its interval, then retries at theirs, SOFT until the last
 * attempt makes it HARD.  Intervals count from a check's start.
 */
#include <errno.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

#define INHERIT_MAX	16		/* templates of templates */

struct nagios {
	const struct fdr_conf *c;
	int64_t unit_ns;		/* interval_length */
	int64_t timeout_ns;		/* of a check */
	int64_t reap_ns;		/* between looks for results that came in */
	int64_t plugin_lo_ns, plugin_hi_ns;	/* a check that meets silence takes so long */
	bool active;
};

struct object {
	bool active, passive, fresh, command;
	int64_t check_ns, retry_ns, fresh_ns;
	unsigned long attempts;
};

/* @text (may be several words, commas between them) names @name. */
static bool names(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = text; p && *p; p += strcspn(p, ","), p += *p == ',')
		if (!strncmp(p, name, n) && (!p[n] || p[n] == ','))
			return true;
	return false;
}

/* "a, b" and "a,b" alike: all words of the object's line @key, joined by commas. */
static const char *list(const struct fdr_conf *c, size_t at, const char *key, char *buf, size_t size)
{
	size_t n = 0, line = fdr_conf_next(c, at, key, FDR_CONF_NONE);

	*buf = '\0';
	for (size_t i = 1; line != FDR_CONF_NONE && i < c->v[line].n && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i > 1 ? "," : "",
				      c->v[line].words[i]);
	return buf;
}

/* A description may hold blanks. */
static bool describes(const struct fdr_conf *c, size_t at, const char *service)
{
	size_t n = 0, line = fdr_conf_next(c, at, "service_description", FDR_CONF_NONE);
	char text[256] = "";

	for (size_t i = 1; line != FDR_CONF_NONE && i < c->v[line].n && n < sizeof(text); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i > 1 ? " " : "",
				      c->v[line].words[i]);
	return !strcmp(text, service);
}

static const char *own(const struct nagios *n, size_t at, const char *key)
{
	return fdr_conf_value(n->c, at, key);
}

static size_t find_template(const struct nagios *n, const char *type, const char *name, size_t len)
{
	for (size_t i = 0; i < n->c->n; i++) {
		const char *its = n->c->v[i].opens ? own(n, i, "name") : NULL;

		if (its && !strcmp(fdr_conf_word(n->c, i, 1), type) && strlen(its) == len &&
		    !strncmp(its, name, len))
			return i;
	}
	return FDR_CONF_NONE;
}

/* The object's own value, else the first that its templates, left to right, have. */
static const char *inherited(const struct nagios *n, size_t at, const char *key, int depth)
{
	const char *type = fdr_conf_word(n->c, at, 1), *value = own(n, at, key);
	char use[512];

	if (value || depth == INHERIT_MAX)
		return value;
	list(n->c, at, "use", use, sizeof(use));
	for (const char *p = use; *p && !value; p += strcspn(p, ","), p += *p == ',') {
		size_t from = *p == ',' ? FDR_CONF_NONE :
			      find_template(n, type, p, strcspn(p, ","));

		if (from != FDR_CONF_NONE)
			value = inherited(n, from, key, depth + 1);
	}
	return value;
}

static int64_t interval(const struct nagios *n, size_t at, const char *key, const char *old)
{
	const char *text = inherited(n, at, key, 0);

	if (!text)
		text = inherited(n, at, old, 0);
	return fdr_conf_time_or(text, n->unit_ns, -1);
}

static bool flag(const struct nagios *n, size_t at, const char *key, bool def)
{
	const char *text = inherited(n, at, key, 0);

	return text ? !strcmp(text, "1") : def;
}

static void read_object(const struct nagios *n, size_t at, struct object *ret)
{
	const char *attempts = inherited(n, at, "max_check_attempts", 0);

	*ret = (struct object){
		.active = flag(n, at, "active_checks_enabled", true),
		.passive = flag(n, at, "passive_checks_enabled", true),
		.fresh = flag(n, at, "check_freshness", false),
		.command = inherited(n, at, "check_command", 0),
		.check_ns = interval(n, at, "check_interval", "normal_check_interval"),
		.retry_ns = interval(n, at, "retry_interval", "retry_check_interval"),
		.fresh_ns = fdr_conf_time_or(inherited(n, at, "freshness_threshold", 0),
					     FDR_NS_PER_S, 0),
		.attempts = attempts ? strtoul(attempts, NULL, 10) : 0,
	};
	if (ret->check_ns < 0)
		ret->check_ns = 5 * n->unit_ns;
	if (ret->retry_ns < 0)
		ret->retry_ns = n->unit_ns;
}

/* The definition of @type whose host_name has @host, and whose description is @service. */
static size_t find_object(const struct nagios *n, const char *type, const char *host,
			  const char *service)
{
	for (size_t i = 0; i < n->c->n; i++) {
		char hosts[1024];

		if (!n->c->v[i].opens || strcmp(fdr_conf_word(n->c, i, 0), "define") ||
		    strcmp(fdr_conf_word(n->c, i, 1), type))
			continue;
		if (!*list(n->c, i, "host_name", hosts, sizeof(hosts)))
			snprintf(hosts, sizeof(hosts), "%s", inherited(n, i, "host_name", 0) ?: "");
		if (names(hosts, host) && (!service || describes(n->c, i, service)))
			return i;
	}
	return FDR_CONF_NONE;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* @lo, @hi: how long a failing check takes.  @sooner: the host's own state may cut retries short. */
static void predict_one(const struct nagios *n, const struct object *o, enum fdr_failure f,
			int64_t lo, int64_t hi, bool sooner, struct fdr_prediction *p)
{
	int64_t again = (int64_t)o->attempts - 1;
	int64_t first = again && sooner ? 1 : again;

	fdr_predict_range(p, f, FDR_DETECTED, first * later(o->retry_ns, lo) + lo,
			  o->check_ns + again * later(o->retry_ns, hi + n->reap_ns) + hi +
			  n->reap_ns, "HARD: up to check %s, then %lld x retry %s, a check takes %s to "
			  "%s%s", fdr_predict_time(o->check_ns).s, (long long)again,
			  fdr_predict_time(o->retry_ns).s, fdr_predict_time(lo).s,
			  fdr_predict_time(hi + n->reap_ns).s,
			  first < again ? "; at the second attempt where the host is DOWN by then" : "");
	if (again)
		fdr_predict_range(p, f, FDR_SUSPECTED, lo, o->check_ns + hi + n->reap_ns,
				  "SOFT: up to check %s, and %s to %s that it takes",
				  fdr_predict_time(o->check_ns).s, fdr_predict_time(lo).s,
				  fdr_predict_time(hi + n->reap_ns).s);
}

static void never(struct fdr_prediction *p, const char *why)
{
	for (int f = 0; f < FDR_FAILURE_COUNT; f++)
		fdr_predict_never(p, (enum fdr_failure)f, FDR_DETECTED, "%s", why);
}

static void remark(const struct nagios *n, const struct object *o, struct fdr_prediction *p)
{
	if (o->retry_ns > o->check_ns)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "retry_interval %s is longer than "
				   "check_interval %s: trouble is looked at less often than peace",
				   fdr_predict_time(o->retry_ns).s, fdr_predict_time(o->check_ns).s);
	if (n->plugin_hi_ns > n->timeout_ns)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "a check may take %s, but Nagios "
				   "kills it after %s", fdr_predict_time(n->plugin_hi_ns).s,
				   fdr_predict_time(n->timeout_ns).s);
	if (o->fresh && o->fresh_ns && o->active && o->fresh_ns < o->check_ns)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "freshness_threshold %s is shorter "
				   "than check_interval %s: good results count as stale",
				   fdr_predict_time(o->fresh_ns).s, fdr_predict_time(o->check_ns).s);
	if (o->attempts == 1)
		fdr_predict_remark(p, FDR_REMARK_RISK, "max_check_attempts 1: the first bad result is "
				   "HARD, and there is no suspicion before it");
}

static void passive_only(const struct object *o, struct fdr_prediction *p)
{
	if (!o->fresh || !o->fresh_ns) {
		never(p, o->passive ? "checks are passive, and without check_freshness (and its "
		      "threshold) a source that has died is never missed" :
		      "it is checked neither actively nor passively");
		return;
	}
	for (int f = 0; f < FDR_FAILURE_COUNT; f++)
		fdr_predict_range(p, (enum fdr_failure)f, FDR_SUSPECTED, 0,
				  o->fresh_ns + 60 * FDR_NS_PER_S, "freshness_threshold %s since the "
				  "last result, looked at every 60 s", fdr_predict_time(o->fresh_ns).s);
}

static void compute(const struct nagios *n, const struct object *o, const struct object *host,
		    struct fdr_prediction *p)
{
	int64_t lo = n->plugin_lo_ns, hi = n->plugin_hi_ns;
	bool sooner = host && host->active && host->command;

	if (!o->command) {
		never(p, "it has no check_command: Nagios takes it for well");
		return;
	}
	if (!n->active || !o->active) {
		passive_only(o, p);
		return;
	}
	if (!o->check_ns) {
		never(p, "check_interval 0: it is not checked on a schedule");
		return;
	}
	if (hi > n->timeout_ns)
		hi = n->timeout_ns;
	predict_one(n, o, FDR_FAILURE_SILENT, lo < hi ? lo : hi, hi, sooner, p);
	predict_one(n, o, FDR_FAILURE_REFUSED, 0, FDR_NS_PER_S, false, p);
	predict_one(n, o, FDR_FAILURE_HANG, 0, hi, false, p);
	remark(n, o, p);
}

static int64_t global_time(const struct fdr_conf *c, const char *key, int64_t def_s)
{
	return fdr_conf_time_or(fdr_conf_value(c, FDR_CONF_NONE, key), FDR_NS_PER_S,
				def_s * FDR_NS_PER_S);
}

static int read_objects(const struct fdr_conf *c, const struct fdr_opts *opts,
			struct fdr_prediction *ret, struct fdr_error *e)
{
	const char *name = fdr_opts_str(opts, "host"), *service = fdr_opts_str(opts, "service");
	int64_t given = (int64_t)fdr_opts_num(opts, "check_time");
	struct nagios n = { .c = c, .unit_ns = global_time(c, "interval_length", 60) };
	size_t host = find_object(&n, "host", name, NULL), at;
	struct object o = { 0 }, h = { 0 };

	at = service ? find_object(&n, "service", name, service) : host;
	if (at == FDR_CONF_NONE)
		return fdr_err(e, -ENOENT, "no definition of %s%.60s%s%.60s in these files",
			       service ? "service " : "host ", service ? service : name,
			       service ? " of host " : "", service ? name : "");
	n.timeout_ns = service ? global_time(c, "service_check_timeout", 60) :
				 global_time(c, "host_check_timeout", 30);
	n.active = strcmp(fdr_conf_value(c, FDR_CONF_NONE, service ? "execute_service_checks" :
					 "execute_host_checks") ?: "1", "0");
	n.plugin_lo_ns = given;
	n.plugin_hi_ns = given ? given : 10 * FDR_NS_PER_S;
	/* A result is worked on at once; the second is the scheduler's own grain. */
	n.reap_ns = FDR_NS_PER_S;
	read_object(&n, at, &o);
	if (host != FDR_CONF_NONE)
		read_object(&n, host, &h);
	if (!o.attempts)
		return fdr_err(e, -EINVAL, "max_check_attempts is set neither there nor in a template");
	compute(&n, &o, service && host != FDR_CONF_NONE ? &h : NULL, ret);
	return 0;
}

static int nagios_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			  struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#;", .blank = "=", .braces = true,
						     .plain = true };
	struct fdr_conf c = { 0 };
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (r >= 0)
		r = read_objects(&c, opts, ret, e);
	fdr_conf_clear(&c);
	return r;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("nagios.cfg and the files with the objects, separated by commas"),
	{ .name = "host", .type = FDR_OPT_STRING, .required = true, .summary = "host_name" },
	{ .name = "service", .type = FDR_OPT_STRING,
	  .summary = "service_description; absent: the host itself" },
	{ .name = "check_time", .type = FDR_OPT_TIME, .min = 1000000, .max = 3600000000000,
	  .summary = "what the plugin takes where nothing answers; absent: up to its usual 10s" },
};

const struct fdr_predict_ops fdr_predict_nagios = {
	.kind = { .name = "nagios", .summary = "Nagios' check of a host or service",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = nagios_predict,
};
