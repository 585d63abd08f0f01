/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside a kernel tree the C tests use its own kselftest_harness.h.  Elsewhere
 * this stands in for the part of it that they use, by the same names: each
 * test is a process with a time limit, results are KTAP, and what follows an
 * EXPECT_ or ASSERT_ is carried out where that fails.
 */
#ifndef KT_HARNESS_H
#define KT_HARNESS_H

#if __has_include("../kselftest_harness.h")
#include "../kselftest_harness.h"
#else
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct __test_metadata {
	const char *name;
	void (*run)(struct __test_metadata *_metadata);
	unsigned int timeout;		/* s */
	bool failed;
	char *skipped;			/* shared with the parent: why; "" = not skipped */
	struct __test_metadata *next;
};

#define KT_SKIP_MAX	256
#define KT_EXIT_SKIP	4

static struct __test_metadata *kt_tests, **kt_tests_end = &kt_tests;

static inline void kt_register(struct __test_metadata *t)
{
	*kt_tests_end = t;
	kt_tests_end = &t->next;
}

/* False, so that the handler runs once; ends the test's process if @fatal. */
static inline bool kt_failed(struct __test_metadata *t, bool fatal)
{
	t->failed = true;
	if (fatal) {
		fflush(stdout);
		_exit(1);
	}
	return false;
}

#define TH_LOG(fmt, ...) printf("# %s:%d: " fmt "\n", __FILE__, __LINE__, ##__VA_ARGS__)

#define KT_CHECK(ok, fatal, what)						\
	for (bool kt_bad = !(ok) && printf("# %s:%d: %s does not hold\n", __FILE__,	\
					   __LINE__, what); kt_bad;			\
	     kt_bad = kt_failed(_metadata, fatal))

#define EXPECT_TRUE(seen)	KT_CHECK(seen, false, #seen)
#define ASSERT_TRUE(seen)	KT_CHECK(seen, true, #seen)
#define EXPECT_EQ(want, seen)	KT_CHECK((want) == (seen), false, #want " == " #seen)
#define ASSERT_EQ(want, seen)	KT_CHECK((want) == (seen), true, #want " == " #seen)

#define SKIP(statement, fmt, ...) do {						\
	snprintf(_metadata->skipped, KT_SKIP_MAX, fmt, ##__VA_ARGS__);		\
	statement;								\
} while (0)

#define FIXTURE_DATA(fixture)	struct kt_fixture_##fixture
#define FIXTURE(fixture)	FIXTURE_DATA(fixture)
#define FIXTURE_SETUP(fixture)							\
	static void kt_setup_##fixture(						\
		struct __test_metadata __attribute__((unused)) *_metadata,	\
		FIXTURE_DATA(fixture) __attribute__((unused)) *self)
#define FIXTURE_TEARDOWN(fixture)						\
	static void kt_teardown_##fixture(					\
		struct __test_metadata __attribute__((unused)) *_metadata,	\
		FIXTURE_DATA(fixture) __attribute__((unused)) *self)

#define TEST_F(fixture, test)	TEST_F_TIMEOUT(fixture, test, 30)
#define TEST_F_TIMEOUT(fixture, test, seconds)					\
	static void kt_body_##fixture##_##test(struct __test_metadata *_metadata,	\
					       FIXTURE_DATA(fixture) *self);	\
	static void kt_run_##fixture##_##test(struct __test_metadata *_metadata)	\
	{									\
		FIXTURE_DATA(fixture) self;					\
										\
		memset(&self, 0, sizeof(self));					\
		kt_setup_##fixture(_metadata, &self);				\
		if (_metadata->failed || _metadata->skipped[0])			\
			return;							\
		kt_body_##fixture##_##test(_metadata, &self);			\
		kt_teardown_##fixture(_metadata, &self);			\
	}									\
	static struct __test_metadata kt_test_##fixture##_##test = {		\
		.name = #fixture "." #test, .run = kt_run_##fixture##_##test,	\
		.timeout = (seconds),						\
	};									\
	static void __attribute__((constructor)) kt_add_##fixture##_##test(void)	\
	{									\
		kt_register(&kt_test_##fixture##_##test);			\
	}									\
	static void kt_body_##fixture##_##test(					\
		struct __test_metadata __attribute__((unused)) *_metadata,	\
		FIXTURE_DATA(fixture) __attribute__((unused)) *self)

/* Runs one test in a process of its own; false if it failed. */
static inline bool kt_run_one(struct __test_metadata *t, unsigned int number)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		alarm(t->timeout);
		t->run(t);
		fflush(stdout);
		_exit(t->failed ? 1 : t->skipped[0] ? KT_EXIT_SKIP : 0);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == KT_EXIT_SKIP) {
		printf("ok %u %s # SKIP %s\n", number, t->name, t->skipped);
		return true;
	}
	if (pid > 0 && WIFSIGNALED(status))
		printf("# %s: ended by signal %d%s\n", t->name, WTERMSIG(status),
		       WTERMSIG(status) == SIGALRM ? ": not done in time" : "");
	printf("%s %u %s\n", status ? "not ok" : "ok", number, t->name);
	return status == 0;
}

static inline int test_harness_run(void)
{
	unsigned int n = 0;
	bool good = true;

	for (struct __test_metadata *t = kt_tests; t; t = t->next)
		n++;
	printf("TAP version 13\n1..%u\n", n);
	n = 0;
	for (struct __test_metadata *t = kt_tests; t; t = t->next) {
		t->skipped = mmap(NULL, KT_SKIP_MAX, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (t->skipped == MAP_FAILED)
			return 1;
		good = kt_run_one(t, ++n) && good;
	}
	return good ? 0 : 1;
}

#define TEST_HARNESS_MAIN int main(void) { return test_harness_run(); }

#endif
#endif /* KT_HARNESS_H */
