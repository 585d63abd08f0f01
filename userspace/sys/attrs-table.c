// SPDX-License-Identifier: GPL-2.0-or-later
#include "attrs.h"

#include <linux/faultdrill.h>

#define TABLE(a)	{ (a), FDR_ARRAY_LEN(a) }

static const struct fdr_attr param[] = {
	{ FAULTDRILL_PARAM_A_NAME, "name", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_PARAM_A_VALUE, "value", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_PARAM_A_TYPE, "type", FDR_ATTR_ENUM, FDR_NAMES_PARAM, NULL },
	{ FAULTDRILL_PARAM_A_UNIT, "unit", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_PARAM_A_MIN, "min", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_PARAM_A_MAX_VALUE, "max", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_PARAM_A_DEFAULT, "default", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_PARAM_A_REQUIRED, "required", FDR_ATTR_FLAG, 0, NULL },
	{ FAULTDRILL_PARAM_A_CHOICES, "choices", FDR_ATTR_CHOICES, 0, NULL },
	{ FAULTDRILL_PARAM_A_SUMMARY, "summary", FDR_ATTR_STRING, 0, NULL },
};
static const struct fdr_attrs param_attrs = TABLE(param);

static const struct fdr_attr counter[] = {
	{ FAULTDRILL_COUNTER_A_NAME, "name", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_COUNTER_A_VALUE, "value", FDR_ATTR_U64, 0, NULL },
};
static const struct fdr_attrs counter_attrs = TABLE(counter);

static const struct fdr_attr beacon[] = {
	{ FAULTDRILL_BEACON_A_IFNAME, "ifname", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_BEACON_A_LOCAL_IP, "local_ip", FDR_ATTR_IP, 0, NULL },
	{ FAULTDRILL_BEACON_A_REMOTE_IP, "remote_ip", FDR_ATTR_IP, 0, NULL },
	{ FAULTDRILL_BEACON_A_LOCAL_PORT, "local_port", FDR_ATTR_U16, 0, NULL },
	{ FAULTDRILL_BEACON_A_REMOTE_PORT, "remote_port", FDR_ATTR_U16, 0, NULL },
	{ FAULTDRILL_BEACON_A_REMOTE_MAC, "remote_mac", FDR_ATTR_MAC, 0, NULL },
	{ FAULTDRILL_BEACON_A_COOKIE, "cookie", FDR_ATTR_COOKIE, 0, NULL },
};
const struct fdr_attrs fdr_beacon_attrs = TABLE(beacon);

static const struct fdr_attr status[] = {
	{ FAULTDRILL_STATUS_A_VERSION, "version", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_STATUS_A_BOOT_ID, "boot_id", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_STATUS_A_ARMED_NS, "armed_ns", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_STATUS_A_ACTIVE, "active", FDR_ATTR_U32, 0, NULL },
	{ FAULTDRILL_STATUS_A_MAX_DURATION_NS, "max_duration_ns", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_STATUS_A_BEACON, "beacon", FDR_ATTR_NEST, 0, &fdr_beacon_attrs },
	{ FAULTDRILL_STATUS_A_LOCKED_DOWN, "locked_down", FDR_ATTR_FLAG, 0, NULL },
	{ FAULTDRILL_STATUS_A_BOOTTIME_NS, "boottime_ns", FDR_ATTR_S64, 0, NULL },
};
const struct fdr_attrs fdr_status_attrs = TABLE(status);

static const struct fdr_attr fault[] = {
	{ FAULTDRILL_FAULT_A_NAME, "name", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_FAULT_A_FAMILY, "family", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_FAULT_A_SUMMARY, "summary", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_FAULT_A_FLAGS, "flags", FDR_ATTR_BITS, FDR_NAMES_FLAG, NULL },
	{ FAULTDRILL_FAULT_A_RISK, "risk", FDR_ATTR_ENUM, FDR_NAMES_RISK, NULL },
	{ FAULTDRILL_FAULT_A_EXCLUDES, "excludes", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_FAULT_A_UNAVAILABLE, "unavailable", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_FAULT_A_PARAM, "params", FDR_ATTR_NESTS, 0, &param_attrs },
};
const struct fdr_attrs fdr_fault_attrs = TABLE(fault);

static const struct fdr_attr injection[] = {
	{ FAULTDRILL_INJECTION_A_ID, "id", FDR_ATTR_U32, 0, NULL },
	{ FAULTDRILL_INJECTION_A_FAULT, "fault", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_INJECTION_A_PARAM, "params", FDR_ATTR_PAIRS, 0, &param_attrs },
	{ FAULTDRILL_INJECTION_A_BOOT_ID, "boot_id", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_INJECTION_A_COOKIE, "cookie", FDR_ATTR_COOKIE, 0, NULL },
	{ FAULTDRILL_INJECTION_A_START, "start", FDR_ATTR_ENUM, FDR_NAMES_START, NULL },
	{ FAULTDRILL_INJECTION_A_START_NS, "start_ns", FDR_ATTR_S64, 0, NULL },
	{ FAULTDRILL_INJECTION_A_DURATION_NS, "duration_ns", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_INJECTION_A_LEASE_NS, "lease_ns", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_INJECTION_A_DRY_RUN, "dry_run", FDR_ATTR_FLAG, 0, NULL },
	{ FAULTDRILL_INJECTION_A_FORCE, "force", FDR_ATTR_FLAG, 0, NULL },
	{ FAULTDRILL_INJECTION_A_STATE, "state", FDR_ATTR_ENUM, FDR_NAMES_STATE, NULL },
	{ FAULTDRILL_INJECTION_A_ONSET_NS, "onset_ns", FDR_ATTR_S64, 0, NULL },
	{ FAULTDRILL_INJECTION_A_LEFT_NS, "left_ns", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_INJECTION_A_REASON, "reason", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_INJECTION_A_COUNTER, "counters", FDR_ATTR_PAIRS, 0, &counter_attrs },
};
const struct fdr_attrs fdr_injection_attrs = TABLE(injection);

static const struct fdr_attr event[] = {
	{ FAULTDRILL_EVENT_A_TYPE, "type", FDR_ATTR_ENUM, FDR_NAMES_EVENT, NULL },
	{ FAULTDRILL_EVENT_A_SEQ, "seq", FDR_ATTR_U64, 0, NULL },
	{ FAULTDRILL_EVENT_A_BOOTTIME_NS, "boottime_ns", FDR_ATTR_S64, 0, NULL },
	{ FAULTDRILL_EVENT_A_MONOTONIC_NS, "monotonic_ns", FDR_ATTR_S64, 0, NULL },
	{ FAULTDRILL_EVENT_A_REALTIME_NS, "realtime_ns", FDR_ATTR_S64, 0, NULL },
	{ FAULTDRILL_EVENT_A_ID, "id", FDR_ATTR_U32, 0, NULL },
	{ FAULTDRILL_EVENT_A_COOKIE, "cookie", FDR_ATTR_COOKIE, 0, NULL },
	{ FAULTDRILL_EVENT_A_FAULT, "fault", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_EVENT_A_STATE, "state", FDR_ATTR_ENUM, FDR_NAMES_STATE, NULL },
	{ FAULTDRILL_EVENT_A_LATE_NS, "late_ns", FDR_ATTR_S64, 0, NULL },
	{ FAULTDRILL_EVENT_A_REASON, "reason", FDR_ATTR_STRING, 0, NULL },
	{ FAULTDRILL_EVENT_A_COUNTER, "counters", FDR_ATTR_PAIRS, 0, &counter_attrs },
};
const struct fdr_attrs fdr_event_attrs = TABLE(event);
