// SPDX-License-Identifier: GPL-2.0-or-later
/* Onsets in the logs that pstore keeps of dead kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/macro.h"
#include "sys/pstore.h"

static char dir[] = "/tmp/test-pstore-XXXXXX";

static void put(const char *name, const char *text, size_t size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void drop(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(unlink(path), 0);
}

static void test_onsets(void **state)
{
	static const char log[] =
		"Panic#1 Part1\n"
		"<5>[   12.433518] faultdrill: inject panic, injection 1, cookie 0xd9759c97222c8580\n"
		"<0>[   12.932961] Kernel panic - not syncing: kept-in-memory\n"
		"\0\xff<0>[   12.933001] faultdrill: onset of net-drop: injection 7, cookie "
		"15669432118345860480, boottime 12932950123 ns\n"
		"<0>[   12.9] faultdrill: onset of panic: injection 8, cookie 5, boottime -4 ns\n"
		"<0>[   12.9] faultdrill: onset of panic: injection 9, cookie 6, boot";
	json_t *onsets;
	const json_t *x;

	(void)state;
	put("dmesg-ramoops-0", log, sizeof(log) - 1);
	put("pmsg-ramoops-0", log, sizeof(log) - 1);
	onsets = fdr_pstore_onsets(dir);
	assert_int_equal(json_array_size(onsets), 1);
	x = json_array_get(onsets, 0);
	assert_string_equal(json_string_value(json_object_get(x, "cookie")), "15669432118345860480");
	assert_int_equal(json_integer_value(json_object_get(x, "boottime_ns")), 12932950123);
	json_decref(onsets);
	drop("dmesg-ramoops-0");
	drop("pmsg-ramoops-0");
}

static void test_nothing(void **state)
{
	json_t *onsets = fdr_pstore_onsets(dir);

	(void)state;
	assert_int_equal(json_array_size(onsets), 0);
	json_decref(onsets);
	onsets = fdr_pstore_onsets("/nowhere/at/all");
	assert_int_equal(json_array_size(onsets), 0);
	json_decref(onsets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_onsets), cmocka_unit_test(test_nothing),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	failed = cmocka_run_group_tests_name("pstore", tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
