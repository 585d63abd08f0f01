// SPDX-License-Identifier: GPL-2.0-or-later
/* Ledgers in a plan: what the workloads' own tables cannot say. */
#include "sections.h"

#include <string.h>

/* The copy that every ledger has, whatever read_from names. */
#define SERVICE	"service"

static const struct fdr_opt *given(const struct fdr_opts *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (!o->v[i].defaulted && !strcmp(o->v[i].desc->name, name))
			return &o->v[i];
	return NULL;
}

static bool knows(const struct fdr_opts *o, const char *name)
{
	for (size_t i = 0; i < o->kind->n_opts; i++)
		if (!strcmp(o->kind->opts[i].name, name))
			return true;
	return false;
}

static void check_unwanted(const struct fdr_opts *o, struct fdr_bind *b)
{
	static const char *const names[] = { "payload", "read_from", "read_timeout" };

	for (size_t i = 0; i < FDR_ARRAY_LEN(names); i++) {
		const struct fdr_opt *x = given(o, names[i]);

		if (x)
			fdr_plan_error(b->errors, x->place, "%s belongs to a ledger: add "
				       "\"ledger: yes\"", names[i]);
	}
}

static void check_copies(const struct fdr_opts *o, struct fdr_bind *b)
{
	for (size_t i = 0; i < o->n; i++)
		if (o->v[i].key && !strcmp(o->v[i].desc->name, "read_from") &&
		    !strcmp(o->v[i].key, SERVICE))
			fdr_plan_error(b->errors, o->v[i].place, "read_from: \"" SERVICE "\" is the "
				       "name of what clients see; give this copy another one");
}

/* Kinds that take a statement: a ledger has its own. */
static void check_statement(const struct fdr_plan_part *w, bool ledger, struct fdr_bind *b)
{
	const struct fdr_opt *x = given(&w->opts, "statement");

	if (!knows(&w->opts, "statement"))
		return;
	if (ledger && x)
		fdr_plan_error(b->errors, x->place, "statement: with \"ledger: yes\" each request "
			       "stores a record; leave it out");
	if (!ledger && !x)
		fdr_plan_error(b->errors, w->place, "workload %s: say what each request does: "
			       "\"ledger: yes\", or a \"statement\"", w->name);
}

void fdr_plan_check_ledgers(const struct fdr_plan *p, struct fdr_bind *b)
{
	for (size_t i = 0; i < p->n_workloads; i++) {
		const struct fdr_plan_part *w = &p->workloads[i];
		bool ledger;

		if (!w->opts.kind || !knows(&w->opts, "ledger"))
			continue;
		ledger = fdr_opts_num(&w->opts, "ledger");
		if (!ledger)
			check_unwanted(&w->opts, b);
		check_copies(&w->opts, b);
		check_statement(w, ledger, b);
	}
}
