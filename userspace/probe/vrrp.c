// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VRRP as it is on the wire: who advertises for a virtual router, and who announces its
 * addresses by gratuitous ARP.  Packets are read from a packet socket, stamped by the kernel.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/stamps.h"
#include "canary.h"
#include "kinds.h"
#include "track.h"
#include "vrrp-packet.h"

#define ROUTERS_MAX	64	/* pairs of virtual router and router */
#define RECEIVE_BUFFER	(1 << 20)
/* So many intervals without an advertisement are silence: a backup waits for more than three. */
#define SILENT		2
/* Two routers that take turns within so many are both masters. */
#define SPLIT		3

struct router {
	unsigned int vrid;
	uint32_t address;
	uint8_t mac[6];
	struct fdr_interval last;	/* its last advertisement */
	int64_t interval_ns;
	bool master;
	uint32_t virtual[FDR_VRRP_ADDRESSES];
	size_t n_virtual;
	char name[INET_ADDRSTRLEN + 64];
};

struct vrrp {
	const struct fdr_probe_env *env;
	const struct fdr_opts *opts;
	struct fdr_track track;
	unsigned int vrid;		/* 0: all */
	int fd;
	struct fdr_poll_io *io;
	struct fdr_poll_timer *silence;
	bool stamps;
	int64_t empty_ns;
	struct router v[ROUTERS_MAX];
	size_t n;
};

static void say(struct vrrp *p, const struct router *r, bool whole, const char *state,
		struct fdr_interval when, const char *detail)
{
	char subject[160];

	snprintf(subject, sizeof(subject), "%u%s%s", r->vrid, whole ? "" : "/",
		 whole ? "" : r->name);
	fdr_track_pushed(&p->track, subject, state, when, detail);
}

/* The plan's name for it, or its address. */
static void name_router(const struct vrrp *p, struct router *r)
{
	inet_ntop(AF_INET, &r->address, r->name, sizeof(r->name));
	for (size_t i = 0; i < p->opts->n; i++) {
		const struct fdr_opt *o = &p->opts->v[i];

		if (o->key && !strcmp(o->desc->name, "routers") && !strcmp(o->text, r->name)) {
			snprintf(r->name, sizeof(r->name), "%s", o->key);
			return;
		}
	}
}

static struct router *router_of(struct vrrp *p, unsigned int vrid, uint32_t address)
{
	struct router *r;

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].vrid == vrid && p->v[i].address == address)
			return &p->v[i];
	if (p->n == ROUTERS_MAX)
		return NULL;
	r = &p->v[p->n++];
	*r = (struct router){ .vrid = vrid, .address = address };
	name_router(p, r);
	return r;
}

static int64_t due(const struct router *r)
{
	return r->last.hi_ns + SILENT * r->interval_ns;
}

/* When the next one of the masters is silent. */
static void set_silence(struct vrrp *p)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].master && due(&p->v[i]) < next)
			next = due(&p->v[i]);
	if (next == INT64_MAX)
		fdr_poll_timer_stop(p->silence);
	else
		fdr_poll_timer_set(p->silence, next);
}

static bool others_are_masters(const struct vrrp *p, const struct router *r)
{
	for (size_t i = 0; i < p->n; i++)
		if (&p->v[i] != r && p->v[i].vrid == r->vrid && p->v[i].master)
			return true;
	return false;
}

static void lost(struct vrrp *p, struct router *r, struct fdr_interval when, const char *detail)
{
	r->master = false;
	say(p, r, false, "quiet", when, detail);
	if (!others_are_masters(p, r))
		say(p, r, true, "silent", when, detail);
}

static void on_silence(void *userdata, int64_t when)
{
	struct vrrp *p = userdata;
	int64_t now = fdr_now_ns();
	char detail[160], interval[32];

	(void)when;
	for (size_t i = 0; i < p->n; i++) {
		struct router *r = &p->v[i];

		if (!r->master || due(r) > now)
			continue;
		snprintf(detail, sizeof(detail), "no advertisement of %s for %d intervals of %s",
			 r->name, SILENT, fdr_format_time((uint64_t)r->interval_ns, interval,
							  sizeof(interval)));
		lost(p, r, (struct fdr_interval){ r->last.hi_ns, now }, detail);
	}
	set_silence(p);
}

/*
 * The router that advertised has taken over, or both go on: it had done so before, the
 * other one has since, and all that within a few intervals.
 */
static bool take_over(struct vrrp *p, struct router *r, struct fdr_interval when,
		      const char *detail)
{
	bool split = false;

	for (size_t i = 0; i < p->n; i++) {
		struct router *o = &p->v[i];

		if (o == r || o->vrid != r->vrid || !o->master)
			continue;
		if (r->last.hi_ns && o->last.hi_ns > r->last.hi_ns &&
		    when.lo_ns - r->last.hi_ns < SPLIT * r->interval_ns) {
			split = true;
		} else {
			o->master = false;
			say(p, o, false, "quiet", when, detail);
		}
	}
	return split;
}

static bool has_address(const struct router *r, uint32_t address)
{
	for (size_t i = 0; i < r->n_virtual; i++)
		if (r->virtual[i] == address)
			return true;
	return false;
}

/*
 * A master that was cut off goes on as one, and need not announce its addresses anew: the
 * network still sends to the one that did last, and now is a backup.  A new master
 * announces right after its first advertisement; so ask at the second.
 */
static void find_stale(struct vrrp *p, const struct router *master, struct fdr_interval when)
{
	char text[INET_ADDRSTRLEN], subject[160], detail[160];

	for (size_t i = 0; i < p->n; i++) {
		const struct router *o = &p->v[i];

		for (size_t k = 0; o != master && o->vrid == master->vrid && !o->master &&
		     k < o->n_virtual; k++) {
			const char *state;

			inet_ntop(AF_INET, &o->virtual[k], text, sizeof(text));
			snprintf(subject, sizeof(subject), "%s/%s", text, o->name);
			state = fdr_track_state(&p->track, subject);
			if (!state || strcmp(state, "announced") || !has_address(master, o->virtual[k]))
				continue;
			snprintf(detail, sizeof(detail), "%s is master and has not announced %s since %s did",
				 master->name, text, o->name);
			fdr_track_pushed(&p->track, subject, "stale", when, detail);
		}
	}
}

static void on_advert(struct vrrp *p, const struct fdr_vrrp_advert *a, const uint8_t mac[6],
		      struct fdr_interval when)
{
	struct router *r;
	char detail[200], interval[32];
	bool split;

	if (p->vrid && a->vrid != p->vrid)
		return;
	r = router_of(p, a->vrid, a->router);
	if (!r)
		return;
	snprintf(detail, sizeof(detail), "version %u, router %u, priority %u, interval %s of %s",
		 a->version, a->vrid, a->priority, fdr_format_time((uint64_t)a->interval_ns,
								   interval, sizeof(interval)),
		 r->name);
	memcpy(r->mac, mac, sizeof(r->mac));
	memcpy(r->virtual, a->addresses, sizeof(r->virtual));
	r->n_virtual = a->n_addresses;
	r->interval_ns = a->interval_ns;
	if (!a->priority) {		/* it gives up */
		if (r->master)
			lost(p, r, when, detail);
	} else {
		split = take_over(p, r, when, detail);
		if (r->master && !split)
			find_stale(p, r, when);
		r->master = true;
		say(p, r, false, "master", when, detail);
		say(p, r, true, split ? "split" : "held", when, detail);
		r->last = when;
	}
	set_silence(p);
}

/* By its hardware address; where all use the virtual router's, the one that is master. */
static void on_announcement(struct vrrp *p, uint32_t address, const uint8_t mac[6],
			    struct fdr_interval when)
{
	char text[INET_ADDRSTRLEN], subject[160], detail[128];
	struct router *by = NULL;

	for (size_t i = 0; i < p->n; i++)
		if (has_address(&p->v[i], address) && !memcmp(p->v[i].mac, mac, 6) &&
		    (!by || p->v[i].master))
			by = &p->v[i];
	if (!by)
		return;
	inet_ntop(AF_INET, &address, text, sizeof(text));
	snprintf(detail, sizeof(detail), "%s is at %02x:%02x:%02x:%02x:%02x:%02x", text, mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
	for (size_t i = 0; i < p->n; i++) {
		const struct router *o = &p->v[i];

		if (o->vrid != by->vrid || !has_address(o, address))
			continue;
		snprintf(subject, sizeof(subject), "%s/%s", text, o->name);
		if (o == by || fdr_track_state(&p->track, subject))
			fdr_track_pushed(&p->track, subject, o == by ? "announced" : "elsewhere",
					 when, detail);
	}
}

static void on_packet(struct vrrp *p, const struct sockaddr_ll *from, const uint8_t *data,
		      size_t len, struct fdr_interval when)
{
	struct fdr_vrrp_advert advert;
	uint32_t address;
	uint8_t mac[6];

	if (from->sll_pkttype == PACKET_OUTGOING)
		return;
	if (ntohs(from->sll_protocol) == ETH_P_ARP) {
		if (fdr_arp_announces(data, len, &address, mac))
			on_announcement(p, address, mac, when);
	} else if (fdr_vrrp_packet(data, len, &advert) >= 0) {
		on_advert(p, &advert, from->sll_addr, when);
	}
}

static void on_readable(void *userdata, int fd, uint32_t revents)
{
	struct vrrp *p = userdata;

	(void)revents;
	for (;;) {
		char control[CMSG_SPACE(sizeof(struct timespec))];
		uint8_t buf[2048];
		struct sockaddr_ll from = { 0 };
		struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
		struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from),
				      .msg_iov = &iov, .msg_iovlen = 1,
				      .msg_control = control, .msg_controllen = sizeof(control) };
		int64_t asked = fdr_now_ns();
		ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

		if (n < 0 && errno == EAGAIN)
			p->empty_ns = asked;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			fdr_track_pushed(&p->track, "", "unreachable",
					 (struct fdr_interval){ p->empty_ns, fdr_now_ns() },
					 strerror(errno));
		if (n < 0)
			return;
		fdr_track_pushed(&p->track, "", "reachable", (struct fdr_interval){ asked, asked },
				 "packets arrive");
		on_packet(p, &from, buf, (size_t)n, fdr_stamp_arrival(&msg, p->stamps, p->empty_ns));
	}
}

/* Only VRRP and ARP wake us; offsets count from the network header. */
static int set_filter(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FDR_VRRP_PROTOCOL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 2048),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = FDR_ARRAY_LEN(code), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ?
	       -errno : 0;
}

static int open_socket(struct vrrp *p, const char *interface)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = (int)if_nametoindex(interface) };
	struct packet_mreq group = { .mr_ifindex = to.sll_ifindex, .mr_type = PACKET_MR_ALLMULTI };
	int on = 1, size = RECEIVE_BUFFER, r;

	if (!to.sll_ifindex)
		return -ENODEV;
	/* Protocol 0: nothing arrives before the filter is there. */
	p->fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->fd < 0)
		return -errno;
	r = set_filter(p->fd);
	if (r < 0)
		return r;
	setsockopt(p->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(p->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
	    setsockopt(p->fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ||
	    bind(p->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

static int check_routers(const struct fdr_opts *opts, struct fdr_error *e)
{
	struct in_addr address;

	for (size_t i = 0; i < opts->n; i++)
		if (opts->v[i].key && !strcmp(opts->v[i].desc->name, "routers") &&
		    inet_pton(AF_INET, opts->v[i].text, &address) != 1)
			return fdr_err(e, -EINVAL, "routers: %s: \"%.60s\" is no IPv4 address",
				       opts->v[i].key, opts->v[i].text);
	return 0;
}

static void vrrp_stop(void *state)
{
	struct vrrp *p = state;

	fdr_poll_io_free(p->io);
	fdr_poll_timer_free(p->silence);
	fdr_closep(&p->fd);
	fdr_track_clear(&p->track);
	free(p);
}

static int vrrp_start(const struct fdr_probe_env *env, const struct fdr_opts *opts,
		      void **ret_state, struct fdr_error *e)
{
	const char *interface = fdr_opts_str(opts, "interface");
	struct vrrp *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return fdr_err(e, -ENOMEM, "out of memory");
	p->env = env;
	p->opts = opts;
	p->fd = -1;
	p->vrid = (unsigned int)fdr_opts_num(opts, "vrid");
	p->empty_ns = fdr_now_ns();
	fdr_track_init(&p->track, env);
	r = check_routers(opts, e);
	if (r < 0)
		goto err_stop;
	r = open_socket(p, interface);
	if (r >= 0)
		r = fdr_poller_add_io(env->poller, p->fd, EPOLLIN, on_readable, p, &p->io);
	if (r >= 0)
		r = fdr_poller_add_timer(env->poller, on_silence, p, &p->silence);
	if (r < 0) {
		fdr_err(e, r, "cannot listen on interface %s: %s%s", interface, strerror(-r),
			r == -EPERM ? " (it needs root, or CAP_NET_RAW)" : "");
		goto err_stop;
	}
	p->stamps = fdr_await_stamps();
	*ret_state = p;
	return 0;

err_stop:
	vrrp_stop(p);
	return r;
}

static const struct fdr_opt_desc options[] = {
	{ .name = "interface", .type = FDR_OPT_NETDEV, .required = true,
	  .summary = "of this host, in the network of the virtual routers" },
	{ .name = "vrid", .type = FDR_OPT_U64, .def = "0", .max = 255,
	  .summary = "this virtual router only; 0: all that are heard" },
	{ .name = "routers", .type = FDR_OPT_MAP,
	  .summary = "name: IPv4 address; a router without a name is called by its address" },
	FDR_CANARY_OPTION,
};

const struct fdr_probe_ops fdr_probe_vrrp = {
	.kind = { .name = "vrrp", .summary = "VRRP advertisements and gratuitous ARP on the wire",
		  .opts = options, .n_opts = FDR_ARRAY_LEN(options) },
	.states = "master|quiet|held|silent|split|announced|stale|elsewhere|reachable|unreachable",
	.start = vrrp_start, .stop = vrrp_stop, .canary = fdr_canary_vrrp,
};
