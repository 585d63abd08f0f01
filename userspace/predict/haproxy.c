// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * HAProxy's active checks.  A check that ends, well or badly, sets the next one
 * up a whole interval later; a server that is "going down" is asked at
 * fastinter, and each check that meets silence takes its whole timeout.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "conf.h"
#include "kinds.h"

#define UNIT		FDR_NS_PER_MS		/* of a bare number */
#define INTER_NS	(2 * FDR_NS_PER_S)

/* What a server's line, and the lines above it that it inherits from, come to. */
struct server {
	bool found, check, disabled, agent, observes;
	int64_t inter_ns, fastinter_ns, downinter_ns;	/* 0: not given */
	unsigned long fall, rise;
	unsigned int line;
};

struct proxy {
	int64_t check_ns, connect_ns;			/* timeouts; 0: not given */
	bool speaks;					/* checks wait for an answer */
	bool tcp_check, expects;
	struct server def;
};

/* A "defaults" section; those without a name are only ever the last one. */
struct named {
	const char *name;
	struct proxy proxy;
};

struct reader {
	const struct fdr_conf *c;
	const char *backend, *name;
	struct proxy proxy;			/* of the section that is being read */
	struct proxy defaults, found_in;
	struct named *named;			/* as many as there are lines at most */
	size_t n_named;
	struct server found;
	double spread;				/* spread-checks, as a share */
	bool in_backend, backend_seen;
	struct fdr_error *e;
};

static int take_time(struct reader *r, size_t at, size_t i, int64_t *ret)
{
	const char *text = fdr_conf_word(r->c, at, i);

	if (fdr_conf_time(text, UNIT, ret) < 0)
		return fdr_err(r->e, -EINVAL, "line %u: \"%.60s\" is no time of HAProxy's%s",
			       r->c->v[at].line, text,
			       strchr(text, '$') ? "; write environment variables out" : "");
	return 0;
}

static int take_count(struct reader *r, size_t at, size_t i, unsigned long *ret)
{
	const char *text = fdr_conf_word(r->c, at, i);
	char *end;

	*ret = strtoul(text, &end, 10);
	if (!*text || *end || !*ret || *ret > 1000000)
		return fdr_err(r->e, -EINVAL, "line %u: \"%.60s\" is no number of checks",
			       r->c->v[at].line, text);
	return 0;
}

/* The words of "server" and "default-server" that have to do with checks. */
static int take_server(struct reader *r, size_t at, size_t from, struct server *s)
{
	int err = 0;

	for (size_t i = from; err >= 0 && i < r->c->v[at].n; i++) {
		const char *w = r->c->v[at].words[i];

		if (!strcmp(w, "check"))
			s->check = true;
		else if (!strcmp(w, "no-check"))
			s->check = false;
		else if (!strcmp(w, "disabled"))
			s->disabled = true;
		else if (!strcmp(w, "enabled"))
			s->disabled = false;
		else if (!strcmp(w, "agent-check"))
			s->agent = true;
		else if (!strcmp(w, "observe"))
			s->observes = true;
		else if (!strcmp(w, "inter"))
			err = take_time(r, at, ++i, &s->inter_ns);
		else if (!strcmp(w, "fastinter"))
			err = take_time(r, at, ++i, &s->fastinter_ns);
		else if (!strcmp(w, "downinter"))
			err = take_time(r, at, ++i, &s->downinter_ns);
		else if (!strcmp(w, "fall"))
			err = take_count(r, at, ++i, &s->fall);
		else if (!strcmp(w, "rise"))
			err = take_count(r, at, ++i, &s->rise);
	}
	return err;
}

static int take_timeout(struct reader *r, size_t at)
{
	const char *what = fdr_conf_word(r->c, at, 1);

	if (!strcmp(what, "check"))
		return take_time(r, at, 2, &r->proxy.check_ns);
	if (!strcmp(what, "connect"))
		return take_time(r, at, 2, &r->proxy.connect_ns);
	return 0;
}

/* Which checks need more than an open port? */
static void take_option(struct reader *r, const char *what, bool on)
{
	static const char speaking[] = "httpchk,ssl-hello-chk,smtpchk,ldap-check,mysql-check,"
				       "pgsql-check,redis-check,external-check,spop-check";

	if (!strcmp(what, "tcp-check"))
		r->proxy.tcp_check = on;
	else if (fdr_text_listed(speaking, what))
		r->proxy.speaks = on;
}

/* What "from NAME" at the end of a section's line names; @otherwise without it. */
static const struct proxy *inherited(struct reader *r, size_t at, const struct proxy *otherwise)
{
	const struct fdr_conf *c = r->c;
	const char *name = NULL;

	for (size_t i = 1; i + 1 < c->v[at].n; i++)
		if (!strcmp(c->v[at].words[i], "from"))
			name = c->v[at].words[i + 1];
	if (!name)
		return otherwise;
	for (size_t i = r->n_named; i > 0; i--)
		if (!strcmp(r->named[i - 1].name, name))
			return &r->named[i - 1].proxy;
	fdr_err(r->e, -ENOENT, "line %u: there is no defaults section \"%.60s\" above it",
		c->v[at].line, name);
	return NULL;
}

static int enter(struct reader *r, size_t at)
{
	static const struct proxy plain = { .def = { .fall = 3, .rise = 2 } };
	const char *section = fdr_conf_word(r->c, at, 0), *name = fdr_conf_word(r->c, at, 1);
	bool defaults = !strcmp(section, "defaults");
	const struct proxy *from = inherited(r, at, defaults ? &plain : &r->defaults);

	if (!from)
		return -ENOENT;
	r->proxy = *from;
	r->in_backend = !defaults && fdr_text_listed("backend,listen", section) &&
			!strcmp(name, r->backend);
	r->backend_seen |= r->in_backend;
	return 0;
}

/* The end of a defaults section. */
static void keep_defaults(struct reader *r, size_t at)
{
	r->defaults = r->proxy;
	r->named[r->n_named++] = (struct named){ fdr_conf_word(r->c, at, 1), r->proxy };
}

/* "server-template PREFIX COUNT|FIRST-LAST": does it make the server that is asked for? */
static bool from_template(const struct reader *r, size_t at)
{
	const char *prefix = fdr_conf_word(r->c, at, 1), *range = fdr_conf_word(r->c, at, 2);
	size_t len = strlen(prefix);
	unsigned long first = 1, last, n;
	char *end;

	last = strtoul(range, &end, 10);
	if (*end == '-') {
		first = last;
		last = strtoul(end + 1, &end, 10);
	}
	if (strncmp(r->name, prefix, len) || r->name[len] < '1' || r->name[len] > '9')
		return false;
	n = strtoul(r->name + len, &end, 10);
	return !*end && n >= first && n <= last;
}

static bool is_ours(const struct reader *r, size_t at)
{
	const char *w = fdr_conf_word(r->c, at, 0);

	if (!r->in_backend)
		return false;
	return !strcmp(w, "server") ? !strcmp(fdr_conf_word(r->c, at, 1), r->name) :
	       !strcmp(w, "server-template") && from_template(r, at);
}

static bool is_section(const char *word)
{
	return fdr_text_listed("global,defaults,frontend,backend,listen,resolvers,peers,mailers,"
			       "userlist,program,http-errors,ring,log-forward,cache,fcgi-app", word);
}

/* @in_defaults: the line that began a defaults section, +1; 0 outside of one. */
static int take_line(struct reader *r, size_t at, size_t *in_defaults)
{
	const char *w = fdr_conf_word(r->c, at, 0), *second = fdr_conf_word(r->c, at, 1);

	if (is_section(w)) {
		if (*in_defaults)
			keep_defaults(r, *in_defaults - 1);
		*in_defaults = !strcmp(w, "defaults") ? at + 1 : 0;
		return enter(r, at);
	}
	if (!strcmp(w, "spread-checks"))
		r->spread = strtod(second, NULL) / 100;
	else if (!strcmp(w, "timeout"))
		return take_timeout(r, at);
	else if (!strcmp(w, "option"))
		take_option(r, second, true);
	else if (!strcmp(w, "no") && !strcmp(second, "option"))
		take_option(r, fdr_conf_word(r->c, at, 2), false);
	else if (!strcmp(w, "tcp-check") && !strcmp(second, "expect"))
		r->proxy.expects = true;
	else if (!strcmp(w, "default-server"))
		return take_server(r, at, 1, &r->proxy.def);
	else if (is_ours(r, at)) {
		r->found = r->proxy.def;
		r->found.found = true;
		r->found.line = r->c->v[at].line;
		return take_server(r, at, !strcmp(w, "server") ? 3 : 4, &r->found);
	}
	/* A "tcp-check expect" may stand below the server's line, hence the whole section. */
	return 0;
}

static int read_config(struct reader *r)
{
	size_t in_defaults = 0;
	int err = 0;

	r->named = calloc(r->c->n + 1, sizeof(*r->named));
	if (!r->named)
		return fdr_err(r->e, -ENOMEM, "out of memory");
	r->defaults = r->proxy = (struct proxy){ .def = { .fall = 3, .rise = 2 } };
	for (size_t i = 0; err >= 0 && i < r->c->n; i++) {
		err = take_line(r, i, &in_defaults);
		if (r->in_backend)
			r->found_in = r->proxy;
	}
	if (err < 0)
		return err;
	if (!r->backend_seen)
		return fdr_err(r->e, -ENOENT, "there is no backend or listen section \"%.60s\"",
			       r->backend);
	if (!r->found.found)
		return fdr_err(r->e, -ENOENT, "backend %.60s has no server \"%.60s\"", r->backend,
			       r->name);
	return 0;
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a && a < b ? a : b;
}

/* One kind of failure, of which each check takes @take_ns. */
static void predict_one(const struct reader *r, enum fdr_failure f, int64_t take_ns,
			struct fdr_prediction *p)
{
	const struct server *s = &r->found;
	int64_t inter = s->inter_ns, fast = s->fastinter_ns ? s->fastinter_ns : inter;
	int64_t again = (int64_t)(s->fall - 1), all = (int64_t)s->fall * take_ns;
	int64_t lo = (int64_t)((double)(again * fast) * (1 - r->spread));
	int64_t hi = (int64_t)((double)(inter + again * fast) * (1 + r->spread));
	struct fdr_predict_time take = fdr_predict_time(take_ns);

	fdr_predict_range(p, f, FDR_DETECTED, lo + all, hi + all,
			  "up to inter %s, then fall %lu x %s a check%s%s%s",
			  fdr_predict_time(inter).s, s->fall, take.s,
			  again ? " and " : "", again ? fdr_predict_time(fast).s : "",
			  again ? (s->fastinter_ns ? " (fastinter) between two" : " between two") : "");
	if (again)
		fdr_predict_range(p, f, FDR_SUSPECTED, take_ns,
				  take_ns + (int64_t)((double)inter * (1 + r->spread)),
				  "up to inter %s, then %s of the first check",
				  fdr_predict_time(inter).s, take.s);
}

static void nothing_seen(struct fdr_prediction *p, const char *why)
{
	for (int f = 0; f < FDR_FAILURE_COUNT; f++)
		fdr_predict_never(p, (enum fdr_failure)f, FDR_DETECTED, "%s", why);
}

static void remark(const struct reader *r, int64_t open_ns, struct fdr_prediction *p)
{
	const struct server *s = &r->found;

	if (s->fastinter_ns > s->inter_ns)
		fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "fastinter %s is longer than inter "
				   "%s: a server in doubt is asked less often than a good one",
				   fdr_predict_time(s->fastinter_ns).s,
				   fdr_predict_time(s->inter_ns).s);
	if (r->found_in.check_ns && !r->found_in.connect_ns)
		fdr_predict_remark(p, FDR_REMARK_RISK, "timeout check without timeout connect: a "
				   "check waits a whole inter (%s) for a connection",
				   fdr_predict_time(open_ns).s);
	if (s->fall == 1)
		fdr_predict_remark(p, FDR_REMARK_RISK, "fall 1: one lost check takes the server "
				   "out, and there is no suspicion before it");
	if (s->observes)
		fdr_predict_remark(p, FDR_REMARK_NOTE, "\"observe\": traffic that fails may take "
				   "the server out sooner than its checks do");
	if (s->agent)
		fdr_predict_remark(p, FDR_REMARK_NOTE, "\"agent-check\": the agent may report the "
				   "server sooner than its checks do");
	if (r->found_in.connect_ns > 10 * FDR_NS_PER_S)
		fdr_predict_remark(p, FDR_REMARK_RISK, "timeout connect %s: requests to a dead "
				   "server wait so long before another one is tried",
				   fdr_predict_time(r->found_in.connect_ns).s);
}

static void compute(struct reader *r, struct fdr_prediction *p)
{
	const struct proxy *x = &r->found_in;
	bool speaks = x->speaks || (x->tcp_check && x->expects);
	int64_t open_ns, answer_ns;

	if (!r->found.check) {
		nothing_seen(p, "its line has no \"check\": HAProxy never asks it");
		if (r->found.observes || r->found.agent)
			fdr_predict_remark(p, FDR_REMARK_CONTRADICTION, "\"observe\" and "
					   "\"agent-check\" of a server without \"check\"");
		return;
	}
	if (r->found.disabled) {
		nothing_seen(p, "the server is disabled: it starts in maintenance and is not asked");
		return;
	}
	if (!r->found.inter_ns)
		r->found.inter_ns = INTER_NS;
	open_ns = x->check_ns ? shorter(x->connect_ns, r->found.inter_ns) : r->found.inter_ns;
	answer_ns = x->check_ns ? x->check_ns : r->found.inter_ns;
	predict_one(r, FDR_FAILURE_SILENT, open_ns, p);
	predict_one(r, FDR_FAILURE_REFUSED, 0, p);
	if (speaks)
		predict_one(r, FDR_FAILURE_HANG, answer_ns, p);
	else
		fdr_predict_never(p, FDR_FAILURE_HANG, FDR_DETECTED, "the check only opens a "
				  "connection, which the kernel of a hung service still accepts");
	remark(r, open_ns, p);
}

static int haproxy_predict(const struct fdr_opts *opts, const struct fdr_predict_texts *texts,
			   struct fdr_prediction *ret, struct fdr_error *e)
{
	static const struct fdr_conf_style style = { .comment = "#" };
	struct fdr_conf c = { 0 };
	struct reader r = { .c = &c, .backend = fdr_opts_str(opts, "backend"),
			    .name = fdr_opts_str(opts, "server"), .e = e };
	int err;

	err = fdr_conf_parse(texts->text[0], &style, &c, e);
	if (err >= 0)
		err = read_config(&r);
	if (err >= 0)
		compute(&r, ret);
	free(r.named);
	fdr_conf_clear(&c);
	return err;
}

static const struct fdr_opt_desc options[] = {
	FDR_PREDICT_COMMON("haproxy.cfg; several files, separated by commas, are read as one"),
	{ .name = "backend", .type = FDR_OPT_STRING, .required = true,
	  .summary = "the backend or listen section" },
	{ .name = "server", .type = FDR_OPT_STRING, .required = true, .summary = "the server" },
};

const struct fdr_predict_ops fdr_predict_haproxy = {
	.kind = { .name = "haproxy", .summary = "HAProxy's checks of a server",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.files = { "config" },
	.predict = haproxy_predict,
};
