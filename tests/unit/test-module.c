// SPDX-License-Identifier: GPL-2.0-or-later
/* A module that will not load: the cause and the remedy are told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "sys/module.h"

#define FILE_	"/lib/faultdrill.ko"
#define HERE	.running = "6.1.0-56-amd64"
#define ROOT	HERE, .root = true, .lockdown = "none"

static void tells_cause_and_remedy(void **state)
{
	static const struct {
		int err;
		struct fdr_module_facts facts;
		const char *cause, *remedy;
	} cases[] = {
		{ -EPERM, { HERE, .lockdown = "none" }, "needs root", "CAP_SYS_MODULE" },
		{ -EPERM, { HERE, .root = true, .lockdown = "integrity" }, "lockdown (integrity)",
		  "Secure Boot" },
		{ -EPERM, { ROOT, .modules_disabled = true }, "modules_disabled", "next boot" },
		{ -EPERM, { ROOT }, "does not permit", "dmesg" },
		{ -EACCES, { HERE, .lockdown = "none" }, "needs root", "CAP_SYS_MODULE" },
		{ -ENOEXEC, { ROOT, .file = FILE_, .built_for = "6.9.1" },
		  FILE_ " was built for kernel 6.9.1, but 6.1.0-56-amd64 runs here",
		  "make kmod KDIR=/lib/modules/6.1.0-56-amd64/build" },
		{ -ENOEXEC, { ROOT, .file = FILE_, .built_for = "6.1.0-56-amd64" },
		  "another configuration or compiler", "headers" },
		{ -ENOEXEC, { ROOT, .file = FILE_ }, "no module that this kernel", "6.1.0-56-amd64" },
		{ -EINVAL, { ROOT, .file = FILE_, .built_for = "6.9.1" }, "built for kernel 6.9.1",
		  "make kmod" },
		{ -EINVAL, { ROOT, .file = FILE_, .built_for = "6.1.0-56-amd64" }, "parameters",
		  "dmesg" },
		{ -ENOENT, { ROOT }, "no module faultdrill for the running kernel 6.1.0-56-amd64",
		  "make kmod" },
		{ -ENOENT, { ROOT, .file = FILE_ }, "needs a symbol", "dmesg" },
		{ -EKEYREJECTED, { ROOT, .file = FILE_ }, "requires signed modules", "sign it" },
		{ -ENOKEY, { ROOT, .file = FILE_ }, "not signed by such a key", "sign it" },
		{ -EBADMSG, { ROOT, .file = FILE_ }, "signed badly", "sign it" },
		{ -ENOMEM, { ROOT, .file = FILE_ }, "Cannot allocate memory", "dmesg" },
	};

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(cases); i++) {
		struct fdr_error e = { "" };

		assert_int_equal(fdr_module_explain(cases[i].err, &cases[i].facts, &e), cases[i].err);
		if (!strstr(e.text, cases[i].cause) || !strstr(e.text, cases[i].remedy))
			fail_msg("case %zu: %s", i, e.text);
	}
}

/* Not a module at all: nothing gets as far as the kernel. */
static void refuses_other_files(void **state)
{
	struct fdr_error e;
	bool now;

	(void)state;
	if (fdr_module_loaded())
		skip();
	assert_int_equal(fdr_module_load("/nonexistent/faultdrill.ko", &now, &e), -ENOENT);
	assert_string_equal(e.text, "cannot read /nonexistent/faultdrill.ko: No such file or "
			    "directory");
	assert_int_equal(fdr_module_load("/etc/passwd", &now, &e), -EINVAL);
	assert_string_equal(e.text, "/etc/passwd holds the module \"passwd\", not faultdrill");
	assert_false(now);
	assert_int_equal(fdr_module_unload(&e), 0);
}

static void reads_the_lockdown_state(void **state)
{
	char buf[32];

	(void)state;
	fdr_lockdown(buf, sizeof(buf));
	assert_true(!strcmp(buf, "none") || !strcmp(buf, "integrity") ||
		    !strcmp(buf, "confidentiality"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_cause_and_remedy),
		cmocka_unit_test(refuses_other_files),
		cmocka_unit_test(reads_the_lockdown_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
