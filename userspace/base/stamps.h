/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_STAMPS_H
#define FDR_BASE_STAMPS_H

#include <stdbool.h>

/*
 * Waits, for 200 ms at most, until the kernel stamps datagrams on arrival
 * (SO_TIMESTAMPNS); call it once a socket has asked for stamps.  The kernel
 * begins a moment after the first socket asks (it patches its code from a work
 * queue); until then the stamps are those of our reading, and look just the
 * same.  False: it does not, or loopback cannot be used to find out.
 */
bool fdr_await_stamps(void);

#endif /* FDR_BASE_STAMPS_H */
