// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "common-result.h"
#include "report/report.h"
#include "report/show.h"

static char *rendered(const struct fdr_result *r,
		      int (*render)(FILE *f, const struct fdr_result *r))
{
	char *text = NULL;
	size_t n;
	FILE *f = open_memstream(&text, &n);

	assert_non_null(f);
	assert_int_equal(render(f, r), 0);
	fclose(f);
	return text;
}

static bool is_void(const char *name)
{
	static const char *const names[] = {
		"!DOCTYPE", "meta", "br", "path", "circle", "use", "line", "rect",
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Reads the page as a browser would: each tag is closed, and in its turn. */
static void check_html(const char *s)
{
	char open[64][16];
	size_t depth = 0;

	while ((s = strchr(s, '<'))) {
		bool closing = s[1] == '/', quoted = false;
		char name[16] = "";

		s += 1 + closing;
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(s, " >/\n"), s);
		for (; *s && (quoted || *s != '>'); s++) {
			quoted ^= *s == '"';
			assert_true(*s != '<');
		}
		assert_int_equal(*s, '>');
		if (is_void(name))
			continue;
		if (!closing) {
			assert_true(depth < FDR_ARRAY_LEN(open));
			strcpy(open[depth++], name);
		} else {
			assert_true(depth > 0);
			assert_string_equal(open[--depth], name);
		}
		if (!closing && !strcmp(name, "style"))
			s = strstr(s, "</style");
	}
	assert_int_equal(depth, 0);
}

/* Nothing is loaded from anywhere and nothing runs. */
static void check_self_contained(const char *page)
{
	static const char *const never[] = {
		"http:", "https:", "<script", "<link", "<img", "<iframe", "url(", "@import",
		" src=", " onload", "javascript:",
	};

	for (size_t i = 0; i < FDR_ARRAY_LEN(never); i++)
		if (strstr(page, never[i]))
			fail_msg("the page holds %s", never[i]);
}

/* What people read: no control characters, and lines that fit. */
static void check_text(const char *text)
{
	char line[1024];

	for (const char *s = text; *s; s += strcspn(s, "\n") + 1) {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(s, "\n"), s);
		for (const char *c = line; *c; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		if (fdr_utf8_width(line) > 100)
			fail_msg("%zu columns: %s", fdr_utf8_width(line), line);
	}
}

static void check_all(const struct fdr_result *r)
{
	FDR_CLEANUP_FREE char *page = rendered(r, fdr_report_render_html);
	FDR_CLEANUP_FREE char *text = rendered(r, fdr_report_render_text);
	FDR_CLEANUP_FREE char *json = rendered(r, fdr_report_json);
	json_t *j;

	check_html(page);
	check_self_contained(page);
	check_text(text);
	j = json_loads(json, 0, NULL);
	assert_non_null(j);
	json_decref(j);
}

static void every_size(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 5, 6, 29, 30, 100 };

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(sizes); i++) {
		for (int kind = SAMPLE_QUIET; kind <= SAMPLE_BLIND; kind++) {
			FDR_CLEANUP(fdr_result_freep) struct fdr_result *r =
				sample_result(sizes[i], (enum sample_kind)kind);

			check_all(r);
		}
	}
}

/* Sentences are broken across lines: as one line, words one space apart. */
static char *flat_text(const struct fdr_result *r)
{
	char *text = rendered(r, fdr_report_render_text), *to = text;

	for (char *from = text; *from; from++) {
		bool space = *from == ' ' || *from == '\n';

		if (!space || (to > text && to[-1] != ' '))
			*to++ = space ? ' ' : *from;
	}
	*to = '\0';
	return text;
}

/* What others recorded is drawn with its unit, and what could not be read says why. */
static void graphs(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(1, SAMPLE_OUTAGE);
	FDR_CLEANUP_FREE char *page = rendered(r, fdr_report_render_html);
	static const char *const words[] = {
		"us&lt;er, %</div>", "3 to 80.25, a value each 1 s", "no such file</div>",
		"class=\"graph\"",
	};
	size_t lines = 0;

	(void)state;
	for (size_t i = 0; i < FDR_ARRAY_LEN(words); i++)
		if (!strstr(page, words[i]))
			fail_msg("not in the page: %s", words[i]);
	for (const char *s = page; (s = strstr(s, "class=\"graph\"")); s++)
		lines++;
	/* Two values in view, and the step between them. */
	assert_int_equal(lines, 3);
	check_html(page);
}

static void says(enum sample_kind kind, size_t n, const char *const *words)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(n, kind);
	FDR_CLEANUP_FREE char *text = flat_text(r);

	for (; *words; words++)
		if (!strstr(text, *words))
			fail_msg("not said: %s\n%s", *words, text);
}

static void sentences(void **state)
{
	(void)state;
	says(SAMPLE_QUIET, 5, (const char *const[]){
		"The panic of node1 was detected after 1.137 s.",
		"Source: haproxy log.",
		"No user noticed: no request failed or came late in any trial (2,500 requests).",
		"at most 45 %, with 95 % confidence",
		"'detected' was expected after 900 ms to 1.25 s",
		"as expected.",
		"No false positive",
		"A median of 5 trials has no 95 % interval (that takes 6)",
		"error of at most ±0.4 ms",
		"5 of 5, seed 13860270420198342", NULL });
	says(SAMPLE_OUTAGE, 12, (const char *const[]){
		"95 % interval 1.019 s to 1.137 s",
		"Users noticed in 12 of 12 trials: 672 of 6,000 requests failed or came late",
		"Users suffered 1.144 s before anything was detected (trial 5, the "
		"worst).", NULL });
	says(SAMPLE_BLIND, 5, (const char *const[]){
		"The panic of node1 was not noticed within 20 s.",
		"A blind spot: no detector reported it, in 5 trials.",
		"> 20.000", "≥ 20.000",
		"'detected' had not come by the deadline (20 s) in 5 of 5 trials", NULL });
	says(SAMPLE_QUIET, 1, (const char *const[]){ "One trial says little", NULL });
	says(SAMPLE_QUIET, 0, (const char *const[]){ "Nothing was measured.", NULL });
}

/* What is said once the third trial was detected then. */
static void third_says(struct fdr_result *r, int64_t lo_ms, int64_t hi_ms, const char *words)
{
	FDR_CLEANUP_FREE char *text = NULL;

	r->trials[2].milestones[FDR_DETECTED].when =
		(struct fdr_interval){ lo_ms * FDR_NS_PER_MS, hi_ms * FDR_NS_PER_MS };
	fdr_result_summarise(r);
	text = flat_text(r);
	assert_non_null(strstr(text, words));
}

static void other_findings(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_QUIET);
	FDR_CLEANUP_FREE char *text = NULL;

	(void)state;
	r->false_positives = 2;
	r->n_planned = 9;
	strcpy(r->reason, "interrupted");
	r->trials[0].workload.max_send_late_ns = 31 * FDR_NS_PER_MS;
	r->trials[1].milestones[FDR_SUSPECTED].when = r->trials[1].milestones[FDR_DETECTED].when;
	r->trials[2].milestones[FDR_DETECTED].when =
		(struct fdr_interval){ 4 * FDR_NS_PER_S, 4 * FDR_NS_PER_S };
	fdr_result_summarise(r);
	text = flat_text(r);
	assert_non_null(strstr(text, "2 false positives: a detector fired"));
	assert_non_null(strstr(text, "The run ended after 5 of 9 trials: interrupted."));
	assert_non_null(strstr(text, "31 ms after their intended time"));
	assert_non_null(strstr(text, "'suspected' and 'detected' lie so close together in 1 "
			       "trial"));
	assert_non_null(strstr(text, "1 trial outside that range."));
	third_says(r, 850, 950, "too uncertain in 1 trial to tell.");
	/* What a prediction grants at either end. */
	json_object_set_new(json_object_get(r->expected, "detected"), "slack_ns",
			    json_integer(50 * FDR_NS_PER_MS));
	third_says(r, 850, 950, "as expected, by what timers may be late.");
	third_says(r, 830, 840, "1 trial outside that range.");
}

static void some_trials_hurt(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_QUIET);
	FDR_CLEANUP_FREE char *text = NULL;

	(void)state;
	r->trials[3].workload.late = 1;
	r->trials[3].workload.ok--;
	text = flat_text(r);
	assert_non_null(strstr(text, "Users noticed in 1 of 5 trials: 1 of 2,500 requests failed "
			       "or came late, at most 1 in one trial;"));
	assert_non_null(strstr(text, "In the other 4 trials no user noticed: no request failed or "
			       "came late."));
}

static void hostile_strings(void **state)
{
	static const char evil[] =
		"</h1><script>alert('x')</script>\"' "
		"onload=\"&amp;\033[31m\xff\xc3\x9b\xe2\x80\xae";
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_OUTAGE);
	FDR_CLEANUP_FREE char *page = NULL, *text = NULL, *json = NULL;
	json_t *node;

	(void)state;
	free(r->name);
	free(r->description);
	free(r->plan_path);
	free(r->plan_text);
	free(r->plan_sha256);
	free(r->version);
	r->name = strdup(evil);
	r->description = strdup(evil);
	r->plan_path = strdup(evil);
	r->plan_text = strdup(evil);
	r->plan_sha256 = strdup(evil);
	r->version = strdup(evil);
	snprintf(r->reason, sizeof(r->reason), "%s", evil);
	for (size_t i = 0; i < r->n_trials; i++) {
		struct fdr_result_trial *t = &r->trials[i];

		t->verdict = FDR_FAIL;
		snprintf(t->reason, sizeof(t->reason), "%s", evil);
		snprintf(t->node, sizeof(t->node), "%.60s", evil);
		snprintf(t->fault, sizeof(t->fault), "%.30s", evil);
		for (size_t m = 0; m < FDR_MILESTONES_MAX; m++) {
			struct fdr_result_milestone *ms = &t->milestones[m];

			snprintf(ms->source, sizeof(ms->source), "%.60s", evil);
			snprintf(ms->detail, sizeof(ms->detail), "%s", evil);
		}
	}
	node = json_pack("{s:s, s:i, s:[i]}", "<b>\"'", "<i>&", "n", 3, "list", 4);
	json_object_set_new(r->nodes, "<img src=x>", node);
	json_object_set_new(r->nodes, "not an object", json_integer(7));
	json_object_set_new(r->expected, "served", json_string("soon"));
	json_object_set_new(r->expected, "suspected",
			    json_pack("{s:I,s:I,s:i}", "lo_ns", (json_int_t)5, "hi_ns",
				      (json_int_t)INT64_MAX, "why", 3));

	page = rendered(r, fdr_report_render_html);
	check_html(page);
	assert_null(strstr(page, "<script"));
	assert_null(strstr(page, "<img"));
	assert_null(strstr(page, "\" onload"));
	assert_null(strchr(page, '\033'));
	assert_null(strstr(page, "\xe2\x80\xae"));
	assert_null(strchr(page, '\xff'));
	assert_non_null(strstr(page, "&lt;script&gt;"));
	text = rendered(r, fdr_report_render_text);
	assert_null(strchr(text, '\033'));
	assert_null(strchr(text, '\xff'));
	json = rendered(r, fdr_report_json);
	node = json_loads(json, 0, NULL);
	assert_non_null(node);
	json_decref(node);
}

static void missing_members(void **state)
{
	struct fdr_result r = { 0 };

	(void)state;
	check_all(&r);
}

static void colour_only_when_asked(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_QUIET);
	FDR_CLEANUP_FREE char *plain = rendered(r, fdr_report_render_text), *colour = NULL;
	size_t n;
	FILE *f = open_memstream(&colour, &n);
	char *to = colour;

	(void)state;
	fdr_report_text(f, r, true);
	fclose(f);
	assert_null(strchr(plain, '\033'));
	assert_non_null(strstr(colour, "\033[32mpass\033[0m"));
	/* Without its colours it is the same text. */
	to = colour;
	for (char *from = colour; *from; from++) {
		if (*from == '\033')
			from += strcspn(from, "m");
		else
			*to++ = *from;
	}
	*to = '\0';
	assert_string_equal(colour, plain);
}

static void figures(void **state)
{
	struct fdr_scale s = fdr_scale_for(2 * FDR_NS_PER_S);
	struct fdr_scale ms = fdr_scale_for(350 * FDR_NS_PER_MS);
	struct fdr_result_milestone m = { .present = true, .when = { 1082600000, 1083500000 } };

	(void)state;
	assert_string_equal(fdr_show_ns(0).s, "0 s");
	assert_string_equal(fdr_show_ns(999).s, "999 ns");
	assert_string_equal(fdr_show_ns(12345).s, "12.3 µs");
	assert_string_equal(fdr_show_ns(999499).s, "999 µs");
	assert_string_equal(fdr_show_ns(999600).s, "1.00 ms");
	assert_string_equal(fdr_show_ns(1083000000).s, "1.083 s");
	assert_string_equal(fdr_show_ns(-1083000000).s, "-1.083 s");
	assert_string_equal(fdr_show_ns(20 * FDR_NS_PER_S).s, "20 s");
	assert_string_equal(fdr_show_ns(12345678901).s, "12.35 s");
	assert_string_equal(fdr_show_bound(0).s, "±0 µs");
	assert_string_equal(fdr_show_bound(49001).s, "±50 µs");
	assert_string_equal(fdr_show_bound(310000).s, "±0.4 ms");
	assert_string_equal(fdr_show_bound(10000001).s, "±11 ms");
	assert_string_equal(fdr_show_bound(1500 * FDR_NS_PER_MS).s, "±1.5 s");
	assert_string_equal(fdr_show_count(0).s, "0");
	assert_string_equal(fdr_show_count(999).s, "999");
	assert_string_equal(fdr_show_count(1234567).s, "1,234,567");
	assert_string_equal(fdr_show_count(UINT64_MAX).s, "18,446,744,073,709,551,615");
	assert_string_equal(fdr_show_scaled(&s, 1083499999).s, "1.083");
	assert_string_equal(fdr_show_scaled(&s, -100).s, "0.000");
	assert_string_equal(fdr_show_scaled(&ms, 350120000).s, "350.1");
	assert_string_equal(fdr_show_when(&s, &m).s, "1.083 ±0.5");
	assert_string_equal(fdr_show_time_of_day(-1, 3).s, "23:59:59.999");
	assert_int_equal(fdr_utf8_width("±–≥"), 3);
	assert_int_equal(fdr_utf8_width("日本"), 4);
	assert_int_equal(fdr_utf8_width("e\xcc\x81"), 1);
	assert_int_equal(fdr_utf8_width("\xf0\x9f"), 1);
}

static void writes_whole_files(void **state)
{
	FDR_CLEANUP(fdr_result_freep) struct fdr_result *r = sample_result(5, SAMPLE_QUIET);
	char dir[] = "/tmp/fdr-report-XXXXXX", path[64], command[64];
	unsigned int files = 0;
	struct fdr_error e;
	struct dirent *d;
	struct stat st;
	DIR *list;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/new", dir);
	umask(022);
	/* Twice: a second one replaces the first. */
	assert_int_equal(fdr_report_write_dir(r, path, &e), 0);
	assert_int_equal(fdr_report_write_dir(r, path, &e), 0);
	list = opendir(path);
	assert_non_null(list);
	while ((d = readdir(list))) {
		if (d->d_name[0] == '.')
			continue;
		files++;
		assert_true(!strcmp(d->d_name, "result.json") ||
			    !strcmp(d->d_name, "report.html") ||
			    !strcmp(d->d_name, "report.txt") ||
			    !strcmp(d->d_name, "junit.xml"));
	}
	closedir(list);
	assert_int_equal(files, 4);
	snprintf(path, sizeof(path), "%s/new/result.json", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	/* A file in the way of the folder, and a folder in the way of the file. */
	assert_int_equal(fdr_report_write_dir(r, path, &e), -ENOTDIR);
	assert_non_null(strstr(e.text, path));
	snprintf(path, sizeof(path), "%s/no/such", dir);
	assert_int_equal(fdr_report_write_dir(r, path, &e), -ENOENT);
	snprintf(path, sizeof(path), "%s/new", dir);
	assert_int_equal(fdr_report_write_file(path, fdr_report_json, r, &e), -EISDIR);
	/* A full disk is an error, and leaves nothing behind. */
	assert_int_equal(fdr_report_write_file("/dev/full/x", fdr_report_json, r, &e), -ENOTDIR);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphs), cmocka_unit_test(every_size),
		cmocka_unit_test(sentences),
		cmocka_unit_test(other_findings),
		cmocka_unit_test(some_trials_hurt),
		cmocka_unit_test(hostile_strings),
		cmocka_unit_test(missing_members),
		cmocka_unit_test(colour_only_when_asked),
		cmocka_unit_test(figures),
		cmocka_unit_test(writes_whole_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
