// SPDX-License-Identifier: GPL-2.0-or-later
/* The logs of Corosync and Pacemaker, and crm_mon's XML, sound and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/pacemaker-words.h"

/* "SUBJECT=STATE", with "@NODE" where the line names one; "none": it tells nothing. */
static const char *read_as(const char *line)
{
	static char text[600];
	struct fdr_pacemaker_event e;
	/* On the heap, so that reading past the end is seen. */
	char *copy = strdup(line);

	if (fdr_pacemaker_line(copy, &e))
		snprintf(text, sizeof(text), "%s=%s%s%s", e.subject, e.state, *e.node ? "@" : "",
			 e.node);
	else
		strcpy(text, "none");
	free(copy);
	return text;
}

#define READS(line, as)	assert_string_equal(read_as(line), as)
#define COROSYNC	"Nov 28 17:00:01.123 [312] node2 corosync notice  "
#define CONTROLD	"Nov 28 17:00:01.456 node2 pacemaker-controld  [345] (some_function) \tnotice: "

static void corosync_lines(void **state)
{
	(void)state;
	READS(COROSYNC "[TOTEM ] A processor failed, forming new configuration: token timed out "
	      "(1000ms), waiting 1200ms for consensus.", "ring=token-lost");
	READS(COROSYNC "[TOTEM ] A new membership (2.1f) was formed. Members left: 1", "ring=formed");
	READS(COROSYNC "[QUORUM] This node is within the non-primary component and will NOT provide "
	      "any services.", "quorum=no-quorum");
	READS(COROSYNC "[QUORUM] This node is within the primary component and will provide service.",
	      "quorum=quorate");
	READS("Nov 28 17:00:01.123 [312] node2 corosync warning [MAIN  ] Corosync main process was not "
	      "scheduled (@1795870048) for 4012.3 ms (threshold is 800.0 ms). Consider token timeout "
	      "increase.", "ring=paused");
	READS(COROSYNC "[TOTEM ] Process pause detected for 3790 ms, flushing membership messages.",
	      "ring=paused");
	READS(COROSYNC "[QUORUM] Members[1]: 2", "none");
	READS(COROSYNC "[TOTEM ] Failed to receive the leave message. failed: 1", "none");
}

static void pacemaker_lines(void **state)
{
	(void)state;
	READS(CONTROLD "Node node1 state is now lost | nodeid=1 previous=member source=x",
	      "member/node1=lost");
	READS(CONTROLD "Node node1 state is now member | nodeid=1", "member/node1=member");
	READS(CONTROLD "Requesting fencing (reboot) of node node1 | action=1 timeout=20000",
	      "fence/node1=requested");
	READS(CONTROLD "Requesting fencing (off) targeting node db-1.lan | action=1",
	      "fence/db-1.lan=requested");
	READS(CONTROLD "Peer node1 was terminated (reboot) by node2 on behalf of "
	      "pacemaker-controld.345@node2: OK | initiator=node2 ref=5", "fence/node1=fenced");
	READS(CONTROLD "Peer node1 was not terminated (reboot) by the cluster on behalf of "
	      "pacemaker-controld.345@node2: Timed out", "fence/node1=failed");
	READS(CONTROLD "Result of start operation for vip on node2: ok | CIB update 12",
	      "resource/vip=started@node2");
	READS(CONTROLD "Result of stop operation for web:1 on node2: OK | CIB update 12",
	      "resource/web:1=stopped@node2");
	READS(CONTROLD "Result of start operation for vip on node2: error (no such device)",
	      "resource/vip=failed@node2");
	READS(CONTROLD "Result of stop operation for vip on node2: Timed Out after 30s",
	      "resource/vip=failed@node2");
	READS(CONTROLD "Result of probe operation for vip on node2: not running | rc=7",
	      "resource/vip=stopped@node2");
	READS(CONTROLD "Result of monitor operation for vip on node2: ok | rc=0", "none");
	READS(CONTROLD "Result of monitor operation for vip on node2: not running | rc=7",
	      "resource/vip=stopped@node2");
	READS(CONTROLD "Quorum lost | membership=31 members=1", "quorum=no-quorum");
}

static void damage(void **state)
{
	const char *whole = CONTROLD "Result of start operation for vip on node2: ok | CIB update";
	char text[700];

	(void)state;
	READS("", "none");
	READS("ssh: connect to host node1 port 22: Connection refused", "none");
	READS("Node node1 state is now lost", "none");
	READS(CONTROLD "Node  state is now lost", "none");
	READS(CONTROLD "Node node1 state is now", "none");
	READS(CONTROLD "Node node1 state is now lostling", "none");
	READS(CONTROLD "Peer was terminated (reboot) by node2", "none");
	READS(CONTROLD "Requesting fencing (reboot", "none");
	READS(CONTROLD "Requesting fencing (reboot) of node ", "none");
	READS(CONTROLD "Result of start operation for vip on : ok", "none");
	/* What somebody else's words say in a message is not one. */
	READS(CONTROLD "vip_start_0[9] error output [ notice: Node node1 state is now lost ]", "none");
	READS(CONTROLD "Node node1 state is now lost\r", "member/node1=lost");
	/* Cut at each byte it is news or not, and nothing is made up. */
	for (size_t n = 0; n < strlen(whole); n++) {
		snprintf(text, sizeof(text), "%.*s", (int)n, whole);
		if (strstr(read_as(text), "=started") && n < strlen(whole) - strlen(" | CIB update"))
			fail_msg("%zu bytes: %s", n, text);
	}
	/* A name that does not fit is left out. */
	snprintf(text, sizeof(text), CONTROLD "Node n%0300d state is now lost", 0);
	READS(text, "none");
}

static void on_event(void *userdata, const struct fdr_pacemaker_event *e)
{
	char *text = userdata;
	size_t n = strlen(text);

	snprintf(text + n, 1024 - n, "%s=%s;", e->subject, e->state);
}

static int parse(const char *xml, size_t len, char text[1024], struct fdr_error *e)
{
	char *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, xml, len);
	*text = '\0';
	r = fdr_pacemaker_xml(copy, len, "node2", on_event, text, e);
	free(copy);
	return r;
}

static const char good[] =
	"<?xml version=\"1.0\"?>\n"
	"<pacemaker-result api-version=\"2.25\" request=\"crm_mon --one-shot --output-as=xml\">\n"
	"  <summary><current_dc present=\"true\" name=\"node2\" with_quorum=\"true\"/></summary>\n"
	"  <nodes>\n"
	"    <node name=\"node1\" id=\"1\" online=\"false\" pending=\"false\" unclean=\"true\"/>\n"
	"    <node name=\"node2\" id=\"2\" online=\"true\" pending=\"false\" unclean=\"false\"/>\n"
	"    <node name=\"node3\" id=\"3\" online=\"true\" pending=\"true\" unclean=\"false\"/>\n"
	"    <node name=\"node4\" id=\"4\" online=\"false\"/>\n"
	"    <node name=\"node5\" id=\"5\" online=\"true\" standby=\"true\"/>\n"
	"  </nodes>\n"
	"  <resources>\n"
	"    <resource id=\"power\" role=\"Started\" active=\"true\" failed=\"false\">\n"
	"      <node name=\"node1\" id=\"1\" cached=\"true\"/></resource>\n"
	"    <group id=\"service\" number_resources=\"2\">\n"
	"      <resource id=\"vip\" role=\"Started\" active=\"true\" failed=\"false\">\n"
	"        <node name=\"node2\" id=\"2\" cached=\"true\"/></resource>\n"
	"      <resource id=\"web\" role=\"Stopped\" active=\"false\" failed=\"false\"/>\n"
	"    </group>\n"
	"    <clone id=\"pings\">\n"
	"      <resource id=\"ping\" role=\"Started\" active=\"true\" failed=\"false\">\n"
	"        <node name=\"node2\"/></resource>\n"
	"      <resource id=\"ping\" role=\"Started\" active=\"true\" failed=\"false\">\n"
	"        <node name=\"node1\"/></resource>\n"
	"    </clone>\n"
	"    <resource id=\"bad\" role=\"Started\" active=\"true\" failed=\"true\">\n"
	"      <node name=\"node2\"/></resource>\n"
	"  </resources>\n"
	"  <status code=\"0\" message=\"OK\"/>\n"
	"</pacemaker-result>\n";

static void answers(void **state)
{
	struct fdr_error e = { "" };
	char text[1024];

	(void)state;
	assert_int_equal(parse(good, strlen(good), text, &e), 0);
	assert_string_equal(text, "quorum=quorate;node/node1=unclean;node/node2=online;"
			    "node/node3=pending;node/node4=offline;node/node5=standby;"
			    "resource/power=stopped;resource/vip=started;resource/web=stopped;"
			    "resource/ping=started;resource/bad=failed;");
}

static void damaged_answers(void **state)
{
	static const struct {
		const char *text, *words;
		int error;
	} cases[] = {
		{ "", "an empty answer", -EBADMSG },
		{ "curl: (7) Failed to connect", "damaged", -EBADMSG },
		{ "<html><node name=\"a\" online=\"true\"/></html>", "no pacemaker-result", -EBADMSG },
		{ "<pacemaker-result><nodes>", "broken off", -EBADMSG },
		{ "<pacemaker-result><status code=\"102\" message=\"Not connected\"/></pacemaker-result>",
		  "has not reached", -ENOTCONN },
	};
	struct fdr_error e = { "" };
	char text[1024], copy[sizeof(good)];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, strlen(cases[i].text), text, &e), cases[i].error);
		if (!strstr(e.text, cases[i].words))
			fail_msg("case %zu: \"%s\" lacks \"%s\"", i, e.text, cases[i].words);
	}
	/* Cut anywhere it is no whole answer. */
	for (size_t n = 0; n < strlen(good) - 2; n++)
		assert_int_equal(parse(good, n, text, &e), -EBADMSG);
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		static const char bytes[] = { '<', '>', '"', '/', ' ', '\0', '\xff' };

		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(copy, good, sizeof(good));
			copy[i] = bytes[b];
			parse(copy, sizeof(copy) - 1, text, &e);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corosync_lines),
		cmocka_unit_test(pacemaker_lines),
		cmocka_unit_test(damage),
		cmocka_unit_test(answers),
		cmocka_unit_test(damaged_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
