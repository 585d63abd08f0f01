// SPDX-License-Identifier: GPL-2.0-or-later
/* kload KERNEL INITRD - loads a crash kernel, as kdump-tools do on a real node. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kexec.h>

#ifndef KEXEC_FILE_ON_CRASH
#define KEXEC_FILE_ON_CRASH 0x2
#endif

static const char cmdline[] = "console=ttyS0 quiet tsc=reliable no_timer_check nr_cpus=1 "
			      "reset_devices cryptomgr.notests panic=1";

int main(int argc, char **argv)
{
	int kernel = argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	int initrd = argc == 3 ? open(argv[2], O_RDONLY | O_CLOEXEC) : -1;

	if (argc != 3) {
		fputs("usage: kload KERNEL INITRD\n", stderr);
		return 2;
	}
	if (kernel < 0 || initrd < 0) {
		perror(kernel < 0 ? argv[1] : argv[2]);
		return 1;
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1, cmdline,
		    KEXEC_FILE_ON_CRASH) < 0) {
		perror("kexec_file_load");
		return 1;
	}
	return 0;
}
