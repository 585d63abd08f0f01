// SPDX-License-Identifier: GPL-2.0-or-later
#include "vocabulary.h"

#include <errno.h>
#include <string.h>

#include "command.h"
#include "power/power.h"
#include "predict/predict.h"
#include "probe/probe.h"
#include "sys/link.h"
#include "workload/workload.h"

int fdr_words_gather(struct fdr_words *ret, struct fdr_error *e)
{
	size_t n_transports, n_powers, n_probes, n_workloads, n_predicts;
	const struct fdr_transport_ops *const *transports = fdr_transport_kinds(&n_transports);
	const struct fdr_power_ops *const *powers = fdr_power_kinds(&n_powers);
	const struct fdr_probe_ops *const *probes = fdr_probe_kinds(&n_probes);
	const struct fdr_workload_ops *const *workloads = fdr_workload_kinds(&n_workloads);
	const struct fdr_predict_ops *const *predicts = fdr_predict_kinds(&n_predicts);
	const struct fdr_kind **kinds;
	int r;

	*ret = (struct fdr_words){ 0 };
	kinds = ret->kinds = calloc(n_transports + n_probes + n_workloads + n_predicts + n_powers,
				     sizeof(*ret->kinds));
	ret->states = calloc(n_probes, sizeof(*ret->states));
	if (!ret->kinds || !ret->states) {
		fdr_words_clear(ret);
		return fdr_err(e, -ENOMEM, "out of memory");
	}
	r = fdr_faults_offline(&ret->faults, e);
	if (r < 0) {
		fdr_words_clear(ret);
		return r;
	}
	for (size_t i = 0; i < n_transports; i++)
		*kinds++ = &transports[i]->kind;
	for (size_t i = 0; i < n_probes; i++) {
		*kinds++ = &probes[i]->kind;
		ret->states[i] = probes[i]->states;
	}
	for (size_t i = 0; i < n_workloads; i++)
		*kinds++ = &workloads[i]->kind;
	for (size_t i = 0; i < n_predicts; i++)
		*kinds++ = &predicts[i]->kind;
	for (size_t i = 0; i < n_powers; i++)
		*kinds++ = &powers[i]->kind;
	ret->v = (struct fdr_vocabulary){
		.transports = ret->kinds, .n_transports = n_transports,
		.probes = ret->kinds + n_transports, .probe_states = ret->states,
		.n_probes = n_probes,
		.workloads = ret->kinds + n_transports + n_probes, .n_workloads = n_workloads,
		.predicts = ret->kinds + n_transports + n_probes + n_workloads,
		.n_predicts = n_predicts,
		.powers = ret->kinds + n_transports + n_probes + n_workloads + n_predicts,
		.n_powers = n_powers,
		.faults = ret->faults->kinds, .fault_flags = ret->faults->flags,
		.n_faults = ret->faults->n,
	};
	return 0;
}

void fdr_words_clear(struct fdr_words *w)
{
	if (w->faults)
		fdr_faults_free(w->faults);
	free(w->kinds);
	free(w->states);
	*w = (struct fdr_words){ 0 };
}

void fdr_print_problem(const char *path, const struct fdr_plan_error *p)
{
	if (p->place.line)
		fprintf(stderr, "%s:%u:%u: error: %s\n", path, p->place.line, p->place.column,
			p->text);
	else
		fprintf(stderr, "%s: error: %s\n", path, p->text);
}

int fdr_tell_problems(int r, const char *path, struct fdr_plan_errors *errors)
{
	struct fdr_error e = { "" };

	for (size_t i = 0; i < errors->n; i++) {
		unsigned int file = errors->v[i].place.file;

		fdr_print_problem(file && file < errors->n_files ? errors->files[file] : path,
				  &errors->v[i]);
	}
	if (r < 0 && errors->n)
		fprintf(stderr, "faultdrill: %zu error%s in %s: nothing was touched\n", errors->n,
			errors->n == 1 ? "" : "s", path);
	else if (r < 0)
		fdr_fail(r, (fdr_err(&e, r, "%s: %s", path, strerror(-r)), &e));
	fdr_plan_errors_clear(errors);
	return r < 0 ? FDR_EXIT_USAGE : 0;
}

int fdr_read_plan(const char *path, const struct fdr_words *words, const char *const *sets,
		  size_t n_sets, struct fdr_plan **ret)
{
	struct fdr_plan_errors errors = { 0 };

	return fdr_tell_problems(fdr_plan_load(path, &words->v, sets, n_sets, ret, &errors), path, &errors);
}

int fdr_read_plan_text(const char *path, const char *text, const json_t *included,
		       const struct fdr_words *words, const char *const *sets, size_t n_sets,
		       struct fdr_plan **ret)
{
	struct fdr_plan_errors errors = { 0 };

	return fdr_tell_problems(fdr_plan_parse_kept(path, text, strlen(text), included, &words->v,
						     sets, n_sets, ret, &errors), path, &errors);
}
