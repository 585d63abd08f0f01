// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * medium - what is on a device or in a file, to the bit, past the page cache.
 *
 *	medium write [-d] PATH SEED SECTOR COUNT EACH	COUNT sectors, EACH a write
 *	medium differ PATH SEED SECTOR COUNT EACH	compare, EACH a read
 *	medium which PATH SEED OTHER SECTOR COUNT	by sector, whose contents it has
 *
 * Each byte follows from the seed and its place, so none looks like another
 * place's, or like another seed's.  -d: O_DSYNC.
 *
 * write prints the last error, or "-", and whether the writer's own bytes changed.  differ prints a line for each byte that
 * is not as it was written ("sector 3 byte 17 bits 0x40").  which prints a
 * letter for each sector: "a" of SEED, "b" of OTHER, "0" zeroes, "?" anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512
#define ALIGN 4096

static uint64_t mix(uint64_t seed, uint64_t n)
{
	uint64_t z = seed * 0xd6e8feb86659fd93ULL + n * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static void fill(unsigned char *buf, uint64_t seed, uint64_t sector, size_t count)
{
	for (size_t i = 0; i < count * SECTOR; i += 8) {
		uint64_t v = mix(seed, sector * (SECTOR / 8) + i / 8);

		memcpy(buf + i, &v, 8);
	}
}

static void *buffer(size_t count)
{
	void *buf;

	if (posix_memalign(&buf, ALIGN, count * SECTOR)) {
		fprintf(stderr, "medium: out of memory\n");
		exit(2);
	}
	return buf;
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(2);
	}
	return fd;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	if (!*text || *end) {
		fprintf(stderr, "medium: \"%s\" is no number\n", text);
		exit(2);
	}
	return v;
}

struct job {
	const char *path;
	uint64_t seed, sector, count, each;
};

static struct job job_of(char **argv)
{
	struct job j = { argv[0], number(argv[1]), number(argv[2]), number(argv[3]),
			 number(argv[4]) };

	if (!j.each || !j.count) {
		fprintf(stderr, "medium: no sectors\n");
		exit(2);
	}
	return j;
}

static int do_write(struct job j, int flags)
{
	int fd = open_or_die(j.path, O_WRONLY | O_CREAT | flags);
	unsigned char *buf = buffer(j.each), *same = buffer(j.each);
	const char *error = "-";
	bool changed = false;

	for (uint64_t at = 0; at < j.count; at += j.each) {
		uint64_t n = j.count - at < j.each ? j.count - at : j.each;
		off_t where = (off_t)((j.sector + at) * SECTOR);

		fill(buf, j.seed, j.sector + at, n);
		if (pwrite(fd, buf, n * SECTOR, where) != (ssize_t)(n * SECTOR))
			error = strerrorname_np(errno);
		fill(same, j.seed, j.sector + at, n);
		changed |= memcmp(buf, same, n * SECTOR);
	}
	printf("%s%s\n", error, changed ? " changed" : "");
	free(buf);
	free(same);
	close(fd);
	return 0;
}

static void read_or_die(int fd, const char *path, void *buf, uint64_t sector, uint64_t n)
{
	ssize_t got = pread(fd, buf, n * SECTOR, (off_t)(sector * SECTOR));

	if (got == (ssize_t)(n * SECTOR))
		return;
	fprintf(stderr, "%s: sector %llu: %s\n", path, (unsigned long long)sector,
		got < 0 ? strerror(errno) : "too short");
	exit(1);
}

static int do_differ(struct job j)
{
	unsigned char *buf = buffer(j.each), *want = buffer(j.each);
	int fd = open_or_die(j.path, O_RDONLY);

	for (uint64_t at = 0; at < j.count; at += j.each) {
		uint64_t n = j.count - at < j.each ? j.count - at : j.each;

		read_or_die(fd, j.path, buf, j.sector + at, n);
		fill(want, j.seed, j.sector + at, n);
		for (size_t i = 0; i < n * SECTOR; i++) {
			if (buf[i] == want[i])
				continue;
			printf("sector %llu byte %zu bits 0x%02x\n",
			       (unsigned long long)(j.sector + at + i / SECTOR), i % SECTOR,
			       buf[i] ^ want[i]);
		}
	}
	free(buf);
	free(want);
	close(fd);
	return 0;
}

static int do_which(struct job j, uint64_t other)
{
	unsigned char *buf = buffer(j.count), want[SECTOR];
	static const unsigned char zero[SECTOR];
	int fd = open_or_die(j.path, O_RDONLY);

	read_or_die(fd, j.path, buf, j.sector, j.count);
	for (uint64_t i = 0; i < j.count; i++) {
		const unsigned char *at = buf + i * SECTOR;
		char c = memcmp(at, zero, SECTOR) ? '?' : '0';

		fill(want, j.seed, j.sector + i, 1);
		if (!memcmp(at, want, SECTOR))
			c = 'a';
		fill(want, other, j.sector + i, 1);
		if (!memcmp(at, want, SECTOR))
			c = 'b';
		putchar(c);
	}
	putchar('\n');
	free(buf);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	int flags = argc == 8 && !strcmp(argv[2], "-d") ? O_DSYNC : 0;

	if ((argc == 7 || flags) && !strcmp(argv[1], "write"))
		return do_write(job_of(argv + (flags ? 3 : 2)), flags);
	if (argc == 7 && !strcmp(argv[1], "differ"))
		return do_differ(job_of(argv + 2));
	if (argc == 7 && !strcmp(argv[1], "which")) {
		struct job j = { argv[2], number(argv[3]), number(argv[5]), number(argv[6]), 1 };

		return do_which(j, number(argv[4]));
	}
	fprintf(stderr, "usage: medium write [-d]|differ PATH SEED SECTOR COUNT EACH, or\n"
		"       medium which PATH SEED OTHER SECTOR COUNT\n");
	return 2;
}
