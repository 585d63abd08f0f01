// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ledger - numbered records in a file or on a disk, and what of them is still there.
 *
 *	ledger run FILE RECORDS JOURNAL [direct [COUNT]]
 *	ledger verify FILE RECORDS JOURNAL
 *	ledger where FILE
 *
 * run overwrites the 4 KiB records of FILE in turn, each with a number of its own and
 * a checksum, and after each asks for it to be made durable.  Only what the
 * kernel acknowledged is entered in JOURNAL, a file elsewhere.  It ends by
 * SIGTERM, after COUNT records or with the first error, and prints "acknowledged N
 * error NAME" ("-" for none).
 *
 * verify prints "fine N lost N torn N unreadable N": a record is lost if it is
 * older than the journal says, and torn if its checksum is wrong.
 *
 * where prints the extents of FILE on its device, in bytes, as "FIRST-END" joined by
 * commas, the ends not included.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK	4096
#define WORDS	(BLOCK / sizeof(uint64_t))
#define EXTENTS	64

struct record {
	uint64_t number, slot, words[WORDS - 3], sum;
};

static volatile sig_atomic_t stopped;

static void on_term(int sig)
{
	(void)sig;
	stopped = 1;
}

/* FNV-1a over all but the sum, a word at a time. */
static uint64_t sum_of(const struct record *r)
{
	const uint64_t *p = (const uint64_t *)r;
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < WORDS - 1; i++)
		h = (h ^ p[i]) * 0x100000001b3ULL;
	return h;
}

static void fill(struct record *r, uint64_t number, uint64_t slot)
{
	r->number = number;
	r->slot = slot;
	for (size_t i = 0; i < WORDS - 3; i++)
		r->words[i] = number * 0x9e3779b97f4a7c15ULL + i;
	r->sum = sum_of(r);
}

/* The numbers acknowledged, a slot each; 0 = none yet. */
static uint64_t *open_journal(const char *path, uint64_t records)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	uint64_t *map;

	if (fd < 0 || ftruncate(fd, records * sizeof(*map))) {
		perror(path);
		exit(2);
	}
	map = mmap(NULL, records * sizeof(*map), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		perror(path);
		exit(2);
	}
	close(fd);
	return map;
}

static int run(const char *path, uint64_t records, uint64_t *journal, bool direct, uint64_t count)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (direct ? O_DIRECT : 0), 0600);
	const char *error = "-";
	uint64_t number = 0, done = 0;
	struct record *r;

	if (fd < 0 || posix_memalign((void **)&r, BLOCK, BLOCK)) {
		perror(path);
		return 2;
	}
	for (uint64_t i = 0; i < records; i++)
		number = journal[i] > number ? journal[i] : number;
	while (!stopped && (!count || done < count)) {
		uint64_t slot = ++number % records;

		fill(r, number, slot);
		if (pwrite(fd, r, BLOCK, slot * BLOCK) != BLOCK || fdatasync(fd)) {
			error = strerrorname_np(errno);
			break;
		}
		journal[slot] = number;
		done++;
	}
	printf("acknowledged %llu error %s\n", (unsigned long long)done, error);
	return 0;
}

static int verify(const char *path, uint64_t records, const uint64_t *journal)
{
	unsigned int fine = 0, lost = 0, torn = 0, unreadable = 0;
	int fd = open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);
	struct record *r;

	if (fd < 0 || posix_memalign((void **)&r, BLOCK, BLOCK)) {
		perror(path);
		return 2;
	}
	for (uint64_t slot = 0; slot < records; slot++) {
		ssize_t n;

		if (!journal[slot])
			continue;
		n = pread(fd, r, BLOCK, slot * BLOCK);
		if (n < 0)
			unreadable++;
		else if (n < BLOCK)
			lost++;
		else if (!r->sum && !r->number)
			lost++;		/* never reached the medium */
		else if (r->sum != sum_of(r) || r->slot != slot)
			torn++;
		else if (r->number < journal[slot])
			lost++;
		else
			fine++;
	}
	printf("fine %u lost %u torn %u unreadable %u\n", fine, lost, torn, unreadable);
	return 0;
}

static int where(const char *path)
{
	size_t size = sizeof(struct fiemap) + EXTENTS * sizeof(struct fiemap_extent);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct fiemap *map = calloc(1, size);

	if (fd < 0 || !map) {
		perror(path);
		return 2;
	}
	map->fm_length = FIEMAP_MAX_OFFSET;
	map->fm_flags = FIEMAP_FLAG_SYNC;
	map->fm_extent_count = EXTENTS;
	if (ioctl(fd, FS_IOC_FIEMAP, map)) {
		perror("FIEMAP");
		return 2;
	}
	for (unsigned int i = 0; i < map->fm_mapped_extents; i++) {
		const struct fiemap_extent *e = &map->fm_extents[i];

		printf("%s%llu-%llu", i ? "," : "", (unsigned long long)e->fe_physical,
		       (unsigned long long)(e->fe_physical + e->fe_length));
	}
	printf("\n");
	free(map);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t records;

	if (argc == 3 && !strcmp(argv[1], "where"))
		return where(argv[2]);
	records = argc >= 5 ? strtoull(argv[3], NULL, 0) : 0;
	if (!records) {
		fprintf(stderr, "usage: ledger run|verify FILE RECORDS JOURNAL [direct [COUNT]], or ledger where FILE\n");
		return 2;
	}
	signal(SIGTERM, on_term);
	if (!strcmp(argv[1], "run"))
		return run(argv[2], records, open_journal(argv[4], records), argc > 5,
			   argc > 6 ? strtoull(argv[6], NULL, 0) : 0);
	if (!strcmp(argv[1], "verify"))
		return verify(argv[2], records, open_journal(argv[4], records));
	fprintf(stderr, "ledger: no %s\n", argv[1]);
	return 2;
}
