/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_SECTIONS_H
#define FDR_PLAN_SECTIONS_H

#include "bind.h"

/*
 * Rows of the plan's tables, one line a key.  @s is the struct that the table
 * fills, @m the member.
 */
#define FDR_ROW_TEXT(n, s, m, ...) \
	{ .desc = { .name = (n), .type = FDR_OPT_STRING, __VA_ARGS__ }, \
	  .into = FDR_INTO_TEXT, .at = offsetof(s, m) }
#define FDR_ROW_NUM(n, t, s, m, ...) \
	{ .desc = { .name = (n), .type = (t), __VA_ARGS__ }, \
	  .into = FDR_INTO_NUM, .at = offsetof(s, m) }
#define FDR_ROW_BOOL(n, s, m, ...) \
	{ .desc = { .name = (n), .type = FDR_OPT_BOOL, __VA_ARGS__ }, \
	  .into = FDR_INTO_BOOL, .at = offsetof(s, m) }
#define FDR_ROW_CHOICE(n, s, m, c, ...) \
	{ .desc = { .name = (n), .type = FDR_OPT_CHOICE, .choices = (c), __VA_ARGS__ }, \
	  .into = FDR_INTO_TEXT, .at = offsetof(s, m) }

extern const struct fdr_table fdr_plan_table;		/* the whole plan; plan.c */
extern const struct fdr_table fdr_drill_table, fdr_steady_table;
extern const struct fdr_table fdr_milestones_table, fdr_expect_table;
extern const struct fdr_table fdr_trials_table, fdr_safety_table, fdr_usage_table;
extern const struct fdr_table fdr_cond_table, fdr_stop_table, fdr_gate_table;

/* nodes.c, parts.c, inject.c: @target is the struct fdr_plan */
void fdr_bind_nodes(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_groups(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_probes(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_workloads(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_inject(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_plan_step_clear(struct fdr_plan_step *s);
/* predicts.c: @target is the struct fdr_plan */
void fdr_bind_predicts(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_plan_check_predicts(const struct fdr_plan *p, struct fdr_bind *b);
void fdr_plan_free_predicts(struct fdr_plan *p);
json_t *fdr_plan_files_json(const struct fdr_plan *p);
extern const struct fdr_table fdr_evidence_table;
/* conds.c: @target is the struct fdr_plan_cond */
void fdr_bind_cond(struct fdr_bind *b, yaml_node_t *value, void *target);
/* gates.c: @target is the struct fdr_plan */
void fdr_bind_stop(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_bind_gates(struct fdr_bind *b, yaml_node_t *value, void *target);
void fdr_gates_clear(struct fdr_plan *p);
void fdr_gates_check(const struct fdr_plan *p, struct fdr_bind *b);

/* graphs.c: @target is the struct fdr_plan */
void fdr_bind_graphs(struct fdr_bind *b, yaml_node_t *value, void *target);
json_t *fdr_schema_graphs(const struct fdr_vocabulary *v);
json_t *fdr_graphs_json(const struct fdr_plan *p);
void fdr_graphs_clear(struct fdr_plan *p);

/* usage.c */
void fdr_plan_check_usage(const struct fdr_plan *p, struct fdr_bind *b);
json_t *fdr_usage_json(const struct fdr_plan *p);
void fdr_usage_clear(struct fdr_plan *p);

/* schema.c */
json_t *fdr_schema_table(const struct fdr_table *t, const struct fdr_vocabulary *v);
/* A mapping from names to what @value describes; steals @value. */
json_t *fdr_schema_named(json_t *value);
json_t *fdr_schema_groups(const struct fdr_vocabulary *v);
json_t *fdr_schema_inject(const struct fdr_vocabulary *v);
json_t *fdr_schema_vars(const struct fdr_vocabulary *v);
json_t *fdr_schema_nodes(const struct fdr_vocabulary *v);
json_t *fdr_schema_probes(const struct fdr_vocabulary *v);
json_t *fdr_schema_workloads(const struct fdr_vocabulary *v);
json_t *fdr_schema_predicts(const struct fdr_vocabulary *v);
json_t *fdr_schema_fault(const struct fdr_vocabulary *v);
json_t *fdr_schema_cond(const struct fdr_vocabulary *v);
json_t *fdr_schema_conds(const struct fdr_vocabulary *v);
json_t *fdr_schema_stop(const struct fdr_vocabulary *v);
json_t *fdr_schema_gates(const struct fdr_vocabulary *v);
json_t *fdr_schema_words(const struct fdr_vocabulary *v);
json_t *fdr_schema_range(const struct fdr_vocabulary *v);

/* check.c: what the tables cannot say: references and impossible plans. */
void fdr_plan_check_ledgers(const struct fdr_plan *p, struct fdr_bind *b);
void fdr_plan_check(const struct fdr_plan *p, struct fdr_bind *b);
/* check-inject.c, check-safety.c: the same of the steps, their victims, and the limits. */
void fdr_plan_check_inject(const struct fdr_plan *p, struct fdr_bind *b);
void fdr_plan_check_safety(const struct fdr_plan *p, struct fdr_bind *b);
/* check-power.c: rescues, and probes of power */
void fdr_plan_check_power(const struct fdr_plan *p, struct fdr_bind *b);

#endif /* FDR_PLAN_SECTIONS_H */
