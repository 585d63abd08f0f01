// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log and exec: sample lines take the way that real ones take.  A sample is the
 * plan's (samples), or made from a pattern that is plain text.
 */
#include <errno.h>
#include <string.h>

#include "canary.h"
#include "kinds.h"
#include "patterns.h"

#define LIMIT_NS	(3 * FDR_NS_PER_S)
/* A command that is left running and means to stay does so for this long. */
#define STAYS_NS	(500 * FDR_NS_PER_MS)

static const char *entry(const struct fdr_opts *o, const char *map, const char *key)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i].key && !strcmp(o->v[i].desc->name, map) && !strcmp(o->v[i].key, key))
			return o->v[i].text;
	return NULL;
}

/* The sample for the pattern's state, or NULL where there is none. */
static const char *sample_for(const struct fdr_opts *o, const struct fdr_opt *pattern)
{
	const char *sample = entry(o, "samples", pattern->key);

	if (!sample && !strpbrk(pattern->text, "\\^$.[]|()*+?{}"))
		sample = pattern->text;
	return sample;
}

static int check_samples(const struct fdr_opts *o, struct fdr_error *e)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i].key && !strcmp(o->v[i].desc->name, "samples") &&
		    !entry(o, "patterns", o->v[i].key))
			return fdr_err(e, -EINVAL, "samples: %s is no state of patterns", o->v[i].key);
	return 0;
}

static void add_word(char *buf, size_t size, const char *word)
{
	size_t n = strlen(buf);

	snprintf(buf + n, size - n, "%s%s", n ? ", " : "", word);
}

/* The first pattern that matches counts, and it has to be the state's own. */
static int match(const struct fdr_patterns *p, const char *state, const char *sample,
		 struct fdr_error *e)
{
	char subject[256];
	const char *got = fdr_patterns_match(p, sample, subject, sizeof(subject));

	if (got && !strcmp(got, state))
		return 0;
	return fdr_err(e, -ENOMSG, "the sample of %s is read as %s: \"%.120s\"", state,
		       got ? got : "nothing", sample);
}

/* @c: a probe whose udp source takes the line; NULL: against the pattern alone. */
static int try_sample(struct fdr_canary_probe *c, const char *source, const struct fdr_patterns *p,
		      const char *state, const char *sample, struct fdr_error *e)
{
	int r = match(p, state, sample, e);

	if (r < 0 || !c)
		return r;
	fdr_canary_expect(c, NULL, state, sample);
	r = fdr_canary_send(source, sample, e);
	return r < 0 ? r : fdr_canary_await(c, NULL, state, sample, LIMIT_NS, e);
}

static int try_all(const struct fdr_opts *o, struct fdr_canary_probe *c, const char *source,
		   struct fdr_canary *ret, struct fdr_error *e)
{
	struct fdr_patterns p;
	char seen[120] = "", not_seen[120] = "";
	int r = check_samples(o, e);

	if (r >= 0)
		r = fdr_patterns_init(&p, o, "patterns", e);
	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < o->n; i++) {
		const struct fdr_opt *q = &o->v[i];
		const char *sample;

		if (!q->key || strcmp(q->desc->name, "patterns"))
			continue;
		sample = sample_for(o, q);
		add_word(sample ? seen : not_seen, sizeof(seen), q->key);
		if (sample)
			r = try_sample(c, source, &p, q->key, sample, e);
	}
	fdr_patterns_clear(&p);
	if (r < 0)
		return r;
	if (*seen)
		snprintf(ret->proven, sizeof(ret->proven), "a sample line was read as %s%s", seen,
			 c ? ", through the source itself" : "");
	if (*not_seen)
		snprintf(ret->missing, sizeof(ret->missing), "no sample of %s: give one in \"samples\"",
			 not_seen);
	return 0;
}

int fdr_canary_log(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		   struct fdr_canary *ret, struct fdr_error *e)
{
	const char *source = fdr_opts_str(opts, "source");
	struct fdr_canary_probe c;
	size_t n;
	int r;

	if (!strncmp(source, "file:", 5)) {
		r = fdr_canary_file(source, e);
		if (r >= 0)
			r = try_all(opts, NULL, source, ret, e);
		n = strlen(ret->proven);
		if (r >= 0)
			snprintf(ret->proven + n, sizeof(ret->proven) - n, "%sthe file is there and "
				 "can be read", n ? "; " : "");
		return r;
	}
	r = fdr_canary_start(&c, env, &fdr_probe_log, opts, NULL, e);
	if (r < 0)
		return r;
	r = try_all(opts, &c, source, ret, e);
	fdr_canary_stop(&c);
	return r;
}

/*
 * Samples may match and what is really printed not, as where lines run together: the state is
 * then only that of how the command ended.
 */
static void say_unmatched(const struct fdr_canary_probe *c, const struct fdr_opts *o,
			  struct fdr_canary *ret)
{
	size_t n = strlen(ret->missing);
	bool patterns = false;

	for (size_t i = 0; i < o->n; i++)
		patterns |= o->v[i].key && !strcmp(o->v[i].desc->name, "patterns");
	/* The detail of a line that matched is the line; else it is how the command ended. */
	if (patterns && strstr(c->last, "\" (exit "))
		snprintf(ret->missing + n, sizeof(ret->missing) - n,
			 "%sno line that it printed matches a pattern: %.120s", n ? "; " : "", c->last);
}

/* Running the command is what the probe does all the time: nothing is changed by it. */
static int run_once(struct fdr_canary_probe *c, const struct fdr_opts *opts, bool stays,
		    struct fdr_canary *ret, struct fdr_error *e)
{
	int64_t limit = (int64_t)fdr_opts_num(opts, "timeout") + LIMIT_NS;
	char text[sizeof(ret->proven)];
	int r;

	r = fdr_canary_await(c, NULL, stays ? "unreachable" : NULL, NULL, stays ? STAYS_NS : limit,
			     e);
	if (stays && r >= 0)
		return fdr_err(e, -ECHILD, "the command that is to stay has ended: %s", c->last);
	if (!stays && r >= 0 && !strcmp(c->first_state, "unknown"))
		return fdr_err(e, -ENOMSG, "what the command does means no state: %s", c->last);
	if (r < 0 && !(stays && r == -ETIMEDOUT))
		return r;
	snprintf(text, sizeof(text), "%s", ret->proven);
	snprintf(ret->proven, sizeof(ret->proven), "the command %s%.60s%s%.120s",
		 stays ? "runs" : "was run and says ", stays ? "" : c->first_state,
		 *text ? "; " : "", text);
	if (!stays)
		say_unmatched(c, opts, ret);
	*e->text = '\0';
	return 0;
}

int fdr_canary_exec(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		    struct fdr_canary *ret, struct fdr_error *e)
{
	const char *mode = fdr_opts_str(opts, "mode");
	struct fdr_canary_probe c;
	int r = try_all(opts, NULL, NULL, ret, e);

	if (r < 0)
		return r;
	r = fdr_canary_start(&c, env, &fdr_probe_exec, opts, NULL, e);
	if (r < 0)
		return r;
	r = run_once(&c, opts, mode && !strcmp(mode, "follow"), ret, e);
	fdr_canary_stop(&c);
	return r;
}
