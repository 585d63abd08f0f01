// SPDX-License-Identifier: GPL-2.0-or-later
#include "vrrp-packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"

#define IP_HEADER	20
#define VRRP_HEADER	8
#define ADVERTISEMENT	1
#define TTL		255	/* a router has lowered it where it is less */
#define ARP_LEN		28

static const uint8_t arp_head[6] = { 0, 1, 8, 0, 6, 4 };	/* Ethernet, IPv4 */

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)p[0] << 8 | p[1];
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Of the internet protocols, over what @sum has already. */
static uint16_t checksum(const uint8_t *p, size_t len, uint32_t sum)
{
	for (; len > 1; p += 2, len -= 2)
		sum += get16(p);
	if (len)
		sum += (uint32_t)*p << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The pseudo header that version 3 adds; some leave it out with IPv4. */
static uint32_t pseudo(const uint8_t *ip, size_t len)
{
	return get16(ip + 12) + get16(ip + 14) + get16(ip + 16) + get16(ip + 18) +
	       FDR_VRRP_PROTOCOL + (uint32_t)len;
}

int fdr_vrrp_packet(const uint8_t *data, size_t len, struct fdr_vrrp_advert *ret)
{
	size_t head = len ? (size_t)(data[0] & 15) * 4 : 0, total, n;
	const uint8_t *v = data + head;

	if (len < IP_HEADER || data[0] >> 4 != 4)
		return -EBADMSG;
	if (data[9] != FDR_VRRP_PROTOCOL)
		return -EPROTO;
	total = get16(data + 2);
	if (head < IP_HEADER || total > len || total < head + VRRP_HEADER || data[8] != TTL)
		return -EBADMSG;
	total -= head;
	if ((v[0] & 15) != ADVERTISEMENT || (v[0] >> 4 != 2 && v[0] >> 4 != 3))
		return -EPROTO;
	n = v[3];
	if (total < VRRP_HEADER + n * 4)
		return -EBADMSG;
	if (checksum(v, total, 0) && (v[0] >> 4 == 2 || checksum(v, total, pseudo(data, total))))
		return -EBADMSG;
	*ret = (struct fdr_vrrp_advert){
		.version = v[0] >> 4, .vrid = v[1], .priority = v[2],
		.n_addresses = n < FDR_VRRP_ADDRESSES ? n : FDR_VRRP_ADDRESSES,
	};
	ret->interval_ns = ret->version == 3 ? (int64_t)(get16(v + 4) & 0xfff) * 10 * FDR_NS_PER_MS
					     : (int64_t)v[5] * FDR_NS_PER_S;
	if (!ret->vrid || !ret->interval_ns)
		return -EBADMSG;
	memcpy(&ret->router, data + 12, 4);
	memcpy(ret->addresses, v + VRRP_HEADER, ret->n_addresses * 4);
	return 0;
}

bool fdr_arp_announces(const uint8_t *data, size_t len, uint32_t *ret_address, uint8_t ret_mac[6])
{
	if (len < ARP_LEN || memcmp(data, arp_head, sizeof(arp_head)) ||
	    memcmp(data + 14, data + 24, 4))
		return false;
	memcpy(ret_address, data + 14, 4);
	memcpy(ret_mac, data + 8, 6);
	return *ret_address != 0;
}

size_t fdr_vrrp_make(uint8_t *buf, unsigned int vrid, unsigned int priority, uint32_t router,
		     uint32_t address)
{
	static const uint8_t group[4] = { 224, 0, 0, 18 };
	uint8_t *v = buf + IP_HEADER;
	size_t len = VRRP_HEADER + 4;

	memset(buf, 0, IP_HEADER + len);
	buf[0] = 0x45;
	put16(buf + 2, (unsigned int)(IP_HEADER + len));
	buf[8] = TTL;
	buf[9] = FDR_VRRP_PROTOCOL;
	memcpy(buf + 12, &router, 4);
	memcpy(buf + 16, group, 4);
	put16(buf + 10, checksum(buf, IP_HEADER, 0));
	v[0] = 3 << 4 | ADVERTISEMENT;
	v[1] = (uint8_t)vrid;
	v[2] = (uint8_t)priority;
	v[3] = 1;
	put16(v + 4, 10);	/* 100 ms */
	memcpy(v + VRRP_HEADER, &address, 4);
	put16(v + 6, checksum(v, len, pseudo(buf, len)));
	return IP_HEADER + len;
}

size_t fdr_arp_make(uint8_t *buf, uint32_t address, const uint8_t mac[6])
{
	memset(buf, 0, ARP_LEN);
	memcpy(buf, arp_head, sizeof(arp_head));
	put16(buf + 6, 1);	/* a request that nobody has to answer */
	memcpy(buf + 8, mac, 6);
	memcpy(buf + 14, &address, 4);
	memcpy(buf + 24, &address, 4);
	return ARP_LEN;
}
