// SPDX-License-Identifier: GPL-2.0-or-later
#include "yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "errors.h"

static struct fdr_place mark_place(const yaml_mark_t *m)
{
	return (struct fdr_place){ (unsigned int)m->line + 1, (unsigned int)m->column + 1, 0 };
}

/* The reader gives a byte offset only. */
static struct fdr_place offset_place(const char *text, size_t size, size_t offset)
{
	struct fdr_place p = { 1, 1, 0 };

	for (size_t i = 0; i < offset && i < size; i++) {
		if (text[i] == '\n') {
			p.line++;
			p.column = 1;
		} else {
			p.column++;
		}
	}
	return p;
}

static int syntax_error(const yaml_parser_t *p, const char *text, size_t size,
			struct fdr_plan_errors *errors)
{
	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (p->error == YAML_READER_ERROR)
		fdr_plan_error(errors, offset_place(text, size, p->problem_offset),
			       "this is not UTF-8 text: %s", p->problem);
	else if (p->context)
		fdr_plan_error(errors, mark_place(&p->problem_mark), "YAML: %s, %s",
			       p->problem, p->context);
	else
		fdr_plan_error(errors, mark_place(&p->problem_mark), "YAML: %s", p->problem);
	return -EINVAL;
}

struct scan {
	unsigned int documents, depth;
	struct fdr_plan_errors *errors;
};

static void refuse_extras(struct scan *s, const yaml_event_t *ev, const yaml_char_t *anchor,
			  const yaml_char_t *tag)
{
	struct fdr_place at = mark_place(&ev->start_mark);

	if (anchor)
		fdr_plan_error(s->errors, at, "anchors (&%s) are not allowed in a plan: "
			       "write the value out, or use vars", (const char *)anchor);
	if (tag)
		fdr_plan_error(s->errors, at, "tags (%s) are not allowed in a plan: remove it",
			       (const char *)tag);
}

static void scan_event(struct scan *s, const yaml_event_t *ev)
{
	struct fdr_place at = mark_place(&ev->start_mark);

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++s->documents == 2)
			fdr_plan_error(s->errors, at, "a second document: a plan is one document");
		break;
	case YAML_ALIAS_EVENT:
		fdr_plan_error(s->errors, at, "aliases (*%s) are not allowed in a plan: "
			       "write the value out, or use vars",
			       (const char *)ev->data.alias.anchor);
		break;
	case YAML_SCALAR_EVENT:
		refuse_extras(s, ev, ev->data.scalar.anchor, ev->data.scalar.tag);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		if (++s->depth == FDR_PLAN_DEPTH_MAX + 1)
			fdr_plan_error(s->errors, at, "nested more than %d levels deep",
				       FDR_PLAN_DEPTH_MAX);
		if (ev->type == YAML_MAPPING_START_EVENT)
			refuse_extras(s, ev, ev->data.mapping_start.anchor,
				      ev->data.mapping_start.tag);
		else
			refuse_extras(s, ev, ev->data.sequence_start.anchor,
				      ev->data.sequence_start.tag);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		s->depth--;
		break;
	default:
		break;
	}
}

/* The document tree no longer shows anchors and tags: look at the events first. */
static int scan(const char *text, size_t size, struct fdr_plan_errors *errors)
{
	struct scan s = { .errors = errors };
	size_t before = errors->n;
	bool done = false;
	yaml_parser_t p;
	int r = 0;

	if (!yaml_parser_initialize(&p))
		return -ENOMEM;
	yaml_parser_set_input_string(&p, (const unsigned char *)text, size);
	while (!done && !r) {
		yaml_event_t ev;

		if (!yaml_parser_parse(&p, &ev)) {
			r = syntax_error(&p, text, size, errors);
			break;
		}
		scan_event(&s, &ev);
		done = ev.type == YAML_STREAM_END_EVENT || s.depth > FDR_PLAN_DEPTH_MAX;
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&p);
	if (!r && !s.documents)
		fdr_plan_error(errors, (struct fdr_place){ 1, 1, 0 }, "the plan is empty");
	return r ? r : errors->n > before ? -EINVAL : 0;
}

void fdr_yaml_mark_file(yaml_document_t *doc, unsigned int file)
{
	for (yaml_node_t *n = doc->nodes.start; n < doc->nodes.top; n++)
		n->start_mark.index = file;
}

int fdr_yaml_read(const char *text, size_t size, yaml_document_t *ret,
		  struct fdr_plan_errors *errors)
{
	yaml_parser_t p;
	int r;

	r = scan(text, size, errors);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&p))
		return -ENOMEM;
	yaml_parser_set_input_string(&p, (const unsigned char *)text, size);
	if (!yaml_parser_load(&p, ret))
		r = syntax_error(&p, text, size, errors);
	else
		fdr_yaml_mark_file(ret, 0);
	yaml_parser_delete(&p);
	return r;
}

static int check_content(const char *text, size_t size, struct fdr_plan_errors *errors)
{
	const char *nul = memchr(text, '\0', size);

	if (size > FDR_PLAN_SIZE_MAX)
		fdr_plan_error(errors, (struct fdr_place){ 0 },
			       "larger than %d KiB: this is not a plan", FDR_PLAN_SIZE_MAX / 1024);
	else if (nul)
		fdr_plan_error(errors, offset_place(text, size, (size_t)(nul - text)),
			       "a NUL byte: this is not a text file");
	else
		return 0;
	return -EINVAL;
}

int fdr_yaml_slurp(const char *path, char **ret, size_t *ret_size,
		   struct fdr_plan_errors *errors)
{
	char *text FDR_CLEANUP_FREE = malloc(FDR_PLAN_SIZE_MAX + 2);
	int fd FDR_CLEANUP_CLOSE = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	size_t n = 0;
	ssize_t got;
	int r;

	if (!text)
		return -ENOMEM;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* One byte more than allowed, so that "too large" shows. */
	while (n <= FDR_PLAN_SIZE_MAX) {
		got = read(fd, text + n, FDR_PLAN_SIZE_MAX + 1 - n);
		if (got < 0)
			return -errno;
		if (!got)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	r = check_content(text, n, errors);
	if (r < 0)
		return r;
	*ret = FDR_TAKE_PTR(text);
	*ret_size = n;
	return 0;
}
