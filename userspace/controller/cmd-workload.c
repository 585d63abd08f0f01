// SPDX-License-Identifier: GPL-2.0-or-later
/* One workload alone, as a service that is started and stopped. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/log.h"
#include "base/loop.h"
#include "cpu-watch.h"
#include "print.h"
#include "report/show.h"
#include "tally.h"
#include "workload/ledger.h"
#include "workload/workload.h"

/* For the last requests to end, where the timeout is longer. */
#define DRAIN_NS	(10 * FDR_NS_PER_S)
/* Lines between headings on a terminal. */
#define PAGE		20

static struct fdr_strings nodes;
static const char *unit, *cgroup, *name = "workload";
static uint64_t for_ns, seed = 1;
static bool quiet;

static const struct fdr_option options[] = {
	{ "for", 0, FDR_OPTION_TIME, &for_ns, "TIME", "so long; without it until a signal comes" },
	{ "quiet", 'q', FDR_OPTION_FLAG, &quiet, NULL, "no line each second, only the summary" },
	{ "name", 0, FDR_OPTION_STRING, &name, "NAME",
	  "what it is called: keys and files have it in their names (default workload)" },
	{ "seed", 0, FDR_OPTION_U64, &seed, "N", "of arrivals at random (default 1)" },
	{ "on", 0, FDR_OPTION_LIST, &nodes, "TRANSPORT",
	  "a node whose processor time counts, through its agent; may be given again; without it "
	  "that of this host" },
	{ "unit", 0, FDR_OPTION_STRING, &unit, "UNIT",
	  "the processor time of this systemd unit alone" },
	{ "cgroup", 0, FDR_OPTION_STRING, &cgroup, "PATH",
	  "the processor time of this control group alone" },
};

struct session {
	sd_event *loop;
	struct fdr_poller *poller;
	sd_event_source *poller_source;
	struct fdr_opts opts;
	struct fdr_workload *workload;
	struct fdr_cpu_watch *cpu;
	struct fdr_tally tally;
	uint64_t sent;			/* until the last line */
	unsigned int lines;
	int64_t begun_ns, ended_ns;
	bool color;
};

static void on_request(void *userdata, const struct fdr_request *r)
{
	fdr_tally_add(&((struct session *)userdata)->tally, r);
}

static int on_poller(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	struct session *x = userdata;

	(void)s;
	(void)fd;
	(void)revents;
	return fdr_poller_dispatch(x->poller);
}

/* What has ended, and what is under way. */
static uint64_t sent_so_far(const struct session *x)
{
	const struct fdr_tally_count *c = &x->tally.all;

	return fdr_tally_successes(c) + fdr_tally_failures(c) + fdr_workload_pending(x->workload);
}

static struct fdr_shown latency(int64_t ns)
{
	struct fdr_shown s = { "–" };

	return ns ? fdr_show_ns(ns) : s;
}

/* Successes of the second by the processor time of the second. */
static void per_cpu(const struct session *x, char *buf, size_t size)
{
	double cpu = fdr_cpu_watch_now(x->cpu);

	if (cpu > 0)
		snprintf(buf, size, "%.0f", (double)fdr_tally_successes(&x->tally.now) / cpu);
	else
		snprintf(buf, size, "-");
}

static void print_line(struct session *x)
{
	struct fdr_shown t = fdr_show_time_of_day(fdr_clock_ns(CLOCK_REALTIME), 0);
	uint64_t sent = sent_so_far(x);
	struct fdr_tally *y = &x->tally;
	char rate[32];

	fdr_cpu_watch_look(x->cpu);
	per_cpu(x, rate, sizeof(rate));
	if (!quiet && x->lines++ % PAGE == 0 && (x->lines == 1 || x->color))
		printf("%-8s %8s %8s %8s %8s %10s %10s %10s\n", "UTC", "sent", "ok", "late",
		       "failed", "p50", "p99", "per CPU-s");
	if (!quiet)
		printf("%s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %10s %10s %10s%s%s\n",
		       t.s, sent - x->sent, y->now.ok, y->now.late, fdr_tally_failures(&y->now),
		       latency(fdr_tally_quantile(y, 0.5)).s, latency(fdr_tally_quantile(y, 0.99)).s,
		       rate, *y->why ? "  " : "", y->why);
	fflush(stdout);
	x->sent = sent;
	fdr_tally_next(y);
}

static int start(struct session *x, const struct fdr_workload_ops *ops, struct fdr_error *e)
{
	/* A workload keeps the pointer. */
	static struct fdr_sink sink = { .request = on_request };
	struct fdr_workload_env env = { .name = name, .sink = &sink, .seed = seed };
	int r = fdr_loop_new(&x->loop);

	sink.userdata = x;
	if (r >= 0)
		r = fdr_poller_new(&x->poller);
	if (r >= 0)
		r = sd_event_add_io(x->loop, &x->poller_source, fdr_poller_fd(x->poller), EPOLLIN,
				    on_poller, x);
	if (r < 0)
		return fdr_err(e, r, "cannot set up the event loop: %s", strerror(-r));
	r = fdr_cpu_watch_open(x->loop, &nodes, unit, cgroup, &x->cpu, e);
	if (r < 0)
		return r;
	fdr_cpu_watch_look(x->cpu);
	env.poller = x->poller;
	x->begun_ns = fdr_now_ns();
	return fdr_workload_start(ops, &env, &x->opts, &x->workload, e);
}

static bool drained(void *userdata)
{
	return !fdr_workload_pending(((struct session *)userdata)->workload);
}

/* A line each second, until the time is over or a signal comes. */
static int run_it(struct session *x)
{
	int64_t end_ns = for_ns ? x->begun_ns + (int64_t)for_ns : INT64_MAX;
	int64_t next_ns = x->begun_ns;
	int r = 0;

	if (end_ns < x->begun_ns)
		end_ns = INT64_MAX;
	while (!r && fdr_now_ns() < end_ns) {
		next_ns += FDR_NS_PER_S;
		/* Stopped by somebody, or very busy: no lines for what is past. */
		if (next_ns < fdr_now_ns())
			next_ns = fdr_now_ns() + FDR_NS_PER_S;
		r = fdr_loop_sleep_until(x->loop, next_ns < end_ns ? next_ns : end_ns);
		if (!r || r == -ECANCELED)
			print_line(x);
	}
	x->ended_ns = fdr_now_ns();
	/* A signal is the way to end it; a second one cuts the draining short. */
	fdr_loop_unwind();
	fdr_workload_drain(x->workload);
	fdr_loop_wait(x->loop, drained, x, fdr_now_ns() + DRAIN_NS);
	fdr_cpu_watch_look(x->cpu);
	return r == -ECANCELED ? 0 : r;
}

static json_t *quantile(const struct session *x, double p)
{
	return x->tally.all.ok + x->tally.all.late ?
	       json_integer(fdr_tally_quantile_all(&x->tally, p)) : json_null();
}

static json_t *summary(const struct session *x, const char *kind)
{
	const struct fdr_tally_count *c = &x->tally.all;
	double seconds = (double)(x->ended_ns - x->begun_ns) / 1e9;
	double cpu = fdr_cpu_watch_all(x->cpu);
	json_t *j = json_pack("{s:s, s:s, s:f, s:I, s:I, s:I, s:I, s:I}", "workload", name, "kind",
			      kind, "seconds", seconds, "sent",
			      (json_int_t)(fdr_tally_successes(c) + fdr_tally_failures(c)), "ok",
			      (json_int_t)c->ok, "late", (json_int_t)c->late, "errors",
			      (json_int_t)c->errors, "timeouts", (json_int_t)c->timeouts);

	json_object_set_new(j, "latency_ns", json_pack("{s:o, s:o, s:o, s:I}", "p50",
			    quantile(x, 0.5), "p99", quantile(x, 0.99), "p999",
			    quantile(x, 0.999), "max", (json_int_t)x->tally.max_ns));
	json_object_set_new(j, "cpu_s", cpu >= 0 ? json_real(cpu * seconds) : json_null());
	json_object_set_new(j, "per_cpu_s", cpu > 0 ? json_real((double)fdr_tally_successes(c) /
								(cpu * seconds)) : json_null());
	return j;
}

static void finish(struct session *x)
{
	/* What has not ended by now is reported as timed out. */
	x->workload = fdr_workload_stop(x->workload);
	x->cpu = fdr_cpu_watch_close(x->cpu);
	x->poller_source = sd_event_source_disable_unref(x->poller_source);
	fdr_poller_free(x->poller);
	sd_event_unref(x->loop);
	fdr_tally_clear(&x->tally);
	fdr_opts_clear(&x->opts);
}

/* "rate=100/s", and "headers:Host=example.org" for what is a map in a plan. */
static int read_options(const struct fdr_workload_ops *ops, int argc, char **argv,
			struct fdr_opts *opts, struct fdr_error *e)
{
	int r = 0;

	opts->kind = &ops->kind;
	for (int i = 0; i < argc && r >= 0; i++) {
		char *text FDR_CLEANUP_FREE = strdup(argv[i]);
		char *value = text ? strchr(text, '=') : NULL, *key;

		if (!value)
			return fdr_err(e, -EINVAL, "\"%s\" is no OPTION=VALUE", argv[i]);
		*value++ = '\0';
		key = strchr(text, ':');
		if (key)
			*key++ = '\0';
		r = fdr_opts_add(opts, text, key, value, (struct fdr_place){ 0 }, e);
	}
	if (r >= 0)
		r = fdr_opts_finish(opts, e);
	if (r >= 0 && fdr_ledger_wanted(opts))
		r = fdr_err(e, -EINVAL, "ledger: only a drill ('faultdrill run') reads back and "
			    "judges");
	return r;
}

static const struct fdr_workload_ops *find_kind(const char *word)
{
	const struct fdr_workload_ops *ops = fdr_workload_kind(word);
	const struct fdr_workload_ops *const *all;
	char list[256] = "";
	size_t n, at = 0;

	if (ops)
		return ops;
	all = fdr_workload_kinds(&n);
	for (size_t i = 0; i < n && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i ? ", " : "",
				       all[i]->kind.name);
	fdr_error_("no workload kind \"%.64s\": there are %s", word, list);
	return NULL;
}

static int run(int argc, char **argv)
{
	const struct fdr_workload_ops *ops = find_kind(argv[0]);
	struct session x = { .color = fdr_print_color(stdout) };
	struct fdr_error e = { "" };
	json_t *j;
	int r;

	if (!ops)
		return FDR_EXIT_USAGE;
	r = read_options(ops, argc - 1, argv + 1, &x.opts, &e);
	if (r < 0) {
		fdr_opts_clear(&x.opts);
		fdr_error_("%s", e.text);
		return FDR_EXIT_USAGE;
	}
	r = start(&x, ops, &e);
	if (r >= 0)
		r = run_it(&x);
	if (r < 0) {
		finish(&x);
		return fdr_fail(r, &e);
	}
	x.workload = fdr_workload_stop(x.workload);
	j = summary(&x, ops->kind.name);
	finish(&x);
	r = json_dumpf(j, stdout, JSON_COMPACT) < 0 || putchar('\n') == EOF || fflush(stdout);
	json_decref(j);
	return r ? FDR_EXIT_FAIL : FDR_EXIT_PASS;
}

const struct fdr_command fdr_cmd_workload = {
	.name = "workload",
	.args = "KIND [OPTION=VALUE ...]",
	.summary = "Run one workload by itself, and print what comes of it each second.",
	.details =
		"KIND and its options are those of a plan's section workloads; an entry of a map is "
		"OPTION:KEY=VALUE. Requests are sent on their schedule whether or not earlier ones "
		"have come back, and latency counts from the intended instant.\n\n"
		"Each second a line: requests sent, those that succeeded in time and late, that "
		"failed (with the last one's reason), the median and the 99th percentile of the "
		"successes' latency, and successes per second of processor time, of this host or "
		"of the nodes given with --on. At the end, or when SIGINT or SIGTERM comes, requests "
		"under way are waited for, and the last line is a summary as one JSON object. Exit "
		"status 0, whatever became of the requests; 1: it could not begin, 2: wrong options.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
