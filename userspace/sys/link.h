/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_LINK_H
#define FDR_SYS_LINK_H

#include <jansson.h>
#include <systemd/sd-event.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/opts.h"

/*
 * The controller's connection to one agent, over any byte pipe.  The protocol
 * is in Documentation/agent-protocol.md.
 */
struct fdr_link;

/* A way to an agent, as a transport opened it. */
struct fdr_pipe {
	int rfd, wfd;		/* may be the same: a socket */
	int efd;		/* the child's stderr; -1 where there is no child */
	pid_t pid;		/* 0 where no child was started */
};

/* How to reach an agent.  Rows in transport.c; options as in a plan. */
struct fdr_transport_ops {
	struct fdr_kind kind;		/* local, ssh, exec, unix */
	/* Yields a connected pipe or socket. */
	int (*open)(const struct fdr_opts *opts, struct fdr_pipe *ret, struct fdr_error *e);
};

const struct fdr_transport_ops *const *fdr_transport_kinds(size_t *ret_n);
const struct fdr_transport_ops *fdr_transport_kind(const char *name);

/*
 * "ssh:root@node1", "local", "unix:/run/x.sock", "exec:kubectl exec ..." on a
 * command line -> a kind with its options filled in.  Caller clears @ret_opts.
 */
int fdr_transport_parse(const char *text, const struct fdr_transport_ops **ret,
			struct fdr_opts *ret_opts, struct fdr_error *e);

/*
 * Opens the transport, waits for the preamble (skipping up to 64 KiB of noise
 * from rc files before it) and says hello; all of it by @deadline_ns
 * (CLOCK_MONOTONIC).  Runs @loop while it waits.  -EPROTO: not an agent or
 * another version; -ECONNREFUSED, -EPIPE: the transport failed, with what it
 * printed on stderr in the text; -ETIMEDOUT; -ECANCELED: fdr_loop was
 * interrupted.
 */
int fdr_link_open(sd_event *loop, const char *node, const struct fdr_transport_ops *transport,
		  const struct fdr_opts *opts, int64_t deadline_ns, struct fdr_link **ret,
		  struct fdr_error *e);
struct fdr_link *fdr_link_close(struct fdr_link *l);
FDR_DEFINE_CLEANUP(struct fdr_link *, fdr_link_close);

/* The agent's answer to hello; borrowed. */
const json_t *fdr_link_hello(const struct fdr_link *l);
/* False once the pipe has closed or the agent has broken the protocol. */
bool fdr_link_alive(const struct fdr_link *l);

/*
 * Asks and waits, running @loop meanwhile.  @args is stolen and may be NULL.
 * *ret_result is a new reference; @ret_result may be NULL.  The agent's own
 * refusals come back with its errno and its words.  -ETIMEDOUT, -EPIPE,
 * -ECANCELED as above.
 */
int fdr_link_call(struct fdr_link *l, const char *op, json_t *args, int64_t deadline_ns,
		  json_t **ret_result, struct fdr_error *e);

/*
 * Asks without waiting, for what is asked on the side while others call: one question
 * at a time (-EBUSY).  @cb gets the result, or NULL where the agent refused; it is not
 * called at all when the link dies before.
 */
typedef void (*fdr_link_answer_fn)(void *userdata, const json_t *result, int64_t received_ns);
int fdr_link_ask(struct fdr_link *l, const char *op, json_t *args, fdr_link_answer_fn cb,
		 void *userdata);

/* What the agent says unasked ("event" frames); @data is borrowed. */
void fdr_link_on_event(struct fdr_link *l,
		       void (*cb)(void *userdata, struct fdr_link *l, const char *event,
				  const json_t *data, int64_t received_ns),
		       void *userdata);
/* Called once when the link dies, with the reason. */
void fdr_link_on_death(struct fdr_link *l,
		       void (*cb)(void *userdata, struct fdr_link *l, const char *why),
		       void *userdata);

/*
 * Clock mapping by four-timestamp exchanges: of @k exchanges the one of least
 * round trip.  At the controller's instant @at_ns the agent's clock minus
 * CLOCK_MONOTONIC here lies in [offset - bound, offset + bound].
 */
struct fdr_clock_sample {
	int64_t at_ns;
	int64_t offset_ns;	/* agent's CLOCK_BOOTTIME minus our CLOCK_MONOTONIC */
	int64_t bound_ns;	/* half the least round trip */
	int64_t rtt_ns;
	int64_t agent_real_minus_boot_ns;
};

int fdr_link_clock(struct fdr_link *l, unsigned int k, int64_t deadline_ns,
		   struct fdr_clock_sample *ret, struct fdr_error *e);

#endif /* FDR_SYS_LINK_H */
