// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kills the kernel in one of two ways, and stores the time stamp counter as
 * the last thing before it asks: see kmod/fdr_bench_stamp.c.
 *
 *	fire sysrq	writes c to /proc/sysrq-trigger
 *	fire netlink	asks the module for a panic, with one sendto()
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <x86intrin.h>

#include <linux/faultdrill.h>

static volatile unsigned long long *stamp;

static void die(const char *what, int err)
{
	fprintf(stderr, "fire: %s: %s\n", what, err < 0 ? nl_geterror(err) : strerror(err));
	exit(1);
}

static void map_stamp(void)
{
	int fd = open("/dev/fdr_bench_stamp", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		die("/dev/fdr_bench_stamp", errno);
	stamp = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (stamp == MAP_FAILED)
		die("mmap", errno);
	*stamp = 0;
	if (mlockall(MCL_CURRENT))
		die("mlockall", errno);
}

static inline void start_count(void)
{
	_mm_lfence();
	*stamp = __rdtsc();
}

static void fire_sysrq(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("/proc/sysrq-trigger", errno);
	start_count();
	if (write(fd, "c", 1) != 1)
		die("write", errno);
}

static struct nl_msg *request(int family, int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_REQUEST | NLM_F_ACK,
				 cmd, FAULTDRILL_GENL_VERSION))
		die("message", ENOMEM);
	return msg;
}

static struct nl_msg *inject_request(int family)
{
	struct nl_msg *msg = request(family, FAULTDRILL_CMD_INJECT);
	char boot_id[FAULTDRILL_BOOT_ID_LEN + 1] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	struct nlattr *nest;

	if (!f || !fgets(boot_id, sizeof(boot_id), f))
		die("boot_id", errno);
	fclose(f);
	nest = nla_nest_start(msg, FAULTDRILL_A_INJECTION);
	if (!nest || nla_put_string(msg, FAULTDRILL_INJECTION_A_FAULT, "panic") ||
	    nla_put_string(msg, FAULTDRILL_INJECTION_A_BOOT_ID, boot_id))
		die("message", ENOMEM);
	nla_nest_end(msg, nest);
	return msg;
}

/* Prints why the kernel said no; there is nothing to read if it said yes. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	(void)from;
	(void)arg;
	fprintf(stderr, "fire: refused: %s\n", strerror(-e->error));
	exit(1);
}

static void fire_netlink(void)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nl_msg *msg;
	struct nlmsghdr *head;
	int err, family;

	if (!sock)
		die("socket", ENOMEM);
	err = genl_connect(sock);
	if (err)
		die("netlink", err);
	nl_socket_modify_err_cb(sock, NL_CB_CUSTOM, on_error, NULL);
	family = genl_ctrl_resolve(sock, FAULTDRILL_GENL_NAME);
	if (family < 0)
		die("the module is not loaded", family);
	msg = request(family, FAULTDRILL_CMD_ARM);
	if (nla_put_u64(msg, FAULTDRILL_A_ARM_NS, 60ULL * 1000000000ULL))
		die("message", ENOMEM);
	err = nl_send_sync(sock, msg);
	if (err < 0)
		die("arm", err);
	msg = inject_request(family);
	nl_complete_msg(sock, msg);
	head = nlmsg_hdr(msg);
	start_count();
	if (sendto(nl_socket_get_fd(sock), head, head->nlmsg_len, 0,
		   (struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		die("sendto", errno);
	nl_recvmsgs_default(sock);
	pause();
}

int main(int argc, char **argv)
{
	if (argc != 2 || (strcmp(argv[1], "sysrq") && strcmp(argv[1], "netlink"))) {
		fprintf(stderr, "usage: fire sysrq|netlink\n");
		return 2;
	}
	map_stamp();
	if (!strcmp(argv[1], "sysrq"))
		fire_sysrq();
	else
		fire_netlink();
	return 1;
}
