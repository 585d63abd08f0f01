// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pread DEVICE - what a direct read of 4 KiB costs, by the time stamp counter.
 *
 * Prints the difference over BURST reads, REPEATS times.  In a guest whose
 * clock counts instructions that is their number, with what interrupts add.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <x86intrin.h>

#define BLOCK	4096
#define BURST	256
#define REPEATS	16

static unsigned long long burst(int fd, void *block)
{
	unsigned long long start = __rdtsc();

	for (int i = 0; i < BURST; i++) {
		if (pread(fd, block, BLOCK, (off_t)i * BLOCK) != BLOCK) {
			perror("pread");
			exit(1);
		}
	}
	return __rdtsc() - start;
}

int main(int argc, char **argv)
{
	void *block;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: pread DEVICE\n");
		return 2;
	}
	fd = open(argv[1], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || posix_memalign(&block, BLOCK, BLOCK)) {
		perror(argv[1]);
		return 1;
	}
	burst(fd, block);
	for (int i = 0; i < REPEATS; i++)
		printf("%llu %d\n", burst(fd, block), BURST);
	free(block);
	close(fd);
	return 0;
}
