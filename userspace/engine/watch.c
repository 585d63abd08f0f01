// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <errno.h>
#include <string.h>

#include "flow.h"

/* The state of one subject as its probe last told it. */
struct view {
	const char *source;		/* the plan's */
	char *subject, *state;
	int64_t since_ns;
	bool left;			/* has been in another state since the onset */
};

struct stream {
	struct fdr_watch *w;
	const char *name;		/* the plan's */
	struct fdr_flow flow;
	int64_t settled_ns;		/* every request meant before has ended; 0 = none yet */
	int64_t ok_since_ns;		/* start of the present run of successes; 0 = none */
	int64_t ok_first_ns;		/* when its first one was done */
	int64_t first_bad_ns;		/* since the onset; 0 = none */
};

struct fdr_watch {
	const struct fdr_plan *plan;
	const struct fdr_watch_ops *ops;
	void *userdata;
	struct view *views;
	size_t n_views;
	struct stream *streams;		/* parallel to the plan's workloads */
	int64_t onset_ns;		/* 0 = none */
	int64_t seen_ns[FDR_MILESTONE_COUNT];
};

static void see(struct fdr_watch *w, enum fdr_milestone m, int64_t at_ns, const char *what)
{
	if (w->seen_ns[m])
		return;
	w->seen_ns[m] = at_ns;
	w->ops->milestone(w->userdata, m, at_ns, what);
}

static void on_settled(void *userdata, const struct fdr_flow_request *r)
{
	struct stream *s = userdata;
	struct fdr_watch *w = s->w;
	const struct fdr_plan_cond *served = &w->plan->milestones[FDR_SERVED];

	s->settled_ns = r->intended_ns;
	if (r->status != FDR_REQUEST_OK) {
		s->ok_since_ns = 0;
		if (w->onset_ns && !s->first_bad_ns && r->done_ns > w->onset_ns) {
			s->first_bad_ns = r->intended_ns;
			see(w, FDR_FIRST_ERROR, r->intended_ns, s->name);
		}
		return;
	}
	if (!s->ok_since_ns) {
		s->ok_since_ns = r->intended_ns;
		s->ok_first_ns = r->done_ns;
	}
	if (s->first_bad_ns && served->workload && !strcmp(served->workload, s->name) &&
	    s->settled_ns - s->ok_since_ns >= (int64_t)w->plan->trials.served_hold_ns)
		see(w, FDR_SERVED, s->ok_first_ns, s->name);
}

int fdr_watch_new(const struct fdr_plan *plan, const struct fdr_watch_ops *ops, void *userdata,
		  struct fdr_watch **ret)
{
	struct fdr_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return -ENOMEM;
	w->plan = plan;
	w->ops = ops;
	w->userdata = userdata;
	w->streams = calloc(plan->n_workloads + 1, sizeof(*w->streams));
	if (!w->streams) {
		free(w);
		return -ENOMEM;
	}
	for (size_t i = 0; i < plan->n_workloads; i++) {
		struct stream *s = &w->streams[i];

		s->w = w;
		s->name = plan->workloads[i].name;
		s->flow.settled = on_settled;
		s->flow.userdata = s;
	}
	*ret = w;
	return 0;
}

struct fdr_watch *fdr_watch_free(struct fdr_watch *w)
{
	if (!w)
		return NULL;
	for (size_t i = 0; i < w->n_views; i++) {
		free(w->views[i].subject);
		free(w->views[i].state);
	}
	free(w->views);
	for (size_t i = 0; i < w->plan->n_workloads; i++)
		fdr_flow_clear(&w->streams[i].flow);
	free(w->streams);
	free(w);
	return NULL;
}

static struct stream *find_stream(const struct fdr_watch *w, const char *name)
{
	for (size_t i = 0; i < w->plan->n_workloads; i++)
		if (!strcmp(w->streams[i].name, name))
			return &w->streams[i];
	return NULL;
}

int fdr_watch_request(struct fdr_watch *w, const struct fdr_request *r)
{
	struct stream *s = find_stream(w, r->source);

	return s ? fdr_flow_add(&s->flow, r) : -ENOENT;
}

static struct view *find_view(const struct fdr_watch *w, const char *source, const char *subject)
{
	for (size_t i = 0; i < w->n_views; i++)
		if (!strcmp(w->views[i].source, source) && !strcmp(w->views[i].subject, subject))
			return &w->views[i];
	return NULL;
}

/* The view that @obs changes, made if it is the first. */
static int get_view(struct fdr_watch *w, const struct fdr_obs *obs, struct view **ret)
{
	const char *source = NULL;
	struct view *v = find_view(w, obs->source, obs->subject);

	if (v) {
		*ret = v;
		return 0;
	}
	for (size_t i = 0; i < w->plan->n_probes && !source; i++)
		if (!strcmp(w->plan->probes[i].name, obs->source))
			source = w->plan->probes[i].name;
	if (!source)
		return -ENOENT;
	v = reallocarray(w->views, w->n_views + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	w->views = v;
	v += w->n_views;
	*v = (struct view){ .source = source, .subject = strdup(obs->subject) };
	if (!v->subject)
		return -ENOMEM;
	w->n_views++;
	*ret = v;
	return 0;
}

/*
 * Does a condition speak of this view?  Without a subject it speaks of all that
 * the probe names; the probe's own, "", only where it names none.
 */
static bool concerns(const struct fdr_watch *w, const struct fdr_plan_cond *c,
		     const struct view *v)
{
	if (!c->probe || strcmp(c->probe, v->source))
		return false;
	if (c->subject)
		return !strcmp(c->subject, v->subject);
	if (*v->subject)
		return true;
	for (size_t i = 0; i < w->n_views; i++)
		if (w->views[i].source == v->source && *w->views[i].subject)
			return false;
	return true;
}

/* Redundancy is back when all that the condition speaks of are back. */
static bool all_back(const struct fdr_watch *w, const struct fdr_plan_cond *c)
{
	bool any_left = false;

	/* Until the verdict has come, it cannot be taken back. */
	if (w->plan->milestones[FDR_DETECTED].probe && !w->seen_ns[FDR_DETECTED])
		return false;
	for (size_t i = 0; i < w->n_views; i++) {
		if (!concerns(w, c, &w->views[i]))
			continue;
		if (strcmp(w->views[i].state, c->state))
			return false;
		any_left = any_left || w->views[i].left;
	}
	return any_left;
}

static void look_for_milestones(struct fdr_watch *w, const struct view *v, const char *detail)
{
	char what[256];

	snprintf(what, sizeof(what), "%s: %s%s%s", v->source, v->subject, *v->subject ? " " : "",
		 detail && *detail ? detail : v->state);
	for (int i = FDR_SUSPECTED; i < FDR_MILESTONE_COUNT; i++) {
		enum fdr_milestone m = (enum fdr_milestone)i;
		const struct fdr_plan_cond *c = &w->plan->milestones[m];

		if (!concerns(w, c, v))
			continue;
		if (strcmp(c->state, v->state)) {
			/* A return that does not last is none. */
			if (m == FDR_REDUNDANT || m == FDR_FAILED_BACK)
				w->seen_ns[m] = 0;
			continue;
		}
		if (m != FDR_REDUNDANT && m != FDR_FAILED_BACK)
			see(w, m, v->since_ns, what);
		else if (all_back(w, c))
			see(w, m, v->since_ns, what);
	}
}

int fdr_watch_obs(struct fdr_watch *w, const struct fdr_obs *obs)
{
	struct view *v;
	char *state;
	int r;

	r = get_view(w, obs, &v);
	if (r < 0)
		return r;
	if (v->state && !strcmp(v->state, obs->state))
		return 0;		/* the second witness of the same change */
	state = strdup(obs->state);
	if (!state) {
		if (!v->state) {
			free(v->subject);	/* it was the last, just added */
			w->n_views--;
		}
		return -ENOMEM;
	}
	free(v->state);
	v->state = state;
	v->since_ns = obs->when.hi_ns;
	if (!w->onset_ns || obs->when.hi_ns <= w->onset_ns)
		return 0;
	look_for_milestones(w, v, obs->detail);
	v->left = true;
	return 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A probe that cannot see says so of itself. */
static bool blind(const struct fdr_watch *w, const struct fdr_plan_cond *c)
{
	const struct view *v = find_view(w, c->probe, "");

	return v && !strcmp(v->state, "unreachable") && strcmp(c->state, "unreachable");
}

static int64_t probe_since(const struct fdr_watch *w, const struct fdr_plan_cond *c, char *why,
			   size_t size)
{
	const char *subject = c->subject ? c->subject : "";
	int64_t since = 0;

	if (blind(w, c)) {
		snprintf(why, size, "%s is unreachable", c->probe);
		return 0;
	}
	for (size_t i = 0; i < w->n_views; i++) {
		const struct view *v = &w->views[i];

		if (!concerns(w, c, v))
			continue;
		if (strcmp(v->state, c->state)) {
			snprintf(why, size, "%s says %s%s%s, not %s", c->probe, v->subject,
				 *v->subject ? " is " : "", v->state, c->state);
			return 0;
		}
		since = later(since, v->since_ns);
	}
	if (!since)
		snprintf(why, size, "%s has said nothing%s%s yet", c->probe,
			 *subject ? " of " : "", subject);
	return since;
}

static int64_t workload_since(const struct fdr_watch *w, const struct fdr_plan_cond *c,
			      int64_t now_ns, char *why, size_t size)
{
	const struct stream *s = find_stream(w, c->workload);
	int64_t hold_ns = (int64_t)w->plan->steady.hold_ns;

	if (!s || !s->settled_ns)
		snprintf(why, size, "no request of %s has ended yet", c->workload);
	else if (!s->ok_since_ns)
		snprintf(why, size, "requests of %s fail or come late", c->workload);
	else if (now_ns - s->settled_ns > later(hold_ns, FDR_NS_PER_S))
		snprintf(why, size, "requests of %s do not end", c->workload);
	else
		/* Held for as long as requests say so, which is a little behind now. */
		return s->ok_since_ns + (now_ns - s->settled_ns);
	return 0;
}

int64_t fdr_watch_steady_since(const struct fdr_watch *w, int64_t now_ns, char *why, size_t size)
{
	int64_t since = 0;

	for (size_t i = 0; i < w->plan->steady.n; i++) {
		const struct fdr_plan_cond *c = &w->plan->steady.conds[i];
		int64_t t = c->probe ? probe_since(w, c, why, size) :
				       workload_since(w, c, now_ns, why, size);

		if (!t)
			return 0;
		since = later(since, t);
	}
	return since;
}

void fdr_watch_trial(struct fdr_watch *w)
{
	w->onset_ns = 0;
	memset(w->seen_ns, 0, sizeof(w->seen_ns));
	for (size_t i = 0; i < w->n_views; i++)
		w->views[i].left = false;
	for (size_t i = 0; i < w->plan->n_workloads; i++)
		w->streams[i].first_bad_ns = 0;
}

void fdr_watch_onset(struct fdr_watch *w, int64_t onset_ns)
{
	w->onset_ns = onset_ns;
}

bool fdr_watch_seen(const struct fdr_watch *w, enum fdr_milestone m)
{
	return w->seen_ns[m];
}

static bool asked_for(const struct fdr_watch *w, enum fdr_milestone m)
{
	return w->plan->milestones[m].probe || w->plan->milestones[m].workload;
}

/* Service is back, or it is certain that nobody missed it. */
static bool served_settled(const struct fdr_watch *w)
{
	const struct stream *s = find_stream(w, w->plan->milestones[FDR_SERVED].workload);
	int64_t last = 0;

	if (w->seen_ns[FDR_SERVED])
		return true;
	if (!s || s->first_bad_ns)
		return false;
	/* Without an effect to go by, the fault may yet show. */
	for (int m = FDR_SUSPECTED; m <= FDR_PROMOTED; m++)
		last = later(last, w->seen_ns[m]);
	return last && s->settled_ns >= last + (int64_t)w->plan->trials.served_hold_ns;
}

static bool settled(const struct fdr_watch *w, enum fdr_milestone m)
{
	if (!asked_for(w, m) || w->seen_ns[m])
		return true;
	if (m == FDR_SERVED)
		return served_settled(w);
	/* Suspicion does not come after the verdict. */
	return m == FDR_SUSPECTED && w->seen_ns[FDR_DETECTED];
}

static bool all_settled(const struct fdr_watch *w, int from, int to)
{
	for (int m = from; m <= to; m++)
		if (!settled(w, (enum fdr_milestone)m))
			return false;
	return true;
}

bool fdr_watch_caused(const struct fdr_watch *w)
{
	return w->onset_ns && all_settled(w, FDR_SUSPECTED, FDR_SERVED);
}

bool fdr_watch_restored(const struct fdr_watch *w)
{
	return w->onset_ns && all_settled(w, FDR_REDUNDANT, FDR_FAILED_BACK);
}

const char *fdr_watch_missing(const struct fdr_watch *w, bool caused, char *buf, size_t size)
{
	int from = caused ? FDR_SUSPECTED : FDR_REDUNDANT;
	int to = caused ? FDR_SERVED : FDR_FAILED_BACK;
	size_t n = 0;

	*buf = '\0';
	for (int m = from; m <= to; m++)
		if (!settled(w, (enum fdr_milestone)m) && n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "",
					      fdr_milestone_names[m]);
	return buf;
}
