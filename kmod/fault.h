/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the core and a fault.
 *
 * A fault is one row in kmod/catalogue.c (struct fdr_fault: what it is called
 * and which parameters it takes) and one struct fdr_fault_ops in a file under
 * kmod/faults/ (what it does).  The row is plain data so that userspace can
 * compile the very same file into its off-line catalogue.
 */
#ifndef FDR_FAULT_H
#define FDR_FAULT_H

#ifdef __KERNEL__
#include <linux/in6.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#endif
#include <linux/faultdrill.h>

struct fdr_injection;
struct fdr_fault_ops;
struct netlink_ext_ack;

/*
 * One parameter.  min and max bound U64, TIME (ns), PPM and SIZE (bytes), and of
 * S64 and STIME the magnitude; 0, 0 = unbounded.
 */
struct fdr_param {
	const char *name;
	enum faultdrill_param_type type;
	const char *unit;		/* NULL where the type says it all */
	__u64 min, max;
	const char *def;		/* default, as text; NULL = none */
	bool required;
	const char *choices;		/* "a|b|c" for CHOICE and CHOICES */
	const char *summary;
};

struct fdr_fault {
	const char *name;
	const char *family;
	const char *summary;
	unsigned int flags;		/* FAULTDRILL_F_* */
	enum faultdrill_risk risk;
	const char *excludes;		/* at most one fault with this word at a time; or NULL */
	const struct fdr_param *params;
	unsigned int n_params;
	const struct fdr_fault_ops *ops;	/* NULL in userspace */
};

/* The fault at place @i of the catalogue, from 0; NULL past its end.  Any context. */
const struct fdr_fault *fdr_catalogue_at(unsigned int i);

#ifdef __KERNEL__

/* start() returns this when the fault took effect and is over already. */
#define FDR_DONE	1

/* So long a network card gets to send the beacon, before it is reset or shut down. */
#define FDR_BEACON_LEAVE_MS	20

/*
 * All of these are called by the core, and none concurrently for the same
 * injection except counters().
 *
 * unavailable: process context, may sleep.  NULL, or why this kernel or
 *	machine cannot do it (a static string a user can act on).
 * prepare: process context, may sleep, nothing is in effect yet.  Checks what
 *	the parameter types cannot say and takes what start() will need, so
 *	that start() allocates nothing.  Also called for a dry run, followed by
 *	release() at once.  0, or negative errno with extack set.
 * clashes: process context, must not sleep; both have been prepared.  True if
 *	the new @inj cannot be in effect together with @other, a pending or active
 *	injection of any fault; it is then refused, and the message names @other.
 *	Needed only for what the row's excludes cannot say.
 * start: the injection's own kernel thread (SCHED_FIFO where the machine lets
 *	us), process context, preemptible, may sleep.  Makes the fault happen and calls
 *	fdr_onset() right before its first instruction, in whatever context
 *	that is.  0: in effect until stop().  FDR_DONE: over already.  Negative
 *	errno: could not; fdr_fail() may have set a reason.  A start() that
 *	itself runs as long as the fault lasts must end once
 *	fdr_should_stop() says so.
 * stop: same thread.  Undoes a start() that returned 0; may sleep; cannot fail.
 * release: process context, may sleep.  Frees what prepare() took.
 * counters: process context, may sleep.  Calls emit() for each live counter.
 *
 * unload: process context, may sleep.  For each fault once, as the module goes
 *	and after the last release(): returns when none of the fault's code runs
 *	anywhere.  For faults that lend code to tasks that are not theirs.
 *
 * Every one of them but prepare and start may be NULL.
 */
struct fdr_fault_ops {
	const char *(*unavailable)(void);
	int (*prepare)(struct fdr_injection *inj, struct netlink_ext_ack *extack);
	bool (*clashes)(const struct fdr_injection *inj, const struct fdr_injection *other);
	int (*start)(struct fdr_injection *inj);
	void (*stop)(struct fdr_injection *inj);
	void (*release)(struct fdr_injection *inj);
	void (*counters)(struct fdr_injection *inj,
			 void (*emit)(void *arg, const char *name, u64 value), void *arg);
	void (*unload)(void);
};

struct cpumask;

/* An address or a prefix. */
struct fdr_addr {
	u8 family;		/* AF_INET, AF_INET6; 0 = none */
	u8 prefix;		/* bits that count: 32 or 128 for one address */
	union {
		__be32 v4;
		struct in6_addr v6;
	};
};

/* What a fault may ask of its injection.  Any context unless said otherwise. */

/*
 * Parameters, parsed and range checked before prepare().  @name must be in the
 * fault's row.  Where there is neither a value nor a default: NULL, 0, false,
 * an empty mask.
 */
const char *fdr_arg_str(const struct fdr_injection *inj, const char *name);
u64 fdr_arg_u64(const struct fdr_injection *inj, const char *name);	/* U64, TIME, PPM, SIZE */
s64 fdr_arg_s64(const struct fdr_injection *inj, const char *name);	/* S64, STIME */
/* ADDR; .family 0 where there is none. */
struct fdr_addr fdr_arg_addr(const struct fdr_injection *inj, const char *name);
/* PORTS, inclusive; 0, 0 where there is none. */
void fdr_arg_ports(const struct fdr_injection *inj, const char *name, u16 *ret_lo, u16 *ret_hi);
bool fdr_arg_bool(const struct fdr_injection *inj, const char *name);
/* CHOICE: index of the word in choices.  CHOICES: one bit a word. */
unsigned int fdr_arg_choice(const struct fdr_injection *inj, const char *name);
const struct cpumask *fdr_arg_cpus(const struct fdr_injection *inj, const char *name);
bool fdr_arg_given(const struct fdr_injection *inj, const char *name);
bool fdr_arg_force(const struct fdr_injection *inj);

/* The fault of an injection, to tell in clashes() what @other is. */
const struct fdr_fault *fdr_fault_of(const struct fdr_injection *inj);

/* The fault's own data, set in prepare() and freed in release(). */
void fdr_set_priv(struct fdr_injection *inj, void *priv);
void *fdr_priv(const struct fdr_injection *inj);

/*
 * Stamp the onset on three clocks, and before a fatal or freezing fault send
 * the beacon.  Any context, NMI included; call it once, last thing before the
 * fault's first instruction.  The event reaches listeners when the machine can.
 */
void fdr_onset(struct fdr_injection *inj);

/* The first time that the fault hits something (a bio, a packet): any context. */
void fdr_first_hit(struct fdr_injection *inj);

/* Instant at which it must be over: duration, lease or maximum, whichever is
 * first; CLOCK_MONOTONIC ns, as read by ktime_get_mono_fast_ns().  Moves when
 * the lease is renewed.  Any context, lock free.
 */
u64 fdr_deadline_ns(const struct fdr_injection *inj);
/* Cleared, or past the deadline.  Any context, lock free; cheap in a spin. */
bool fdr_should_stop(const struct fdr_injection *inj);
/* Sleep in the injection's thread until fdr_should_stop() or, if earlier, @ns
 * from now.  Process context.
 */
void fdr_wait(struct fdr_injection *inj, u64 ns);

/*
 * Refuse: set @extack's message (up to 255 characters, formatted) and return
 * @err.  For prepare(): name the parameter, its value and what would be right.
 */
int fdr_refuse(struct netlink_ext_ack *extack, int err, const char *fmt, ...) __printf(3, 4);

/* Why start() failed, for the event and the status.  Process context. */
int fdr_fail(struct fdr_injection *inj, int err, const char *fmt, ...) __printf(3, 4);

#endif /* __KERNEL__ */
#endif /* FDR_FAULT_H */
