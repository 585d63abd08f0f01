// SPDX-License-Identifier: GPL-2.0-or-later
/* Has the node power?  What its driver (userspace/power/) says: the truth of "isolated". */
#include <errno.h>
#include <sys/epoll.h>

#include "canary.h"
#include "kinds.h"
#include "power/power.h"
#include "schedule.h"
#include "track.h"

struct power {
	const struct fdr_probe_env *env;
	const char *node;
	const struct fdr_opts *driver;
	struct fdr_track track;
	struct fdr_schedule schedule;
	struct fdr_power *asking;		/* NULL = nobody is asked now */
	struct fdr_poll_io *io;
	int64_t asked_ns;
};

static void on_answer(void *userdata, int fd, uint32_t revents)
{
	struct power *p = userdata;
	enum fdr_power_state state;
	struct fdr_error e = { "" };
	int r;

	(void)fd;
	(void)revents;
	p->io = fdr_poll_io_free(p->io);
	r = fdr_power_end(p->asking, &state, &e);
	p->asking = NULL;
	fdr_track_polled(&p->track, p->node, fdr_power_state_name(r < 0 ? FDR_POWER_UNKNOWN : state),
			 p->asked_ns, fdr_now_ns(), e.text);
}

/* One question at a time: a driver that is slow is asked less often, which is counted. */
static bool ask(void *userdata, size_t target)
{
	struct power *p = userdata;

	(void)target;
	if (p->asking)
		return false;
	p->asked_ns = fdr_now_ns();
	if (fdr_power_begin(p->driver, FDR_POWER_STATUS, &p->asking, NULL) < 0)
		return false;
	if (fdr_poller_add_io(p->env->poller, fdr_power_fd(p->asking), EPOLLIN, on_answer, p,
			      &p->io) >= 0)
		return true;
	fdr_power_end(p->asking, NULL, NULL);
	p->asking = NULL;
	return false;
}

static void power_stop(void *state)
{
	struct power *p = state;

	fdr_schedule_stop(&p->schedule);
	fdr_poll_io_free(p->io);
	if (p->asking)
		fdr_power_end(p->asking, NULL, NULL);
	fdr_track_clear(&p->track);
	free(p);
}

static const struct fdr_opts *driver_of(const struct fdr_opts *(*of)(const void *, const char *),
					const void *userdata, const char *node,
					struct fdr_error *e)
{
	const struct fdr_opts *driver = of ? of(userdata, node) : NULL;

	if (!driver)
		fdr_err(e, -ENOENT, "%s has no power driver", node);
	return driver;
}

static int power_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		       void **ret_state, struct fdr_error *e)
{
	struct power *p = calloc(1, sizeof(*p));

	if (!p)
		return fdr_err(e, -ENOMEM, "out of memory");
	p->env = env;
	p->node = fdr_opts_str(opts, "node");
	fdr_track_init(&p->track, env);
	p->driver = driver_of(env->power_of, env->userdata, p->node, e);
	if (!p->driver) {
		power_stop(p);
		return -ENOENT;
	}
	if (fdr_schedule_start(&p->schedule, env, (int64_t)fdr_opts_num(opts, "interval"), 1, ask,
			       p) < 0) {
		power_stop(p);
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	*ret_state = p;
	return 0;
}

/* Only asks: to show a change, a canary would have to turn something off. */
static bool is_over(void *data)
{
	return fdr_power_over(data);
}

static void wake(void *userdata, int fd, uint32_t revents)
{
	(void)userdata;
	(void)fd;
	(void)revents;
}

static int ask_once(const struct fdr_canary_env *env, const struct fdr_opts *driver,
		    enum fdr_power_state *ret, struct fdr_error *e)
{
	int64_t deadline_ns = fdr_now_ns() + (int64_t)fdr_opts_num(driver, "timeout") +
			      FDR_NS_PER_S;
	struct fdr_poll_io *io = NULL;
	struct fdr_power *asking;
	int r, waited;

	r = fdr_power_begin(driver, FDR_POWER_STATUS, &asking, e);
	if (r < 0)
		return r;
	waited = fdr_poller_add_io(env->poller, fdr_power_fd(asking), EPOLLIN | EPOLLET, wake, NULL,
				   &io);
	if (waited >= 0)
		waited = env->wait(env->userdata, is_over, asking, deadline_ns);
	fdr_poll_io_free(io);
	r = fdr_power_end(asking, ret, e);
	return waited < 0 && r >= 0 ? fdr_err(e, waited, "interrupted") : waited == -ECANCELED ?
	       waited : r;
}

int fdr_canary_power(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		     struct fdr_canary *ret, struct fdr_error *e)
{
	const char *node = fdr_opts_str(opts, "node");
	const struct fdr_opts *driver = driver_of(env->power_of, env->power_userdata, node, e);
	enum fdr_power_state state;
	int r = driver ? ask_once(env, driver, &state, e) : -ENOENT;

	if (r < 0)
		return r;
	if (state == FDR_POWER_UNKNOWN)
		return fdr_err(e, -ENODATA, "driver %s does not know whether %s has power",
			       driver->kind->name, node);
	/* All nodes of the plan have answered by now. */
	if (state == FDR_POWER_OFF)
		return fdr_err(e, -ENODEV, "driver %s says that the power of %s is off, but its agent "
			       "answers: is it %s's driver?", driver->kind->name, node, node);
	snprintf(ret->proven, sizeof(ret->proven), "driver %s says that the power of %s is %s",
		 driver->kind->name, node, fdr_power_state_name(state));
	snprintf(ret->missing, sizeof(ret->missing), "a change, which takes turning it off");
	return 0;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "node", .type = FDR_OPT_STRING, .required = true,
	  .summary = "a node of the plan that has a power driver" },
	{ .name = "interval", .type = FDR_OPT_TIME, .def = "200ms", .min = 10000000,
	  .max = 3600000000000, .summary = "how often its driver is asked" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_power = {
	.kind = { .name = "power", .summary = "whether a node has power, by its power driver",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "on|off|unknown",
	.start = power_start, .stop = power_stop, .canary = fdr_canary_power,
};
