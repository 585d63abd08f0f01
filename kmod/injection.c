// SPDX-License-Identifier: GPL-2.0-only
/* An injection's data, and what a fault may ask of it (fault.h). */
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "beacon.h"
#include "injection.h"
#include "sysfs.h"

/* There is at most one: the session refuses a second. */
static struct fdr_injection *stopping;

struct fdr_injection *fdr_injection_new(const struct fdr_fault *fault, struct fdr_arg *args)
{
	struct fdr_injection *inj = kzalloc(sizeof(*inj), GFP_KERNEL);

	if (!inj)
		return NULL;
	kobject_init(&inj->kobj, &fdr_injection_ktype);
	INIT_LIST_HEAD(&inj->node);
	init_completion(&inj->begun);
	init_completion(&inj->ended);
	mutex_init(&inj->lock);
	inj->fault = fault;
	inj->args = args;
	inj->lease_at = FDR_NEVER;
	inj->expires_at = FDR_NEVER;
	return inj;
}

void fdr_injection_get(struct fdr_injection *inj)
{
	kobject_get(&inj->kobj);
}

void fdr_injection_put(struct fdr_injection *inj)
{
	kobject_put(&inj->kobj);
}

int fdr_injection_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	int err = inj->fault->ops->prepare(inj, extack);

	inj->prepared = !err;
	return err;
}

void fdr_injection_release(struct fdr_injection *inj)
{
	cmpxchg(&stopping, inj, NULL);
	fdr_injection_lock(inj);
	if (inj->prepared && inj->fault->ops->release)
		inj->fault->ops->release(inj);
	inj->prepared = false;
	mutex_unlock(&inj->lock);
}

void fdr_injection_counters(struct fdr_injection *inj,
			    void (*emit)(void *arg, const char *name, u64 value), void *arg)
{
	unsigned int i;

	fdr_injection_lock(inj);
	if (inj->prepared && inj->fault->ops->counters)
		inj->fault->ops->counters(inj, emit, arg);
	for (i = 0; !inj->prepared && i < inj->n_counters; i++)
		emit(arg, inj->counters[i].name, inj->counters[i].value);
	mutex_unlock(&inj->lock);
}

u64 fdr_injection_left_ns(const struct fdr_injection *inj)
{
	s64 at = fdr_deadline_ns(inj), now = ktime_get_mono_fast_ns();

	if (READ_ONCE(inj->state) != FAULTDRILL_STATE_ACTIVE || at == FDR_NEVER)
		return 0;
	return max_t(s64, at - now, 0);
}

/* A name that is not in the row is a bug of the fault, not of the user. */
static const struct fdr_arg *find_arg(const struct fdr_injection *inj, const char *name)
{
	static const struct fdr_arg none;
	unsigned int i;

	for (i = 0; i < inj->fault->n_params; i++) {
		if (!strcmp(inj->fault->params[i].name, name))
			return &inj->args[i];
	}
	WARN_ONCE(1, "fault %s asks for a parameter '%s' that it does not have\n",
		  inj->fault->name, name);
	return &none;
}

const char *fdr_arg_str(const struct fdr_injection *inj, const char *name)
{
	const struct fdr_arg *arg = find_arg(inj, name);

	return arg->text[0] || arg->given ? arg->text : NULL;
}

u64 fdr_arg_u64(const struct fdr_injection *inj, const char *name)
{
	return find_arg(inj, name)->num;
}

s64 fdr_arg_s64(const struct fdr_injection *inj, const char *name)
{
	return (s64)find_arg(inj, name)->num;
}

struct fdr_addr fdr_arg_addr(const struct fdr_injection *inj, const char *name)
{
	return find_arg(inj, name)->addr;
}

void fdr_arg_ports(const struct fdr_injection *inj, const char *name, u16 *ret_lo, u16 *ret_hi)
{
	u64 ports = find_arg(inj, name)->num;

	*ret_lo = ports & U16_MAX;
	*ret_hi = ports >> 16;
}

bool fdr_arg_bool(const struct fdr_injection *inj, const char *name)
{
	return find_arg(inj, name)->num;
}

unsigned int fdr_arg_choice(const struct fdr_injection *inj, const char *name)
{
	return find_arg(inj, name)->num;
}

const struct cpumask *fdr_arg_cpus(const struct fdr_injection *inj, const char *name)
{
	const struct fdr_arg *arg = find_arg(inj, name);

	return cpumask_available(arg->cpus) ? arg->cpus : cpu_none_mask;
}

bool fdr_arg_given(const struct fdr_injection *inj, const char *name)
{
	return find_arg(inj, name)->given;
}

bool fdr_arg_force(const struct fdr_injection *inj)
{
	return inj->force;
}

const struct fdr_fault *fdr_fault_of(const struct fdr_injection *inj)
{
	return inj->fault;
}

void fdr_set_priv(struct fdr_injection *inj, void *priv)
{
	inj->priv = priv;
}

void *fdr_priv(const struct fdr_injection *inj)
{
	return inj->priv;
}

/* How late the onset is, on the clock that the start was stated on. */
static s64 lateness(const struct fdr_injection *inj)
{
	if (inj->start == FAULTDRILL_START_REALTIME)
		return inj->onset.realtime - inj->start_at;
	return inj->onset.boottime - inj->start_at;
}

const struct fdr_injection *fdr_injection_stopping(void)
{
	return READ_ONCE(stopping);
}

/* It, or a part of it, stops the node. */
static bool stops_the_node(const struct fdr_injection *inj)
{
	unsigned int flags = inj->fault->flags, i;

	for (i = 0; i < inj->n_parts; i++)
		flags |= inj->parts[i]->fault->flags;
	return flags & (FAULTDRILL_F_FATAL | FAULTDRILL_F_FREEZING);
}

static bool is_of_the_network(const struct fdr_injection *inj)
{
	return !strcmp(inj->fault->family, "net");
}

/* By force nobody is spared: what this node says of the onset may never arrive. */
static bool cuts_everybody_off(const struct fdr_injection *inj)
{
	unsigned int i;

	if (!inj->force)
		return false;
	for (i = 0; i < inj->n_parts; i++)
		if (is_of_the_network(inj->parts[i]))
			return true;
	return is_of_the_network(inj);
}

/* Of what the session lists: the first of a composite's parts takes it. */
static void take_onset(struct fdr_injection *inj)
{
	if (test_and_set_bit(FDR_INJ_ONSET, &inj->flags))
		return;
	if (stops_the_node(inj)) {
		WRITE_ONCE(stopping, inj);
		fdr_beacon_send(FAULTDRILL_BEACON_ONSET, inj);
	} else if (cuts_everybody_off(inj)) {
		fdr_beacon_send(FAULTDRILL_BEACON_ONSET, inj);
	}

	fdr_stamps_now(&inj->onset);
	inj->late_ns = lateness(inj);
	if (inj->duration_ns)
		WRITE_ONCE(inj->expires_at, inj->onset.monotonic + (s64)inj->duration_ns);
	WRITE_ONCE(inj->state, FAULTDRILL_STATE_ACTIVE);
	smp_mb__before_atomic();	/* readers that see the bit see the stamps */
	set_bit(FDR_INJ_STAMPED, &inj->flags);
	fdr_event(FAULTDRILL_EVENT_ONSET, inj, &inj->onset, inj->late_ns, NULL);
}

void fdr_onset(struct fdr_injection *inj)
{
	if (!inj->parent) {
		take_onset(inj);
		return;
	}
	if (test_and_set_bit(FDR_INJ_ONSET, &inj->flags))
		return;
	take_onset(inj->parent);
	WRITE_ONCE(inj->state, FAULTDRILL_STATE_ACTIVE);
}

void fdr_first_hit(struct fdr_injection *inj)
{
	inj = inj->parent ?: inj;
	if (!test_bit(FDR_INJ_HIT, &inj->flags) && !test_and_set_bit(FDR_INJ_HIT, &inj->flags))
		fdr_event(FAULTDRILL_EVENT_FIRST_HIT, inj, NULL, 0, NULL);
}

u64 fdr_deadline_ns(const struct fdr_injection *inj)
{
	s64 at = min(READ_ONCE(inj->lease_at), READ_ONCE(inj->expires_at));

	return inj->parent ? min_t(s64, at, fdr_deadline_ns(inj->parent)) : at;
}

bool fdr_should_stop(const struct fdr_injection *inj)
{
	return READ_ONCE(inj->stop) != FDR_STOP_NOT ||
	       ktime_get_mono_fast_ns() >= fdr_deadline_ns(inj);
}

int fdr_fail(struct fdr_injection *inj, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(inj->reason, sizeof(inj->reason), fmt, args);
	va_end(args);
	return err;
}
