// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * readcost DEVICE READS BURSTS - direct reads of 4 KiB, one after the other, each burst with
 * what it took by the time stamp counter, a line each.  In a guest whose clock counts
 * instructions these are instructions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <x86intrin.h>

#define BLOCK 4096

int main(int argc, char **argv)
{
	int fd, reads, bursts;
	void *block;

	if (argc != 4) {
		fprintf(stderr, "usage: readcost DEVICE READS BURSTS\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || posix_memalign(&block, BLOCK, BLOCK)) {
		perror(argv[1]);
		return 1;
	}
	reads = atoi(argv[2]);
	bursts = atoi(argv[3]);
	while (bursts--) {
		unsigned long long start = __rdtsc();

		for (int i = 0; i < reads; i++) {
			if (pread(fd, block, BLOCK, (off_t)i * BLOCK) != BLOCK) {
				perror("pread");
				return 1;
			}
		}
		printf("%llu\n", __rdtsc() - start);
	}
	free(block);
	close(fd);
	return 0;
}
