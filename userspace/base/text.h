/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_TEXT_H
#define FDR_BASE_TEXT_H

#include "macro.h"

/*
 * Copies what a detector said so that it can be shown and stored anywhere:
 * control characters and bytes that are no UTF-8 become '?', trailing blanks go,
 * and what does not fit @size is cut at a character.
 */
void fdr_text_clean(char *dst, size_t size, const char *src);

/* True if @word is one of the words in @list, which commas (and blanks) separate. */
bool fdr_text_listed(const char *list, const char *word);

#endif /* FDR_BASE_TEXT_H */
