// SPDX-License-Identifier: GPL-2.0-or-later
/* What BMCs and hypervisors say: as they say it, cut short, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "power/words.h"

static void ipmitool(void **state)
{
	(void)state;
	assert_int_equal(fdr_power_ipmi_state("Chassis Power is on"), FDR_POWER_ON);
	assert_int_equal(fdr_power_ipmi_state("Chassis Power is off"), FDR_POWER_OFF);
	assert_int_equal(fdr_power_ipmi_state("Chassis Power is o"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_ipmi_state("Chassis Power is once more"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_ipmi_state("Chassis Power Control: Up/On"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_ipmi_state(""), FDR_POWER_UNKNOWN);
}

static void virsh(void **state)
{
	(void)state;
	assert_int_equal(fdr_power_libvirt_state("running"), FDR_POWER_ON);
	assert_int_equal(fdr_power_libvirt_state("paused"), FDR_POWER_ON);
	assert_int_equal(fdr_power_libvirt_state("in shutdown"), FDR_POWER_ON);
	assert_int_equal(fdr_power_libvirt_state("shut off"), FDR_POWER_OFF);
	assert_int_equal(fdr_power_libvirt_state("crashed"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_libvirt_state("pmsuspended"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_libvirt_state("no state"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_libvirt_state("runnin"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_power_libvirt_state(""), FDR_POWER_UNKNOWN);
}

/* From the heap and without a NUL behind it, so that reading past the end is seen. */
static int qmp(const char *text, size_t n, struct fdr_qmp_line *ret)
{
	char *copy = malloc(n ? n : 1);
	int r;

	memcpy(copy, text, n);
	r = fdr_qmp_parse(copy, n, ret);
	free(copy);
	return r;
}
#define QMP(text, ret)	qmp(text, strlen(text), ret)

static const char greeting[] =
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 19, \"minor\": 2, \"major\": 7}, "
	"\"package\": \"Debian 1:7.2\"}, \"capabilities\": [\"oob\"]}}\r";
static const char status[] =
	"{\"return\": {\"status\": \"prelaunch\", \"singlestep\": false, \"running\": false}}\r";
static const char event[] =
	"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RESET\", "
	"\"data\": {\"guest\": false, \"reason\": \"host-qmp-system-reset\"}}\r";
static const char error[] =
	"{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"The command x has not been found\"}}";

static void qemu_lines(void **state)
{
	struct fdr_qmp_line line;

	(void)state;
	assert_int_equal(QMP(greeting, &line), 0);
	assert_int_equal(line.kind, FDR_QMP_GREETING);
	assert_int_equal(QMP(status, &line), 0);
	assert_int_equal(line.kind, FDR_QMP_RETURN);
	assert_string_equal(line.status, "prelaunch");
	assert_int_equal(QMP("{\"return\": {}}", &line), 0);
	assert_int_equal(line.kind, FDR_QMP_RETURN);
	assert_string_equal(line.status, "");
	assert_int_equal(QMP(event, &line), 0);
	assert_int_equal(line.kind, FDR_QMP_EVENT);
	assert_string_equal(line.text, "RESET");
	assert_int_equal(QMP(error, &line), 0);
	assert_int_equal(line.kind, FDR_QMP_ERROR);
	assert_string_equal(line.text, "The command x has not been found");
}

static void qemu_states(void **state)
{
	(void)state;
	assert_int_equal(fdr_qmp_state("running"), FDR_POWER_ON);
	assert_int_equal(fdr_qmp_state("guest-panicked"), FDR_POWER_ON);
	assert_int_equal(fdr_qmp_state("shutdown"), FDR_POWER_OFF);
	assert_int_equal(fdr_qmp_state("of tomorrow"), FDR_POWER_UNKNOWN);
	assert_int_equal(fdr_qmp_state(""), FDR_POWER_UNKNOWN);
	assert_true(fdr_qmp_stands("guest-panicked"));
	assert_false(fdr_qmp_stands("running"));
	/* -S: whoever started it wants it to wait. */
	assert_false(fdr_qmp_stands("prelaunch"));
}

/* Cut anywhere, or with any byte changed: an error or an answer, and never a crash. */
static void qemu_damage(void **state)
{
	static const char *const texts[] = { greeting, status, event, error };
	struct fdr_qmp_line line;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(texts); i++) {
		size_t n = strlen(texts[i]);
		char *copy = strdup(texts[i]);
		bool whole = texts[i][n - 1] == '\r';

		for (size_t k = 0; k < n - whole; k++)
			assert_int_equal(qmp(texts[i], k, &line), -EBADMSG);
		for (size_t k = 0; k < n; k++)
			for (int c = 0; c < 256; c++) {
				copy[k] = (char)c;
				qmp(copy, n, &line);
				copy[k] = texts[i][k];
			}
		free(copy);
	}
	assert_int_equal(QMP("[]", &line), -EBADMSG);
	assert_int_equal(QMP("{\"QMP\": 1}", &line), -EBADMSG);
	assert_int_equal(QMP("{\"error\": \"x\"}", &line), -EBADMSG);
	/* Without a word of a reason, it is still an error. */
	assert_int_equal(QMP("{\"error\": {}}", &line), 0);
	assert_string_equal(line.text, "no reason given");
	/* A state that is longer than any is none. */
	assert_int_equal(QMP("{\"return\": {\"status\": \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
			     "xxxxxxxxx\"}}", &line), 0);
	assert_string_equal(line.status, "");
}

static const char system_[] =
	"{\"@odata.id\": \"/redfish/v1/Systems/1\", \"Id\": \"1\", \"PowerState\": \"On\","
	" \"Actions\": {\"#ComputerSystem.Reset\": {"
	"  \"target\": \"/redfish/v1/Systems/1/Actions/ComputerSystem.Reset\","
	"  \"ResetType@Redfish.AllowableValues\": [\"On\", \"ForceOff\", \"PowerCycle\"]}}}";

static int redfish(const char *text, size_t n, struct fdr_redfish_system *ret)
{
	char *copy = malloc(n ? n : 1);
	int r;

	memcpy(copy, text, n);
	r = fdr_redfish_parse(copy, n, ret);
	free(copy);
	return r;
}

static void redfish_system(void **state)
{
	struct fdr_redfish_system s;
	const char *off = "{\"PowerState\": \"Off\"}", *odd = "{\"PowerState\": \"Soon\"}";

	(void)state;
	assert_int_equal(redfish(system_, strlen(system_), &s), 0);
	assert_int_equal(s.state, FDR_POWER_ON);
	assert_string_equal(s.target, "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset");
	assert_string_equal(fdr_redfish_type(&s, FDR_POWER_TURN_ON), "On");
	assert_string_equal(fdr_redfish_type(&s, FDR_POWER_TURN_OFF), "ForceOff");
	/* It has no ForceRestart. */
	assert_string_equal(fdr_redfish_type(&s, FDR_POWER_RESET), "PowerCycle");
	assert_int_equal(redfish(off, strlen(off), &s), 0);
	assert_int_equal(s.state, FDR_POWER_OFF);
	assert_string_equal(s.target, "");
	/* One that does not say what it takes is asked for the usual. */
	assert_string_equal(fdr_redfish_type(&s, FDR_POWER_RESET), "ForceRestart");
	assert_int_equal(redfish(odd, strlen(odd), &s), 0);
	assert_int_equal(s.state, FDR_POWER_UNKNOWN);
}

static void redfish_damage(void **state)
{
	static const char odd[] =
		"{\"PowerState\": \"On\", \"Actions\": {\"#ComputerSystem.Reset\": {\"target\": 7, "
		"\"ResetType@Redfish.AllowableValues\": [1, null, \"a b\", {}, \"\"]}}}";
	struct fdr_redfish_system s;
	size_t n = strlen(system_);
	char *copy = strdup(system_);

	(void)state;
	for (size_t k = 0; k < n; k++)
		assert_int_equal(redfish(system_, k, &s), -EBADMSG);
	for (size_t k = 0; k < n; k++)
		for (int c = 0; c < 256; c++) {
			copy[k] = (char)c;
			redfish(copy, n, &s);
			copy[k] = system_[k];
		}
	free(copy);
	assert_int_equal(redfish(odd, strlen(odd), &s), 0);
	assert_string_equal(s.target, "");
	assert_null(fdr_redfish_type(&s, FDR_POWER_RESET));
	assert_int_equal(redfish("{\"PowerState\": null}", 20, &s), -EBADMSG);
	assert_int_equal(redfish("[]", 2, &s), -EBADMSG);
}

static void redfish_errors(void **state)
{
	static const char full[] = "{\"error\": {\"code\": \"x\", \"message\": \"general\", "
				   "\"@Message.ExtendedInfo\": [{\"Message\": \"in particular\"}]}}";
	static const char plain[] = "{\"error\": {\"message\": \"general\"}}";
	char buf[32];

	(void)state;
	fdr_redfish_error(full, strlen(full), buf, sizeof(buf));
	assert_string_equal(buf, "in particular");
	fdr_redfish_error(plain, strlen(plain), buf, sizeof(buf));
	assert_string_equal(buf, "general");
	fdr_redfish_error("<html>", 6, buf, sizeof(buf));
	assert_string_equal(buf, "");
	for (size_t k = 0; k < strlen(full); k++)
		fdr_redfish_error(full, k, buf, sizeof(buf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipmitool),
		cmocka_unit_test(virsh),
		cmocka_unit_test(qemu_lines),
		cmocka_unit_test(qemu_states),
		cmocka_unit_test(qemu_damage),
		cmocka_unit_test(redfish_system),
		cmocka_unit_test(redfish_damage),
		cmocka_unit_test(redfish_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
