#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Errors of a live disk: /dev/vda has partitions 1 (ext4) and 2 (nothing),
# /dev/vdb is swap, /dev/vdd cannot discard, /dev/vdc is the root of process 1.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

minute=@duration=60000000000
arm
remember_state
# Kernels that read bitmaps ahead may meet a failed read of their own: not an end of writing here.
mkdir -p /mnt
check "ext4 is mounted" mount -t ext4 -o errors=continue /dev/vda1 /mnt
dd if=/dev/urandom of=/mnt/file bs=4096 count=64 2> /dev/null
sum=$(md5sum < /mnt/file)
sync
drop() { echo 3 > /proc/sys/vm/drop_caches; }

# errors(pattern) - how many operations failed
errors() { echo "${1%% *}" | tr -cd E | wc -c; }

# A mounted file system
started "reads of the partition fail" disk-error device=/dev/vda1 ops=read $minute
check "it is active" fdrctl wait "$id" active 10000
check "the hook is there" grep -q submit_bio_noacct /sys/kernel/tracing/enabled_functions
drop
expect "reading the file gives an I/O error" "$(cat /mnt/file 2>&1 > /dev/null)" "*Input/output error*"
at_least "the errors are counted" "$(value "$id" failed)" 1
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 20000
expect "every match was failed" "$(value "$id" matched)" "$(value "$id" failed)"
drop
expect "the file is intact" "$(md5sum < /mnt/file)" "$sum"
check_state "no hook stays"

# Which operations
inject disk-error device=/dev/vda2 ops=write status=nospc $minute
fdrctl wait "$id" active 10000
expect "writes fail with the status asked for" "$(io write /dev/vda2 4)" "EEEE ENOSPC"
expect "reads do not" "$(io read /dev/vda2 4)" ".... -"
drop
expect "nor does the partition beside" "$(md5sum < /mnt/file)" "$sum"
fdrctl clear "$id" > /dev/null
inject disk-error device=/dev/vda2 ops=flush status=timeout $minute
fdrctl wait "$id" active 10000
expect "flushes fail" "$(io flush /dev/vda2 2)" "EE ETIMEDOUT"
expect "writes do not" "$(io write /dev/vda2 4)" ".... -"
fdrctl clear "$id" > /dev/null
inject disk-error device=/dev/vda2 ops=discard status=target $minute
fdrctl wait "$id" active 10000
expect "discards fail" "$(io discard /dev/vda2 2)" "EE EREMOTEIO"
expect "reads do not" "$(io read /dev/vda2 4)" ".... -"
fdrctl clear "$id" > /dev/null
inject disk-error device=/dev/vda2 status=medium $minute
fdrctl wait "$id" active 10000
expect "by default everything fails" \
	"$(io read /dev/vda2 2) $(io write /dev/vda2 2) $(io flush /dev/vda2 1) $(io discard /dev/vda2 1)" \
	"EE ENODATA EE ENODATA E ENODATA E ENODATA"
fdrctl clear "$id" > /dev/null
expect "and nothing once it is cleared" "$(io read /dev/vda2 2) $(io write /dev/vda2 2)" ".. - .. -"

# How many
inject disk-error device=/dev/vda2 ops=read skip=3 times=2 $minute
fdrctl wait "$id" active 10000
expect "skip and times" "$(io read /dev/vda2 10)" "...EE..... EIO"
expect "matched" "$(value "$id" matched)" 10
expect "failed" "$(value "$id" failed)" 2
expect "passed" "$(value "$id" passed)" 8
fdrctl clear "$id" > /dev/null

# With what probability, and the same again from the same seed
for seed in 7 7 8; do
	inject disk-error device=/dev/vda2 ops=read probability=25% seed=$seed $minute
	fdrctl wait "$id" active 10000
	last=$(io read /dev/vda2 2000)
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000
	expect "matched = failed + passed" "$(value "$id" matched)" \
		$(($(value "$id" failed) + $(value "$id" passed)))
	expect "each operation was a match" "$(value "$id" matched)" 2000
	expect "the failed ones were seen" "$(errors "$last")" "$(value "$id" failed)"
	# 500 expected; five standard deviations are 97.
	at_least "a quarter fails, or nearly" "$(errors "$last")" 403
	at_most "and not many more" "$(errors "$last")" 597
	case $seed in
	7) [ -z "$first" ] || expect "the same seed draws the same" "$last" "$first"; first=$last ;;
	8) if [ "$last" != "$first" ]; then ok "another seed draws otherwise"; else not_ok "another seed draws otherwise" "the same"; fi ;;
	esac
done

# A whole disk means its partitions too; two faults at once, on different disks.
inject disk-error device=/dev/vda ops=read $minute
both=$id
inject disk-error device=/dev/vdd ops=read times=1 status=transport $minute
fdrctl wait "$both" active 10000
fdrctl wait "$id" active 10000
expect "the disk's partition fails" "$(io read /dev/vda2 2)" "EE EIO"
expect "the disk itself fails" "$(io read /dev/vda 1)" "E EIO"
expect "the other disk has its own fault" "$(io read /dev/vdd 3)" "E.. ENOLINK"
expect "each counts its own" "$(value "$id" matched),$(value "$both" matched)" "3,3"
fdrctl clear > /dev/null
expect "all are cleared" "$(io read /dev/vda2 2) $(io read /dev/vdd 3)" ".. - ... -"
major=$(cat /sys/class/block/vda2/dev)
check "a device may be named by its number" fdrctl inject disk-error device="$major" @dry

# Reverts that nobody asks for
inject disk-error device=/dev/vda2 @duration=1500000000
check "the duration ends it" fdrctl wait "$id" expired 20000
inject disk-error device=/dev/vda2 $minute @lease=1500000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 20000
expect "the device is fine" "$(io read /dev/vda2 2)" ".. -"
check_state "no hook stays"

# Under load: taken away while thousands of bios are on their way.
(while :; do io read /dev/vda2 500; done > /dev/null) &
load=$!
for i in 1 2 3 4 5; do
	inject disk-error device=/dev/vda2 ops=read probability=50% seed=$i $minute
	fdrctl wait "$id" active 10000
	enough() { [ "$(value "$id" failed)" -gt 100 ]; }
	until_true 20 enough || echo "# too few failed"
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000
	expect "under load, matched = failed + passed" "$(value "$id" matched)" \
		$(($(value "$id" failed) + $(value "$id" passed)))
done
kill $load
wait $load
expect "the device is fine" "$(io read /dev/vda2 2)" ".. -"
check_state "no hook stays"

# Refusals
mkswap /dev/vdb > /dev/null
check "there is swap" swapon /dev/vdb
refused "swap" "EBUSY: device: vdb *swap*force*" inject disk-error device=/dev/vdb
check "swap with force" fdrctl inject disk-error device=/dev/vdb @force @dry
swapoff /dev/vdb
check "no longer swap" fdrctl inject disk-error device=/dev/vdb @dry
refused "root" "EBUSY: device: vdc *root*force*" inject disk-error device=/dev/vdc
check "root with force" fdrctl inject disk-error device=/dev/vdc @force @dry
dd if=/dev/zero of=/mnt/swapfile bs=65536 count=16 2> /dev/null
mkswap /mnt/swapfile > /dev/null
check "there is a swap file" swapon /mnt/swapfile
refused "a swap file's partition" "EBUSY: device: vda1 *swap file*" inject disk-error device=/dev/vda1
refused "a swap file's disk" "EBUSY: device: vda1 *swap file*" inject disk-error device=/dev/vda
swapoff /mnt/swapfile
check "a disk with a mounted partition" fdrctl inject disk-error device=/dev/vda @dry
io hold /dev/vda2 > /tmp/held &
holder=$!
until_true 5 grep -q held /tmp/held
refused "held like a journal" "EBUSY: device: vda2 *journal*" inject disk-error device=/dev/vda2
refused "its disk" "EBUSY: device: vda2 *journal*" inject disk-error device=/dev/vda
check "the partition beside" fdrctl inject disk-error device=/dev/vda1 @dry
kill $holder
wait $holder
refused "a path that is not there" "ENOENT: device: /dev/nope *" inject disk-error device=/dev/nope
refused "a number that is not there" "EN*: device: * 240:77*" inject disk-error device=240:77
refused "not a block device" "ENOTBLK: device: /dev/null *" inject disk-error device=/dev/null
refused "discard where there is none" "EOPNOTSUPP: ops: vdd *" inject disk-error device=/dev/vdd ops=discard
blockdev --setro /dev/vdd
refused "writes to what is read-only" "EROFS: ops: vdd *" inject disk-error device=/dev/vdd ops=write,flush
blockdev --setrw /dev/vdd
refused "an operation that is none" "E*ops*" inject disk-error device=/dev/vda2 ops=read,sing

umount /mnt
check_state "nothing is left behind"
finish
