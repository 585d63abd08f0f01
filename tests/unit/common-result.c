// SPDX-License-Identifier: GPL-2.0-or-later
#include "common-result.h"

#include <string.h>

#define MS	FDR_NS_PER_MS

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* In [lo, hi] ms. */
static int64_t between(uint64_t *x, int64_t lo, int64_t hi)
{
	return lo * MS + (int64_t)(next(x) % (uint64_t)((hi - lo) * MS));
}

static void mark(struct fdr_result_trial *t, enum fdr_milestone m, int64_t at, int64_t half,
		 const char *source, const char *detail)
{
	struct fdr_result_milestone *ms = &t->milestones[m];

	ms->present = true;
	ms->when = (struct fdr_interval){ at - half, at + half };
	snprintf(ms->source, sizeof(ms->source), "%s", source);
	snprintf(ms->detail, sizeof(ms->detail), "%s", detail);
}

/* 50 requests a second, from a second before to a good while after the onset. */
static void requests(struct fdr_result_trial *t, uint64_t *x, int64_t until, int64_t outage)
{
	for (int64_t at = -1000 * MS; at < until; at += 20 * MS) {
		struct fdr_result_point p = { at, between(x, 1, 4), FDR_REQUEST_OK };

		if (at > 0 && at < outage) {
			p.status = next(x) % 3 ? FDR_REQUEST_ERROR : FDR_REQUEST_TIMEOUT;
			p.latency_ns = p.status == FDR_REQUEST_ERROR ? between(x, 3, 20) :
				       1000 * MS;
		} else if (at > 0 && at < outage + 60 * MS && outage) {
			p.status = FDR_REQUEST_LATE;
			p.latency_ns = between(x, 260, 500);
		}
		t->workload.requests++;
		t->workload.ok += p.status == FDR_REQUEST_OK;
		t->workload.late += p.status == FDR_REQUEST_LATE;
		t->workload.errors += p.status == FDR_REQUEST_ERROR;
		t->workload.timeouts += p.status == FDR_REQUEST_TIMEOUT;
		if (fdr_result_add_point(t, &p) < 0)
			abort();
	}
	t->workload.longest_gap_ns = outage ? outage + 70 * MS : 23 * MS;
	t->workload.gaps = outage ? 1 : 0;
	t->workload.outage_ns = (int64_t)(t->workload.requests - t->workload.ok) * 20 * MS;
	t->workload.max_send_late_ns = between(x, 1, 3) / 4;
}

/* Two kernels at one instant, one of them not confirmed, and a command later. */
static void add_victims(struct fdr_result_trial *t)
{
	static const struct fdr_result_victim v[] = {
		{ .node = "node1", .fault = "panic", .step = 1, .known = true,
		  .onset = { -20000, 20000 }, .source = "beacon", .has_drift = true,
		  .drift_ppm = -3.5, .drift_bound_ppm = 8.25 },
		{ .node = "no<de2", .fault = "panic", .step = 1, .detail = "nothing confirms it" },
		{ .fault = "exec", .step = 2, .at_ns = 500 * MS, .known = true,
		  .onset = { 501 * MS, 502 * MS }, .source = "command" },
	};

	t->victims = calloc(FDR_ARRAY_LEN(v), sizeof(*v));
	if (!t->victims)
		abort();
	memcpy(t->victims, v, sizeof(v));
	t->n_victims = FDR_ARRAY_LEN(v);
	t->has_spread = true;
	t->spread = (struct fdr_interval){ 100000, 400000 };
}

/* A second each, with a hole, of one that was read and of one that was not. */
static json_t *graphs(void)
{
	return json_pack("[{s:s, s:s, s:I, s:I, s:[f,f,n,f]}, {s:s, s:s}]", "name", "us<er", "unit",
			 "%", "step_ns", (json_int_t)FDR_NS_PER_S, "from_ns", (json_int_t)-700000000,
			 "values", 12.5, 80.25, 3.0, "name", "load", "why", "no such file");
}

static void trial(struct fdr_result_trial *t, size_t i, enum sample_kind kind, uint64_t *x)
{
	int64_t bound = between(x, 1, 3) / 8, detected = between(x, 950, 1180);
	int64_t suspected = detected - between(x, 480, 540);

	t->n = (unsigned int)i + 1;
	t->verdict = kind == SAMPLE_BLIND ? FDR_FAIL : FDR_PASS;
	if (kind == SAMPLE_BLIND)
		strcpy(t->reason, "'detected' had not come after 20 s");
	strcpy(t->node, "node1");
	strcpy(t->fault, "panic");
	t->phase_ns = between(x, 0, 300);
	t->onset_real_ns = INT64_C(1795207309000000000) + (int64_t)i * 9 * FDR_NS_PER_S +
			   t->phase_ns;
	t->onset_mono_ns = 77 * FDR_NS_PER_S + (int64_t)i * 9 * FDR_NS_PER_S + t->phase_ns;
	t->clock_bound_ns = bound;
	t->load1 = 1.25;
	t->workload.p99_send_late_ns = MS / 8;
	t->probes.asked = 9000 + i;
	t->probes.skipped = i;
	t->probes.max_late_ns = 2 * MS + (int64_t)i;
	t->probes.p99_late_ns = MS / 4;
	strcpy(t->probes.latest, "lb");
	if (kind == SAMPLE_OUTAGE) {
		add_victims(t);
		t->graphs = graphs();
	}
	mark(t, FDR_ONSET, 0, bound, "beacon", "panic, 26 µs late");
	if (kind == SAMPLE_BLIND) {
		mark(t, FDR_DETECTED, 20000 * MS, 0, "", "");
		t->milestones[FDR_DETECTED].censored = true;
		requests(t, x, 20000 * MS, 0);
		return;
	}
	mark(t, FDR_SUSPECTED, suspected, bound + MS, "haproxy stats", "DOWN 1/2");
	mark(t, FDR_DETECTED, detected, bound, "haproxy log",
	     "Server web/node1 is DOWN, reason: Layer4 timeout, check duration: 301ms.");
	mark(t, FDR_REDUNDANT, between(x, 7600, 8900), bound + 2 * MS, "haproxy stats", "UP");
	if (kind == SAMPLE_OUTAGE) {
		mark(t, FDR_FIRST_ERROR, 20 * MS, bound, "shop", "timed out after 1 s");
		mark(t, FDR_SERVED, detected + 90 * MS, bound, "shop", "200");
		t->workload.undetected_ns = detected - 20 * MS;
	}
	requests(t, x, 9000 * MS, kind == SAMPLE_OUTAGE ? detected : 0);
}

struct fdr_result *sample_result(size_t n, enum sample_kind kind)
{
	struct fdr_result *r = calloc(1, sizeof(*r));
	uint64_t x = UINT64_C(88172645463325252);

	if (!r)
		abort();
	r->name = strdup("haproxy-panic");
	r->description = strdup("Kernel panic on one of two web nodes behind HAProxy");
	r->version = strdup("0.1.0");
	r->plan_path = strdup("Documentation/drills/haproxy-panic.yaml");
	r->plan_sha256 = strdup("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08");
	r->plan_text = strdup("apiVersion: faultdrill/v1\ndrill:\n  name: haproxy-panic\n");
	r->seed = UINT64_C(13860270420198342);
	r->started_real_ns = INT64_C(1795207300000000000);
	r->elapsed_ns = (int64_t)n * 9 * FDR_NS_PER_S + 3 * FDR_NS_PER_S;
	r->nodes = json_pack("{s:{s:s,s:s,s:s},s:{s:s,s:s,s:s}}",
			     "node1", "kernel", "6.1.0-28-cloud-amd64", "boot_id",
			     "0b0d3c1e-31f0-4c8e-8d0f-7b1b2fb1a001", "transport", "exec",
			     "node2", "kernel", "6.1.0-28-cloud-amd64", "boot_id",
			     "5b7c3f6a-9d2b-4a53-8b76-0c8c5f0e7d11", "transport", "exec");
	r->expected = json_pack("{s:{s:I,s:I,s:s}}", "detected", "lo_ns", (json_int_t)(900 * MS),
				"hi_ns", (json_int_t)(1250 * MS), "why",
				"HAProxy: inter 300ms, fall 2, timeout check 300ms");
	r->verdict = kind == SAMPLE_BLIND ? FDR_FAIL : FDR_PASS;
	r->n_planned = (unsigned int)n;
	r->trials = calloc(n ? n : 1, sizeof(*r->trials));
	if (!r->trials)
		abort();
	r->n_trials = n;
	for (size_t i = 0; i < n; i++)
		trial(&r->trials[i], i, kind, &x);
	fdr_result_summarise(r);
	return r;
}
