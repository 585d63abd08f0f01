// SPDX-License-Identifier: GPL-2.0-only
/* A network that loses, delays, repeats or changes packets, or is gone. */
#include "rows.h"

/* Which packets: the same for all faults that take packets. */
#define NET_INTERFACE { .name = "interface", .type = FAULTDRILL_PARAM_NETDEV, \
	.summary = "device of the initial namespace; none = all with hardware behind them" }
#define NET_DIRECTION { .name = "direction", .type = FAULTDRILL_PARAM_CHOICE, \
	.choices = "both|in|out", .def = "both", .summary = "as this node sees it" }
#define NET_PEER { .name = "peer", .type = FAULTDRILL_PARAM_ADDR, \
	.summary = "only to and from this address or network; its ARP and ND included" }
#define NET_PROTOCOL { .name = "protocol", .type = FAULTDRILL_PARAM_CHOICE, \
	.choices = "any|tcp|udp|icmp|sctp|vrrp|arp", .def = "any", \
	.summary = "only this protocol; any = everything, IP or not" }
#define NET_LOCAL_PORT { .name = "local-port", .type = FAULTDRILL_PARAM_PORTS, \
	.summary = "only these ports of this node" }
#define NET_REMOTE_PORT { .name = "remote-port", .type = FAULTDRILL_PARAM_PORTS, \
	.summary = "only these ports of the other end" }
#define NET_PROBABILITY { .name = "probability", .type = FAULTDRILL_PARAM_PPM, .unit = "ppm", \
	.min = 1, .max = 1000000, .def = "1000000", .summary = "share of the matching packets" }
#define NET_SEED { .name = "seed", .type = FAULTDRILL_PARAM_U64, .def = "1", \
	.summary = "seed of the draw; the same seed gives the same draw" }
#define NET_SPARE { .name = "spare", .type = FAULTDRILL_PARAM_ADDR, \
	.summary = "management peer to leave alone, beside the beacon's receiver" }

static const struct fdr_param net_drop_params[] = {
	NET_INTERFACE, NET_DIRECTION, NET_PEER, NET_PROTOCOL, NET_LOCAL_PORT, NET_REMOTE_PORT,
	NET_PROBABILITY, NET_SEED, NET_SPARE,
};

static const struct fdr_param net_delay_params[] = {
	{ .name = "delay", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .min = 1000,
	  .max = 60 * FDR_S, .required = true, .summary = "how much longer a packet takes" },
	{ .name = "jitter", .type = FAULTDRILL_PARAM_TIME, .unit = "ns", .max = 60 * FDR_S,
	  .def = "0s", .summary = "up to so much less or more, evenly spread" },
	{ .name = "reorder", .type = FAULTDRILL_PARAM_BOOL, .def = "no",
	  .summary = "let packets overtake each other where jitter says so" },
	{ .name = "limit", .type = FAULTDRILL_PARAM_U64, .unit = "packets", .min = 1,
	  .max = 1000000, .def = "10000", .summary = "drop what comes while so many are held" },
	{ .name = "limit-bytes", .type = FAULTDRILL_PARAM_SIZE, .unit = "bytes", .min = 4096,
	  .max = 4096 * FDR_MIB, .def = "64M", .summary = "the same for the memory they take" },
	NET_INTERFACE, NET_DIRECTION, NET_PEER, NET_PROTOCOL, NET_LOCAL_PORT, NET_REMOTE_PORT,
	NET_PROBABILITY, NET_SEED, NET_SPARE,
};

static const struct fdr_param net_corrupt_params[] = {
	{ .name = "mode", .type = FAULTDRILL_PARAM_CHOICE, .choices = "detected|silent",
	  .def = "detected",
	  .summary = "the receiver's checksum finds it, or is made to fit and nothing does" },
	{ .name = "bits", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 8, .def = "1",
	  .summary = "how many neighbouring bits of one byte flip" },
	NET_INTERFACE, NET_DIRECTION, NET_PEER, NET_PROTOCOL, NET_LOCAL_PORT, NET_REMOTE_PORT,
	NET_PROBABILITY, NET_SEED, NET_SPARE,
};

static const struct fdr_param net_duplicate_params[] = {
	{ .name = "copies", .type = FAULTDRILL_PARAM_U64, .min = 1, .max = 16, .def = "1",
	  .summary = "how many more of a packet" },
	NET_INTERFACE, NET_DIRECTION, NET_PEER, NET_PROTOCOL, NET_LOCAL_PORT, NET_REMOTE_PORT,
	NET_PROBABILITY, NET_SEED, NET_SPARE,
};

static const struct fdr_param link_down_params[] = {
	{ .name = "interface", .type = FAULTDRILL_PARAM_NETDEV, .required = true,
	  .summary = "device of the initial namespace" },
	{ .name = "spare", .type = FAULTDRILL_PARAM_ADDR,
	  .summary = "management peer: refuse the device by which it is reached" },
};

const struct fdr_fault fdr_faults_net[] = {
	{ .name = "net-drop", .family = "net",
	  .summary = "packets are lost without a word: a partition, whole or in part",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(net_drop_params),
	  .ops = FDR_OPS(fdr_net_drop_ops) },
	{ .name = "net-delay", .family = "net", .summary = "packets take longer, in their order",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(net_delay_params),
	  .ops = FDR_OPS(fdr_net_delay_ops) },
	{ .name = "net-corrupt", .family = "net",
	  .summary = "bits of tcp, udp and icmp contents flip",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_HIGH, PARAMS(net_corrupt_params),
	  .ops = FDR_OPS(fdr_net_corrupt_ops) },
	{ .name = "net-duplicate", .family = "net", .summary = "packets come more than once",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_LOW, PARAMS(net_duplicate_params),
	  .ops = FDR_OPS(fdr_net_duplicate_ops) },
	{ .name = "link-down", .family = "net",
	  .summary = "a device loses its carrier; addresses and routes stay",
	  .flags = FAULTDRILL_F_REVERSIBLE | FAULTDRILL_F_DURATION,
	  .risk = FAULTDRILL_RISK_MEDIUM, PARAMS(link_down_params),
	  .ops = FDR_OPS(fdr_link_down_ops) },
};

const unsigned int fdr_faults_net_len = FDR_LEN(fdr_faults_net);
