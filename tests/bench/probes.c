// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The probe engine on its own, as a run has it: probes KIND TARGETS INTERVAL_NS SECONDS.
 * TARGETS as in a plan.  Prints how the schedule was kept, and what it cost, as JSON.
 */
#include <errno.h>
#include <jansson.h>
#include <malloc.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <systemd/sd-event.h>

#include "base/log.h"
#include "base/loop.h"
#include "engine/run.h"
#include "probe/probe.h"

/* Time for every target to be asked, and for pools to grow, before anything counts. */
#define WARM_UP_NS	(500 * FDR_NS_PER_MS)

struct tally {
	size_t up, other;
};

static void on_obs(void *userdata, const struct fdr_obs *o)
{
	struct tally *t = userdata;

	if (!strcmp(o->state, "up"))
		t->up++;
	else
		t->other++;
}

static int on_poller(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)s;
	(void)fd;
	(void)revents;
	return fdr_poller_dispatch(userdata);
}

static size_t rss_bytes(void)
{
	FILE *f FDR_CLEANUP_FCLOSE = fopen("/proc/self/statm", "re");
	size_t all, resident;

	return f && fscanf(f, "%zu %zu", &all, &resident) == 2 ?
	       resident * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double us(int64_t ns)
{
	return (double)ns / 1e3;
}

static int measure(struct fdr_run *run, struct fdr_probe *p, int64_t ns, const struct tally *t,
		   json_t *out)
{
	struct fdr_lateness *l = fdr_probe_lateness(p);
	int64_t from;
	double cpu;
	int r;

	r = fdr_loop_sleep_until(run->loop, fdr_now_ns() + WARM_UP_NS);
	fdr_lateness_reset(l);
	from = fdr_now_ns();
	cpu = cpu_seconds();
	if (r >= 0)
		r = fdr_loop_sleep_until(run->loop, from + ns);
	cpu = cpu_seconds() - cpu;
	json_object_update_new(out, json_pack("{s:I, s:I, s:f, s:f, s:f, s:f, s:f}",
		"asked", (json_int_t)l->asked, "skipped", (json_int_t)l->skipped,
		"rate", (double)l->asked * 1e9 / (double)(fdr_now_ns() - from),
		"late_p50_us", us(fdr_lateness_quantile(l, 500)),
		"late_p99_us", us(fdr_lateness_quantile(l, 990)),
		"late_max_us", us(l->max_ns),
		"cpu_us_per_probe", l->asked ? cpu * 1e6 / (double)l->asked : 0));
	json_object_update_new(out, json_pack("{s:I, s:I}", "up", (json_int_t)t->up,
					      "other", (json_int_t)t->other));
	return r;
}

static int carry_out(struct fdr_run *run, const struct fdr_opts *opts, int64_t ns,
		     struct fdr_error *e)
{
	struct tally tally = { 0 };
	struct fdr_sink sink = { .obs = on_obs, .userdata = &tally };
	struct fdr_probe_env env = { .name = "bench", .sink = &sink };
	size_t rss = rss_bytes(), heap = mallinfo2().uordblks;
	json_t *out = json_object();
	struct fdr_probe *p;
	int r;

	r = fdr_loop_new(&run->loop);
	if (r >= 0)
		r = fdr_poller_new(&run->poller);
	if (r >= 0)
		r = sd_event_add_io(run->loop, &run->poller_source, fdr_poller_fd(run->poller),
				    EPOLLIN, on_poller, run->poller);
	if (r < 0)
		return fdr_err(e, r, "%s", strerror(-r));
	env.poller = run->poller;
	fdr_run_be_prompt(run);
	r = fdr_probe_start(fdr_probe_kind(opts->kind->name), &env, opts, &p, e);
	if (r < 0)
		return r;
	r = measure(run, p, ns, &tally, out);
	json_object_set_new(out, "rss_bytes", json_integer((json_int_t)(rss_bytes() - rss)));
	json_object_set_new(out, "heap_bytes",
			    json_integer((json_int_t)(mallinfo2().uordblks - heap)));
	fdr_run_be_normal(run);
	json_dumpf(out, stdout, JSON_REAL_PRECISION(6));
	puts("");
	fdr_probe_stop(p);
	sd_event_source_disable_unref(run->poller_source);
	fdr_poller_free(run->poller);
	sd_event_unref(run->loop);
	json_decref(out);
	return r;
}

int main(int argc, char **argv)
{
	const struct fdr_probe_ops *ops = argc == 5 ? fdr_probe_kind(argv[1]) : NULL;
	struct fdr_place nowhere = { 0 };
	struct fdr_opts opts = { 0 };
	struct fdr_run run = { 0 };
	struct fdr_error e = { "" };
	char interval[32];
	int r;

	if (!ops) {
		fprintf(stderr, "usage: probes tcp|http TARGETS INTERVAL_NS SECONDS\n");
		return 2;
	}
	opts.kind = &ops->kind;
	snprintf(interval, sizeof(interval), "%.20sns", argv[3]);
	r = fdr_opts_add(&opts, ops->kind.opts[0].name, NULL, argv[2], nowhere, &e);
	if (r >= 0)
		r = fdr_opts_add(&opts, "interval", NULL, interval, nowhere, &e);
	if (r >= 0)
		r = fdr_opts_finish(&opts, &e);
	if (r >= 0)
		r = carry_out(&run, &opts, (int64_t)(atof(argv[4]) * 1e9), &e);
	if (r < 0)
		fdr_error_("%s", e.text);
	fdr_opts_clear(&opts);
	return r < 0;
}
