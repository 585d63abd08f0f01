// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "node.h"

#define OPTIONS_MAX	32
/* Of the help's lines, and where an option's explanation begins. */
#define WIDTH		79
#define HELP_COLUMN	25
/* getopt_long()'s value for the option i; letters are below. */
#define LONG_BASE	1000

static const struct fdr_option help_option = {
	"help", 'h', FDR_OPTION_FLAG, NULL, NULL, "print this",
};

size_t fdr_options_count(const struct fdr_command *c)
{
	return c->n_options + (c->node ? fdr_node_n_options : 0) + 1;
}

const struct fdr_option *fdr_options_at(const struct fdr_command *c, size_t i)
{
	if (i < c->n_options)
		return &c->options[i];
	i -= c->n_options;
	if (c->node && i < fdr_node_n_options)
		return &fdr_node_options[i];
	return &help_option;
}

int fdr_usage_error(const struct fdr_command *c, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fdr_error_("%s", text);
	fprintf(stderr, "Try \"faultdrill %s%s--help\".\n", c ? c->name : "", c ? " " : "");
	return FDR_EXIT_USAGE;
}

int fdr_options_time(const struct fdr_command *c, const char *what, const char *text,
		     uint64_t *ret_ns)
{
	uint64_t ns;
	int r = fdr_parse_time(text, &ns);

	if (r >= 0 && ns <= INT64_MAX) {
		*ret_ns = ns;
		return 0;
	}
	fdr_usage_error(c, r == -EINVAL ? "%s: \"%s\" is no time: write a number with its unit, "
			"such as 10s or 500ms" : "%s: \"%s\" is too long", what, text);
	return -EINVAL;
}

static int store_u64(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return errno || end == text || *end || *text < '0' || *text > '9' ? -EINVAL : 0;
}

static int store_list(struct fdr_strings *list, const char *text)
{
	const char **v = reallocarray(list->v, list->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	v[list->n++] = text;
	list->v = v;
	return 0;
}

static int store(const struct fdr_command *c, const struct fdr_option *o, const char *text)
{
	char dashed[40];
	int r = 0;

	switch (o->type) {
	case FDR_OPTION_FLAG:
		*(bool *)o->value = true;
		break;
	case FDR_OPTION_STRING:
		*(const char **)o->value = text;
		break;
	case FDR_OPTION_TIME:
		snprintf(dashed, sizeof(dashed), "--%s", o->name);
		return fdr_options_time(c, dashed, text, o->value);
	case FDR_OPTION_U64:
		r = store_u64(text, o->value);
		break;
	case FDR_OPTION_LIST:
		r = store_list(o->value, text);
		break;
	}
	if (r < 0)
		fdr_usage_error(c, "--%s: \"%s\" is no whole number", o->name, text);
	return r;
}

static void fill(const struct fdr_command *c, struct option *longs, char *shorts)
{
	size_t n = fdr_options_count(c);

	*shorts++ = ':';
	for (size_t i = 0; i < n; i++) {
		const struct fdr_option *o = fdr_options_at(c, i);
		int has_arg = o->type == FDR_OPTION_FLAG ? no_argument : required_argument;

		longs[i] = (struct option){ o->name, has_arg, NULL, LONG_BASE + (int)i };
		if (!o->letter)
			continue;
		*shorts++ = o->letter;
		if (has_arg)
			*shorts++ = ':';
	}
	longs[n] = (struct option){ 0 };
	*shorts = '\0';
}

static const struct fdr_option *find(const struct fdr_command *c, int value)
{
	if (value >= LONG_BASE)
		return fdr_options_at(c, (size_t)value - LONG_BASE);
	for (size_t i = 0; i < fdr_options_count(c); i++)
		if (fdr_options_at(c, i)->letter == value)
			return fdr_options_at(c, i);
	return NULL;
}

static int check_operands(const struct fdr_command *c, int n)
{
	if (n < c->min_args || (c->max_args >= 0 && n > c->max_args)) {
		fdr_usage_error(c, n < c->min_args ? "%s needs an argument: %s" :
				*c->args ? "too many arguments for %s: it takes %s" :
				"%s takes no arguments%s", c->name, c->args);
		return -EINVAL;
	}
	return 0;
}

int fdr_options_parse(const struct fdr_command *c, int argc, char **argv, int *ret_first)
{
	struct option longs[OPTIONS_MAX + 1];
	char shorts[2 * OPTIONS_MAX + 2];
	int value, r;

	fill(c, longs, shorts);
	optind = 1;
	opterr = 0;
	while ((value = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		const struct fdr_option *o;

		if (value == '?' || value == ':') {
			fdr_usage_error(c, value == ':' ? "%s needs a value" :
					"unknown option %s", argv[optind - 1]);
			return -EINVAL;
		}
		o = find(c, value);
		if (o == &help_option) {
			fdr_options_help(c, stdout);
			return 1;
		}
		r = store(c, o, optarg);
		if (r < 0)
			return r;
	}
	*ret_first = optind;
	return check_operands(c, argc - optind);
}

/* Fills lines of WIDTH, all but the first indented; the cursor stands at @column. */
static void print_filled(FILE *out, const char *text, int column, int indent)
{
	int at = column;

	while (*text) {
		int n = (int)strcspn(text, " \n");

		if (at > indent && at + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		}
		at += fprintf(out, "%s%.*s", at > indent ? " " : "", n, text);
		text += n;
		if (text[0] == '\n') {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
		}
		text += *text != '\0';
	}
	fputc('\n', out);
}

static void print_option(const struct fdr_option *o, FILE *out)
{
	char left[64];
	int n;

	snprintf(left, sizeof(left), "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
		 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
		 o->arg ? " " : "", o->arg ? o->arg : "");
	n = fprintf(out, "  %-*s", HELP_COLUMN - 2, left);
	print_filled(out, o->help, n, HELP_COLUMN);
}

void fdr_options_help(const struct fdr_command *c, FILE *out)
{
	fprintf(out, "usage: faultdrill %s [OPTION ...]%s%s\n\n", c->name, *c->args ? " " : "",
		c->args);
	print_filled(out, c->summary, 0, 0);
	if (c->details) {
		fputc('\n', out);
		print_filled(out, c->details, 0, 0);
	}
	fputc('\n', out);
	for (size_t i = 0; i < fdr_options_count(c); i++)
		print_option(fdr_options_at(c, i), out);
}
