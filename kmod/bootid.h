/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FDR_BOOTID_H
#define FDR_BOOTID_H

#include <linux/types.h>

struct netlink_ext_ack;

/* Read the boot id, once.  Process context; -errno where /proc is not mounted. */
int fdr_bootid_read(void);

/* As text, or "" while it could not be read.  Any context. */
const char *fdr_bootid_text(void);
/* As 16 bytes; all 0 while it could not be read.  Any context. */
const u8 *fdr_bootid_binary(void);

/* 0 if @want names this boot; otherwise -ESTALE or -EINVAL with a message. */
int fdr_bootid_check(const char *want, struct netlink_ext_ack *extack);

#endif /* FDR_BOOTID_H */
