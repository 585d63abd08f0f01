// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * queue - many unbuffered operations at once, through io_uring.
 *
 *	queue read|write PATH COUNT DEPTH [poll|GAP]
 *		COUNT operations of 4 KiB, DEPTH of them at a time; or one each GAP us,
 *		at most DEPTH at a time, looking for results all the while.
 *	queue verify PATH BLOCKS DEPTH ROUNDS
 *		Writes each block, numbered; reads all back; and again, ROUNDS times.
 *	queue nowait|hipri PATH COUNT
 *		One read after the other by preadv2() with this flag.
 *
 * Prints what became of them and how long they took, in ns:
 *
 *	ops N errors N [last ERRNO] least N mean N p50 N p99 N most N
 *
 * verify adds "wrong N", of blocks that did not hold what was written last.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BLOCK		4096
#define WORDS		(BLOCK / sizeof(uint64_t))
#define MAX_DEPTH	1024

struct ring {
	int fd;
	unsigned int entries, *sq_tail, *sq_mask, *sq_array, *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

/* One way to go through the blocks of a device. */
struct run {
	int fd;
	bool write;
	unsigned int count, depth, gap_us, blocks, round;
	uint64_t *buffers, *took, *started;
	unsigned int errors, wrong, done;
	int last_error;
};

static void die(const char *what)
{
	perror(what);
	exit(2);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void *ring_map(const struct ring *ring, size_t size, off_t what)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd,
			 what);

	if (map == MAP_FAILED)
		die("mmap of the ring");
	return map;
}

static void ring_open(struct ring *ring, unsigned int depth, bool poll)
{
	struct io_uring_params p = { .flags = poll ? IORING_SETUP_IOPOLL : 0 };
	char *sq, *cq;

	ring->fd = syscall(SYS_io_uring_setup, depth, &p);
	if (ring->fd < 0)
		die("io_uring_setup");
	sq = ring_map(ring, p.sq_off.array + p.sq_entries * sizeof(unsigned int), IORING_OFF_SQ_RING);
	cq = ring_map(ring, p.cq_off.cqes + p.cq_entries * sizeof(*ring->cqes), IORING_OFF_CQ_RING);
	ring->sqes = ring_map(ring, p.sq_entries * sizeof(*ring->sqes), IORING_OFF_SQES);
	ring->sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	ring->sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	ring->sq_array = (unsigned int *)(sq + p.sq_off.array);
	ring->cq_head = (unsigned int *)(cq + p.cq_off.head);
	ring->cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	ring->cq_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

/* What block @block holds after round @round. */
static void stamp(uint64_t *buffer, unsigned int block, unsigned int round)
{
	for (size_t i = 0; i < WORDS; i++)
		buffer[i] = ((uint64_t)round << 40) ^ ((uint64_t)block << 16) ^ i;
}

static bool stamped(const uint64_t *buffer, unsigned int block, unsigned int round)
{
	uint64_t wanted[WORDS];

	stamp(wanted, block, round);
	return !memcmp(buffer, wanted, BLOCK);
}

/* Queue operation @n in slot @slot. */
static void put(struct ring *ring, struct run *run, unsigned int n, unsigned int slot)
{
	unsigned int tail = *ring->sq_tail, i = tail & *ring->sq_mask;
	struct io_uring_sqe *sqe = &ring->sqes[i];
	uint64_t *buffer = run->buffers + slot * WORDS;
	unsigned int block = n % run->blocks;

	if (run->write)
		stamp(buffer, block, run->round);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = run->write ? IORING_OP_WRITE : IORING_OP_READ;
	sqe->fd = run->fd;
	sqe->off = (uint64_t)block * BLOCK;
	sqe->addr = (uintptr_t)buffer;
	sqe->len = BLOCK;
	sqe->user_data = (uint64_t)n << 16 | slot;
	ring->sq_array[i] = i;
	atomic_store_explicit((_Atomic unsigned int *)ring->sq_tail, tail + 1, memory_order_release);
	run->started[slot] = now();
}

/* Take one result; the slot that is free now. */
static unsigned int take(struct ring *ring, struct run *run)
{
	unsigned int head = *ring->cq_head;
	const struct io_uring_cqe *cqe = &ring->cqes[head & *ring->cq_mask];
	unsigned int slot = cqe->user_data & 0xffff, n = cqe->user_data >> 16;

	run->took[run->done++] = now() - run->started[slot];
	if (cqe->res != BLOCK) {
		run->errors++;
		run->last_error = cqe->res < 0 ? -cqe->res : EIO;
	} else if (!run->write && run->round &&
		   !stamped(run->buffers + slot * WORDS, n % run->blocks, run->round)) {
		run->wrong++;
	}
	atomic_store_explicit((_Atomic unsigned int *)ring->cq_head, head + 1, memory_order_release);
	return slot;
}

static bool ring_has(const struct ring *ring)
{
	return atomic_load_explicit((_Atomic unsigned int *)ring->cq_tail, memory_order_acquire) !=
	       *ring->cq_head;
}

static void ring_enter(const struct ring *ring, unsigned int submit, unsigned int wait)
{
	unsigned int flags = wait ? IORING_ENTER_GETEVENTS : 0;

	while (syscall(SYS_io_uring_enter, ring->fd, submit, wait, flags, NULL, 0) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			die("io_uring_enter");
	}
}

/* Each is handed over by itself, right after its clock was started. */
static void send(struct ring *ring, struct run *run, unsigned int n, unsigned int slot)
{
	put(ring, run, n, slot);
	ring_enter(ring, 1, 0);
}

static void go(struct ring *ring, struct run *run)
{
	unsigned int slots[MAX_DEPTH], sent = 0;

	for (run->done = 0; sent < run->depth && sent < run->count; sent++)
		send(ring, run, sent, sent);
	while (run->done < run->count) {
		unsigned int n = 0;

		ring_enter(ring, 0, 1);
		/* What is there is timed before anything is sent, which takes a while. */
		while (ring_has(ring))
			slots[n++] = take(ring, run);
		for (unsigned int i = 0; i < n && sent < run->count; i++)
			send(ring, run, sent++, slots[i]);
	}
}

/* On schedule, whatever has ended: so none waits for another's result to be looked at. */
static void go_paced(struct ring *ring, struct run *run)
{
	unsigned int slots[MAX_DEPTH], sent = 0, free = run->depth;
	uint64_t next = now();

	for (unsigned int i = 0; i < free; i++)
		slots[i] = i;
	while (run->done < run->count) {
		while (ring_has(ring))
			slots[free++] = take(ring, run);
		if (sent < run->count && free && now() >= next) {
			send(ring, run, sent++, slots[--free]);
			next += run->gap_us * 1000;
		}
	}
}

static void one_by_one(struct run *run, int flag)
{
	for (run->done = 0; run->done < run->count;) {
		struct iovec iov = { run->buffers, BLOCK };
		uint64_t start = now();

		if (preadv2(run->fd, &iov, 1, (off_t)(run->done % run->blocks) * BLOCK, flag) != BLOCK) {
			run->errors++;
			run->last_error = errno;
		}
		run->took[run->done++] = now() - start;
	}
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void report(struct run *run)
{
	uint64_t sum = 0;
	unsigned int n = run->done;

	qsort(run->took, n, sizeof(*run->took), by_size);
	for (unsigned int i = 0; i < n; i++)
		sum += run->took[i];
	printf("ops %u errors %u%s%s least %llu mean %llu p50 %llu p99 %llu most %llu", n,
	       run->errors, run->last_error ? " last " : "",
	       run->last_error ? strerrorname_np(run->last_error) : "",
	       (unsigned long long)run->took[0], (unsigned long long)(sum / n),
	       (unsigned long long)run->took[n / 2], (unsigned long long)run->took[n * 99 / 100],
	       (unsigned long long)run->took[n - 1]);
}

static void verify(struct ring *ring, struct run *run, unsigned int rounds)
{
	for (run->round = 1; run->round <= rounds; run->round++) {
		run->write = true;
		go(ring, run);
		run->write = false;
		go(ring, run);
	}
	report(run);
	printf(" wrong %u\n", run->wrong);
}

static int usage(void)
{
	fprintf(stderr, "usage: queue read|write PATH COUNT DEPTH [poll|GAP]\n"
			"       queue verify PATH BLOCKS DEPTH ROUNDS\n"
			"       queue nowait|hipri PATH COUNT\n");
	return 2;
}

int main(int argc, char **argv)
{
	bool poll = argc > 5 && !strcmp(argv[5], "poll");
	bool reads = argc > 1 && strcmp(argv[1], "write") && strcmp(argv[1], "verify");
	struct ring ring;
	struct run run = { .depth = 1 };
	int flag;

	if (argc < 4)
		return usage();
	flag = !strcmp(argv[1], "nowait") ? RWF_NOWAIT : !strcmp(argv[1], "hipri") ? RWF_HIPRI : 0;
	run.count = atoi(argv[3]);
	if (argc > 4)
		run.depth = atoi(argv[4]);
	if (!run.count || !run.depth || run.depth > MAX_DEPTH || (!flag && argc < 5))
		return usage();
	run.fd = open(argv[2], (reads ? O_RDONLY : O_RDWR) | O_DIRECT | O_CLOEXEC);
	if (run.fd < 0)
		die(argv[2]);
	run.blocks = !strcmp(argv[1], "verify") ? run.count : 1024;
	run.write = !strcmp(argv[1], "write");
	run.took = calloc(run.count, sizeof(*run.took));
	run.started = calloc(run.depth, sizeof(*run.started));
	if (!run.took || !run.started ||
	    posix_memalign((void **)&run.buffers, BLOCK, (size_t)run.depth * BLOCK))
		die("memory");
	if (!flag)
		ring_open(&ring, run.depth, poll);
	if (flag) {
		one_by_one(&run, flag);
	} else if (!strcmp(argv[1], "verify")) {
		verify(&ring, &run, argc > 5 ? atoi(argv[5]) : 1);
		return run.errors || run.wrong;
	} else if (argc > 5 && !poll) {
		run.gap_us = atoi(argv[5]);
		go_paced(&ring, &run);
	} else {
		go(&ring, &run);
	}
	report(&run);
	printf("\n");
	return 0;
}
