// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VRRP as keepalived speaks it: the backup takes over when three advertisements
 * and its own skew have passed without one.  @config is of the node that takes
 * over, for its timer counts; @peer of the one that breaks.
 */
#include <errno.h>
#include <string.h>

#include "conf.h"
#include "kinds.h"

static const struct fdr_conf_style style = { .comment = "#!", .braces = true };

struct instance {
	size_t at;			/* its line */
	int64_t advert_ns;
	unsigned long priority, id, version;
	bool nopreempt, master;
};

struct script {
	bool found;
	char name[64];
	int64_t interval_ns, timeout_ns;
	unsigned long fall;
	long weight;
};

static long number(const struct fdr_conf *c, size_t block, const char *key, long def)
{
	const char *text = fdr_conf_value(c, block, key);

	return text && *text ? strtol(text, NULL, 10) : def;
}

static int read_instance(const struct fdr_conf *c, const char *name, const char *whose,
			 struct instance *ret, struct fdr_error *e)
{
	size_t global = fdr_conf_next(c, FDR_CONF_NONE, "global_defs", FDR_CONF_NONE);
	size_t at = FDR_CONF_NONE, n = 0;
	const char *advert;

	for (size_t i = fdr_conf_next(c, FDR_CONF_NONE, "vrrp_instance", FDR_CONF_NONE);
	     i != FDR_CONF_NONE; i = fdr_conf_next(c, FDR_CONF_NONE, "vrrp_instance", i)) {
		if (name && strcmp(fdr_conf_word(c, i, 1), name))
			continue;
		at = i;
		n++;
	}
	if (!n)
		return fdr_err(e, -ENOENT, "%s has no vrrp_instance %s", whose, name ? name : "at all");
	if (n > 1)
		return fdr_err(e, -EINVAL, "%s has %zu instances: say which with \"instance\"", whose,
			       n);
	*ret = (struct instance){
		.at = at,
		.priority = (unsigned long)number(c, at, "priority", 100),
		.id = (unsigned long)number(c, at, "virtual_router_id", 0),
		.nopreempt = fdr_conf_next(c, at, "nopreempt", FDR_CONF_NONE) != FDR_CONF_NONE,
		.master = fdr_conf_value(c, at, "state") &&
			  !strcmp(fdr_conf_value(c, at, "state"), "MASTER"),
	};
	ret->version = (unsigned long)number(c, at, "version",
			global == FDR_CONF_NONE ? 2 : number(c, global, "vrrp_version", 2));
	advert = fdr_conf_value(c, at, "advert_int");
	if (advert && fdr_conf_time(advert, FDR_NS_PER_S, &ret->advert_ns) < 0)
		return fdr_err(e, -EINVAL, "%s: advert_int \"%.40s\" is no number of seconds", whose,
			       advert);
	if (!advert)
		ret->advert_ns = FDR_NS_PER_S;
	if (ret->priority < 1 || ret->priority > 255)
		return fdr_err(e, -EINVAL, "%s: priority %lu is not 1 to 255", whose, ret->priority);
	return 0;
}

/* Version 2 counts the skew in 1/256 s, version 3 in 1/256 of the interval. */
static int64_t skew(const struct instance *i, int64_t advert_ns)
{
	return (int64_t)(256 - i->priority) * (i->version == 3 ? advert_ns : FDR_NS_PER_S) / 256;
}

static void put_both(struct fdr_prediction *p, enum fdr_failure f, int64_t lo, int64_t hi,
		     const char *why)
{
	fdr_predict_range(p, f, FDR_DETECTED, lo, hi, "%s", why);
	fdr_predict_range(p, f, FDR_PROMOTED, lo, hi, "%s", why);
}

static void never_both(struct fdr_prediction *p, enum fdr_failure f, const char *why)
{
	fdr_predict_never(p, f, FDR_DETECTED, "%s", why);
	fdr_predict_never(p, f, FDR_PROMOTED, "%s", why);
}

/* The first script that the instance tracks, as it is defined and weighed there. */
static void read_script(const struct fdr_conf *c, const struct instance *i, struct script *ret)
{
	size_t list = fdr_conf_next(c, i->at, "track_script", FDR_CONF_NONE), tracked, def;
	const char *timeout;

	*ret = (struct script){ 0 };
	for (tracked = 0; list != FDR_CONF_NONE && tracked < c->n; tracked++)
		if (c->v[tracked].parent == list && c->v[tracked].n)
			break;
	if (list == FDR_CONF_NONE || tracked == c->n)
		return;
	snprintf(ret->name, sizeof(ret->name), "%s", fdr_conf_word(c, tracked, 0));
	for (def = fdr_conf_next(c, FDR_CONF_NONE, "vrrp_script", FDR_CONF_NONE);
	     def != FDR_CONF_NONE; def = fdr_conf_next(c, FDR_CONF_NONE, "vrrp_script", def))
		if (!strcmp(fdr_conf_word(c, def, 1), ret->name))
			break;
	if (def == FDR_CONF_NONE)
		return;
	ret->found = true;
	ret->interval_ns = fdr_conf_time_or(fdr_conf_value(c, def, "interval"), FDR_NS_PER_S,
					    FDR_NS_PER_S);
	timeout = fdr_conf_value(c, def, "timeout");
	ret->timeout_ns = fdr_conf_time_or(timeout, FDR_NS_PER_S, ret->interval_ns);
	ret->fall = (unsigned long)number(c, def, "fall", 1);
	ret->weight = number(c, def, "weight", 0);
	if (fdr_conf_has(c, tracked, 1, "weight"))
		ret->weight = strtol(fdr_conf_word(c, tracked,
				fdr_conf_has(c, tracked, 1, "weight") + 1), NULL, 10);
}

/*
 * A service that fails on a node whose VRRP goes on: only a tracked script tells.  Without
 * a weight the instance gives up at once (priority 0: the backup waits for its skew only);
 * with one the backup takes over at the next advertisement that is below its own.
 */
static void predict_script(const struct instance *mine, const struct instance *its,
			   const struct script *s, struct fdr_prediction *p)
{
	int64_t fall = s->fall ? (int64_t)s->fall : 1, lo, hi;
	char why[200];

	if (!s->found) {
		const char *text = "no track_script on the node that breaks: VRRP sees nodes, and "
				   "nothing of the services on them";

		never_both(p, FDR_FAILURE_REFUSED, text);
		never_both(p, FDR_FAILURE_HANG, text);
		return;
	}
	if (s->weight < 0 && (long)its->priority + s->weight >= (long)mine->priority) {
		snprintf(why, sizeof(why), "script %s lowers priority %lu by %ld, which stays above "
			 "the backup's %lu", s->name, its->priority, -s->weight, mine->priority);
		never_both(p, FDR_FAILURE_REFUSED, why);
		never_both(p, FDR_FAILURE_HANG, why);
		return;
	}
	if (s->weight < 0 && mine->nopreempt) {
		never_both(p, FDR_FAILURE_REFUSED, "the backup has nopreempt: a master of lower "
			   "priority keeps the address");
		never_both(p, FDR_FAILURE_HANG, "the backup has nopreempt: a master of lower "
			   "priority keeps the address");
		return;
	}
	/* Runs keep their own schedule, one at an interval. */
	lo = (fall - 1) * s->interval_ns + (s->weight ? 0 : skew(mine, its->advert_ns));
	hi = fall * s->interval_ns + (s->weight ? its->advert_ns : skew(mine, its->advert_ns));
	snprintf(why, sizeof(why), "script %s: fall %lld x interval %s, then %s", s->name,
		 (long long)fall, fdr_predict_time(s->interval_ns).s,
		 s->weight ? "the next advertisement" : "the backup's skew");
	put_both(p, FDR_FAILURE_REFUSED, lo, hi, why);
	put_both(p, FDR_FAILURE_HANG, lo, hi + s->timeout_ns, why);
}

static void compare(const struct instance *mine, const struct instance *its,
		    struct fdr_prediction *p)
{
	if (mine->id != its->id)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "virtual_router_id %lu here and %lu "
				   "on the peer: they do not hear each other, both are master",
				   mine->id, its->id);
	if (mine->version != its->version)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "VRRP version %lu here and %lu on "
				   "the peer: each drops what the other says", mine->version,
				   its->version);
	if (mine->advert_ns != its->advert_ns)
		fdr_predict_remark(p, mine->version == 3 ? FDR_REMARK_RISK :
				   FDR_REMARK_CONTRADICTION, "advert_int %s here and %s on the peer: "
				   "%s", fdr_predict_time(mine->advert_ns).s,
				   fdr_predict_time(its->advert_ns).s, mine->version == 3 ?
				   "the backup goes by what the master announces" :
				   "version 2 drops such advertisements, both become master");
	if (mine->priority == its->priority)
		fdr_predict_remark(p, FDR_REMARK_RISK, "both have priority %lu: who is master is "
				   "decided by addresses", mine->priority);
	else if (mine->priority > its->priority)
		fdr_predict_remark(p, FDR_REMARK_NOTE, "priority %lu here is above the peer's %lu: "
				   "this node is the master while both are well", mine->priority,
				   its->priority);
}

static void remark(const struct instance *i, const char *whose, struct fdr_prediction *p)
{
	if (i->version == 2 && i->advert_ns % FDR_NS_PER_S)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "%s: advert_int %s is no whole number "
				   "of seconds, which only VRRP version 3 can announce", whose,
				   fdr_predict_time(i->advert_ns).s);
	if (i->nopreempt && i->master)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "%s: nopreempt has no effect with "
				   "state MASTER; write BACKUP on all nodes", whose);
	if (i->advert_ns < 100 * FDR_NS_PER_MS)
		fdr_predict_remark(p, FDR_REMARK_RISK, "%s: advert_int %s: a busy node is taken for "
				   "a dead one", whose, fdr_predict_time(i->advert_ns).s);
}

static void predict_silent(const struct instance *mine, const struct instance *its,
			   struct fdr_prediction *p)
{
	/* Version 3 learns the interval from the master. */
	int64_t advert = mine->version == 3 ? its->advert_ns : mine->advert_ns;
	char why[200];

	if (mine->version != 3 && mine->advert_ns != its->advert_ns) {
		never_both(p, FDR_FAILURE_SILENT, "both are master all the time, for each drops the "
			   "other's advertisements");
		return;
	}
	snprintf(why, sizeof(why), "3 x advert_int %s + skew %s (priority %lu), less up to one "
		 "advert_int since the last advertisement", fdr_predict_time(advert).s,
		 fdr_predict_time(skew(mine, advert)).s, mine->priority);
	put_both(p, FDR_FAILURE_SILENT, 2 * advert + skew(mine, advert),
		 3 * advert + skew(mine, advert), why);
}

static int keepalived_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			      struct fdr_prediction *ret, struct fdr_error *e)
{
	const char *name = fdr_opts_str(opts, "instance");
	struct fdr_conf mine = { 0 }, its = { 0 };
	struct instance a = { 0 }, b = { 0 };
	struct script s = { 0 };
	int r;

	r = fdr_conf_parse(texts->text[0], &style, &mine, e);
	if (r >= 0)
		r = read_instance(&mine, name, "config", &a, e);
	if (r >= 0 && texts->text[1])
		r = fdr_conf_parse(texts->text[1], &style, &its, e);
	if (r >= 0 && texts->text[1])
		r = read_instance(&its, name, "peer", &b, e);
	if (r >= 0 && texts->text[1]) {
		remark(&a, "config", ret);
		remark(&b, "peer", ret);
		compare(&a, &b, ret);
		read_script(&its, &b, &s);
		predict_silent(&a, &b, ret);
		predict_script(&a, &b, &s, ret);
	} else if (r >= 0) {
		remark(&a, "config", ret);
		predict_silent(&a, &a, ret);
		fdr_predict_remark(ret, FDR_REMARK_NOTE, "without \"peer\", the file of the node that "
				   "breaks, nothing is known of contradictions and tracked scripts");
	}
	fdr_conf_clear(&mine);
	fdr_conf_clear(&its);
	return r;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("keepalived.conf of the node that takes over"),
	{ .name = "peer", .type = FDR_OPT_STRING,
	  .summary = "keepalived.conf of the node that breaks" },
	{ .name = "peer_node", .type = FDR_OPT_STRING,
	  .summary = "the node of the plan on which \"peer\" is; absent: as \"node\"" },
	{ .name = "instance", .type = FDR_OPT_STRING,
	  .summary = "the vrrp_instance, where there are several" },
};

const struct fdr_predict_ops fdr_predict_keepalived = {
	.kind = { .name = "keepalived", .summary = "keepalived's VRRP takeover",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config", "peer" },
	.predict = keepalived_predict,
};
