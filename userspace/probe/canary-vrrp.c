// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vrrp: the probe itself on the loopback interface, where made-up routers advertise and
 * announce an address; then by its own options: is anything heard on the wire?
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "canary.h"
#include "kinds.h"
#include "vrrp-packet.h"

#define LIMIT_NS	(3 * FDR_NS_PER_S)
/* Of the network for benchmarks; each process has four of its own, so that two do not mix. */
#define NETWORK		0xc6120000U
#define PROCESSES	(1 << 15)

enum { VIRTUAL, FIRST, SECOND };

static uint32_t address_of(unsigned int which)
{
	return htonl(NETWORK + (uint32_t)(getpid() % PROCESSES) * 4 + which);
}

static int send_packet(unsigned int protocol, const uint8_t *data, size_t len, struct fdr_error *e)
{
	int fd FDR_CLEANUP_CLOSE = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)protocol),
				  .sll_ifindex = (int)if_nametoindex("lo"), .sll_halen = 6 };

	if (fd < 0 || sendto(fd, data, len, 0, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return fdr_err(e, -errno, "cannot send on lo: %s", strerror(errno));
	return 0;
}

/*
 * A router as the probe is to see it, by one packet; one that gives up advertises before it, for
 * on a slow host it has been silent for too long by now, and quiet already.
 */
static int try_packet(struct fdr_canary_probe *c, unsigned int vrid, unsigned int which,
		      int priority, const char *state, struct fdr_error *e)
{
	static const uint8_t mac[6];
	char subject[64], name[INET_ADDRSTRLEN], virtual[INET_ADDRSTRLEN];
	uint32_t router = address_of(which), address = address_of(VIRTUAL);
	uint8_t buf[64];
	size_t len;
	int r = 0;

	inet_ntop(AF_INET, &router, name, sizeof(name));
	inet_ntop(AF_INET, &address, virtual, sizeof(virtual));
	if (priority >= 0) {
		snprintf(subject, sizeof(subject), "%u/%s", vrid, name);
		len = fdr_vrrp_make(buf, vrid, (unsigned int)priority, router, address);
	} else {
		snprintf(subject, sizeof(subject), "%s/%s", virtual, name);
		len = fdr_arp_make(buf, address, mac);
	}
	fdr_canary_expect(c, subject, state, NULL);
	if (!priority) {
		uint8_t before[64];

		r = send_packet(ETH_P_IP, before, fdr_vrrp_make(before, vrid, 100, router, address), e);
	}
	if (r >= 0)
		r = send_packet(priority >= 0 ? ETH_P_IP : ETH_P_ARP, buf, len, e);
	return r < 0 ? r : fdr_canary_await(c, subject, state, NULL, LIMIT_NS, e);
}

static int try_loopback(const struct fdr_canary_env *env, const struct fdr_opts *opts,
			struct fdr_error *e)
{
	static const char *const over[] = { "interface", "lo", "routers", NULL, NULL };
	unsigned int vrid = (unsigned int)fdr_opts_num(opts, "vrid");
	struct fdr_canary_probe c;
	int r = fdr_canary_start(&c, env, &fdr_probe_vrrp, opts, over, e);

	if (r < 0)
		return r;
	vrid = vrid ? vrid : 255;
	r = try_packet(&c, vrid, FIRST, 100, "master", e);
	if (r >= 0)
		r = try_packet(&c, vrid, FIRST, -1, "announced", e);
	if (r >= 0)
		r = try_packet(&c, vrid, FIRST, 0, "quiet", e);
	if (r >= 0)
		r = try_packet(&c, vrid, SECOND, 50, "master", e);
	fdr_canary_stop(&c);
	return r;
}

int fdr_canary_vrrp(const struct fdr_canary_env *env, const struct fdr_opts *opts,
		    struct fdr_canary *ret, struct fdr_error *e)
{
	struct fdr_canary_probe c;
	int r = try_loopback(env, opts, e);

	if (r >= 0)
		r = fdr_canary_start(&c, env, &fdr_probe_vrrp, opts, NULL, e);
	if (r < 0)
		return r;
	r = fdr_canary_await(&c, NULL, "held", NULL, LIMIT_NS, e);
	fdr_canary_stop(&c);
	snprintf(ret->proven, sizeof(ret->proven), "said master, announced and quiet of packets on "
		 "lo%s", r >= 0 ? "; a virtual router was heard on its own interface" : "");
	if (r == -ETIMEDOUT) {
		snprintf(ret->missing, sizeof(ret->missing), "no advertisement came in %d s on %.40s",
			 (int)(LIMIT_NS / FDR_NS_PER_S), fdr_opts_str(opts, "interface"));
		*e->text = '\0';
		r = 0;
	}
	return r;
}
