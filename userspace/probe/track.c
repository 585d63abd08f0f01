// SPDX-License-Identifier: GPL-2.0-or-later
#include "track.h"

#include <search.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* A log with a subject in each line must not fill the memory. */
#define SUBJECTS_MAX	10000
/* Answers that must disagree with an event, over how long, to take over from it. */
#define DISAGREE_MIN	3
#define DISAGREE_NS	(250 * FDR_NS_PER_MS)

struct subject {
	char *name;
	char *told;			/* what the sink heard last, from either witness */
	char *polled, *pushed;		/* what each witness said last */
	int64_t asked_ns;		/* of the newest answer */
	struct fdr_interval pushed_when;
	unsigned int disagree;		/* answers in a row against the last event */
	int64_t disagree_ns;		/* when the first of them came */
	uint64_t round;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct subject *)a)->name, ((const struct subject *)b)->name);
}

static void subject_free(void *p)
{
	struct subject *s = p;

	free(s->name);
	free(s->told);
	free(s->polled);
	free(s->pushed);
	free(s);
}

void fdr_track_init(struct fdr_track *t, const struct fdr_probe_env *env)
{
	*t = (struct fdr_track){ .name = env->name, .sink = env->sink };
}

void fdr_track_clear(struct fdr_track *t)
{
	tdestroy(t->subjects, subject_free);
	t->subjects = NULL;
	t->n = 0;
}

static struct subject *find(const struct fdr_track *t, const char *name)
{
	struct subject key = { .name = (char *)name };
	struct subject **found = tfind(&key, &t->subjects, compare);

	return found ? *found : NULL;
}

static struct subject *find_or_add(struct fdr_track *t, const char *name)
{
	struct subject *s = find(t, name);

	if (s)
		return s;
	if (t->n >= SUBJECTS_MAX) {
		if (!t->full)
			fdr_warn("probe %s: more than %d subjects; the others are ignored",
				 t->name, SUBJECTS_MAX);
		t->full = true;
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->name = strdup(name);
	if (!s->name || !tsearch(s, &t->subjects, compare)) {
		subject_free(s);
		return NULL;
	}
	t->n++;
	return s;
}

static bool is(const char *known, const char *state)
{
	return known && !strcmp(known, state);
}

static void remember(char **known, const char *state)
{
	char *copy = strdup(state);

	/* Without memory the old word stays, and the change is seen again next time. */
	if (!copy)
		return;
	free(*known);
	*known = copy;
}

static void tell(struct fdr_track *t, struct subject *s, const char *state, bool pushed,
		 struct fdr_interval when, const char *detail)
{
	char words[256];
	struct fdr_obs obs = {
		.source = t->name, .subject = s->name, .state = state, .pushed = pushed,
		.when = when, .detail = words,
	};

	fdr_text_clean(words, sizeof(words), detail ? detail : "");
	remember(&s->told, state);
	s->disagree = 0;
	if (t->sink->obs)
		t->sink->obs(t->sink->userdata, &obs);
}

/* The same answer as before: is it still at odds with the last event? */
static void polled_same(struct fdr_track *t, struct subject *s, int64_t asked_ns,
			int64_t answered_ns, const char *detail)
{
	if (!s->pushed || is(s->told, s->polled) || asked_ns <= s->pushed_when.hi_ns) {
		s->disagree = 0;
		return;
	}
	if (!s->disagree++)
		s->disagree_ns = answered_ns;
	if (s->disagree < DISAGREE_MIN || answered_ns - s->disagree_ns < DISAGREE_NS)
		return;
	tell(t, s, s->polled, false,
	     (struct fdr_interval){ s->pushed_when.lo_ns, s->disagree_ns }, detail);
}

void fdr_track_polled(struct fdr_track *t, const char *subject, const char *state,
		      int64_t asked_ns, int64_t answered_ns, const char *detail)
{
	struct subject *s = find_or_add(t, subject);
	struct fdr_interval when = { asked_ns, answered_ns };

	if (!s)
		return;
	s->round = t->round;
	if (s->polled && asked_ns <= s->asked_ns)
		return;
	if (is(s->polled, state)) {
		s->asked_ns = asked_ns;
		polled_same(t, s, asked_ns, answered_ns, detail);
		return;
	}
	if (s->polled)
		when.lo_ns = s->asked_ns;
	remember(&s->polled, state);
	s->asked_ns = asked_ns;
	/* Asked before an event that says otherwise: older than it, for all we know. */
	if (s->pushed && asked_ns <= s->pushed_when.hi_ns && !is(s->told, state))
		return;
	tell(t, s, state, false, when, detail);
}

void fdr_track_pushed(struct fdr_track *t, const char *subject, const char *state,
		      struct fdr_interval when, const char *detail)
{
	struct subject *s = find_or_add(t, subject);
	bool known;

	if (!s)
		return;
	s->round = t->round;
	known = is(s->pushed, state) && is(s->told, state);
	s->pushed_when = when;
	/* Said again: what answers said before that is older than it. */
	s->disagree = 0;
	if (known)
		return;
	remember(&s->pushed, state);
	tell(t, s, state, true, when, detail);
}

void fdr_track_round_begin(struct fdr_track *t)
{
	t->round++;
}

/* What is said of many. */
struct sweep {
	struct fdr_track *t;
	const char *prefix, *state, *detail;
	struct fdr_interval when;
	bool pushed;			/* else it is an answer, of what answers told of before */
	bool unlisted;			/* only of what this round has not told of */
};

static void sweep_one(const void *node, VISIT which, void *closure)
{
	struct subject *s = *(struct subject *const *)node;
	const struct sweep *w = closure;

	if ((which != postorder && which != leaf) || !*s->name ||
	    strncmp(s->name, w->prefix, strlen(w->prefix)) ||
	    (w->unlisted && s->round == w->t->round))
		return;
	if (w->pushed)
		fdr_track_pushed(w->t, s->name, w->state, w->when, w->detail);
	else if (s->polled)
		fdr_track_polled(w->t, s->name, w->state, w->when.lo_ns, w->when.hi_ns, w->detail);
}

void fdr_track_pushed_under(struct fdr_track *t, const char *prefix, const char *state,
			    struct fdr_interval when, const char *detail)
{
	struct sweep w = { t, prefix, state, detail, when, .pushed = true };

	twalk_r(t->subjects, sweep_one, &w);
}

void fdr_track_polled_under(struct fdr_track *t, const char *prefix, const char *state,
			    int64_t asked_ns, int64_t answered_ns, const char *detail)
{
	struct sweep w = { t, prefix, state, detail, { asked_ns, answered_ns }, .pushed = false };

	twalk_r(t->subjects, sweep_one, &w);
}

static const char unlisted[] = "no longer listed";

void fdr_track_round_end(struct fdr_track *t, int64_t asked_ns, int64_t answered_ns)
{
	struct sweep w = { t, "", "gone", unlisted, { asked_ns, answered_ns }, .unlisted = true };

	twalk_r(t->subjects, sweep_one, &w);
}

void fdr_track_round_pushed(struct fdr_track *t, const char *prefix, const char *state,
			    struct fdr_interval when)
{
	struct sweep w = { t, prefix, state, unlisted, when, .pushed = true, .unlisted = true };

	twalk_r(t->subjects, sweep_one, &w);
}

const char *fdr_track_state(const struct fdr_track *t, const char *subject)
{
	const struct subject *s = find(t, subject);

	return s ? s->told : NULL;
}
