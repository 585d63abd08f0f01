/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_RUN_H
#define FDR_ENGINE_RUN_H

/* What the parts of a run share.  Not for other layers. */

#include <jansson.h>
#include <systemd/sd-event.h>

#include "base/poller.h"
#include "engine.h"
#include "probe/probe.h"
#include "sys/beacon.h"
#include "sys/link.h"
#include "watch.h"
#include "workload/workload.h"

struct fdr_run;
struct fdr_run_usage;

struct fdr_run_node {
	struct fdr_run *run;
	const struct fdr_plan_node *plan;
	const struct fdr_transport_ops *transport;
	struct fdr_link *link;		/* NULL: not connected */
	char boot_id[40];
	char log_boot_id[40];		/* whose kernel log's next record is @log_next */
	json_int_t log_next;
	bool loaded;			/* the module is there, as far as this link knows */
	bool loaded_by_us;		/* and was not before */
};

/* The injection of the present trial. */
struct fdr_run_injection {
	bool active;			/* asked for, and not known to be over */
	uint64_t cookie;
	unsigned int id;
	int64_t t0_ns;			/* planned onset, our clock */
	int64_t renew_ns;		/* when the lease is to be renewed next */
	bool onset_seen, over;
	char failed[256];		/* why the kernel could not do it; "" */
};

struct fdr_run {
	const struct fdr_plan *plan;
	struct fdr_store *store;
	sd_event *loop;
	struct fdr_poller *poller;
	sd_event_source *poller_source;
	const struct fdr_world *world;	/* NULL: the real one */
	struct fdr_sink sink;
	struct fdr_watch *watch;
	struct fdr_probe **probes;
	struct fdr_workload **workloads;
	struct fdr_run_usage *usage;	/* NULL: not asked for */
	struct fdr_lateness *workload_lateness;	/* parallel to the plan's workloads */
	struct fdr_run_node *nodes;
	struct fdr_run_node *victim;	/* NULL: a command is run instead */
	struct fdr_beacon_listener *beacon;
	char beacon_host[64];		/* as victims are told; "" = no beacon */
	uint64_t seed, random;
	uint64_t *phases;		/* one a trial */
	unsigned int trial;		/* from 1; 0 = before the first */
	struct fdr_run_injection injection;
	bool resumed;			/* the run of a controller that died */
	bool undo_first;		/* and that died in the middle of a trial */
	bool prompt;			/* the loop runs before other programs */
	struct {			/* over that, see prompt.c */
		sd_event_source *source;
		int64_t looked_ns, cpu_ns;
		unsigned int calm;	/* looks in a row */
		bool yielded;
	} guard;
	bool stopping;			/* sources are being stopped: what they say is void */
	int64_t started_ns;
	FILE *progress;
	bool colour;
};

/* progress.c: to the terminal, and as an event to the store. */
void fdr_run_say(struct fdr_run *run, const char *fmt, ...) FDR_PRINTF(2, 3);
void fdr_run_warn(struct fdr_run *run, const char *fmt, ...) FDR_PRINTF(2, 3);
/* A line of the present trial, with the time since the onset. */
void fdr_run_say_since(struct fdr_run *run, int64_t at_ns, const char *word, const char *what);
/* Records a step of the engine itself ("phase" event). */
void fdr_run_phase(struct fdr_run *run, const char *step);
/* Stores an event; @data is stolen. */
void fdr_run_event(struct fdr_run *run, const char *kind, const char *node, int64_t at_ns,
		   json_t *data);

/* prompt.c: on time, also where the host is busy */
void fdr_run_be_prompt(struct fdr_run *run);
void fdr_run_be_normal(struct fdr_run *run);

/* sources.c: probes, workloads and the poller, from start to stop. */
int fdr_run_start_sources(struct fdr_run *run, struct fdr_error *e);
/* Sends no more and waits for what is under way. */
void fdr_run_drain_sources(struct fdr_run *run);
void fdr_run_stop_sources(struct fdr_run *run);

/* lateness.c: how late probes and workloads are, from one call to the other */
void fdr_run_lateness_begin(struct fdr_run *run);
void fdr_run_lateness_request(struct fdr_run *run, const struct fdr_request *r);
/* Records it. */
void fdr_run_lateness_end(struct fdr_run *run);

/* nodes.c */
int fdr_run_connect(struct fdr_run *run, struct fdr_error *e);
/* Connects again, as often as it takes, and makes the node ready. */
int fdr_run_reconnect(struct fdr_run *run, struct fdr_run_node *node, int64_t deadline_ns,
		      struct fdr_error *e);
/* Clears and disarms all nodes, says what could not be reached, lets go of them. */
void fdr_run_release_nodes(struct fdr_run *run);
/* After a dry run: unloads what was loaded, touches nothing else. */
void fdr_run_leave_nodes(struct fdr_run *run);
int fdr_run_record_nodes(struct fdr_run *run);

/* beacon.c */
int fdr_run_start_beacon(struct fdr_run *run, struct fdr_error *e);
void fdr_run_tell_beacon(struct fdr_run *run);

/* inject.c: faults on a node */
/* Has nobody else armed the victim?  -EBUSY. */
int fdr_run_unused(struct fdr_run *run, struct fdr_error *e);
int fdr_run_dry_run(struct fdr_run *run, struct fdr_error *e);
int fdr_run_clock(struct fdr_run *run, struct fdr_error *e);
int fdr_run_inject(struct fdr_run *run, int64_t phase_ns, struct fdr_error *e);
void fdr_run_kernel_event(struct fdr_run *run, struct fdr_run_node *node, const json_t *data,
			  int64_t received_ns);
/* Renews the lease if it is due. */
void fdr_run_renew(struct fdr_run *run);
int fdr_run_clear(struct fdr_run *run, struct fdr_error *e);
/* The kernel ends it without being told. */
bool fdr_run_fatal(const struct fdr_run *run);

/* inject-exec.c: a command on this host in place of a fault */
int fdr_run_exec(struct fdr_run *run, int64_t phase_ns, struct fdr_error *e);
int fdr_run_exec_undo(struct fdr_run *run, struct fdr_error *e);

/* resume.c: finds where the run was cut short, and what may be left of it */
int fdr_run_resume(struct fdr_run *run, struct fdr_error *e);
/* Ends what the trial that was cut short may have left broken. */
int fdr_run_undo_left(struct fdr_run *run, struct fdr_error *e);

/* evidence.c: the nodes' kernel logs around the trial */
void fdr_run_evidence_begin(struct fdr_run *run);
void fdr_run_evidence_end(struct fdr_run *run);

/* usage.c: the nodes' processor time, asked for on the side */
int fdr_run_start_usage(struct fdr_run *run, struct fdr_error *e);
void fdr_run_stop_usage(struct fdr_run *run);

/* steady.c */
int fdr_run_steady(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e);

/* stop.c: is the interval that the plan asks for narrow enough? */
bool fdr_run_may_stop(struct fdr_run *run);

/* trial.c */
int fdr_run_trial(struct fdr_run *run, struct fdr_error *e);

/* Time from now until injected faults take effect, besides the phase. */
#define FDR_RUN_LEAD_NS		(300 * FDR_NS_PER_MS)
#define FDR_RUN_CALL_NS		(10 * FDR_NS_PER_S)
#define FDR_RUN_CLOCK_EXCHANGES	16

#endif /* FDR_ENGINE_RUN_H */
