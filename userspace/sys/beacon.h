/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_SYS_BEACON_H
#define FDR_SYS_BEACON_H

#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "base/error.h"

/* A victim's datagram (struct faultdrill_beacon), decoded. */
struct fdr_beacon_msg {
	unsigned int phase;		/* enum faultdrill_beacon_phase */
	uint64_t cookie;
	char boot_id[37];		/* text form */
	uint32_t injection, seq;
	int64_t boottime_ns, monotonic_ns, realtime_ns;	/* the victim's clocks */
	char fault[33];
	int64_t received_ns;		/* our CLOCK_MONOTONIC, at the socket: after the onset */
	struct sockaddr_storage from;
};

/* What came and was no beacon: counted, not fatal. */
struct fdr_beacon_stats {
	uint64_t good, bad_length, bad_magic, bad_version, bad_content;
};

/*
 * Decodes the wire format; all but received_ns and from.  -EMSGSIZE, -EBADMSG (magic),
 * -EPROTONOSUPPORT (version), -EINVAL (phase or fault's name).
 */
int fdr_beacon_decode(const void *data, size_t n, struct fdr_beacon_msg *ret);

struct fdr_beacon_listener;

/*
 * Listens on UDP.  @address: "" = all, IPv6 and IPv4; @port 0: any.  Stamps are
 * taken by the kernel (SO_TIMESTAMPNS) and told on CLOCK_MONOTONIC.
 */
int fdr_beacon_listen(sd_event *loop, const char *address, uint16_t port,
		      void (*cb)(void *userdata, const struct fdr_beacon_msg *msg),
		      void *userdata, struct fdr_beacon_listener **ret, struct fdr_error *e);
struct fdr_beacon_listener *fdr_beacon_close(struct fdr_beacon_listener *l);
FDR_DEFINE_CLEANUP(struct fdr_beacon_listener *, fdr_beacon_close);
uint16_t fdr_beacon_port(const struct fdr_beacon_listener *l);
const struct fdr_beacon_stats *fdr_beacon_stats(const struct fdr_beacon_listener *l);

#endif /* FDR_SYS_BEACON_H */
