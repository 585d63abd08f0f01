/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_BASE_STAMPS_H
#define FDR_BASE_STAMPS_H

#include <stdbool.h>

#include "clock.h"

struct msghdr;

/*
 * Waits, for 200 ms at most, until the kernel stamps datagrams on arrival
 * (SO_TIMESTAMPNS); call it once a socket has asked for stamps.  The kernel
 * begins a moment after the first socket asks (it patches its code from a work
 * queue); until then the stamps are those of our reading, and look just the
 * same.  False: it does not, or loopback cannot be used to find out.
 */
bool fdr_await_stamps(void);

/*
 * When the datagram of @msg arrived, on CLOCK_MONOTONIC, by its SO_TIMESTAMPNS, which is
 * CLOCK_REALTIME; @empty_ns is when its queue was last seen empty.  Without a stamp that
 * can be believed (@stamps: whether the kernel's are those of the arrival), or if the wall
 * clock was stepped meanwhile, all that is known: since then, and by now.
 */
struct fdr_interval fdr_stamp_arrival(const struct msghdr *msg, bool stamps, int64_t empty_ns);

#endif /* FDR_BASE_STAMPS_H */
