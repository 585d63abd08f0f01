// SPDX-License-Identifier: GPL-2.0-or-later
#include "run.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/loop.h"

/* For the last requests to end. */
#define DRAIN_NS	(10 * FDR_NS_PER_S)

static void on_obs(void *userdata, const struct fdr_obs *obs)
{
	struct fdr_run *run = userdata;

	fdr_store_put_obs(run->store, run->trial, obs);
	if (fdr_watch_obs(run->watch, obs) == -ENOMEM)
		fdr_run_warn(run, "out of memory: an observation of %s is lost", obs->source);
}

static void on_request(void *userdata, const struct fdr_request *r)
{
	struct fdr_run *run = userdata;

	/* What is cut short by our own end says nothing of the service. */
	if (run->stopping)
		return;
	fdr_run_lateness_request(run, r);
	fdr_store_put_request(run->store, run->trial, r);
	if (fdr_watch_request(run->watch, r) == -ENOMEM)
		fdr_run_warn(run, "out of memory: a request of %s is lost", r->source);
	if (fdr_run_ledger_request(run, r) == -ENOMEM)
		fdr_run_warn(run, "out of memory: a record of %s is not judged", r->source);
}

static int on_poller(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct fdr_run *run = userdata;

	(void)s;
	(void)fd;
	(void)revents;
	return fdr_poller_dispatch(run->poller);
}

static int start_poller(struct fdr_run *run, struct fdr_error *e)
{
	int r;

	r = fdr_poller_new(&run->poller);
	if (r >= 0)
		r = sd_event_add_io(run->loop, &run->poller_source, fdr_poller_fd(run->poller),
				    EPOLLIN, on_poller, run);
	return r < 0 ? fdr_err(e, r, "cannot start the poller: %s", strerror(-r)) : 0;
}

static int start_probe(struct fdr_run *run, size_t i, struct fdr_error *e)
{
	const struct fdr_plan_part *part = &run->plan->probes[i];
	struct fdr_probe_env env = { .name = part->name, .poller = run->poller,
				     .sink = &run->sink, .power_of = fdr_run_power_of,
				     .userdata = run->plan };
	const struct fdr_probe_ops *ops = fdr_probe_kind(part->opts.kind->name);

	if (!ops)
		return fdr_err(e, -ENOSYS, "no probe kind \"%s\"", part->opts.kind->name);
	return fdr_probe_start(ops, &env, &part->opts, &run->probes[i], e);
}

static int start_workload(struct fdr_run *run, size_t i, struct fdr_error *e)
{
	const struct fdr_plan_part *part = &run->plan->workloads[i];
	struct fdr_workload_env env = { .name = part->name, .poller = run->poller,
					.sink = &run->sink, .seed = run->seed + i,
					.first_seq = run->first_seq,
					.ledger = fdr_run_ledger(run, i) };
	const struct fdr_workload_ops *ops = fdr_workload_kind(part->opts.kind->name);

	if (!ops)
		return fdr_err(e, -ENOSYS, "no workload kind \"%s\"", part->opts.kind->name);
	return fdr_workload_start(ops, &env, &part->opts, &run->workloads[i], e);
}

int fdr_run_start_sources(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan *p = run->plan;
	int r;

	run->sink = (struct fdr_sink){ .obs = on_obs, .request = on_request, .userdata = run };
	run->workload_lateness = calloc(p->n_workloads + 1, sizeof(*run->workload_lateness));
	if (!run->workload_lateness)
		return fdr_err(e, -ENOMEM, "out of memory");
	if (run->world) {
		run->world->start(&run->sink);
		return 0;
	}
	run->probes = calloc(p->n_probes + 1, sizeof(*run->probes));
	run->workloads = calloc(p->n_workloads + 1, sizeof(*run->workloads));
	if (!run->probes || !run->workloads)
		return fdr_err(e, -ENOMEM, "out of memory");
	r = start_poller(run, e);
	if (r >= 0)
		r = fdr_run_start_ledgers(run, e);
	fdr_watch_first_seq(run->watch, run->first_seq);
	for (size_t i = 0; !r && i < p->n_probes; i++)
		r = start_probe(run, i, e);
	for (size_t i = 0; !r && i < p->n_workloads; i++)
		r = start_workload(run, i, e);
	return r;
}

static bool all_drained(void *userdata)
{
	const struct fdr_run *run = userdata;

	for (size_t i = 0; i < run->plan->n_workloads; i++)
		if (run->workloads[i] && fdr_workload_pending(run->workloads[i]))
			return false;
	return true;
}

void fdr_run_drain_sources(struct fdr_run *run)
{
	for (size_t i = 0; run->workloads && i < run->plan->n_workloads; i++)
		if (run->workloads[i])
			fdr_workload_drain(run->workloads[i]);
	if (run->workloads)
		fdr_loop_wait(run->loop, all_drained, run, fdr_now_ns() + DRAIN_NS);
}

void fdr_run_stop_sources(struct fdr_run *run)
{
	run->stopping = true;
	for (size_t i = 0; run->workloads && i < run->plan->n_workloads; i++)
		if (run->workloads[i])
			fdr_workload_stop(run->workloads[i]);
	for (size_t i = 0; run->probes && i < run->plan->n_probes; i++)
		if (run->probes[i])
			fdr_probe_stop(run->probes[i]);
	fdr_run_end_ledgers(run);
	free(run->workloads);
	free(run->probes);
	run->workloads = NULL;
	run->probes = NULL;
	run->poller_source = sd_event_source_disable_unref(run->poller_source);
	if (run->poller)
		run->poller = fdr_poller_free(run->poller);
}
