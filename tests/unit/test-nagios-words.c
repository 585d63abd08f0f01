// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "probe/nagios-words.h"

static void log_lines(void **state)
{
	static const struct {
		const char *line, *subject, *state;	/* state NULL: says nothing */
	} cases[] = {
		{ .line = "[1795870036] HOST ALERT: web1;DOWN;SOFT;1;CRITICAL - lost 100%", "web1", "suspect" },
		{ .line = "[1795870040] HOST ALERT: web1;DOWN;HARD;3;CRITICAL", "web1", "down" },
		{ .line = "[1795870040] HOST ALERT: web1;UNREACHABLE;HARD;3;", "web1", "cut-off" },
		{ .line = "[1795870048] HOST ALERT: web1;UP;HARD;1;OK", "web1", "up" },
		{ .line = "[1795870048] HOST ALERT: web1;UP;SOFT;2;OK", "web1", "up" },
		{ .line = "[1] SERVICE ALERT: web1;load;WARNING;SOFT;1;x", "web1/load", "suspect" },
		{ .line = "[1] SERVICE ALERT: web1;disk /var;WARNING;HARD;3;x", "web1/disk /var", "warning" },
		{ .line = "[1] SERVICE ALERT: web1;load;CRITICAL;HARD;3;x", "web1/load", "critical" },
		{ .line = "[1] SERVICE ALERT: web1;load;UNKNOWN;HARD;3;x", "web1/load", "unknown" },
		{ .line = "[1] SERVICE ALERT: web1;load;OK;SOFT;2;x", "web1/load", "ok" },
		{ .line = "[1] INITIAL HOST STATE: web1;UP;HARD;1;", "web1", "up" },
		{ .line = "[1] CURRENT SERVICE STATE: web1;load;OK;HARD;1;x", "web1/load", "ok" },
		{ .line = "<13>Nov 28 12:00:00 mon nagios: HOST ALERT: web1;DOWN;HARD;3;x", "web1", "down" },
		{ .line = "Nov 28 12:00:00 mon nagios4[77]: HOST ALERT: web1;DOWN;HARD;3;x", "web1", "down" },
		/* A plugin's words, a handler, and what is cut or made up. */
		{ "[1] SERVICE ALERT: web1;load;OK;HARD;1;HOST ALERT: web1;DOWN;HARD;3;x",
		  "web1/load", "ok" },
		{ .line = "[1] wproc: HOST ALERT: web1;DOWN;HARD;3;x" },
		{ .line = "[1] HOST EVENT HANDLER: web1;DOWN;HARD;3;handler" },
		{ .line = "[1] HOST ALERT: web1;DOWN;HARD" },
		{ .line = "[1] HOST ALERT: web1;DOWN" },
		{ .line = "[1] HOST ALERT: web1" },
		{ .line = "[1] HOST ALERT: " },
		{ .line = "[1] HOST ALERT: ;DOWN;HARD;3;x" },
		{ .line = "[1] HOST ALERT: web1;DOWNED;HARD;3;x" },
		{ .line = "[1] HOST ALERT: web1;DOWN;FIRM;3;x" },
		{ .line = "[1] HOST ALERT: web1;CRITICAL;HARD;3;x" },
		{ "[1] SERVICE ALERT: web1;;OK;HARD;1;x", "web1/", NULL },
		{ .line = "[] HOST ALERT: web1;DOWN;HARD;3;x" },
		{ .line = "[1]HOST ALERT: web1;DOWN;HARD;3;x" },
		{ .line = "HOST ALERT: web1;DOWN;HARD;3;x" },
		{ .line = "nagios" },
		{ .line = "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char subject[FDR_NAGIOS_NAME] = "";
		const char *got = NULL, *message = NULL;
		bool told = fdr_nagios_log(cases[i].line, subject, sizeof(subject), &got, &message);

		if (told != !!cases[i].state ||
		    (told && (strcmp(got, cases[i].state) || strcmp(subject, cases[i].subject))))
			fail_msg("case %zu: %s says %s of \"%s\"", i, cases[i].line,
				 told ? got : "nothing", subject);
	}
}

/* A host's name as long as a line may be does not fit, and is not cut to another's name. */
static void long_names(void **state)
{
	char line[600] = "[1] HOST ALERT: ", subject[FDR_NAGIOS_NAME];
	const char *got, *message;

	(void)state;
	memset(line + 16, 'w', 300);
	strcpy(line + 316, ";DOWN;HARD;3;x");
	assert_false(fdr_nagios_log(line, subject, sizeof(subject), &got, &message));
	strcpy(line + 16 + FDR_NAGIOS_NAME - 1, ";DOWN;HARD;3;x");
	assert_true(fdr_nagios_log(line, subject, sizeof(subject), &got, &message));
}

static void on_row(void *userdata, const struct fdr_nagios_row *r)
{
	char *text = userdata;
	size_t n = strlen(text);

	snprintf(text + n, 1024 - n, "%s=%s(%s);", r->subject, r->state, r->output);
}

static int parse(const char *status, size_t len, char text[1024], struct fdr_error *e)
{
	/* On the heap, so that reading past the end is seen. */
	char *copy = strndup(status, len);
	int r;

	*text = '\0';
	r = fdr_nagios_status(copy, on_row, text, e);
	free(copy);
	return r;
}

static const char good[] =
	"# NAGIOS STATUS FILE\n\ninfo {\n\tcreated=1795870048\n\tversion=4.4.6\n\t}\n\n"
	"programstatus {\n\tnagios_pid=12\n\thost_name=no\n\t}\n\n"
	"hoststatus {\n\thost_name=web1\n\thas_been_checked=1\n\tcurrent_state=1\n"
	"\tplugin_output=a=b {\n\tstate_type=0\n\t}\n\n"
	"hoststatus {\n\thost_name=db\n\thas_been_checked=1\n\tcurrent_state=2\n\tstate_type=1\n\t}\n"
	"servicestatus {\n\thost_name=web1\n\tservice_description=load\n\thas_been_checked=0\n"
	"\tcurrent_state=0\n\tstate_type=1\n\t}\n"
	"servicestatus {\n\thost_name=web1\n\tservice_description=disk\n\thas_been_checked=1\n"
	"\tcurrent_state=3\n\tstate_type=1\n\tplugin_output=x\n\t}\n"
	"contactstatus {\n\tcontact_name=nobody\n\t}\n";

static void status_file(void **state)
{
	struct fdr_error e = { "" };
	char text[1024];

	(void)state;
	assert_int_equal(parse(good, sizeof(good), text, &e), 0);
	assert_string_equal(text, "web1=suspect(a=b {);db=cut-off();web1/load=pending();"
				  "web1/disk=unknown(x);");
}

static void damaged_files(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "no status.dat" },
		{ "\n\n", "no status.dat" },
		{ "<html>", "no status.dat" },
		{ "hoststatus {\n\thost_name=a\n\thas_been_checked=1\n\tcurrent_state=0\n"
		  "\tstate_type=1\n\t}\n", "no \"programstatus\"" },
		{ "programstatus {\n", "in the middle" },
		{ "programstatus {\n\t}\nhoststatus {\n\t}\n", "a broken entry" },
		{ "programstatus {\n\t}\nhoststatus {\n\thost_name=a\n\thas_been_checked=1\n"
		  "\tcurrent_state=7\n\tstate_type=1\n\t}\n", "a broken entry in status.dat (of \"a\")" },
		{ "programstatus {\n\t}\nhoststatus {\n\thost_name=a\n\thas_been_checked=1\n"
		  "\tcurrent_state=\n\tstate_type=1\n\t}\n", "a broken entry" },
		{ "programstatus {\n\t}\nservicestatus {\n\thost_name=a\n\thas_been_checked=1\n"
		  "\tcurrent_state=0\n\tstate_type=1\n\t}\n", "a broken entry" },
	};
	struct fdr_error e = { "" };
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i].text, strlen(cases[i].text), text, &e), -EBADMSG);
		if (!strstr(e.text, cases[i].words))
			fail_msg("case %zu: \"%s\" lacks \"%s\"", i, e.text, cases[i].words);
	}
}

/* Cut anywhere, and with every byte damaged: never a crash, never a name that is not there. */
static void every_damage(void **state)
{
	struct fdr_error e = { "" };
	char text[1024], copy[sizeof(good)];

	(void)state;
	for (size_t n = 0; n < sizeof(good); n++)
		parse(good, n, text, &e);
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		static const char bytes[] = { '\n', '}', '{', '=', ' ', '\t', '\x01', '\xff' };

		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(copy, good, sizeof(good));
			copy[i] = bytes[b];
			parse(copy, sizeof(copy), text, &e);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_lines),
		cmocka_unit_test(long_names),
		cmocka_unit_test(status_file),
		cmocka_unit_test(damaged_files),
		cmocka_unit_test(every_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
