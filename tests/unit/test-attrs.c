// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink nests to JSON and back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <linux/faultdrill.h>

#include "sys/attrs.h"

#define NEST	1

static struct nl_msg *new_message(struct nlattr **ret_nest)
{
	struct nl_msg *msg = nlmsg_alloc_simple(0, 0);

	assert_non_null(msg);
	*ret_nest = nla_nest_start(msg, NEST);
	return msg;
}

static int decode(struct nl_msg *msg, const struct fdr_attrs *t, json_t **ret)
{
	struct nlattr *a = nla_find(nlmsg_attrdata(nlmsg_hdr(msg), 0),
				    nlmsg_attrlen(nlmsg_hdr(msg), 0), NEST);

	assert_non_null(a);
	return fdr_attrs_to_json(t, a, ret);
}

/* Object -> message -> object */
static void round_trip(const struct fdr_attrs *t, const char *text)
{
	json_t *in = json_loads(text, 0, NULL), *out;
	struct fdr_error e = { "" };
	struct nlattr *nest;
	struct nl_msg *msg = new_message(&nest);
	char *seen;

	assert_non_null(in);
	if (fdr_attrs_put(t, msg, in, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	nla_nest_end_keep_empty(msg, nest);
	assert_int_equal(decode(msg, t, &out), 0);
	seen = json_dumps(out, JSON_SORT_KEYS);
	if (!json_equal(in, out))
		fail_msg("%s became %s", text, seen);
	free(seen);
	json_decref(in);
	json_decref(out);
	nlmsg_free(msg);
}

static void goes_there_and_back(void **state)
{
	(void)state;
	round_trip(&fdr_injection_attrs,
		   "{\"fault\":\"disk-error\",\"params\":{\"device\":\"/dev/vda\",\"status\":\"io\"},"
		   "\"boot_id\":\"00112233-4455-6677-8899-aabbccddeeff\","
		   "\"cookie\":\"18446744073709551615\",\"start\":\"boottime\",\"start_ns\":-1,"
		   "\"duration_ns\":9223372036854775807,\"lease_ns\":0,\"dry_run\":true,"
		   "\"force\":false}");
	round_trip(&fdr_beacon_attrs,
		   "{\"ifname\":\"eth0\",\"local_ip\":\"10.0.2.15\",\"remote_ip\":\"10.0.2.2\","
		   "\"local_port\":1,\"remote_port\":65535,\"remote_mac\":\"52:55:0a:00:02:ff\","
		   "\"cookie\":\"0\"}");
	round_trip(&fdr_beacon_attrs, "{\"local_ip\":\"fe80::1\",\"remote_ip\":\"2001:db8::2\"}");
	round_trip(&fdr_beacon_attrs, "{}");
}

static void refuses_bad_members(void **state)
{
	static const struct { const char *text, *want; } cases[] = {
		{ "{\"colour\":1}", "unknown member \"colour\"" },
		{ "{\"fault\":7}", "\"fault\" must be a string" },
		{ "{\"fault\":\"a\\u0000b\"}", "\"fault\" must be a string" },
		{ "{\"duration_ns\":\"1s\"}", "\"duration_ns\" must be an integer" },
		{ "{\"duration_ns\":-1}", "must be 0 or more" },
		{ "{\"duration_ns\":1.5}", "must be an integer" },
		{ "{\"start\":\"soon\"}", "cannot be \"soon\"" },
		{ "{\"dry_run\":1}", "must be true or false" },
		{ "{\"params\":[]}", "must be an object" },
		{ "{\"params\":{\"cpus\":1}}", "params: cpus: \"value\" must be a string" },
		{ "{\"cookie\":5}", "\"cookie\" must be a string" },
		{ "{\"cookie\":\"0x5\"}", "64 bits" }, { "{\"cookie\":\"-5\"}", "64 bits" },
		{ "{\"cookie\":\"\"}", "64 bits" },
		{ "{\"cookie\":\"18446744073709551616\"}", "64 bits" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		json_t *in = json_loads(cases[i].text, JSON_ALLOW_NUL, NULL);
		struct fdr_error e = { "" };
		struct nlattr *nest;
		struct nl_msg *msg = new_message(&nest);
		int r = fdr_attrs_put(&fdr_injection_attrs, msg, in, &e);

		if (r != -EINVAL || !strstr(e.text, cases[i].want))
			fail_msg("%s: %d \"%s\"", cases[i].text, r, e.text);
		json_decref(in);
		nlmsg_free(msg);
	}
}

static void refuses_bad_addresses(void **state)
{
	static const char *const bad[] = {
		"{\"local_ip\":\"node1\"}", "{\"local_ip\":\"10.0.0\"}",
		"{\"remote_mac\":\"52:55:0a:00:02\"}", "{\"remote_mac\":\"52:55:0a:00:02:ff:00\"}",
		"{\"local_port\":65536}",
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(bad); i++) {
		json_t *in = json_loads(bad[i], 0, NULL);
		struct nlattr *nest;
		struct nl_msg *msg = new_message(&nest);

		if (fdr_attrs_put(&fdr_beacon_attrs, msg, in, NULL) != -EINVAL)
			fail_msg("%s was taken", bad[i]);
		json_decref(in);
		nlmsg_free(msg);
	}
}

static void says_what_does_not_fit(void **state)
{
	struct nl_msg *msg = nlmsg_alloc_size(64);
	json_t *in = json_pack("{ss}", "fault", "a name that is far too long for a message which "
			       "has room for no more than a few bytes");
	struct fdr_error e;

	(void)state;
	nlmsg_put(msg, 0, 0, 0, 0, 0);
	assert_int_equal(fdr_attrs_put(&fdr_injection_attrs, msg, in, &e), -EMSGSIZE);
	assert_string_equal(e.text, "\"fault\" does not fit into a message");
	json_decref(in);
	nlmsg_free(msg);
}

/* As the kernel sends them: two parameters, choices, flags of which one is new. */
static void decodes_a_fault(void **state)
{
	struct nlattr *nest, *param;
	struct nl_msg *msg = new_message(&nest);
	json_t *want, *got;

	(void)state;
	nla_put_string(msg, FAULTDRILL_FAULT_A_NAME, "x");
	nla_put_u32(msg, FAULTDRILL_FAULT_A_FLAGS, FAULTDRILL_F_FREEZING | 1U << 31);
	nla_put_u32(msg, FAULTDRILL_FAULT_A_RISK, 99);
	/* What a later module may add. */
	nla_put_u32(msg, 200, 5);
	param = nla_nest_start(msg, FAULTDRILL_FAULT_A_PARAM);
	nla_put_string(msg, FAULTDRILL_PARAM_A_NAME, "p");
	nla_put_string(msg, FAULTDRILL_PARAM_A_CHOICES, "a|b|c");
	nla_put_flag(msg, FAULTDRILL_PARAM_A_REQUIRED);
	nla_nest_end(msg, param);
	param = nla_nest_start(msg, FAULTDRILL_FAULT_A_PARAM);
	nla_put_string(msg, FAULTDRILL_PARAM_A_NAME, "q\xff");
	nla_put_u64(msg, FAULTDRILL_PARAM_A_MIN, 3);
	nla_nest_end(msg, param);
	nla_nest_end(msg, nest);
	assert_int_equal(decode(msg, &fdr_fault_attrs, &got), 0);
	want = json_loads("{\"name\":\"x\",\"flags\":[\"freezing\",\"unknown-31\"],"
			  "\"risk\":\"unknown-99\",\"params\":[{\"name\":\"p\",\"required\":true,"
			  "\"choices\":[\"a\",\"b\",\"c\"]},{\"name\":\"q?\",\"required\":false,"
			  "\"min\":3}]}", 0, NULL);
	assert_true(json_equal(want, got));
	json_decref(want);
	json_decref(got);
	nlmsg_free(msg);
}

static void refuses_wrong_sizes(void **state)
{
	static const struct { int type; size_t n; } cases[] = {
		{ FAULTDRILL_EVENT_A_TYPE, 2 }, { FAULTDRILL_EVENT_A_SEQ, 4 },
		{ FAULTDRILL_EVENT_A_FAULT, 0 }, { FAULTDRILL_EVENT_A_FAULT, 8 },
		{ FAULTDRILL_EVENT_A_COOKIE, 16 }, { FAULTDRILL_EVENT_A_COUNTER, 0 },
	};
	char data[16];

	(void)state;
	/* A string without its end. */
	memset(data, 'a', sizeof(data));
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct nlattr *nest;
		struct nl_msg *msg = new_message(&nest);
		json_t *got;

		nla_put(msg, cases[i].type, (int)cases[i].n, data);
		nla_nest_end(msg, nest);
		if (decode(msg, &fdr_event_attrs, &got) != -EBADMSG)
			fail_msg("case %zu was taken", i);
		nlmsg_free(msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_there_and_back),
		cmocka_unit_test(refuses_bad_members),
		cmocka_unit_test(refuses_bad_addresses),
		cmocka_unit_test(says_what_does_not_fit),
		cmocka_unit_test(decodes_a_fault),
		cmocka_unit_test(refuses_wrong_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
