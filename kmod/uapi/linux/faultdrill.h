/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * faultdrill: the interface between the kernel module and userspace.
 *
 * This header is the only copy of the ABI: the module and the userspace
 * library both include this very file.  The same interface is described for
 * YNL tooling in Documentation/netlink/specs/faultdrill.yaml.
 *
 * Generic netlink family "faultdrill", version 1.  Every command needs
 * CAP_SYS_ADMIN in the initial user namespace, and the socket must live in
 * the initial network namespace; anything else gets -EPERM with an extack
 * message.  Every refusal carries an extack message that names the attribute
 * or parameter at fault and says what to do.
 *
 * All times are in nanoseconds, as signed 64-bit integers where they are
 * instants and unsigned ones where they are lengths.  Multicast group
 * "events" carries one FAULTDRILL_CMD_EVENT for each transition.
 *
 * A session, in order:
 *
 *	STATUS_GET	who are you: versions, boot id, armed until when
 *	FAULT_GET	(dump) the catalogue: every fault with its parameters
 *	BEACON_SET	where to send datagrams before the node dies or is cut off (optional)
 *	ARM		allow injections for a stated time
 *	INJECT		queue one fault; answers with the injection's id
 *	RENEW		push the lease of a reversible injection out again
 *	CLEAR		revert one injection, or all
 *	INJECTION_GET	(do or dump) state and live counters
 *	DISARM		forbid further injections; what is active stays active
 */
#ifndef _UAPI_LINUX_FAULTDRILL_H
#define _UAPI_LINUX_FAULTDRILL_H

#include <linux/types.h>

#define FAULTDRILL_GENL_NAME		"faultdrill"
#define FAULTDRILL_GENL_VERSION		1
#define FAULTDRILL_GENL_MCGRP_EVENTS	"events"

/* Longest strings, without the terminating NUL. */
#define FAULTDRILL_NAME_MAX		31	/* a fault or a parameter */
#define FAULTDRILL_VALUE_MAX		255	/* a parameter's value as text */
#define FAULTDRILL_BOOT_ID_LEN		36	/* as in /proc/sys/kernel/random/boot_id */
#define FAULTDRILL_REASON_MAX		159	/* a reason given in a reply or event */

enum faultdrill_cmd {
	FAULTDRILL_CMD_UNSPEC,
	FAULTDRILL_CMD_STATUS_GET,	/* do: -> FAULTDRILL_A_STATUS */
	FAULTDRILL_CMD_FAULT_GET,	/* do (A_FAULT/NAME), dump: -> A_FAULT */
	FAULTDRILL_CMD_ARM,		/* A_ARM_NS */
	FAULTDRILL_CMD_DISARM,
	FAULTDRILL_CMD_INJECT,		/* A_INJECTION: -> A_INJECTION */
	FAULTDRILL_CMD_RENEW,		/* A_ID, A_LEASE_NS */
	FAULTDRILL_CMD_CLEAR,		/* A_ID, or none for all: -> A_CLEARED */
	FAULTDRILL_CMD_INJECTION_GET,	/* do (A_ID), dump: -> A_INJECTION */
	FAULTDRILL_CMD_BEACON_SET,	/* A_BEACON; an empty nest turns it off */
	FAULTDRILL_CMD_EVENT,		/* multicast: A_EVENT */

	__FAULTDRILL_CMD_MAX,
	FAULTDRILL_CMD_MAX = __FAULTDRILL_CMD_MAX - 1
};

/* Attributes of the messages themselves. */
enum faultdrill_attr {
	FAULTDRILL_A_UNSPEC,
	FAULTDRILL_A_STATUS,		/* nest of faultdrill_status_attr */
	FAULTDRILL_A_FAULT,		/* nest of faultdrill_fault_attr */
	FAULTDRILL_A_INJECTION,		/* nest of faultdrill_injection_attr */
	FAULTDRILL_A_BEACON,		/* nest of faultdrill_beacon_attr */
	FAULTDRILL_A_EVENT,		/* nest of faultdrill_event_attr */
	FAULTDRILL_A_ID,		/* u32: an injection's id, never 0 */
	FAULTDRILL_A_ARM_NS,		/* u64: armed for so long, 1 s to 24 h */
	FAULTDRILL_A_LEASE_NS,		/* u64: the lease counts from now again */
	FAULTDRILL_A_CLEARED,		/* u32: how many injections were reverted */
	FAULTDRILL_A_PAD,

	__FAULTDRILL_A_MAX,
	FAULTDRILL_A_MAX = __FAULTDRILL_A_MAX - 1
};

enum faultdrill_status_attr {
	FAULTDRILL_STATUS_A_UNSPEC,
	FAULTDRILL_STATUS_A_VERSION,	/* string: the module's version */
	FAULTDRILL_STATUS_A_BOOT_ID,	/* string, 36 characters */
	FAULTDRILL_STATUS_A_ARMED_NS,	/* u64: time left; 0 = not armed */
	FAULTDRILL_STATUS_A_ACTIVE,	/* u32: injections pending or active */
	FAULTDRILL_STATUS_A_MAX_DURATION_NS,	/* u64: the module-wide maximum */
	FAULTDRILL_STATUS_A_BEACON,	/* nest of faultdrill_beacon_attr, if set */
	FAULTDRILL_STATUS_A_LOCKED_DOWN,	/* flag: kernel lockdown forbids faults */
	FAULTDRILL_STATUS_A_BOOTTIME_NS,	/* s64: CLOCK_BOOTTIME when answering */
	FAULTDRILL_STATUS_A_PAD,

	__FAULTDRILL_STATUS_A_MAX,
	FAULTDRILL_STATUS_A_MAX = __FAULTDRILL_STATUS_A_MAX - 1
};

/* What a fault does to the node; bits of FAULTDRILL_FAULT_A_FLAGS. */
#define FAULTDRILL_F_FATAL	(1U << 0)	/* the kernel does not survive */
#define FAULTDRILL_F_REVERSIBLE	(1U << 1)	/* clear, expiry and lease undo it */
#define FAULTDRILL_F_PER_CPU	(1U << 2)	/* acts on chosen CPUs */
#define FAULTDRILL_F_FREEZING	(1U << 3)	/* userspace may not run while active */
#define FAULTDRILL_F_DURATION	(1U << 4)	/* a duration applies */
#define FAULTDRILL_F_UNTRUSTED	(1U << 5)	/* the kernel may survive, but trust it no more: reboot */
#define FAULTDRILL_F_EXPERIMENTAL	(1U << 6)	/* may do more harm than it says */
#define FAULTDRILL_F_DAMAGING	(1U << 7)	/* data it harms stay so, once it is undone too */

enum faultdrill_risk {
	FAULTDRILL_RISK_LOW,		/* the node goes on, slower at most */
	FAULTDRILL_RISK_MEDIUM,		/* services suffer; all is restored */
	FAULTDRILL_RISK_HIGH,		/* the node dies or data may be lost */
};

enum faultdrill_fault_attr {
	FAULTDRILL_FAULT_A_UNSPEC,
	FAULTDRILL_FAULT_A_NAME,	/* string, e.g. "soft-lockup" */
	FAULTDRILL_FAULT_A_FAMILY,	/* string, e.g. "lockup" */
	FAULTDRILL_FAULT_A_SUMMARY,	/* string, one line */
	FAULTDRILL_FAULT_A_FLAGS,	/* u32: FAULTDRILL_F_* */
	FAULTDRILL_FAULT_A_RISK,	/* u32: enum faultdrill_risk */
	FAULTDRILL_FAULT_A_UNAVAILABLE,	/* string: why; absent = available */
	FAULTDRILL_FAULT_A_PARAM,	/* multi-attr nest of faultdrill_param_attr */
	FAULTDRILL_FAULT_A_EXCLUDES,	/* string: at most one fault with this word at a time */
	FAULTDRILL_FAULT_A_PAD,

	__FAULTDRILL_FAULT_A_MAX,
	FAULTDRILL_FAULT_A_MAX = __FAULTDRILL_FAULT_A_MAX - 1
};

/*
 * The type of a parameter, and the grammar of its text:
 *
 *	STRING		anything up to FAULTDRILL_VALUE_MAX bytes
 *	U64		decimal, or 0x and hexadecimal
 *	BOOL		1, 0, yes, no, true, false, on, off
 *	TIME		decimal with a unit ns, us, ms, s, m or h; stored in ns
 *	CHOICE		one of the listed words
 *	CHOICES		some of the listed words, joined by commas
 *	CPULIST		"0", "0-3,5", or "all"
 *	PPM		parts per million, 0 to 1000000, or a percentage "2.5%"
 *	BLKDEV		a path below /dev, MAJOR:MINOR, wwn:NAME or serial:NUMBER, the
 *			latter two perhaps with -partN
 *	SIZE		decimal, in bytes or with a unit K, M, G or T (powers of 1024)
 *	S64		decimal with an optional sign
 *	STIME		as TIME, with an optional sign
 *	PATH		an absolute path
 *	NETDEV		the name of a network interface
 *	ADDR		an IPv4 or IPv6 address, or a prefix as in 10.0.0.0/8
 *	PORTS		a port, or a range as in 8000-8099; 1 to 65535
 */
enum faultdrill_param_type {
	FAULTDRILL_PARAM_STRING,
	FAULTDRILL_PARAM_U64,
	FAULTDRILL_PARAM_BOOL,
	FAULTDRILL_PARAM_TIME,
	FAULTDRILL_PARAM_CHOICE,
	FAULTDRILL_PARAM_CHOICES,
	FAULTDRILL_PARAM_CPULIST,
	FAULTDRILL_PARAM_PPM,
	FAULTDRILL_PARAM_BLKDEV,
	FAULTDRILL_PARAM_SIZE,
	FAULTDRILL_PARAM_S64,
	FAULTDRILL_PARAM_STIME,
	FAULTDRILL_PARAM_PATH,
	FAULTDRILL_PARAM_NETDEV,
	FAULTDRILL_PARAM_ADDR,
	FAULTDRILL_PARAM_PORTS,
};

/* In a FAULT_GET reply all but VALUE; in an INJECTION, NAME and VALUE only. */
enum faultdrill_param_attr {
	FAULTDRILL_PARAM_A_UNSPEC,
	FAULTDRILL_PARAM_A_NAME,	/* string */
	FAULTDRILL_PARAM_A_VALUE,	/* string, grammar as above */
	FAULTDRILL_PARAM_A_TYPE,	/* u32: enum faultdrill_param_type */
	FAULTDRILL_PARAM_A_UNIT,	/* string: "ns", "ppm", "bytes" ...; may be absent */
	FAULTDRILL_PARAM_A_MIN,		/* u64, inclusive, in the unit */
	FAULTDRILL_PARAM_A_MAX_VALUE,	/* u64, inclusive, in the unit */
	FAULTDRILL_PARAM_A_DEFAULT,	/* string; absent = none */
	FAULTDRILL_PARAM_A_REQUIRED,	/* flag */
	FAULTDRILL_PARAM_A_CHOICES,	/* string: words joined by '|' */
	FAULTDRILL_PARAM_A_SUMMARY,	/* string, one line */
	FAULTDRILL_PARAM_A_PAD,

	__FAULTDRILL_PARAM_A_MAX,
	FAULTDRILL_PARAM_A_MAX = __FAULTDRILL_PARAM_A_MAX - 1
};

/*
 * pending: accepted, waiting for its start.  active: in effect.  fired: a
 * one-off fault that took effect and left nothing to revert.  expired: undone
 * by its duration or lease.  cleared: undone on request, or cancelled before
 * its start.  failed: could not take effect; the reason says why.
 */
enum faultdrill_state {
	FAULTDRILL_STATE_PENDING,
	FAULTDRILL_STATE_ACTIVE,
	FAULTDRILL_STATE_FIRED,
	FAULTDRILL_STATE_EXPIRED,
	FAULTDRILL_STATE_CLEARED,
	FAULTDRILL_STATE_FAILED,
};

enum faultdrill_start {
	FAULTDRILL_START_NOW,
	FAULTDRILL_START_DELAY,		/* START_NS from now */
	FAULTDRILL_START_REALTIME,	/* START_NS on CLOCK_REALTIME */
	FAULTDRILL_START_BOOTTIME,	/* START_NS on CLOCK_BOOTTIME */
};

enum faultdrill_injection_attr {
	FAULTDRILL_INJECTION_A_UNSPEC,
	FAULTDRILL_INJECTION_A_ID,	/* u32; replies only */
	FAULTDRILL_INJECTION_A_FAULT,	/* string; required */
	FAULTDRILL_INJECTION_A_PARAM,	/* multi-attr nest of faultdrill_param_attr */
	FAULTDRILL_INJECTION_A_BOOT_ID,	/* string: the node it is meant for; required */
	FAULTDRILL_INJECTION_A_COOKIE,	/* u64: the controller's, returned in all reports */
	FAULTDRILL_INJECTION_A_START,	/* u32: enum faultdrill_start; default NOW */
	FAULTDRILL_INJECTION_A_START_NS,	/* s64 */
	FAULTDRILL_INJECTION_A_DURATION_NS,	/* u64; from onset */
	FAULTDRILL_INJECTION_A_LEASE_NS,	/* u64; from acceptance, then from each RENEW */
	FAULTDRILL_INJECTION_A_DRY_RUN,	/* flag: check everything, fire nothing */
	FAULTDRILL_INJECTION_A_FORCE,	/* flag: also root, swap and journal devices */
	FAULTDRILL_INJECTION_A_STATE,	/* u32: enum faultdrill_state; replies only */
	FAULTDRILL_INJECTION_A_ONSET_NS,	/* s64: CLOCK_BOOTTIME; replies, once active */
	FAULTDRILL_INJECTION_A_LEFT_NS,	/* u64: until it reverts; replies, while active */
	FAULTDRILL_INJECTION_A_REASON,	/* string; replies: why it failed or ended */
	FAULTDRILL_INJECTION_A_COUNTER,	/* multi-attr nest of faultdrill_counter_attr */
	FAULTDRILL_INJECTION_A_PAD,

	__FAULTDRILL_INJECTION_A_MAX,
	FAULTDRILL_INJECTION_A_MAX = __FAULTDRILL_INJECTION_A_MAX - 1
};

enum faultdrill_counter_attr {
	FAULTDRILL_COUNTER_A_UNSPEC,
	FAULTDRILL_COUNTER_A_NAME,	/* string, e.g. "matched" */
	FAULTDRILL_COUNTER_A_VALUE,	/* u64 */
	FAULTDRILL_COUNTER_A_PAD,

	__FAULTDRILL_COUNTER_A_MAX,
	FAULTDRILL_COUNTER_A_MAX = __FAULTDRILL_COUNTER_A_MAX - 1
};

/* Addresses are in network order, 4 bytes for IPv4 or 16 for IPv6. */
enum faultdrill_beacon_attr {
	FAULTDRILL_BEACON_A_UNSPEC,
	FAULTDRILL_BEACON_A_IFNAME,	/* string: a device of the initial namespace */
	FAULTDRILL_BEACON_A_LOCAL_IP,	/* binary, 4 or 16 */
	FAULTDRILL_BEACON_A_REMOTE_IP,	/* binary, same length as LOCAL_IP */
	FAULTDRILL_BEACON_A_LOCAL_PORT,	/* u16, host order */
	FAULTDRILL_BEACON_A_REMOTE_PORT,	/* u16, host order */
	FAULTDRILL_BEACON_A_REMOTE_MAC,	/* binary, 6: the next hop */
	FAULTDRILL_BEACON_A_COOKIE,	/* u64: sent when no injection is the cause */
	FAULTDRILL_BEACON_A_PAD,

	__FAULTDRILL_BEACON_A_MAX,
	FAULTDRILL_BEACON_A_MAX = __FAULTDRILL_BEACON_A_MAX - 1
};

/*
 * What happened.  ONSET, and the stamps with it, is taken in the kernel right
 * before the fault's first instruction.
 */
enum faultdrill_event_type {
	FAULTDRILL_EVENT_ARMED,
	FAULTDRILL_EVENT_DISARMED,	/* on request, or the time ran out */
	FAULTDRILL_EVENT_ACCEPTED,
	FAULTDRILL_EVENT_ONSET,
	FAULTDRILL_EVENT_FIRST_HIT,	/* e.g. the first failed bio */
	FAULTDRILL_EVENT_RENEWED,
	FAULTDRILL_EVENT_ENDED,		/* STATE says how: fired, expired, cleared, failed */
	FAULTDRILL_EVENT_COUNTS,	/* every 5 s while active: the live counters */
};

enum faultdrill_event_attr {
	FAULTDRILL_EVENT_A_UNSPEC,
	FAULTDRILL_EVENT_A_TYPE,	/* u32: enum faultdrill_event_type */
	FAULTDRILL_EVENT_A_SEQ,		/* u64: from 1, without gaps, since load */
	FAULTDRILL_EVENT_A_BOOTTIME_NS,	/* s64: the three clocks, read together */
	FAULTDRILL_EVENT_A_MONOTONIC_NS,	/* s64 */
	FAULTDRILL_EVENT_A_REALTIME_NS,	/* s64 */
	FAULTDRILL_EVENT_A_ID,		/* u32: the injection, if any */
	FAULTDRILL_EVENT_A_COOKIE,	/* u64: the injection's */
	FAULTDRILL_EVENT_A_FAULT,	/* string */
	FAULTDRILL_EVENT_A_STATE,	/* u32: enum faultdrill_state */
	FAULTDRILL_EVENT_A_LATE_NS,	/* s64: onset minus the stated start */
	FAULTDRILL_EVENT_A_REASON,	/* string */
	FAULTDRILL_EVENT_A_COUNTER,	/* multi-attr nest, at COUNTS and ENDED */
	FAULTDRILL_EVENT_A_PAD,

	__FAULTDRILL_EVENT_A_MAX,
	FAULTDRILL_EVENT_A_MAX = __FAULTDRILL_EVENT_A_MAX - 1
};

/*
 * The beacon: the payload of one UDP datagram, sent through netpoll right
 * before a fatal or freezing fault, or a forced one of the network (ONSET), and
 * from the panic notifier (PANIC).  Fixed size, big endian, no padding.
 */
#define FAULTDRILL_BEACON_MAGIC		0x46444243U	/* "FDBC" */
#define FAULTDRILL_BEACON_VERSION	1

enum faultdrill_beacon_phase {
	FAULTDRILL_BEACON_TEST,		/* on BEACON_SET, so that the path is known good */
	FAULTDRILL_BEACON_ONSET,
	FAULTDRILL_BEACON_PANIC,
};

struct faultdrill_beacon {
	__be32 magic;
	__be16 version;
	__be16 phase;			/* enum faultdrill_beacon_phase */
	__be64 cookie;
	__u8 boot_id[16];		/* binary form of the boot id */
	__be32 injection;		/* id; 0 = none */
	__be32 seq;			/* from 1, counts datagrams since BEACON_SET */
	__be64 boottime_ns;
	__be64 monotonic_ns;
	__be64 realtime_ns;
	char fault[32];			/* NUL padded */
} __attribute__((packed));

#endif /* _UAPI_LINUX_FAULTDRILL_H */
