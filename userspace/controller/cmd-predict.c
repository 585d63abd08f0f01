// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "command.h"
#include "predict-show.h"
#include "print.h"
#include "vocabulary.h"

static struct {
	struct fdr_strings sets;
	bool json;
} opt;

static const struct fdr_option options[] = {
	{ .name = "set", .type = FDR_OPTION_LIST, .value = &opt.sets, .arg = "NAME=VALUE",
	  .help = "override a variable of the plan; may be given again" },
	{ .name = "json", .type = FDR_OPTION_FLAG, .value = &opt.json,
	  .help = "print JSON, times in ns" },
};

static int print_owned(json_t *j)
{
	int r = fdr_print_json(j);

	json_decref(j);
	return r;
}

/* "option=value" of a stack; the file came as an operand of its own. */
static int read_options(char **argv, int argc, struct fdr_opts *o, struct fdr_error *e)
{
	int r = fdr_opts_add(o, "config", NULL, argv[0], (struct fdr_place){ 0 }, e);

	for (int i = 1; r >= 0 && i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (!value)
			return fdr_err(e, -EINVAL, "\"%.80s\" is no OPTION=VALUE", argv[i]);
		*value++ = '\0';
		if (!strcmp(argv[i], "node") || !strcmp(argv[i], "peer_node") ||
		    !strcmp(argv[i], "judge"))
			return fdr_err(e, -EINVAL, "%s has a meaning in a plan only", argv[i]);
		r = fdr_opts_add(o, argv[i], NULL, value, (struct fdr_place){ 0 }, e);
	}
	return r < 0 ? r : fdr_opts_finish(o, e);
}

static int show(const struct fdr_opts *o, const struct fdr_prediction *p)
{
	bool only = fdr_opts_given(o, "failure");
	json_t *all = json_object();

	for (int i = 0; i < FDR_FAILURE_COUNT; i++) {
		enum fdr_failure f = (enum fdr_failure)i;

		if (only && f != fdr_predict_failure(o, NULL))
			continue;
		if (opt.json)
			json_object_set_new(all, fdr_failure_names[f], fdr_prediction_json(p, f));
		else
			fdr_predict_show(stdout, p, f);
	}
	if (opt.json)
		return print_owned(all);
	json_decref(all);
	fdr_predict_show_remarks(stdout, p);
	return FDR_EXIT_PASS;
}

static int predict_files(const struct fdr_predict_ops *ops, int argc, char **argv)
{
	struct fdr_opts o = { .kind = &ops->kind };
	struct fdr_error e = { "" };
	struct fdr_prediction p;
	int r = read_options(argv, argc, &o, &e);

	if (r < 0) {
		fdr_opts_clear(&o);
		return fdr_usage_error(&fdr_cmd_predict, "%s: %s", ops->kind.name, e.text);
	}
	r = fdr_predict_read(&o, fdr_predict_read_here, NULL, &p, &e);
	r = r < 0 ? fdr_fail(r, &e) : show(&o, &p);
	fdr_opts_clear(&o);
	return r;
}

static int predict_plan(const char *path)
{
	struct fdr_plan *plan FDR_CLEANUP(fdr_plan_freep) = NULL;
	struct fdr_error e = { "" };
	struct fdr_words words;
	int r;

	r = fdr_words_gather(&words, &e);
	if (r < 0)
		return fdr_fail(r, &e);
	r = fdr_read_plan(path, &words, opt.sets.v, opt.sets.n, &plan);
	if (!r && opt.json)
		r = print_owned(fdr_predict_plan_json(plan));
	else if (!r && !plan->n_predicts)
		r = fdr_fail(-ENOENT, (fdr_err(&e, -ENOENT, "%s has no section \"predict\"", path), &e));
	else if (!r)
		r = fdr_predict_show_plan(stdout, plan) ? FDR_EXIT_PASS : FDR_EXIT_FAIL;
	plan = fdr_plan_free(plan);
	fdr_words_clear(&words);
	return r;
}

static int run(int argc, char **argv)
{
	const struct fdr_predict_ops *ops = fdr_predict_kind(argv[0]);

	if (ops && argc > 1)
		return predict_files(ops, argc - 1, argv + 1);
	if (ops)
		return fdr_usage_error(&fdr_cmd_predict, "%s: which file? (%s)", argv[0],
				       ops->kind.opts[0].summary);
	if (argc > 1)
		return fdr_usage_error(&fdr_cmd_predict, "\"%.60s\" is no kind of prediction; a plan "
				       "stands alone", argv[0]);
	return predict_plan(argv[0]);
}

const struct fdr_command fdr_cmd_predict = {
	.name = "predict", .args = "PLAN | KIND FILE [OPTION=VALUE ...]",
	.summary = "Say when a detector will notice, by its configuration.",
	.details = "Reads the configuration of HAProxy, keepalived, corosync, Nagios and others "
		   "and computes within which time they suspect, detect, fence or promote: where "
		   "a node falls silent, a service is refused, one hangs, and a clock is wrong. "
		   "Settings under which a failure is never seen, that contradict each other or "
		   "are risky are told.\n\n"
		   "With a plan: what its section \"predict\" says, as far as the files are on this "
		   "host; a run reads them on its nodes. Kinds: haproxy (backend=, server=), "
		   "keepalived (peer=, instance=), corosync, pacemaker (corosync=, sbd=, resource=), "
		   "nagios (host=, service=, check_time=), ganglia, drbd, mariadb, galera (nodes=), ceph, "
		   "glusterfs, sentinel, etcd (nodes=), patroni, spider (poll=), systemd (manager=), chrony.",
	.options = options, .n_options = FDR_ARRAY_LEN(options), .min_args = 1, .max_args = -1,
	.run = run,
};
