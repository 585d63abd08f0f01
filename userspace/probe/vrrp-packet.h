/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FDR_PROBE_VRRP_PACKET_H
#define FDR_PROBE_VRRP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* VRRP over IPv4 (RFC 3768: version 2; RFC 5798: version 3), and ARP, as they are on the wire. */

#define FDR_VRRP_PROTOCOL	112
#define FDR_VRRP_ADDRESSES	32	/* of a virtual router; more are not looked at */

struct fdr_vrrp_advert {
	unsigned int version, vrid, priority;
	int64_t interval_ns;		/* between advertisements, as announced */
	uint32_t router;		/* addresses in network byte order */
	uint32_t addresses[FDR_VRRP_ADDRESSES];
	size_t n_addresses;
};

/*
 * An IPv4 packet from its header on.  0; -EPROTO: no VRRP, another version or kind;
 * -EBADMSG: cut short, a wrong checksum, or not from this network (TTL below 255).
 */
int fdr_vrrp_packet(const uint8_t *data, size_t len, struct fdr_vrrp_advert *ret);

/* An ARP packet.  True if it announces an address unasked: sender and target are the same. */
bool fdr_arp_announces(const uint8_t *data, size_t len, uint32_t *ret_address, uint8_t ret_mac[6]);

/* The same, for the canary: returns the length, at most 64. */
size_t fdr_vrrp_make(uint8_t *buf, unsigned int vrid, unsigned int priority, uint32_t router,
		     uint32_t address);
size_t fdr_arp_make(uint8_t *buf, uint32_t address, const uint8_t mac[6]);

#endif /* FDR_PROBE_VRRP_PACKET_H */
