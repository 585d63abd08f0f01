// SPDX-License-Identifier: GPL-2.0-or-later
/* The ganglia probe and its parser, beside peers that misbehave. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common-probe.h"
#include "probe/ganglia-words.h"

#define HEAD "<?xml version=\"1.0\"?>\n<!DOCTYPE GANGLIA_XML [\n<!ELEMENT GANGLIA_XML (GRID)*>\n" \
	"<!ATTLIST HOST NAME CDATA #REQUIRED>\n]>\n<GANGLIA_XML VERSION=\"3.7.2\">\n" \
	"<CLUSTER NAME=\"lab\" OWNER=\"a > b\">\n"
#define TAIL "</CLUSTER>\n</GANGLIA_XML>\n"
#define HOST(name, tn) "<HOST NAME=\"" name "\" IP=\"10.0.0.1\" TAGS=\"\" TN=\"" tn "\" TMAX=\"1\">\n" \
	"<METRIC NAME=\"load_one\" VAL=\"0.1\" TN=\"99\" TMAX=\"70\"/>\n</HOST>\n"

static const char good[] = HEAD HOST("a", "0") HOST("b", "5") TAIL;

static void on_row(void *userdata, const struct fdr_ganglia_row *r)
{
	char *text = userdata;
	size_t n = strlen(text);

	snprintf(text + n, 1024 - n, "%s/%s=%u/%u;", r->cluster, r->host, (unsigned int)r->tn_s,
		 (unsigned int)r->tmax_s);
}

static int parse(const char *xml, size_t len, char text[1024], struct fdr_error *e)
{
	/* On the heap, without a NUL, so that reading past the end is seen. */
	char *copy = malloc(len ? len : 1);
	int r;

	memcpy(copy, xml, len);
	*text = '\0';
	r = fdr_ganglia_xml(copy, len, on_row, text, e);
	free(copy);
	return r;
}

static void hosts(void **state)
{
	struct fdr_error e = { "" };
	static const char other[] =
		"<GANGLIA_XML><GRID NAME=\"g\"><CLUSTER NAME='x&amp;y'><HOST TN='7' NAME='&quot;h&lt;'/>"
		"</CLUSTER><CLUSTER NAME=\"z\"><HOST TN=\"1\" NAME=\"h\" TMAX = \"2\"></HOST>"
		"</CLUSTER></GRID></GANGLIA_XML>";
	static const char latin[] =
		"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><GANGLIA_XML><HOST NAME=\"h\xe9\" TN=\"1\"/>"
		"</GANGLIA_XML>";
	char text[1024];

	(void)state;
	assert_int_equal(parse(good, strlen(good), text, &e), 0);
	assert_string_equal(text, "lab/a=0/1;lab/b=5/1;");
	assert_int_equal(parse(other, strlen(other), text, &e), 0);
	assert_string_equal(text, "x&y/\"h<=7/0;z/h=1/2;");
	/* As gmond declares it. */
	assert_int_equal(parse(latin, strlen(latin), text, &e), 0);
	assert_string_equal(text, "/h\xc3\xa9=1/0;");
}

static void damaged_answers(void **state)
{
	static const struct {
		const char *xml, *words;
	} cases[] = {
		{ "", "an empty answer" },
		{ "<html>", "no answer of Ganglia's" },
		{ HEAD HOST("a", "0"), "broken off or damaged, in line 11" },
		{ "</GANGLIA_XML>", "no answer of Ganglia's" },
		{ "<GANGLIA_XML><HOST NAME=\"a\" TN=\"-1\"></GANGLIA_XML>", "a HOST in Ganglia" },
		{ "<GANGLIA_XML><HOST NAME=\"a\" TN=\"\"></GANGLIA_XML>", "a HOST in Ganglia" },
		{ "<GANGLIA_XML><HOST NAME=\"a\" TN=\"9999999999999999\"></GANGLIA_XML>", "a HOST in Ganglia" },
		{ "<GANGLIA_XML><HOST NAME=\"a\" TN=\"1\" TMAX=\"x\"></GANGLIA_XML>", "a HOST in Ganglia" },
		{ "<GANGLIA_XML><HOST NAME=\"a\"></GANGLIA_XML>", "a HOST in Ganglia" },
		{ "<GANGLIA_XML><HOST NAME=\"\" TN=\"1\"></GANGLIA_XML>", "a HOST in Ganglia" },
		{ "<GANGLIA_XML><HOST NAME=a TN=\"1\"></GANGLIA_XML>", "damaged, in line 1" },
		{ "<GANGLIA_XML><HOST NAME=\"a></GANGLIA_XML>", "damaged, in line 1" },
		/* An entity that grows without end. */
		{ "<!DOCTYPE G [<!ENTITY a \"&b;&b;\"><!ENTITY b \"&a;&a;\">]><GANGLIA_XML>&a;"
		  "</GANGLIA_XML>", "damaged, in line 1" },
		{ "<GANGLIA_XML><CLUSTER></GANGLIA_XML>", "a CLUSTER in Ganglia" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fdr_error e = { "" };
		char text[1024];

		assert_int_equal(parse(cases[i].xml, strlen(cases[i].xml), text, &e), -EBADMSG);
		if (!strstr(e.text, cases[i].words))
			fail_msg("case %zu: \"%s\" lacks \"%s\"", i, e.text, cases[i].words);
	}
}

/* Cut anywhere it is no whole answer; damaged anywhere it is never read past its end. */
static void every_damage(void **state)
{
	static const char bytes[] = { '\0', '<', '>', '"', '\'', '=', '/', '&', ' ', '\xff' };
	size_t whole = strstr(good, "</GANGLIA_XML>") - good + 14;
	char text[1024], copy[sizeof(good)];
	struct fdr_error e = { "" };

	(void)state;
	for (size_t n = 0; n < whole; n++)
		assert_int_equal(parse(good, n, text, &e), -EBADMSG);
	for (size_t i = 0; i < sizeof(good) - 1; i++) {
		for (size_t b = 0; b < sizeof(bytes); b++) {
			memcpy(copy, good, sizeof(good));
			copy[i] = bytes[b];
			parse(copy, sizeof(copy) - 1, text, &e);
		}
	}
}

static struct fdr_poll_io *listener;
static int listens = -1;

/* As gmond does: all that it knows to whoever connects, and good-bye. */
static void on_accept(void *userdata, int fd, uint32_t revents)
{
	struct fixture *f = userdata;
	int conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)revents;
	assert_true(conn >= 0);
	assert_int_equal(write(conn, f->answer, strlen(f->answer)), strlen(f->answer));
	close(conn);
}

static int teardown(void **state)
{
	fdr_poll_io_free(listener);
	if (listens >= 0)
		close(listens);
	return probe_teardown(state);
}

static void listen_there(struct fixture *f)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", f->path);
	listens = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(listens, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listens, 64), 0);
	assert_int_equal(fdr_poller_add_io(f->p, listens, EPOLLIN, on_accept, f, &listener), 0);
}

static void states_change(void **state)
{
	struct fixture *f = *state;

	make_opts(&f->opts, probe_kind("ganglia"), "address", f->path, "interval", "2ms",
		  "timeout", "100ms", "clusters", "lab", NULL);
	probe_start(f, "ganglia");
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	f->answer = HEAD HOST("a", "4") "</CLUSTER><CLUSTER NAME=\"other\">" HOST("c", "0") TAIL;
	listen_there(f);
	assert_true(await_state(f->p, &f->rec, "", "reachable"));
	assert_true(await_state(f->p, &f->rec, "a", "up"));
	f->answer = HEAD HOST("a", "5") HOST("b", "0") TAIL;
	assert_true(await_state(f->p, &f->rec, "a", "down"));
	assert_string_equal(recorder_obs(&f->rec, "a", 1)->detail, "TN 5, TMAX 1");
	assert_true(await_state(f->p, &f->rec, "b", "up"));
	f->answer = HEAD HOST("b", "0") TAIL;
	assert_true(await_state(f->p, &f->rec, "a", "gone"));
	f->answer = HEAD HOST("b", "0");
	assert_true(await_state(f->p, &f->rec, "", "unreachable"));
	assert_true(recorder_is(&f->rec, "b", "up"));
	assert_null(recorder_obs(&f->rec, "c", 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(damaged_answers),
		cmocka_unit_test(every_damage),
		cmocka_unit_test_setup_teardown(states_change, probe_setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
