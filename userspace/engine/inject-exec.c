// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A command on this host in place of a fault.  Its effect lies between its
 * start and its end; a command that knows better prints a line "onset NS",
 * CLOCK_MONOTONIC in ns.
 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#include "base/loop.h"
#include "base/spawn.h"
#include "plan/target.h"

#define COMMAND_NS	(30 * FDR_NS_PER_S)
#define OUTPUT_MAX	4096

struct command {
	struct fdr_child child;
	char out[OUTPUT_MAX];
	size_t n;
	int status;
	bool ended;
	bool undoes;		/* an interruption does not cut it short: it asks for just that */
	bool interrupted;	/* and one came */
};

/* Reads what is there, and drops what is too much. */
static void read_output(struct command *c)
{
	char rest[512];
	ssize_t n;

	do {
		size_t room = sizeof(c->out) - 1 - c->n;

		n = room ? read(c->child.out_fd, c->out + c->n, room) :
			   read(c->child.out_fd, rest, sizeof(rest));
		if (n > 0 && room)
			c->n += (size_t)n;
	} while (n > 0);
	c->out[c->n] = '\0';
}

static bool has_ended(void *userdata)
{
	struct command *c = userdata;

	read_output(c);
	if (!c->ended && fdr_spawn_poll(c->child.pid, &c->status) > 0)
		c->ended = true;
	return c->ended;
}

static int on_child(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
	(void)fd;
	(void)revents;
	(void)userdata;
	return sd_event_source_set_enabled(s, SD_EVENT_OFF);
}

/* Runs the loop until the command has ended. */
static int await(struct fdr_run *run, struct command *c, struct fdr_error *e)
{
	sd_event_source *source = NULL;
	int fd FDR_CLEANUP_CLOSE = fdr_spawn_pidfd(c->child.pid);
	int64_t deadline_ns = fdr_now_ns() + COMMAND_NS;
	int r;

	if (fd < 0)
		return fdr_err(e, fd, "cannot watch the command: %s", strerror(-fd));
	r = sd_event_add_io(run->loop, &source, fd, 1 /* EPOLLIN */, on_child, NULL);
	if (r >= 0)
		r = fdr_loop_wait(run->loop, has_ended, c, deadline_ns);
	if (r == -ECANCELED && c->undoes) {
		c->interrupted = true;
		fdr_loop_unwind();
		r = fdr_loop_wait(run->loop, has_ended, c, deadline_ns);
	}
	sd_event_source_disable_unref(source);
	if (r == -ETIMEDOUT)
		return fdr_err(e, r, "it did not end within %d s",
			       (int)(COMMAND_NS / FDR_NS_PER_S));
	return r < 0 ? fdr_err(e, r, "%s", r == -ECANCELED ? "interrupted" : strerror(-r)) : 0;
}

static int run_command(struct fdr_run *run, const char *text, struct command *c,
		       struct fdr_error *e)
{
	const char *argv[] = { "/bin/sh", "-c", text, NULL };
	char how[64];
	int r;

	if (run->world) {
		r = run->world->command(text, c->out, sizeof(c->out));
		return r < 0 ? fdr_err(e, r, "%s", strerror(-r)) : 0;
	}
	r = fdr_spawn(argv, &c->child, e);
	if (r < 0)
		return r;
	fdr_closep(&c->child.in_fd);
	fcntl(c->child.out_fd, F_SETFL, O_NONBLOCK);
	r = await(run, c, e);
	if (r < 0 && !c->ended)
		fdr_spawn_end(c->child.pid, FDR_NS_PER_S, &c->status);
	read_output(c);
	fdr_closep(&c->child.out_fd);
	fdr_closep(&c->child.err_fd);
	if (r >= 0 && c->status)
		r = fdr_err(e, -EREMOTEIO, "it %s",
			    fdr_spawn_status(c->status, how, sizeof(how)));
	return r;
}

/* The command's own stamp, if it gave one that can be true. */
static bool find_stamp(const char *out, int64_t lo_ns, int64_t hi_ns, int64_t *ret)
{
	const char *line = strstr(out, "onset ");

	if (!line || (line != out && line[-1] != '\n'))
		return false;
	return sscanf(line, "onset %" SCNd64, ret) == 1 && *ret >= lo_ns && *ret <= hi_ns;
}

static int carry_out(struct fdr_run *run, struct fdr_run_injection *in, int64_t phase_ns,
		     struct fdr_error *e)
{
	int64_t lo_ns, hi_ns, stamp_ns;
	double load[1] = { -1 };
	struct command c = { 0 };
	json_t *data;
	int r;

	in->active = true;
	lo_ns = fdr_now_ns();
	r = run_command(run, in->step->command, &c, e);
	hi_ns = fdr_now_ns();
	if (r < 0)
		return fdr_err_prefix(e, r, "the command of inject.exec");
	data = json_pack("{s:I, s:I, s:I, s:I, s:i, s:i, s:I}", "phase_ns", (json_int_t)phase_ns,
			 "t0_ns", (json_int_t)run->t0_ns, "lo_ns", (json_int_t)lo_ns, "hi_ns",
			 (json_int_t)hi_ns, "step", (int)in->number, "attempt", (int)run->attempt,
			 "at_ns", (json_int_t)in->step->at_ns);
	if (find_stamp(c.out, lo_ns, hi_ns, &stamp_ns))
		json_object_set_new(data, "stamp_ns", json_integer((json_int_t)stamp_ns));
	fdr_run_event(run, "exec", NULL, lo_ns, data);
	if (getloadavg(load, 1) == 1)
		fdr_run_event(run, "load", NULL, lo_ns, json_pack("{s:f}", "load1", load[0]));
	in->onset_seen = true;
	fdr_run_say_since(run, lo_ns, "onset", "the command ran");
	return 0;
}

int fdr_run_exec(struct fdr_run *run, int (*wait)(struct fdr_run *run, int64_t until_ns),
		 int64_t phase_ns, struct fdr_error *e)
{
	for (size_t i = 0; i < run->n_injections; i++) {
		struct fdr_run_injection *in = &run->injections[i];
		int r;

		if (in->node)
			continue;
		r = wait(run, in->start_ns);
		if (r < 0)
			return fdr_err(e, r, "interrupted");
		/* A kernel could not do it, or the run is to stop. */
		if (r > 0)
			return 0;
		r = carry_out(run, in, phase_ns, e);
		if (r < 0)
			return r;
	}
	return 0;
}

/* 1: it is undone, and an interruption came meanwhile; -ECANCELED: a second one cut it short. */
static int undo(struct fdr_run *run, const struct fdr_plan_step *s, struct fdr_error *e)
{
	struct command c = { .undoes = true };
	int r;

	r = run_command(run, s->undo, &c, e);
	return r < 0 ? fdr_err_prefix(e, r, "the undo of inject.exec") : c.interrupted;
}

/* One that cannot be undone keeps none of the others from being. */
int fdr_run_exec_undo(struct fdr_run *run, struct fdr_error *e)
{
	bool any = false, interrupted = false;
	int r = 0;

	for (size_t i = run->n_injections; i--; ) {
		struct fdr_run_injection *in = &run->injections[i];
		int one;

		if (in->node || !in->active)
			continue;
		in->active = false;
		if (!in->step->undo)
			continue;
		one = undo(run, in->step, e);
		in->active = one == -ECANCELED;	/* to be undone by who winds up */
		interrupted |= one > 0;
		r = one < 0 ? one : r;
		any = true;
	}
	if (r < 0 || !any)
		return r;
	fdr_run_phase(run, "cleared");
	fdr_run_say_since(run, fdr_now_ns(), "cleared", "the command was undone");
	return interrupted ? fdr_err(e, -ECANCELED, "interrupted") : 0;
}

int fdr_run_exec_undo_left(struct fdr_run *run, struct fdr_error *e)
{
	const struct fdr_plan_inject *plan = &run->plan->inject;
	bool any = false, interrupted = false;
	int r = 0;

	for (size_t i = plan->n_steps; r >= 0 && i--; ) {
		if (fdr_step_hits(&plan->steps[i]) || !plan->steps[i].undo)
			continue;
		r = undo(run, &plan->steps[i], e);
		interrupted |= r > 0;
		any = true;
	}
	if (any && r >= 0)
		fdr_run_say(run, "the command that was left was undone");
	return r >= 0 && interrupted ? fdr_err(e, -ECANCELED, "interrupted") : r;
}
