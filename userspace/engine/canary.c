// SPDX-License-Identifier: GPL-2.0-or-later
/* Before anything breaks: can each probe see a change at all? */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/loop.h"
#include "probe/canary.h"
#include "run.h"

#define SUBJECTS_MAX	64

struct cage {
	struct fdr_run *run;
	struct fdr_poller *poller;
	sd_event_source *source;
};

static int on_poller(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct cage *c = userdata;

	(void)s;
	(void)fd;
	(void)revents;
	return fdr_poller_dispatch(c->poller);
}

static int wait_for(void *userdata, bool (*cond)(void *data), void *data, int64_t deadline_ns)
{
	struct cage *c = userdata;

	return fdr_loop_wait(c->run->loop, cond, data, deadline_ns);
}

struct subjects {
	const char *probe;
	const char *v[SUBJECTS_MAX];
	size_t n;
};

static int add_subject(void *userdata, const struct fdr_plan_cond *leaf)
{
	struct subjects *s = userdata;

	if (!leaf->probe || strcmp(leaf->probe, s->probe) || !leaf->subject || s->n == SUBJECTS_MAX)
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i], leaf->subject))
			return 0;
	s->v[s->n++] = leaf->subject;
	return 0;
}

static void find_subjects(const struct fdr_plan *p, struct subjects *s)
{
	for (size_t i = 0; i < p->steady.n; i++)
		fdr_cond_each(&p->steady.conds[i], add_subject, s);
	for (size_t m = 0; m < FDR_MILESTONE_COUNT; m++)
		fdr_cond_each(&p->milestones[m], add_subject, s);
}

static int try_probe(struct cage *cage, const struct fdr_plan_part *part, json_t **ret,
		     struct fdr_error *e)
{
	const struct fdr_probe_ops *ops = fdr_probe_kind(part->opts.kind->name);
	struct subjects subjects = { .probe = part->name };
	struct fdr_canary_env env = { .name = part->name, .poller = cage->poller, .wait = wait_for,
				      .userdata = cage, .subjects = subjects.v,
				      .power_of = fdr_run_power_of,
				      .power_userdata = cage->run->plan };
	struct fdr_canary canary = { "", "" };
	int r;

	if (!ops || !ops->canary || !fdr_opts_num(&part->opts, "canary")) {
		*ret = json_pack("{s:s, s:b}", "kind", part->opts.kind->name, "off", 1);
		fdr_run_warn(cage->run, "probe %s: no canary: whether it can see is not known",
			     part->name);
		return 0;
	}
	find_subjects(cage->run->plan, &subjects);
	env.n_subjects = subjects.n;
	r = ops->canary(&env, &part->opts, &canary, e);
	*ret = json_pack("{s:s, s:b, s:s, s:s}", "kind", part->opts.kind->name, "ok", r >= 0,
			 "proven", r >= 0 ? canary.proven : e->text, "missing", canary.missing);
	if (r == -ECANCELED)
		return r;
	if (r < 0)
		return fdr_err_prefix(e, r, "probe %s cannot see: its canary failed, nothing was "
				      "broken (\"canary: off\" runs without it)", part->name);
	fdr_run_say(cage->run, "canary of %s: %s%s%s", part->name, canary.proven,
		    *canary.missing ? "; not proven: " : "", canary.missing);
	return 0;
}

static int open_cage(struct cage *c, struct fdr_error *e)
{
	int r = fdr_poller_new(&c->poller);

	if (r >= 0)
		r = sd_event_add_io(c->run->loop, &c->source, fdr_poller_fd(c->poller), EPOLLIN,
				    on_poller, c);
	return r < 0 ? fdr_err(e, r, "cannot start the poller: %s", strerror(-r)) : 0;
}

int fdr_run_canaries(struct fdr_run *run, struct fdr_error *e)
{
	struct cage cage = { .run = run };
	json_t *all = json_object();
	char *text FDR_CLEANUP_FREE = NULL;
	int r = run->world ? 0 : open_cage(&cage, e);

	for (size_t i = 0; !run->world && r >= 0 && i < run->plan->n_probes; i++) {
		const struct fdr_plan_part *part = &run->plan->probes[i];
		json_t *j = NULL;

		r = try_probe(&cage, part, &j, e);
		if (j) {
			json_object_set(all, part->name, j);
			json_object_set_new(j, "probe", json_string(part->name));
			fdr_run_event(run, "canary", NULL, fdr_now_ns(), j);
		}
	}
	sd_event_source_disable_unref(cage.source);
	if (cage.poller)
		fdr_poller_free(cage.poller);
	text = json_dumps(all, JSON_COMPACT);
	json_decref(all);
	if (run->store && !run->world && (!text || fdr_store_put_meta(run->store, "canaries", text) < 0)
	    && r >= 0)
		r = fdr_err(e, -ENOMEM, "out of memory");
	return r;
}
