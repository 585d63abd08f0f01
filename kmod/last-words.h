/* SPDX-License-Identifier: GPL-2.0-only */
/* What a kernel that panics still writes into its log. */
#ifndef FDR_LAST_WORDS_H
#define FDR_LAST_WORDS_H

/* From load to unload: the log may be kept (pstore, netconsole) where no beacon is set. */
void fdr_last_words_init(void);
void fdr_last_words_exit(void);

#endif /* FDR_LAST_WORDS_H */
