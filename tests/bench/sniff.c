// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When probes leave, as the kernel saw it: sniff PORT COUNT. Notes each TCP connection that
 * is begun to PORT, or for PORT 0 each ICMP echo request, on the loopback interface. After
 * COUNT of them, or 3 s without one, it ends and prints their instants in ns, one a line.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define QUIET_MS	3000
#define START_MS	20000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Packets begin with their IP header here. */
static void set_filter(int fd, unsigned int port)
{
	struct sock_filter tcp[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 7),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 4),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 13),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x12),	/* SYN without ACK */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x02, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 64),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_filter icmp[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 4),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 8, 0, 1),	/* echo request */
		BPF_STMT(BPF_RET | BPF_K, 64),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = {
		.len = port ? sizeof(tcp) / sizeof(*tcp) : sizeof(icmp) / sizeof(*icmp),
		.filter = port ? tcp : icmp,
	};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0)
		die("SO_ATTACH_FILTER");
}

static int open_socket(unsigned int port)
{
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, room = 8 << 20;
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)if_nametoindex("lo") };

	if (fd < 0)
		die("socket");
	set_filter(fd, port);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll)) < 0)
		die("AF_PACKET");
	return fd;
}

/* The kernel's stamp of the next packet; 0 if it is one on its way out, seen twice. */
static int64_t receive(int fd)
{
	char data[64], control[256];
	struct sockaddr_ll from;
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
			      .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct timespec ts = { 0 };

	if (recvmsg(fd, &msg, 0) < 0)
		die("recvmsg");
	if (from.sll_pkttype == PACKET_OUTGOING)
		return 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? atol(argv[2]) : 0, n = 0;
	int64_t *at = calloc((size_t)count + 1, sizeof(*at));
	struct pollfd pfd = { .events = POLLIN };

	if (count < 1 || !at) {
		fprintf(stderr, "usage: sniff PORT COUNT\n");
		return 2;
	}
	pfd.fd = open_socket((unsigned int)atoi(argv[1]));
	puts("ready");
	fflush(stdout);
	while (n < count && poll(&pfd, 1, n ? QUIET_MS : START_MS) > 0) {
		at[n] = receive(pfd.fd);
		n += at[n] != 0;
	}
	for (long i = 0; i < n; i++)
		printf("%lld\n", (long long)at[i]);
	return 0;
}
