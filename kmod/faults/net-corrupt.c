// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets whose contents change on their way.
 *
 * "detected": bits flip under a checksum that was right, and the receiver is
 * made to look: it finds the packet damaged, as it would after a bad cable or
 * switch.  "silent": the checksum is made to fit, so nothing below the
 * application can tell, as after bad memory in a switch or a NIC.
 *
 * One byte of the payload changes (of the transport header, where there is no
 * payload).  A packet whose data others hold too, which is every TCP segment,
 * is copied as far as it changes.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

#include "faults.h"
#include "net-fault.h"
#include "compat/net.h"
#include "hooks/draw.h"

/* How far into the payload, lest a large packet be copied whole in softirq. */
#define FDR_NET_CORRUPT_REACH	2048

#define FDR_NET_CORRUPT_SEED	0x636f727275707400ULL

enum fdr_net_corrupt_mode {	/* the order of the words in the catalogue's row */
	FDR_NET_DETECTED,
	FDR_NET_SILENT,
};

struct fdr_net_corrupt {
	struct fdr_net_fault fault;
	enum fdr_net_corrupt_mode mode;
	unsigned int bits;
	u64 seed;
	atomic64_t draws;
};

/* Where the checksum and the payload are, from the transport header; 0, 0: no idea. */
struct fdr_net_layout {
	int check, payload;
};

static struct fdr_net_layout fdr_net_layout_of(const struct sk_buff *skb,
					       const struct fdr_net_packet *p)
{
	struct tcphdr _tcp;
	const struct tcphdr *tcp;

	switch (p->proto) {
	case IPPROTO_TCP:
		tcp = skb_header_pointer(skb, p->l4, sizeof(_tcp), &_tcp);
		if (tcp && tcp->doff >= 5)
			return (struct fdr_net_layout){ offsetof(struct tcphdr, check),
							tcp->doff * 4 };
		break;
	case IPPROTO_UDP:
		return (struct fdr_net_layout){ offsetof(struct udphdr, check),
						sizeof(struct udphdr) };
	case IPPROTO_ICMP:
		return (struct fdr_net_layout){ offsetof(struct icmphdr, checksum),
						sizeof(struct icmphdr) };
	case IPPROTO_ICMPV6:
		return (struct fdr_net_layout){ offsetof(struct icmp6hdr, icmp6_cksum),
						sizeof(struct icmp6hdr) };
	}
	return (struct fdr_net_layout){ 0, 0 };
}

/* The 16-bit word of the checksum's sum that holds byte @at; a missing last byte counts as 0. */
static __be16 fdr_net_word(const struct sk_buff *skb, const struct fdr_net_packet *p, int at)
{
	u8 bytes[2] = { 0, 0 };
	int first = at - ((at - p->l4) & 1);

	bytes[0] = skb->data[first];
	if (first + 1 < p->end)
		bytes[1] = skb->data[first + 1];
	return *(__be16 *)bytes;
}

/* Make the checksum fit; where it is still to be computed, or there is none, it will. */
static void fdr_net_mend(struct sk_buff *skb, __sum16 *check, const struct fdr_net_packet *p,
			 __be16 old, __be16 new)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL || (p->proto == IPPROTO_UDP && !*check))
		return;
	/* The sum of the whole stays as it was, so CHECKSUM_COMPLETE does too. */
	csum_replace2(check, old, new);
	if (p->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/* Before the flip: the checksum must be there, and right, to be found wrong. */
static bool fdr_net_seal(struct sk_buff *skb)
{
	if (skb->ip_summed != CHECKSUM_PARTIAL || skb_is_gso(skb))
		return true;
	return !skb_checksum_help(skb);
}

/* After it: nobody may vouch for the packet any more. */
static void fdr_net_distrust(struct sk_buff *skb)
{
	skb->ip_summed = CHECKSUM_NONE;
	skb->csum_valid = 0;
	skb->csum_complete_sw = 0;
}

/* Change the packet; false if it has nothing that could be changed, or memory is short. */
static bool fdr_net_flip(struct fdr_net_corrupt *c, struct sk_buff *skb,
			 const struct fdr_net_packet *p)
{
	u64 draw = fdr_draw64(c->seed, atomic64_inc_return(&c->draws));
	struct fdr_net_layout layout;
	int at, reach, top;
	__be16 old;

	if (p->l4 <= 0)
		return false;
	layout = fdr_net_layout_of(skb, p);
	if (!layout.payload || p->l4 + layout.payload > p->end)
		return false;
	reach = min(p->end - p->l4 - layout.payload, FDR_NET_CORRUPT_REACH);
	at = p->l4 + layout.payload + (u32)(((draw >> 32) * (u32)reach) >> 32);
	if (!reach)
		at = p->l4;	/* a port, or the type of a message */
	if (c->mode == FDR_NET_DETECTED && !fdr_net_seal(skb))
		return false;
	/* The whole word, and the checksum, which may lie behind it. */
	top = max(at + 1 + (at + 1 < p->end), p->l4 + layout.payload);
	if (skb_ensure_writable(skb, top))
		return false;
	old = fdr_net_word(skb, p, at);
	skb->data[at] ^= ((1U << c->bits) - 1) << ((draw & 7) % (9 - c->bits));
	if (c->mode == FDR_NET_DETECTED)
		fdr_net_distrust(skb);
	else
		fdr_net_mend(skb, (__sum16 *)(skb->data + p->l4 + layout.check), p, old,
			     fdr_net_word(skb, p, at));
	return true;
}

/*
 * Segments that the device would have made, made here: only in one of them can
 * a checksum be right and then wrong.  True: the packet is gone, its segments
 * are on their way.
 */
static bool fdr_net_corrupt_segments(struct fdr_net_corrupt *c, struct sk_buff *skb)
{
	struct fdr_net_rule *rule = &c->fault.rule;
	struct sk_buff *segments, *segment, *next;
	struct fdr_net_packet packet;

	skb_reset_mac_header(skb);
	segments = skb_gso_segment(skb, 0);
	if (IS_ERR_OR_NULL(segments))
		return false;
	fdr_net_parse(segments, FDR_NET_OUT, &packet);
	fdr_net_count(rule, fdr_net_flip(c, segments, &packet) ? FDR_NET_CORRUPTED :
								 FDR_NET_PASSED);
	consume_skb(skb);
	for (segment = segments; segment; segment = next) {
		next = segment->next;
		skb_mark_not_on_list(segment);
		if (!fdr_net_rules_after(rule, segment, FDR_NET_OUT))
			fdr_net_resume_out(segment);
	}
	return true;
}

static bool fdr_net_corrupt_take(struct fdr_net_rule *rule, struct sk_buff *skb,
				 const struct fdr_net_packet *packet)
{
	struct fdr_net_corrupt *c = container_of(rule, struct fdr_net_corrupt, fault.rule);

	if (c->mode == FDR_NET_DETECTED && packet->dir == FDR_NET_OUT && skb_is_gso(skb)) {
		if (fdr_net_corrupt_segments(c, skb))
			return true;
	} else if (fdr_net_flip(c, skb, packet)) {
		fdr_net_count(rule, FDR_NET_CORRUPTED);
		return false;
	}
	fdr_net_count(rule, FDR_NET_PASSED);
	return false;
}

static const struct fdr_net_action fdr_net_corrupt = {
	.phase = FDR_NET_PHASE_CORRUPT,
	.take = fdr_net_corrupt_take,
};

static int fdr_net_corrupt_fill(struct fdr_net_corrupt *c, struct fdr_injection *inj,
				struct netlink_ext_ack *extack)
{
	int err = fdr_net_fault_fill(&c->fault, inj, &fdr_net_corrupt, true, extack);
	enum fdr_net_proto proto = c->fault.rule.filter.proto;

	if (err)
		return err;
	if (proto != FDR_NET_ANY && proto != FDR_NET_TCP && proto != FDR_NET_UDP &&
	    proto != FDR_NET_ICMP)
		return fdr_refuse(extack, -EINVAL,
				  "protocol: only the contents of tcp, udp and icmp can be corrupted");
	c->mode = fdr_arg_choice(inj, "mode");
	c->bits = fdr_arg_u64(inj, "bits");
	c->seed = fdr_arg_u64(inj, "seed") ^ FDR_NET_CORRUPT_SEED;
	return 0;
}

static int fdr_net_corrupt_prepare(struct fdr_injection *inj, struct netlink_ext_ack *extack)
{
	struct fdr_net_corrupt *c = kzalloc(sizeof(*c), GFP_KERNEL);
	int err;

	if (!c)
		return -ENOMEM;
	err = fdr_net_corrupt_fill(c, inj, extack);
	if (err) {
		kfree(c);
		return err;
	}
	fdr_set_priv(inj, c);
	return 0;
}

static int fdr_net_corrupt_start(struct fdr_injection *inj)
{
	struct fdr_net_corrupt *c = fdr_priv(inj);

	return fdr_net_fault_start(&c->fault);
}

static void fdr_net_corrupt_stop(struct fdr_injection *inj)
{
	struct fdr_net_corrupt *c = fdr_priv(inj);

	fdr_net_rule_del(&c->fault.rule);
}

static void fdr_net_corrupt_release(struct fdr_injection *inj)
{
	struct fdr_net_corrupt *c = fdr_priv(inj);

	fdr_net_fault_release(&c->fault);
	fdr_set_priv(inj, NULL);
	kfree(c);
}

static void fdr_net_corrupt_counters(struct fdr_injection *inj,
				     void (*emit)(void *arg, const char *name, u64 value),
				     void *arg)
{
	const struct fdr_net_corrupt *c = fdr_priv(inj);

	fdr_net_fault_counters(&c->fault, emit, arg);
	emit(arg, "corrupted", fdr_net_counted(&c->fault.rule, FDR_NET_CORRUPTED));
}

const struct fdr_fault_ops fdr_net_corrupt_ops = {
	.unavailable = fdr_net_unavailable,
	.prepare = fdr_net_corrupt_prepare,
	.start = fdr_net_corrupt_start,
	.stop = fdr_net_corrupt_stop,
	.release = fdr_net_corrupt_release,
	.counters = fdr_net_corrupt_counters,
};
