// SPDX-License-Identifier: GPL-2.0-or-later
#include "out.h"

#include <string.h>

#include "show.h"

void fdr_sgr_start(struct fdr_out *o, const char *sgr)
{
	if (o->color && *sgr)
		fprintf(o->f, "\033[%sm", sgr);
}

void fdr_sgr_stop(struct fdr_out *o, const char *sgr)
{
	if (o->color && *sgr)
		fputs("\033[0m", o->f);
}

void fdr_spaces(struct fdr_out *o, size_t n)
{
	fprintf(o->f, "%*s", (int)n, "");
}

void fdr_cell(struct fdr_out *o, int width, const char *sgr, const char *text)
{
	size_t want = (size_t)abs(width), has = fdr_utf8_width(text);
	size_t pad = has < want ? want - has : 0;

	if (width > 0)
		fdr_spaces(o, pad);
	fdr_sgr_start(o, sgr);
	fdr_put_plain(o->f, text);
	fdr_sgr_stop(o, sgr);
	if (width < 0)
		fdr_spaces(o, pad);
}

/* The next word and, where it is a number, the unit after it. */
static size_t word_length(const char *text)
{
	size_t n = strcspn(text, " ");

	if (!n || text[n] != ' ' || text[n - 1] < '0' || text[n - 1] > '9' ||
	    !fdr_unit_length(text + n + 1))
		return n;
	return n + 1 + strcspn(text + n + 1, " ");
}

void fdr_paragraph(struct fdr_out *o, size_t indent, size_t column, const char *text)
{
	char word[256];

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t n = word_length(text), width;

		if (n >= sizeof(word))
			n = sizeof(word) - 1;
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		width = fdr_utf8_width(word);
		if (column > indent && column + 1 + width > FDR_WIDTH) {
			fputc('\n', o->f);
			fdr_spaces(o, indent);
			column = indent;
		} else if (column > indent) {
			fputc(' ', o->f);
			column++;
		}
		fdr_put_plain(o->f, word);
		column += width;
		text += n;
	}
	fputc('\n', o->f);
}

void fdr_rule(struct fdr_out *o, size_t width)
{
	fdr_sgr_start(o, FDR_DIM);
	fputs("  ", o->f);
	while (width--)
		fputs("─", o->f);
	fdr_sgr_stop(o, FDR_DIM);
	fputc('\n', o->f);
}

void fdr_title(struct fdr_out *o, const char *text, const char *note)
{
	fputs("\n  ", o->f);
	fdr_cell(o, 0, FDR_BOLD, text);
	if (*note) {
		fputs("  ", o->f);
		fdr_cell(o, 0, FDR_DIM, note);
	}
	fputc('\n', o->f);
}
