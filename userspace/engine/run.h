/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_ENGINE_RUN_H
#define FDR_ENGINE_RUN_H

/* What the parts of a run share.  Not for other layers. */

#include <jansson.h>
#include <systemd/sd-event.h>

#include "base/poller.h"
#include "base/sha256.h"
#include "engine.h"
#include "probe/probe.h"
#include "sys/beacon.h"
#include "sys/link.h"
#include "watch.h"
#include "workload/workload.h"

struct fdr_ledger;
struct fdr_run;
struct fdr_run_usage;
struct fdr_run_ledger;

/* A configuration file as it was last kept. */
struct fdr_run_config {
	char *node, *path;		/* node "": this host */
	char sum[FDR_SHA256_TEXT];
};

struct fdr_run_node {
	struct fdr_run *run;
	const struct fdr_plan_node *plan;
	const struct fdr_transport_ops *transport;
	struct fdr_link *link;		/* NULL: not connected */
	char boot_id[40];
	char log_boot_id[40];		/* whose kernel log's next record is @log_next */
	json_int_t log_next;
	bool may_break;			/* some step may hit it */
	char beacon_host[64];		/* as it is told; "" = no beacon */
	bool loaded;			/* the module is there, as far as this link knows */
	bool loaded_by_us;		/* and was not before */
};

/* One step of the present trial on one of its victims. */
struct fdr_run_injection {
	const struct fdr_plan_step *step;
	unsigned int number;		/* the step's, from 1 */
	struct fdr_run_node *node;	/* NULL: a command on this host */
	bool active;			/* asked for, and not known to be over */
	uint64_t cookie;
	unsigned int id;		/* 0 = the kernel has not taken it */
	int64_t start_ns;		/* planned onset, our clock */
	int64_t renew_ns;		/* when the lease is to be renewed next */
	bool onset_seen, over;
	char failed[256];		/* why the kernel could not do it; "" */
};

/* So many at a time: steps times victims. */
#define FDR_RUN_INJECTIONS_MAX	64

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
	struct fdr_run_ledger *ledgers;	/* parallel; NULL: not begun */
	uint64_t first_seq;		/* of every workload, in this process */
	struct fdr_run_node *nodes;
	struct fdr_run_config *configs;
	size_t n_configs;
	struct fdr_beacon_listener *beacon;
	uint64_t seed, random;
	uint64_t *phases;		/* one a trial */
	unsigned int trial;		/* from 1; 0 = before the first */
	int64_t t0_ns;			/* of the trial, our clock; 0 = not yet */
	unsigned int attempt;		/* of the trial, from 1: those before were called back */
	struct fdr_run_injection injections[FDR_RUN_INJECTIONS_MAX];
	size_t n_injections;
	char stop_why[256];		/* a condition of safety.stop_on held; "" = none */
	bool resumed;			/* the run of a controller that died */
	bool undo_first;		/* and that died in the middle of a trial */
	bool prompt;			/* the loop runs before other programs */
	struct {			/* over that, see prompt.c */
		sd_event_source *source;
		int64_t looked_ns, cpu_ns;
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

/* ledger.c: workloads whose records are read back after each trial */
int fdr_run_start_ledgers(struct fdr_run *run, struct fdr_error *e);
/* Of workload @i; NULL: it has none. */
const struct fdr_ledger *fdr_run_ledger(const struct fdr_run *run, size_t i);
int fdr_run_ledger_request(struct fdr_run *run, const struct fdr_request *r);
/* Reads all copies and records what they hold.  A copy that cannot be read is no failure. */
int fdr_run_read_ledgers(struct fdr_run *run, struct fdr_error *e);
void fdr_run_end_ledgers(struct fdr_run *run);

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
void fdr_run_tell_beacon(struct fdr_run *run, struct fdr_run_node *node);

/* victims.c: whom the steps hit in this trial */
/* 1: nobody, which @why says and the trial's events. */
int fdr_run_choose(struct fdr_run *run, char *why, size_t size, struct fdr_error *e);

/* guard.c: the plan's safety while it runs */
/* May a trial start now?  -EPERM. */
int fdr_run_may_start(struct fdr_run *run, struct fdr_error *e);
/* Right before arming: the conditions of "require", and the limits on nodes.  -EPERM. */
int fdr_run_may_arm(struct fdr_run *run, struct fdr_error *e);
/* Does a condition of "stop_on" hold, in the present trial?  Remembered. */
bool fdr_run_must_stop(struct fdr_run *run);
int fdr_run_stop_error(struct fdr_run *run, struct fdr_error *e);

/* inject.c: faults on nodes */
/* Has nobody else armed the node?  -EBUSY. */
int fdr_run_unused(struct fdr_run_node *node, struct fdr_error *e);
/* Would the node's kernel take what this step does? */
int fdr_run_ask(struct fdr_run_node *node, const struct fdr_plan_step *step, struct fdr_error *e);
/* Of every step, all nodes that it may hit. */
int fdr_run_ask_all(struct fdr_run *run, struct fdr_error *e);
/* Exchanges clock stamps with all nodes that may break, or with one. */
int fdr_run_clocks(struct fdr_run *run, struct fdr_error *e);
int fdr_run_clock(struct fdr_run_node *node, struct fdr_clock_sample *ret, struct fdr_error *e);
/* Arms all victims and gives each its faults: 1, or 0: called back, to be tried again. */
int fdr_run_inject(struct fdr_run *run, int64_t phase_ns, struct fdr_error *e);
/* Before T0: how many could not be called back. */
size_t fdr_run_call_back(struct fdr_run *run);
void fdr_run_kernel_event(struct fdr_run *run, struct fdr_run_node *node, const json_t *data,
			  int64_t received_ns);
/* Renews the leases that are due; when the next one is. */
int64_t fdr_run_renew(struct fdr_run *run);
/* Ends the node's faults, or waits for those that end by themselves, and disarms it. */
int fdr_run_clear(struct fdr_run *run, struct fdr_run_node *node, struct fdr_error *e);

/* injections.c: what the present trial has under way */
struct fdr_run_injection *fdr_run_by_cookie(struct fdr_run *run, uint64_t cookie);
/* A fault of this trial was asked for there, and is not known to be over. */
bool fdr_run_breaking(const struct fdr_run *run, const struct fdr_run_node *node);
/* And its kernel does not survive it. */
bool fdr_run_dying(const struct fdr_run *run, const struct fdr_run_node *node);
/* The step's victims end with it, by what its fault is. */
bool fdr_step_fatal(const struct fdr_plan_step *s);
/* The instant that the plan states for this attempt, CLOCK_REALTIME; 0: none. */
int64_t fdr_run_start_real(const struct fdr_run *run);
/* "soft-lockup on node1 and node2, panic on node3" */
const char *fdr_run_describe(const struct fdr_run *run, char *buf, size_t size);

/* inject-exec.c: commands on this host */
/* Runs each command of the trial at its instant; @wait waits for it. */
int fdr_run_exec(struct fdr_run *run, int (*wait)(struct fdr_run *run, int64_t until_ns),
		 int64_t phase_ns, struct fdr_error *e);
/* Undoes those that ran, the last first. */
int fdr_run_exec_undo(struct fdr_run *run, struct fdr_error *e);
/* What a run that was cut short may have left: of every step that is a command. */
int fdr_run_exec_undo_left(struct fdr_run *run, struct fdr_error *e);

/* recover.c: the end of a trial */
/* Undoes the faults, or waits for nodes' return; then for redundancy. */
int fdr_run_recover(struct fdr_run *run, struct fdr_error *e);

/* rescue.c: nodes' power, by their drivers */
/* Of the node of that name in @plan; NULL: it has none. */
const struct fdr_opts *fdr_run_power_of(const void *plan, const char *node);
/* Resets a victim that does not come back, or turns it on.  What fails is a warning. */
int fdr_run_rescue(struct fdr_run *run, struct fdr_run_node *node, struct fdr_error *e);
/* Asks the drivers that a rescue would use. */
int fdr_run_ask_power(struct fdr_run *run, struct fdr_error *e);

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

/* graphs.c: what others recorded of the trial that ends */
void fdr_run_gather_graphs(struct fdr_run *run);

/* config.c: configuration files, from nodes and this host, kept and predicted from */
int fdr_run_predict(struct fdr_run *run, struct fdr_error *e);
/* Keeps what the plan names, and what has changed; @first: what cannot be read is told. */
void fdr_run_gather(struct fdr_run *run, bool first);
void fdr_run_forget_configs(struct fdr_run *run);

/* canary.c: can each probe see?  What cannot stops the run before anything breaks. */
int fdr_run_canaries(struct fdr_run *run, struct fdr_error *e);

/* steady.c */
int fdr_run_steady(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e);

/* quiet.c: the steady state, and then nothing for trials.watch_ns; a whole trial */
int fdr_run_watch_quietly(struct fdr_run *run, int64_t deadline_ns, struct fdr_error *e);

/* stop.c: is the interval that the plan asks for narrow enough? */
bool fdr_run_may_stop(struct fdr_run *run);

/* trial.c */
int fdr_run_trial(struct fdr_run *run, struct fdr_error *e);

/* Time from now until injected faults take effect, besides the phase. */
#define FDR_RUN_LEAD_NS		(300 * FDR_NS_PER_MS)
#define FDR_RUN_CALL_NS		(10 * FDR_NS_PER_S)
#define FDR_RUN_CLOCK_EXCHANGES	16

#endif /* FDR_ENGINE_RUN_H */
