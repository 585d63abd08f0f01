// SPDX-License-Identifier: GPL-2.0-or-later
#include "power.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>

#include "drivers.h"

static const struct fdr_power_ops *const drivers[] = {
	&fdr_power_exec,
	&fdr_power_ipmi,
	&fdr_power_libvirt,
	&fdr_power_qemu,
	&fdr_power_redfish,
};

static const char *const state_names[] = {
	[FDR_POWER_UNKNOWN] = "unknown", [FDR_POWER_OFF] = "off", [FDR_POWER_ON] = "on",
};
static const char *const op_names[] = {
	[FDR_POWER_STATUS] = "status", [FDR_POWER_TURN_ON] = "on", [FDR_POWER_TURN_OFF] = "off",
	[FDR_POWER_RESET] = "reset",
};

struct fdr_power {
	const struct fdr_power_ops *ops;
	const struct fdr_opts *opts;
	enum fdr_power_op op;
	struct fdr_power_limits limits;
	int stop_fd, over_fd;
	pthread_t thread;
	enum fdr_power_state state;
	int r;
	struct fdr_error error;
};

const char *fdr_power_state_name(enum fdr_power_state s)
{
	return state_names[s];
}

const char *fdr_power_op_name(enum fdr_power_op op)
{
	return op_names[op];
}

bool fdr_power_op_parse(const char *word, enum fdr_power_op *ret)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(op_names); i++)
		if (!strcmp(op_names[i], word)) {
			*ret = (enum fdr_power_op)i;
			return true;
		}
	return false;
}

const struct fdr_power_ops *const *fdr_power_kinds(size_t *ret_n)
{
	*ret_n = FDR_ARRAY_LEN(drivers);
	return drivers;
}

const struct fdr_power_ops *fdr_power_kind(const char *name)
{
	for (size_t i = 0; i < FDR_ARRAY_LEN(drivers); i++)
		if (!strcmp(drivers[i]->kind.name, name))
			return drivers[i];
	return NULL;
}

static int act(const struct fdr_power_ops *ops, const struct fdr_power_limits *limits,
	       const struct fdr_opts *opts, enum fdr_power_op op, enum fdr_power_state *ret_state,
	       struct fdr_error *e)
{
	int r;

	*ret_state = FDR_POWER_UNKNOWN;
	r = ops->act(limits, opts, op, ret_state, e);
	return r < 0 ? fdr_err_prefix(e, r, "power driver %s: %s", ops->kind.name,
				      op_names[op]) : 0;
}

static const struct fdr_power_ops *driver_of(const struct fdr_opts *opts, struct fdr_error *e)
{
	const struct fdr_power_ops *ops = opts->kind ? fdr_power_kind(opts->kind->name) : NULL;

	if (!ops)
		fdr_err(e, -ENOSYS, "no power driver");
	return ops;
}

static int64_t deadline_of(const struct fdr_opts *opts)
{
	return fdr_now_ns() + (int64_t)fdr_opts_num(opts, "timeout");
}

int fdr_power_run(const struct fdr_opts *opts, enum fdr_power_op op,
		  enum fdr_power_state *ret_state, struct fdr_error *e)
{
	const struct fdr_power_limits limits = { deadline_of(opts), -1 };
	const struct fdr_power_ops *ops = driver_of(opts, e);

	return ops ? act(ops, &limits, opts, op, ret_state, e) : -ENOSYS;
}

static void *work(void *userdata)
{
	struct fdr_power *p = userdata;

	p->r = act(p->ops, &p->limits, p->opts, p->op, &p->state, &p->error);
	eventfd_write(p->over_fd, 1);
	return NULL;
}

static struct fdr_power *release(struct fdr_power *p)
{
	fdr_closep(&p->stop_fd);
	fdr_closep(&p->over_fd);
	free(p);
	return NULL;
}

int fdr_power_begin(const struct fdr_opts *opts, enum fdr_power_op op, struct fdr_power **ret,
		    struct fdr_error *e)
{
	const struct fdr_power_ops *ops = driver_of(opts, e);
	struct fdr_power *p;
	int r = 0;

	if (!ops)
		return -ENOSYS;
	p = calloc(1, sizeof(*p));
	if (!p)
		return fdr_err(e, -ENOMEM, "out of memory");
	p->ops = ops;
	p->opts = opts;
	p->op = op;
	p->over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	p->limits = (struct fdr_power_limits){ deadline_of(opts), p->stop_fd };
	if (p->over_fd < 0 || p->stop_fd < 0)
		r = -errno;
	if (r >= 0)
		r = -pthread_create(&p->thread, NULL, work, p);
	if (r < 0) {
		release(p);
		return fdr_err(e, r, "power driver %s: %s", ops->kind.name, strerror(-r));
	}
	*ret = p;
	return 0;
}

int fdr_power_fd(const struct fdr_power *p)
{
	return p->over_fd;
}

bool fdr_power_over(const struct fdr_power *p)
{
	struct pollfd f = { .fd = p->over_fd, .events = POLLIN };

	return poll(&f, 1, 0) > 0;
}

int fdr_power_end(struct fdr_power *p, enum fdr_power_state *ret_state, struct fdr_error *e)
{
	int r;

	eventfd_write(p->stop_fd, 1);
	pthread_join(p->thread, NULL);
	r = p->r;
	if (ret_state)
		*ret_state = p->state;
	if (r < 0 && e)
		*e = p->error;
	release(p);
	return r;
}
