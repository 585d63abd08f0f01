#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks that hang, delay and throttle: what is held comes back whole, in order, once.
# /dev/vda has partitions 1 (ext4) and 2 (nothing); /dev/vdd is another disk.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

module=$1
minute=@duration=60000000000
# Not one of them is over before the hold has lasted so long.
HOLD_US=4000000
arm
remember_state
mkdir -p /mnt

# begin(name, command...) - in the background; over(name...) - have they ended?
begin() {
	local name=$1
	shift
	rm -f "/tmp/$name.out"
	("$@" > "/tmp/$name.part" 2>&1; mv "/tmp/$name.part" "/tmp/$name.out") &
}
over() {
	local name
	for name in "$@"; do [ -e "/tmp/$name.out" ] || return 1; done
}
some_over() {
	local name
	for name in "$@"; do ! [ -e "/tmp/$name.out" ] || return 0; done
	return 1
}
said() { cat "/tmp/$1.out"; }
waiting() { [ "$(value "$id" waiting)" -ge "$1" ]; }
drop() { echo 3 > /proc/sys/vm/drop_caches; }

# balanced(what, counter of those taken) - the injection's counters agree, and nothing waits
balanced() {
	fdrctl get "$id" > /tmp/counters
	expect "$1: the counters balance" "$(awk -v taken="$2" '{ c[$1] = $2 } END {
		print (c["matched"] == c[taken] + c["passed"]), (c[taken] == c["released"]),
			c["waiting"] + 0, (c[taken] > 0), c["shared"] + 0 }' /tmp/counters)" "1 1 0 1 0"
}

# Every way to ask for I/O is held, and ends well when the fault is cleared.
out=$(queue verify /dev/vda2 256 16 1)
expect "the partition is written and read" "$out" "ops * errors 0 * wrong 0"
# What is read through the page cache is elsewhere: pages that it has locked stop the others.
dd if=/dev/urandom of=/dev/vda2 bs=4096 seek=4096 count=256 conv=fsync 2> /dev/null
sum=$(dd if=/dev/vda2 bs=4096 skip=4096 count=256 2> /dev/null | md5sum)
drop
ways="buffered direct nowait uring written"
started "the partition hangs" disk-hang device=/dev/vda2 $minute
check "it is active" fdrctl wait "$id" active 10000
# shellcheck disable=SC2016
begin buffered sh -c 'dd if=/dev/vda2 bs=4096 skip=4096 count=256 2> /dev/null | md5sum'
begin direct io read /dev/vda2 4
begin nowait queue nowait /dev/vda2 4
begin uring queue read /dev/vda2 64 16
begin written queue verify /dev/vda2 256 16 2
# 16 at a time by io_uring, twice; and one for each of the others, at least.
until_true 20 waiting 35
at_least "all of them wait" "$(value "$id" waiting)" 35
expect "a disk beside does not" "$(queue read /dev/vdd 100 8)" "ops 100 errors 0 *"
usleep 1000000
# shellcheck disable=SC2086
if some_over $ways; then not_ok "none has ended" "$(ls /tmp/*.out)"; else ok "none has ended"; fi
held=$(value "$id" waiting)
expect "so far nothing was released" "$(value "$id" released),$(value "$id" held)" "0,$held"
# As documented: the device has none of it.
expect "its statistics show nothing in flight" "$(awk '{ print $1 + $2 }' /sys/class/block/vda2/inflight)" 0
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 20000
# shellcheck disable=SC2086
check "then all of them end" until_true 30 over $ways
expect "buffered: the data are intact" "$(said buffered)" "$sum"
expect "direct" "$(said direct)" ".... -"
expect "not to wait: it waited like the rest" "$(said nowait)" "ops 4 errors 0 *"
expect "io_uring" "$(said uring)" "ops 64 errors 0 *"
expect "writes: what is read back is what was written" "$(said written)" "ops * errors 0 * wrong 0"
balanced "every way" held
expect "each that waited was released" "$(awk -v held="$held" '$1 == "released" { print ($2 >= held) }' /tmp/counters)" 1
check_state "no hook and no thread stays"

# In order, and each once, as the block layer sees them.
trace=/sys/kernel/tracing
inject disk-hang device=/dev/vda2 $minute
fdrctl wait "$id" active 10000
begin reader queue read /dev/vda2 48 32
until_true 20 waiting 32 || echo "# not all of them wait"
echo > $trace/trace
echo 1 > $trace/events/block/block_bio_queue/enable
fdrctl clear "$id" > /dev/null
fdrctl wait "$id" cleared 20000
echo 0 > $trace/events/block/block_bio_queue/enable
until_true 20 over reader || echo "# the reader does not end"
sed -n 's/^ *fdr-bio.*block_bio_queue: [0-9,]* R[A-Z]* \([0-9]*\) + 8 .*/\1/p' $trace/trace > /tmp/sectors
expect "the thread has submitted what was released, once each" "$(wc -l < /tmp/sectors)" "$(value "$id" released)"
at_least "what waited is among them" "$(wc -l < /tmp/sectors)" 32
expect "in the order in which it came" "$(head -n 32 /tmp/sectors | awk '
	NR > 1 && $1 != last + 8 { bad++ } { last = $1 } END { print NR, bad + 0 }')" "32 0"
expect "the reader is content" "$(said reader)" "ops 48 errors 0 *"

# Under a mounted file system, for seconds
check "ext4 is mounted" mount -t ext4 /dev/vda1 /mnt
rm -f /tmp/enough
writes() {
	local i=0
	while [ ! -e /tmp/enough ]; do
		i=$((i + 1))
		dd if=/dev/urandom of=/mnt/new bs=4096 count=16 conv=fsync || return 1
		mv /mnt/new "/mnt/file$((i % 8))" || return 1
	done 2> /dev/null
	(cd /mnt && md5sum file*)
}
before=$(queue read /dev/vdd 200 1 | sed 's/.* p50 \([0-9]*\).*/\1/')
begin writes writes
until_true 20 test -e /mnt/file3
inject disk-hang device=/dev/vda1 $minute
fdrctl wait "$id" active 10000
check "the file system's writes are held" until_true 20 waiting 1
beside=$(queue read /dev/vdd 200 1 | sed 's/.* p50 \([0-9]*\).*/\1/')
# It is a busy host's time: ten times as long would be another thing than noise.
at_most "the disk beside is as fast as before" "$beside" $((10 * before))
begin sync dd if=/dev/zero of=/mnt/other bs=4096 count=1 conv=fsync
usleep $HOLD_US
if over sync; then not_ok "fsync waits for as long" "$(said sync)"; else ok "fsync waits for as long"; fi
fdrctl clear "$id" > /dev/null
check "it ends" fdrctl wait "$id" cleared 20000
check "then fsync ends" until_true 20 over sync
balanced "ext4" held
inject disk-delay device=/dev/vda1 delay=5ms dist=exponential $minute
some() { [ "$(value "$id" delayed)" -gt 20 ]; }
check "the file system works on, delayed" until_true 30 some
fdrctl clear "$id" > /dev/null
fdrctl wait "$id" cleared 20000
balanced "ext4 with a delay" delayed
touch /tmp/enough
check "the writer ends" until_true 30 over writes
at_least "it had no error" "$(wc -l < /tmp/writes.out)" 4
check "ext4 can be unmounted" umount /mnt
if [ -x /usr/sbin/e2fsck ]; then
	check "fsck finds it clean" /usr/sbin/e2fsck -fn /dev/vda1
else
	skip "fsck finds it clean" "no e2fsck"
fi
drop
mount -t ext4 /dev/vda1 /mnt
expect "its files are intact" "$(cd /mnt && md5sum file*)" "$(said writes)"
umount /mnt

# Endings that nobody asks for
inject disk-hang device=/dev/vda2 @duration=1500000000
begin written queue verify /dev/vda2 64 16 1
check "the duration ends it" fdrctl wait "$id" expired 20000
check "and lets go" until_true 20 over written
expect "the data are intact" "$(said written)" "ops * errors 0 * wrong 0"
inject disk-hang device=/dev/vda2 $minute @lease=1500000000
begin written queue verify /dev/vda2 64 16 1
check "a lapsed lease ends it" fdrctl wait "$id" expired 20000
check "and lets go" until_true 20 over written
expect "the data are intact" "$(said written)" "ops * errors 0 * wrong 0"
if [ -n "$module" ]; then
	inject disk-hang device=/dev/vda2 $minute
	fdrctl wait "$id" active 10000
	begin written queue verify /dev/vda2 64 16 1
	until_true 20 waiting 16 || echo "# nothing waits"
	check "the module is unloaded by force" rmmod -f faultdrill
	check "and lets go" until_true 20 over written
	expect "the data are intact" "$(said written)" "ops * errors 0 * wrong 0"
	expect "no thread is left" "$(threads)" ""
	expect "no hook is left" "$(grep -c submit_bio /sys/kernel/tracing/enabled_functions)" 0
	check "it loads again" insmod "$module"
	arm
	remember_state
fi

# Delays: never shorter than asked for, and intact.
inject disk-delay device=/dev/vda2 delay=20ms $minute
fdrctl wait "$id" active 10000
least=$(queue read /dev/vda2 100 32 | sed 's/.* least \([0-9]*\).*/\1/')
at_least "a delay is never shorter" "$least" 20000000
fdrctl clear "$id" > /dev/null
fdrctl wait "$id" cleared 20000
balanced "delay" delayed
inject disk-delay device=/dev/vda2 delay=5ms dist=pareto reorder=no ops=write $minute
fdrctl wait "$id" active 10000
expect "with writes in order" "$(queue verify /dev/vda2 64 16 2)" "ops * errors 0 * wrong 0"
fdrctl clear "$id" > /dev/null
fdrctl wait "$id" cleared 20000
balanced "writes alone" delayed
expect "each write was one" "$(awk '$1 == "matched" { print $2 }' /tmp/counters)" 128
inject disk-delay device=/dev/vda2 delay=30s $minute
begin written queue verify /dev/vda2 64 16 1
until_true 20 waiting 16 || echo "# nothing waits"
fdrctl clear "$id" > /dev/null
check "a clear does not wait for what is delayed" fdrctl wait "$id" cleared 15000
check "it lets go" until_true 15 over written
expect "the data are intact" "$(said written)" "ops * errors 0 * wrong 0"

# A limit of bytes and of operations: it takes the time that it has to take.
hundredths() { cut -d' ' -f1 /proc/uptime | tr -d .; }
# takes(what, hundredths of a second, command...)
takes() {
	local what=$1 least=$2 start
	shift 2
	start=$(hundredths)
	"$@" > /dev/null
	at_least "$what" $(($(hundredths) - start)) "$least"
}
inject disk-throttle device=/dev/vda2 rate=1M $minute
fdrctl wait "$id" active 10000
takes "1 MiB at 1 MiB/s" 99 queue read /dev/vda2 256 8
fdrctl clear "$id" > /dev/null
fdrctl wait "$id" cleared 20000
balanced "throttle" delayed
inject disk-throttle device=/dev/vda2 iops=50 $minute
fdrctl wait "$id" active 10000
takes "60 operations at 50 a second" 119 queue read /dev/vda2 60 8
fdrctl clear "$id" > /dev/null

# Several at once on one device: each I/O meets each of them once.
inject disk-delay device=/dev/vda delay=2ms $minute
first=$id
inject disk-throttle device=/dev/vda2 iops=100000 $minute
second=$id
inject disk-delay device=/dev/vda2 delay=3ms $minute
for i in $first $second $id; do fdrctl wait "$i" active 10000; done
least=$(queue read /dev/vda2 64 8 | sed 's/.* least \([0-9]*\).*/\1/')
at_least "their delays add up" "$least" 5000000
expect "each has seen each once" "$(value "$first" delayed),$(value "$second" delayed),$(value "$id" delayed)" "64,64,64"
fdrctl clear > /dev/null
until_true 20 same_state || echo "# something stays"

# Polled I/O, where a disk has a queue for it.  Other scripts want the module as it was.
null_blk=
if [ -e /sys/module/null_blk ]; then null_blk=loaded; fi
modprobe -r null_blk 2> /dev/null
if modprobe null_blk nr_devices=1 gb=1 poll_queues=1 2> /dev/null &&
   [ -e /sys/module/null_blk/parameters/poll_queues ]; then
	expect "polled reads work" "$(queue read /dev/nullb0 64 8 poll)" "ops 64 errors 0 *"
	inject disk-hang device=/dev/nullb0 $minute
	fdrctl wait "$id" active 10000
	begin polled queue read /dev/nullb0 64 8 poll
	begin hipri queue hipri /dev/nullb0 4
	check "polled reads are held" until_true 20 waiting 9
	fdrctl clear "$id" > /dev/null
	check "and end when they are let go" until_true 30 over polled hipri
	expect "by io_uring" "$(said polled)" "ops 64 errors 0 *"
	expect "and one by one" "$(said hipri)" "ops 4 errors 0 *"
	fdrctl wait "$id" cleared 20000
	balanced "polled" held
else
	skip "polled reads are held" "null_blk has no queue to be polled"
fi
until_true 10 same_state
modprobe -r null_blk 2> /dev/null
if [ -n "$null_blk" ]; then modprobe null_blk; fi

# Again and again, with a load that checks what it reads.
rm -f /tmp/enough
load() { until [ -e /tmp/enough ]; do queue verify /dev/vda2 256 16 1 || return 1; done; }
begin load load
for i in 1 2 3 4 5 6 7 8; do
	case $((i % 4)) in
	0) inject disk-hang device=/dev/vda2 $minute ;;
	1) inject disk-delay device=/dev/vda delay=4ms dist=uniform jitter=4ms seed=$i $minute ;;
	2) inject disk-throttle device=/dev/vda2 rate=8M burst=10ms $minute ;;
	3) inject disk-hang device=/dev/vda2 probability=10% seed=$i $minute ;;
	esac
	check_quietly() { "$@" > /dev/null || not_ok "$*" "failed"; }
	check_quietly fdrctl wait "$id" active 10000
	until_true 20 waiting 1 || over load || echo "# round $i: nothing waits"
	usleep 50000
	check_quietly fdrctl clear "$id"
	check_quietly fdrctl wait "$id" cleared 20000
	balanced "round $i" "$(fdrctl get "$id" | sed -n 's/^\(held\|delayed\) .*/\1/p')"
done
touch /tmp/enough
check "the load ends" until_true 60 over load
at_least "it has gone round" "$(grep -c "errors 0 .* wrong 0$" /tmp/load.out)" 2
expect "each time it read what it wrote" "$(grep -vc "errors 0 .* wrong 0$" /tmp/load.out)" 0
check_state "nothing is left behind"

# Refusals
refused "no delay" "E*delay*" inject disk-delay device=/dev/vda2
refused "more jitter than delay" "EINVAL: jitter: *" inject disk-delay device=/dev/vda2 delay=1ms dist=uniform jitter=2ms
refused "jitter without a spread" "EINVAL: jitter: *" inject disk-delay device=/dev/vda2 delay=1ms jitter=1ms
refused "a spread without jitter" "EINVAL: jitter: *" inject disk-delay device=/dev/vda2 delay=1ms dist=uniform
refused "a shape of what has none" "EINVAL: shape: *" inject disk-delay device=/dev/vda2 delay=1ms shape=200
refused "a cap below the delay" "EINVAL: cap: *" inject disk-delay device=/dev/vda2 delay=2ms cap=1ms
refused "a throttle without a limit" "EINVAL: rate, iops: *" inject disk-throttle device=/dev/vda2
refused "the root" "EBUSY: device: vdc *root*force*" inject disk-hang device=/dev/vdc
for fault in disk-hang "disk-delay delay=1ms" "disk-throttle iops=1"; do
	# shellcheck disable=SC2086
	check "a dry run of ${fault%% *}" fdrctl inject $fault device=/dev/vda2 @dry
done
check_state "a dry run leaves nothing"
finish
