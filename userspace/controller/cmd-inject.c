// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <linux/faultdrill.h>

#include "base/instant.h"
#include "base/log.h"
#include "countdown.h"
#include "node.h"
#include "print.h"
#include "sys/catalogue.h"

/* A fatal fault waits so long, where nothing else is said: its answer must get out. */
#define FATAL_DELAY_NS	(500 * FDR_NS_PER_MS)

static uint64_t in_ns = UINT64_MAX, duration_ns, lease_ns;
static const char *at, *message;
static bool dry_run, force, yes, load, json, detach;

/* Shorter ones are over before anybody could press a key. */
#define COUNTDOWN_NS	FDR_NS_PER_S

static const struct fdr_option options[] = {
	{ "in", 0, FDR_OPTION_TIME, &in_ns, "TIME",
	  "start so long from now (a fatal fault: 500ms by default)" },
	{ "at", 0, FDR_OPTION_STRING, &at, "INSTANT",
	  "start by the node's wall clock: 2026-11-30T12:00:00Z or @SECONDS" },
	{ "duration", 0, FDR_OPTION_TIME, &duration_ns, "TIME", "end so long after the onset" },
	{ "lease", 0, FDR_OPTION_TIME, &lease_ns, "TIME",
	  "end so long from now unless it is renewed" },
	{ "dry-run", 'n', FDR_OPTION_FLAG, &dry_run, NULL, "check everything, fire nothing" },
	{ "force", 0, FDR_OPTION_FLAG, &force, NULL, "also root, swap and journal devices" },
	{ "message", 'm', FDR_OPTION_STRING, &message, "TEXT", "the same as message=TEXT" },
	{ "yes", 'y', FDR_OPTION_FLAG, &yes, NULL, "a fault that nothing can undo is meant" },
	{ "detach", 'd', FDR_OPTION_FLAG, &detach, NULL,
	  "return at once, also where a terminal would get a countdown" },
	{ "load", 0, FDR_OPTION_FLAG, &load, NULL, "load the installed module first if need be" },
	{ "json", 0, FDR_OPTION_FLAG, &json, NULL, "the injection as a JSON object" },
};

static int get_catalogue(struct fdr_node *n, struct fdr_faults **ret, struct fdr_error *e)
{
	json_t *result = NULL;
	int r = 0;

	if (load)
		r = fdr_node_call(n, "module-load", NULL, NULL, e);
	if (r >= 0)
		r = fdr_node_call(n, "catalogue", NULL, &result, e);
	if (r >= 0)
		r = fdr_faults_from_json(json_object_get(result, "faults"), ret, e);
	json_decref(result);
	return r;
}

/* "name=value" ... -> an object, checked against the fault's description. */
static int parse_params(const struct fdr_kind *kind, int argc, char **argv, json_t **ret,
			struct fdr_error *e)
{
	struct fdr_opts o FDR_CLEANUP(fdr_opts_clear) = { .kind = kind };
	json_t *params = json_object();
	int r = 0;

	for (int i = 0; i < argc && r >= 0; i++) {
		char *name FDR_CLEANUP_FREE = strndup(argv[i], strcspn(argv[i], "="));
		const char *value = strchr(argv[i], '=');

		if (!value)
			r = fdr_err(e, -EINVAL, "\"%s\" is no PARAMETER=VALUE", argv[i]);
		else
			r = fdr_opts_add(&o, name ? name : "", NULL, value + 1,
					 (struct fdr_place){ 0 }, e);
	}
	if (r >= 0 && message)
		r = fdr_opts_add(&o, "message", NULL, message, (struct fdr_place){ 0 }, e);
	if (r >= 0)
		r = fdr_opts_finish(&o, e);
	for (size_t i = 0; r >= 0 && i < o.n; i++)
		if (!o.v[i].defaulted &&
		    json_object_set_new(params, o.v[i].desc->name, json_string(o.v[i].text)) < 0)
			r = fdr_err(e, -EINVAL, "%s: not UTF-8", o.v[i].desc->name);
	if (r < 0) {
		json_decref(params);
		return r;
	}
	*ret = params;
	return 0;
}

static int check_times(unsigned int flags, int64_t *ret_at_ns)
{
	if (at && in_ns != UINT64_MAX)
		return fdr_usage_error(&fdr_cmd_inject, "either --in or --at");
	if (at && fdr_parse_instant(at, ret_at_ns) < 0)
		return fdr_usage_error(&fdr_cmd_inject, "--at: \"%s\" is no instant with its zone, "
				       "such as 2026-11-30T12:00:00Z or @1796040000", at);
	if (duration_ns && !(flags & FAULTDRILL_F_DURATION))
		return fdr_usage_error(&fdr_cmd_inject, "--duration: this fault has none");
	if (lease_ns && !(flags & FAULTDRILL_F_REVERSIBLE))
		return fdr_usage_error(&fdr_cmd_inject, "--lease: nothing can revert this fault");
	return 0;
}

/* What becomes of the node, where that cannot be undone; NULL where it can. */
static const char *harm(unsigned int flags)
{
	if (flags & FAULTDRILL_F_FATAL && flags & FAULTDRILL_F_UNTRUSTED)
		return "the kernel does not survive it, or is not to be trusted afterwards";
	if (flags & FAULTDRILL_F_FATAL)
		return "the kernel does not survive it";
	if (flags & FAULTDRILL_F_UNTRUSTED)
		return "the kernel is not to be trusted afterwards: reboot it";
	if (flags & FAULTDRILL_F_DAMAGING)
		return "it ends, but the data that it harms stay harmed";
	return flags & FAULTDRILL_F_REVERSIBLE ? NULL : "what it does stays done";
}

/* What cannot be undone is said before anything fires. */
static int warn(const struct fdr_node *n, const struct fdr_kind *kind, unsigned int flags,
		const json_t *description)
{
	const char *host = fdr_node_fact(n, "hostname"), *what = harm(flags);
	char risk[16];

	if (dry_run)
		return 0;
	if (what && !yes)
		return fdr_usage_error(&fdr_cmd_inject, "%s on %s: %s, and nothing undoes that: say "
				       "--yes if it is meant", kind->name, host, what);
	if (what)
		fdr_warn("%s on %s: %s%s", kind->name, host, what, flags & FAULTDRILL_F_FATAL ?
			 "; what is not on its disks is lost" : "");
	else if (!strcmp(fdr_text(description, "risk", risk, sizeof(risk)), "high"))
		fdr_warn("%s on %s will be reverted; data that it harms meanwhile will not",
			 kind->name, host);
	if (flags & FAULTDRILL_F_EXPERIMENTAL)
		fdr_warn("%s is experimental: it may do more harm than it says", kind->name);
	return 0;
}

static json_t *request(const struct fdr_node *n, const struct fdr_kind *kind, unsigned int flags,
		       json_t *params, int64_t at_ns)
{
	const char *start = at ? "realtime" : "now";
	int64_t start_ns = at ? at_ns : 0;
	char cookie[24];
	uint64_t random;

	if (!at && in_ns == UINT64_MAX && flags & FAULTDRILL_F_FATAL)
		in_ns = FATAL_DELAY_NS;
	if (!at && in_ns != UINT64_MAX && in_ns) {
		start = "delay";
		start_ns = (int64_t)in_ns;
	}
	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint64_t)fdr_now_ns();
	snprintf(cookie, sizeof(cookie), "%" PRIu64, random);
	return json_pack("{ss so ss ss ss sI so* so* sb sb}", "fault", kind->name, "params", params,
			 "boot_id", fdr_node_fact(n, "boot_id"), "cookie", cookie, "start", start,
			 "start_ns", (json_int_t)start_ns, "duration_ns",
			 duration_ns ? json_integer((json_int_t)duration_ns) : NULL, "lease_ns",
			 lease_ns ? json_integer((json_int_t)lease_ns) : NULL, "dry_run", dry_run,
			 "force", force);
}

static void print_injection(const struct fdr_node *n, const json_t *injection,
			    const struct fdr_kind *kind)
{
	char id[24], left[32], in[32];
	const char *host = fdr_node_fact(n, "hostname");

	if (dry_run) {
		printf("%s: %s would be accepted; nothing was fired\n", host, kind->name);
		return;
	}
	printf("%s: injection %s: %s", host, fdr_text(injection, "id", id, sizeof(id)), kind->name);
	if (at)
		printf(" at %s", at);
	else if (in_ns != UINT64_MAX && in_ns)
		printf(" in %s", fdr_format_time(in_ns, in, sizeof(in)));
	if (*fdr_time_text(injection, "left_ns", left, sizeof(left)))
		printf(", over in %s at the latest", left);
	putchar('\n');
}

static bool wants_countdown(void)
{
	return !dry_run && !detach && !json && in_ns != UINT64_MAX && in_ns >= COUNTDOWN_NS &&
	       isatty(STDERR_FILENO);
}

/* The kernel may be gone before its answer has left. */
static int lost_answer(int r, unsigned int flags, struct fdr_error *e)
{
	if (flags & FAULTDRILL_F_FATAL && (r == -EPIPE || r == -ETIMEDOUT) && !dry_run)
		fdr_err_prefix(e, r, "the node went away before it answered; the fault has "
			       "probably fired");
	return fdr_fail(r, e);
}

static int inject(struct fdr_node *n, const struct fdr_faults *f, int which, int argc, char **argv)
{
	const struct fdr_kind *kind = &f->kinds[which];
	unsigned int flags = f->flags[which];
	json_t *params, *injection = NULL;
	struct fdr_error e = { "" };
	int64_t at_ns = 0;
	int r;

	r = check_times(flags, &at_ns);
	if (r)
		return r;
	r = parse_params(kind, argc, argv, &params, &e);
	if (r < 0)
		return fdr_usage_error(&fdr_cmd_inject, "%s: %s", kind->name, e.text);
	r = warn(n, kind, flags, json_array_get(f->json, (size_t)which));
	if (r) {
		json_decref(params);
		return r;
	}
	r = fdr_node_call(n, "inject", request(n, kind, flags, params, at_ns), &injection, &e);
	if (r < 0)
		return lost_answer(r, flags, &e);
	r = FDR_EXIT_PASS;
	if (json)
		r = fdr_print_json(injection);
	else
		print_injection(n, injection, kind);
	if (wants_countdown())
		r = fdr_countdown(n, kind->name,
				  json_integer_value(json_object_get(injection, "id")), in_ns);
	json_decref(injection);
	return r;
}

static int run(int argc, char **argv)
{
	struct fdr_node n FDR_CLEANUP_NODE = { 0 };
	struct fdr_faults *f FDR_CLEANUP(fdr_faults_freep) = NULL;
	struct fdr_error e = { "" };
	int r;

	r = fdr_node_open(&n);
	if (r)
		return r;
	r = get_catalogue(&n, &f, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	r = fdr_faults_find(f, argv[0], &e);
	if (r < 0)
		return fdr_usage_error(&fdr_cmd_inject, "%s", e.text);
	return inject(&n, f, r, argc - 1, argv + 1);
}

const struct fdr_command fdr_cmd_inject = {
	.name = "inject",
	.args = "FAULT [PARAMETER=VALUE ...]",
	.summary = "Inject one fault into a node.",
	.details = "The node must be armed (\"faultdrill arm\"). On a terminal, --in TIME counts down, and "
		   "Ctrl-C cancels the injection. \"faultdrill list FAULT\" shows the "
		   "parameters. A reversible fault always ends: by its duration, its lease, the "
		   "module's maximum or \"faultdrill clear\", whichever is first.",
	.options = options,
	.n_options = FDR_ARRAY_LEN(options),
	.node = true,
	.min_args = 1,
	.max_args = -1,
	.run = run,
};
