// SPDX-License-Identifier: GPL-2.0-only
/*
 * A composite: several faults with one id, one lease and one clear.
 *
 * Each part is an injection of its own, with its own thread, that the session
 * does not list: it takes its end from the whole (fdr_deadline_ns()), its onset
 * and first hit count for the whole, and its events are not told.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include "conflict.h"
#include "faults/faults.h"
#include "request.h"

#define MAX_PARTS	6
#define LOOK_AGAIN	DIV_ROUND_UP(HZ, 50)

static const char * const part_names[MAX_PARTS] = {
	"part1", "part2", "part3", "part4", "part5", "part6",
};

struct composite {
	struct fdr_injection *parts[MAX_PARTS];
	const char *names[MAX_PARTS];	/* the parameter each part came from */
};

/* A message about a part tells which. */
static int refuse_part(const char *name, int err, struct netlink_ext_ack *extack)
{
	char text[FAULTDRILL_VALUE_MAX + 1];

	strscpy(text, extack && extack->_msg ? extack->_msg : "could not be prepared",
		sizeof(text));
	return fdr_refuse(extack, err, "%s: %s", name, text);
}

static int check_part(const struct fdr_request *req, const struct fdr_fault *fault,
		      struct netlink_ext_ack *extack)
{
	const char *why;

	if (!(fault->flags & FAULTDRILL_F_REVERSIBLE))
		return fdr_refuse(extack, -EINVAL,
				  "%s cannot be undone, so it cannot be a part: inject it by itself",
				  fault->name);
	if (fault->flags & FAULTDRILL_F_DAMAGING)
		return fdr_refuse(extack, -EINVAL,
				  "%s harms data for good, so it cannot be a part: inject it by itself",
				  fault->name);
	if (!strcmp(fault->family, "composite"))
		return fdr_refuse(extack, -EINVAL, "a composite cannot hold another one");
	if (req->start || req->duration_ns || req->lease_ns || req->boot_id || req->cookie ||
	    req->dry_run || req->force)
		return fdr_refuse(extack, -EINVAL,
				  "start, duration, lease, boot_id, cookie, dry_run and force belong to the whole");
	why = fdr_fault_unavailable(fault);
	if (why)
		return fdr_refuse(extack, -EOPNOTSUPP, "fault %s is not available here: %s",
				  fault->name, why);
	return 0;
}

/* An injection from the text of a part, prepared. */
static int build_part(struct fdr_injection *whole, char *line, struct fdr_injection **ret_part,
		      struct netlink_ext_ack *extack)
{
	const struct fdr_fault *fault;
	struct fdr_injection *part;
	struct fdr_request req;
	struct fdr_arg *args;
	int err;

	err = fdr_request_parse(line, &req, extack);
	if (err)
		return err;
	fault = fdr_fault_find(req.fault, extack);
	if (!fault)
		return -ENOENT;
	err = check_part(&req, fault, extack);
	err = err ?: fdr_args_parse(fault, req.params, req.n_params, &args, extack);
	if (err)
		return err;
	part = fdr_injection_new(fault, args);
	if (!part) {
		fdr_args_free(fault, args);
		return -ENOMEM;
	}
	part->parent = whole;
	part->force = whole->force;
	part->dry_run = whole->dry_run;
	err = fdr_injection_prepare(part, extack);
	if (err) {
		fdr_injection_put(part);
		return err;
	}
	*ret_part = part;
	return 0;
}

/* The parts already there must be able to stand beside the new one. */
static int check_beside(struct fdr_injection *whole, const struct composite *c,
			struct fdr_injection *part, struct netlink_ext_ack *extack)
{
	unsigned int i;

	for (i = 0; i < whole->n_parts; i++) {
		if (fdr_injections_clash(part, c->parts[i]))
			return fdr_refuse(extack, -EBUSY,
					  "%s cannot be in effect together with %s of %s",
					  part->fault->name, c->parts[i]->fault->name,
					  c->names[i]);
	}
	return 0;
}

static int add_part(struct fdr_injection *whole, struct composite *c, const char *name,
		    struct netlink_ext_ack *extack)
{
	char *line = kstrdup(fdr_arg_str(whole, name), GFP_KERNEL);
	struct fdr_injection *part;
	int err;

	if (!line)
		return -ENOMEM;
	err = build_part(whole, line, &part, extack);
	kfree(line);
	if (err)
		return refuse_part(name, err, extack);
	err = check_beside(whole, c, part, extack);
	if (err) {
		refuse_part(name, err, extack);
		goto err_part;
	}
	if (!try_module_get(THIS_MODULE)) {
		err = fdr_refuse(extack, -EBUSY, "the module is being unloaded");
		goto err_part;
	}
	err = fdr_thread_create(part);
	if (err) {
		fdr_refuse(extack, err, "%s: cannot create its thread (error %d)", name, err);
		goto err_module;
	}
	c->names[whole->n_parts] = name;
	c->parts[whole->n_parts++] = part;
	return 0;

err_module:
	module_put(THIS_MODULE);
err_part:
	fdr_injection_release(part);
	fdr_injection_put(part);
	return err;
}

static void end_parts(struct fdr_injection *whole)
{
	unsigned int i;

	for (i = 0; i < whole->n_parts; i++) {
		if (whole->parts[i]->thread)	/* not joined before */
			fdr_thread_stop(whole->parts[i], FDR_STOP_CLEAR);
	}
	for (i = 0; i < whole->n_parts; i++)
		fdr_thread_join(whole->parts[i]);
}

static void composite_release(struct fdr_injection *whole)
{
	struct composite *c = fdr_priv(whole);

	if (!c)
		return;
	end_parts(whole);
	while (whole->n_parts)
		fdr_injection_put(c->parts[--whole->n_parts]);
	fdr_set_priv(whole, NULL);
	kfree(c);
}

static int composite_prepare(struct fdr_injection *whole, struct netlink_ext_ack *extack)
{
	struct composite *c;
	unsigned int i;
	int err = 0;

	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	fdr_set_priv(whole, c);
	whole->parts = c->parts;
	for (i = 0; i < MAX_PARTS && !err; i++) {
		if (fdr_arg_given(whole, part_names[i]))
			err = add_part(whole, c, part_names[i], extack);
	}
	if (err)
		composite_release(whole);
	return err;
}

/* A part that could not start takes the whole with it. */
static int composite_start(struct fdr_injection *whole)
{
	struct composite *c = fdr_priv(whole);
	unsigned int i;

	for (i = 0; i < whole->n_parts; i++)
		fdr_thread_go(c->parts[i]);
	for (i = 0; i < whole->n_parts; i++) {
		struct fdr_injection *part = c->parts[i];

		/*
		 * Looked at again and again: the onset may come in a context that
		 * cannot wake us, inside a start() that lasts as long as its fault.
		 */
		while (!wait_for_completion_timeout(&part->begun, LOOK_AGAIN) &&
		       !test_bit(FDR_INJ_ONSET, &part->flags) && !fdr_should_stop(whole))
			;
		if (READ_ONCE(part->state) == FAULTDRILL_STATE_FAILED) {
			end_parts(whole);
			return fdr_fail(whole, -EIO, "%s: %s: %.100s", c->names[i],
					part->fault->name, part->reason);
		}
	}
	return 0;
}

static void composite_stop(struct fdr_injection *whole)
{
	end_parts(whole);
}

/* Where the counters of a part go, under its name. */
struct renamed {
	const char *part;
	void (*emit)(void *arg, const char *name, u64 value);
	void *arg;
};

static void emit_renamed(void *arg, const char *name, u64 value)
{
	const struct renamed *r = arg;
	char full[FAULTDRILL_NAME_MAX + 1];

	scnprintf(full, sizeof(full), "%s.%s", r->part, name);
	r->emit(r->arg, full, value);
}

static void composite_counters(struct fdr_injection *whole,
			       void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	struct composite *c = fdr_priv(whole);
	unsigned int i;

	for (i = 0; i < whole->n_parts; i++) {
		struct renamed r = { c->names[i], emit, arg };

		fdr_injection_counters(c->parts[i], emit_renamed, &r);
	}
}

const struct fdr_fault_ops fdr_limp_ops = {
	.prepare = composite_prepare,
	.start = composite_start,
	.stop = composite_stop,
	.release = composite_release,
	.counters = composite_counters,
};
