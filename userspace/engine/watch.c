// SPDX-License-Identifier: GPL-2.0-or-later
#include "watch.h"

#include <errno.h>
#include <string.h>

#include "flow.h"
#include "views.h"

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
	struct fdr_views views;
	struct stream *streams;		/* parallel to the plan's workloads */
	int64_t onset_ns;		/* 0 = none */
	int64_t seen_ns[FDR_MILESTONE_COUNT];
	bool left[FDR_MILESTONE_COUNT];	/* has not held at some time since the onset */
};

static void look_for_milestones(struct fdr_watch *w, const char *source, const char *what);

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

	s->settled_ns = r->intended_ns;
	if (r->status != FDR_REQUEST_OK) {
		s->ok_since_ns = 0;
		if (w->onset_ns && !s->first_bad_ns && r->done_ns > w->onset_ns) {
			s->first_bad_ns = r->intended_ns;
			see(w, FDR_FIRST_ERROR, r->intended_ns, s->name);
		}
	} else if (!s->ok_since_ns) {
		s->ok_since_ns = r->intended_ns;
		s->ok_first_ns = r->done_ns;
	}
	if (s->first_bad_ns)
		look_for_milestones(w, s->name, s->name);
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
	fdr_views_clear(&w->views);
	for (size_t i = 0; i < w->plan->n_workloads; i++)
		fdr_flow_clear(&w->streams[i].flow);
	free(w->streams);
	free(w);
	return NULL;
}

void fdr_watch_first_seq(struct fdr_watch *w, uint64_t seq)
{
	for (size_t i = 0; i < w->plan->n_workloads; i++)
		w->streams[i].flow.next_seq = seq;
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

static bool is_probe(const struct fdr_watch *w, const char *name)
{
	for (size_t i = 0; i < w->plan->n_probes; i++)
		if (!strcmp(w->plan->probes[i].name, name))
			return true;
	return false;
}

/* Has service failed since the onset, and has it come back and lasted? */
static void workload_held(void *userdata, const char *name, struct fdr_held *ret, char *why,
			  size_t size)
{
	const struct fdr_watch *w = userdata;
	const struct stream *s = find_stream(w, name);
	int64_t hold_ns = (int64_t)w->plan->trials.served_hold_ns;

	(void)why;
	(void)size;
	if (!s || !s->settled_ns)
		return;
	ret->fresh = s->first_bad_ns;
	if (s->ok_since_ns && (!s->first_bad_ns || s->settled_ns - s->ok_since_ns >= hold_ns)) {
		ret->truth = FDR_YES;
		ret->since = (struct fdr_interval){ s->ok_first_ns, s->ok_first_ns };
	} else {
		ret->truth = FDR_NO;
		ret->since = (struct fdr_interval){ s->first_bad_ns, s->first_bad_ns };
	}
}

static int is_about(void *userdata, const struct fdr_plan_cond *leaf)
{
	return !strcmp(leaf->probe ? leaf->probe : leaf->workload, userdata);
}

/* What comes back: in the end it holds, and it has not held before. */
static void look_for_return(struct fdr_watch *w, enum fdr_milestone m, const struct fdr_held *h,
			    const char *what)
{
	if (h->truth == FDR_NO) {
		w->left[m] = true;
		/* A return that does not last is none; service lasts by its hold time. */
		if (m != FDR_SERVED)
			w->seen_ns[m] = 0;
		return;
	}
	if (h->truth != FDR_YES || !w->left[m])
		return;
	/* Until the verdict has come, it cannot be taken back. */
	if (m != FDR_SERVED && fdr_cond_given(&w->plan->milestones[FDR_DETECTED]) &&
	    (!w->seen_ns[FDR_DETECTED] || h->since.hi_ns < w->seen_ns[FDR_DETECTED]))
		return;
	see(w, m, h->since.hi_ns, what);
}

static void look_for_milestones(struct fdr_watch *w, const char *source, const char *what)
{
	for (int i = FDR_SUSPECTED; i < FDR_MILESTONE_COUNT; i++) {
		enum fdr_milestone m = (enum fdr_milestone)i;
		const struct fdr_plan_cond *c = &w->plan->milestones[m];
		struct fdr_asking q = { .views = &w->views, .workload = workload_held,
					.userdata = w, .scope = FDR_FIRST };
		struct fdr_held h;

		if (!fdr_cond_each(c, is_about, (void *)source))
			continue;
		if (m < FDR_SERVED) {
			fdr_cond_ask(&q, c, &h);
			if (h.truth == FDR_YES && h.fresh)
				see(w, m, h.since.hi_ns, what);
			continue;
		}
		q.scope = FDR_AGAIN;
		fdr_cond_ask(&q, c, &h);
		look_for_return(w, m, &h, what);
	}
}

int fdr_watch_obs(struct fdr_watch *w, const struct fdr_obs *obs)
{
	bool after = w->onset_ns && obs->when.hi_ns > w->onset_ns, changed;
	char what[256];
	int r;

	if (!is_probe(w, obs->source))
		return -ENOENT;
	r = fdr_views_tell(&w->views, obs->source, obs->subject, obs->state, &obs->when, after,
			   &changed);
	/* The second witness of the same change tells nothing. */
	if (r < 0 || !changed || !after)
		return r;
	snprintf(what, sizeof(what), "%s: %s%s%s", obs->source, obs->subject,
		 *obs->subject ? " " : "", obs->detail && *obs->detail ? obs->detail : obs->state);
	look_for_milestones(w, obs->source, what);
	return 0;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

struct moment {
	const struct fdr_watch *w;
	int64_t now_ns;
};

static void workload_steady(void *userdata, const char *name, struct fdr_held *ret, char *why,
			    size_t size)
{
	const struct moment *at = userdata;
	const struct stream *s = find_stream(at->w, name);
	int64_t hold_ns = (int64_t)at->w->plan->steady.hold_ns;
	int64_t silent_ns = s ? at->now_ns - s->settled_ns : 0;
	const char *what = NULL;

	if (!s || !s->settled_ns) {
		what = "have not ended yet";
	} else if (!s->ok_since_ns) {
		what = "fail or come late";
		ret->truth = FDR_NO;
		ret->since = (struct fdr_interval){ s->settled_ns, s->settled_ns };
	} else if (silent_ns > later(hold_ns, FDR_NS_PER_S)) {
		what = "do not end";
	} else {
		/* Held for as long as requests say so, which is a little behind now. */
		ret->truth = FDR_YES;
		ret->since = (struct fdr_interval){ s->ok_since_ns + silent_ns,
						    s->ok_since_ns + silent_ns };
	}
	if (!what || !why || *why)
		return;
	snprintf(why, size, "requests of %s %s", name, what);
}

int64_t fdr_watch_since(const struct fdr_watch *w, const struct fdr_plan_cond *c, bool every,
			int64_t now_ns, char *why, size_t size)
{
	struct moment at = { w, now_ns };
	struct fdr_asking q = { .views = &w->views, .scope = every ? FDR_EVERY : FDR_FIRST,
				.workload = workload_steady, .userdata = &at, .why = why,
				.why_size = size };
	struct fdr_held h;

	*why = '\0';
	fdr_cond_ask(&q, c, &h);
	return h.truth == FDR_YES ? h.since.hi_ns : 0;
}

int64_t fdr_watch_steady_since(const struct fdr_watch *w, int64_t now_ns, char *why, size_t size)
{
	int64_t since = 0;

	for (size_t i = 0; i < w->plan->steady.n; i++) {
		int64_t t = fdr_watch_since(w, &w->plan->steady.conds[i], true, now_ns, why, size);

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
	memset(w->left, 0, sizeof(w->left));
	fdr_views_mark(&w->views);
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
	return fdr_cond_given(&w->plan->milestones[m]);
}

struct quiet {
	const struct fdr_watch *w;
	int64_t until_ns;
};

/* Not yet certain that no request of this workload has failed until then. */
static int is_uncertain(void *userdata, const struct fdr_plan_cond *leaf)
{
	const struct quiet *q = userdata;
	const struct stream *s = leaf->workload ? find_stream(q->w, leaf->workload) : NULL;

	return s && (s->first_bad_ns || s->settled_ns < q->until_ns);
}

/* Service is back, or it is certain that nobody missed it. */
static bool served_settled(const struct fdr_watch *w)
{
	struct quiet q = { .w = w };
	int64_t last = 0;

	if (w->seen_ns[FDR_SERVED])
		return true;
	if (w->left[FDR_SERVED])
		return false;
	/* Without an effect to go by, the fault may yet show. */
	for (int m = FDR_SUSPECTED; m <= FDR_PROMOTED; m++)
		last = later(last, w->seen_ns[m]);
	q.until_ns = last + (int64_t)w->plan->trials.served_hold_ns;
	return last && !fdr_cond_each(&w->plan->milestones[FDR_SERVED], is_uncertain, &q);
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

int64_t fdr_watch_restored_at(const struct fdr_watch *w)
{
	return later(w->seen_ns[FDR_REDUNDANT], w->seen_ns[FDR_FAILED_BACK]);
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
