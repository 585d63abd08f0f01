/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PLAN_BIND_H
#define FDR_PLAN_BIND_H

#include "errors.h"
#include "vars.h"
#include "yaml.h"

/*
 * Binding of YAML nodes to structs by tables.  A row is a key; a table is a
 * mapping.  The same tables make the JSON Schema.
 */
struct fdr_bind {
	yaml_document_t *doc;
	const struct fdr_vocabulary *vocabulary;
	const struct fdr_vars *vars;
	struct fdr_plan_errors *errors;
};

enum fdr_row_into {
	FDR_INTO_TEXT,		/* char * */
	FDR_INTO_NUM,		/* uint64_t: as desc.type says */
	FDR_INTO_BOOL,		/* bool */
	FDR_INTO_TABLE,		/* a mapping with a table of its own */
	FDR_INTO_CUSTOM,	/* bind() */
};

struct fdr_table;

struct fdr_row {
	struct fdr_opt_desc desc;	/* name, type, required, default, range, summary */
	enum fdr_row_into into;
	size_t at;			/* offset of the target */
	size_t place_at;		/* offset of a struct fdr_place for it; 0 = none */
	const struct fdr_table *table;
	void (*bind)(struct fdr_bind *b, yaml_node_t *value, void *target);
	json_t *(*schema)(const struct fdr_vocabulary *vocabulary);
};

struct fdr_table {
	const char *what;		/* "trials", "a condition" */
	const struct fdr_row *rows;
	size_t n;
	size_t place_at;		/* where the mapping itself stands; 0 = not kept */
};

/*
 * Binds @node into @base.  NULL: the section is absent, defaults are filled
 * in.  Problems go to b->errors and leave the default.
 */
void fdr_bind_table(struct fdr_bind *b, const struct fdr_table *table, yaml_node_t *node,
		    void *base);

/*
 * Calls @cb for each key of a mapping, each only once: keys that are no plain
 * words or that come twice are reported.  False: no mapping (reported).
 */
bool fdr_bind_each(struct fdr_bind *b, const char *what, yaml_node_t *node,
		   void (*cb)(struct fdr_bind *b, const char *key, yaml_node_t *key_node,
			      yaml_node_t *value, void *userdata), void *userdata);

yaml_node_t *fdr_bind_node(struct fdr_bind *b, int id);
/* Nothing was written after the colon, or null. */
bool fdr_bind_is_null(const yaml_node_t *node);
/* A scalar with its variables expanded, to be freed; NULL: reported. */
char *fdr_bind_text(struct fdr_bind *b, const char *what, yaml_node_t *node);
/* Reports that @word is none of @words, with the nearest or all of them. */
void fdr_bind_unknown(struct fdr_bind *b, struct fdr_place place, const char *what,
		      const char *word, const char *const *words, size_t n);
/* Names of nodes, probes, workloads: letters, digits, "_", "." and "-", up to 63. */
bool fdr_bind_check_name(struct fdr_bind *b, const char *what, const char *name,
			 struct fdr_place place);
const char *fdr_bind_shape(const yaml_node_t *node);

#endif /* FDR_PLAN_BIND_H */
