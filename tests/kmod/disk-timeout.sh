#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk that stops answering.  /dev/vda (virtio-blk) has an ext4 on partition 1,
# /dev/vdb is another; /dev/nullb0; and where the kernel has drivers for them one
# disk each of virtio-scsi, ATA and NVMe.
# disk-timeout.sh [MODULE] - with its file the module is also unloaded and loaded again.
. "${KT_DIR:-/kmod}/ktap.sh"

minute=@duration=60000000000
arm
clear_log
remember_state

# The disk of SCSI with that vendor; they come in any order.
scsi() { grep -l "^$1" /sys/block/sd*/device/vendor 2> /dev/null | cut -d/ -f4; }

# asks(disk, operation) - has it done in the background; result() tells how it ended
asks() {
	rm -f /tmp/result
	(io "$2" "/dev/$1" 1 > /tmp/result.part 2>&1; mv /tmp/result.part /tmp/result) &
}
result() { until_true "${1:-30}" test -e /tmp/result && cat /tmp/result; }
waiting() { ! test -e /tmp/result; }

holds() { [ "$(value "$id" held)" -ge "$1" ]; }
has() { [ "$(value "$id" "$1")" -ge "$2" ]; }
balanced() {
	expect "$1: matched = swallowed + passed" "$(value "$id" matched)" \
		$(($(value "$id" swallowed) + $(value "$id" passed)))
	expect "$1: swallowed = held + completed + left" "$(value "$id" swallowed)" \
		$(($(value "$id" held) + $(value "$id" completed) + $(value "$id" left_to_driver)))
}
# In flight, as iostat reads it, and of the two kinds.
in_diskstats() { sed -n "s/.* $1 //p" /proc/diskstats | cut -d' ' -f9; }
in_flight() { cat "/sys/block/$1/inflight"; }
later() { echo $(($(cut -d. -f1 /proc/uptime) + $1)); }
past() { [ "$(cut -d. -f1 /proc/uptime)" -ge "$1" ]; }

# cleared(what) - the injection is over, and nothing is left
cleared() {
	check "$1: it is cleared" fdrctl clear "$id"
	check "$1: it ends" fdrctl wait "$id" cleared 20000
}

# What is refused
refused "a partition" "EINVAL*vda1*whole disk, vda" inject disk-timeout device=/dev/vda1
refused "no such device" "E*device*not there*" inject disk-timeout device=/dev/nosuch
refused "no operation" "EINVAL*ops*" inject disk-timeout device=/dev/vdb ops=
refused "a driver of which nothing is known" "EOPNOTSUPP*nullb0*ended twice*" \
	inject disk-timeout device=/dev/nullb0
check "a dry run" fdrctl inject disk-timeout device=/dev/vda @dry
losetup /dev/loop0 /dev/vdb
check "a dry run on a loop device, which has no timeouts either" fdrctl inject disk-timeout device=/dev/loop0 @dry
losetup -d /dev/loop0

# holds_all(disk) - where no error handling runs: in flight until it is cleared
holds_all() {
	started "$1: it stops answering" disk-timeout device="/dev/$1" $minute
	check "$1: it is active" fdrctl wait "$id" active 10000
	refused "$1: one at a time" "EBUSY*" inject disk-timeout device=/dev/vdb
	asks "$1" read
	check "$1: a read is held" until_true 20 holds 1
	end=$(later 5)
	expect "$1: iostat sees it in flight" "$(in_diskstats "$1")" "[1-9]*"
	expect "$1: and as a read" "$(in_flight "$1")" "*[1-9]*0"
	other=vda
	[ "$1" != vda ] || other=vdb
	expect "$1: another disk answers" "$(io read /dev/$other 20)" ".................... -"
	until_true 20 past "$end"
	check "$1: it waits past the time given to requests" waiting
	cleared "$1"
	expect "$1: then it is answered" "$(result)" ". -"
	expect "$1: nothing was left to others" "$(value "$id" left_to_driver)" 0
	expect "$1: all held were completed" "$(value "$id" completed)" "$(value "$id" swallowed)"
	balanced "$1"
	expect "$1: nothing is in flight" "$(in_diskstats "$1")" 0
	expect "$1: it works" "$(io read "/dev/$1" 3) $(io write "/dev/$1" 3) $(io flush "/dev/$1" 1)" \
		"... - ... - . -"
	check_state "$1: no hook stays"
}

vscsi=$(scsi QEMU) ata=$(scsi ATA) nvme=nvme0n1
echo "# virtio-scsi is $vscsi, ATA is $ata"

# virtio-blk: its requests have no timeout at all
holds_all vdb
expect "virtio-blk: the kernel has nothing to say" "$(dmesg | grep -v faultdrill | grep -ci 'timeout\|timed out\|I/O error')" 0

# Filters
inject disk-timeout device=/dev/vdb ops=write $minute
fdrctl wait "$id" active 10000
expect "reads are answered" "$(io read /dev/vdb 5)" "..... -"
expect "they are no matches" "$(value "$id" matched)" 0
asks vdb write
check "a write is not" until_true 20 holds 1
cleared "writes"
expect "then it is" "$(result)" ". -"
inject disk-timeout device=/dev/vdb ops=read skip=10 every=5 times=1 $minute
fdrctl wait "$id" active 10000
expect "skip and every" "$(io read /dev/vdb 14)" ".............. -"
asks vdb read
check "the fifth after the tenth is held" until_true 20 holds 1
expect "at most one: the others pass" "$(io read /dev/vdb 10)" ".......... -"
expect "matched" "$(value "$id" matched)" 25
expect "swallowed" "$(value "$id" swallowed)" 1
balanced "while it is active"
cleared "skip, every and times"
expect "the one is answered" "$(result)" ". -"
inject disk-timeout device=/dev/vdb ops=read probability=25% seed=7 times=1 $minute
fdrctl wait "$id" active 10000
asks vdb read
until_true 20 test -e /tmp/result || holds 1 || echo "# neither answered nor held"
fdrctl clear "$id" > /dev/null
result > /dev/null

# A mounted file system: it waits and is whole
mkdir -p /mnt
check "ext4 is mounted" mount -t ext4 /dev/vda1 /mnt
inject disk-timeout device=/dev/vda ops=write,flush $minute
fdrctl wait "$id" active 10000
dd if=/dev/urandom of=/mnt/file bs=4096 count=256 2> /dev/null
sum=$(md5sum < /mnt/file)
(sync; echo . - > /tmp/result) &
rm -f /tmp/result
check "writing back is held" until_true 20 holds 1
cleared "a mounted file system"
expect "sync comes back" "$(result)" ". -"
echo 3 > /proc/sys/vm/drop_caches
expect "the data are there" "$(md5sum < /mnt/file)" "$sum"
balanced "a mounted file system"
check "it can be unmounted" umount /mnt

# Reverts that nobody asks for, and many in a row, under load
inject disk-timeout device=/dev/vdb @duration=1500000000
fdrctl wait "$id" active 10000
asks vdb read
check "the duration ends it" fdrctl wait "$id" expired 20000
expect "and the read is answered" "$(result)" ". -"
rm -f /tmp/stop
for i in 1 2 3; do
	(while ! test -e /tmp/stop; do io read /dev/vdb 200; done > "/tmp/load.$i" 2>&1) &
done
for i in 1 2 3 4 5 6; do
	inject disk-timeout device=/dev/vdb ops=read probability=10% seed=$i $minute
	fdrctl wait "$id" active 10000
	until_true 20 has swallowed 3 || echo "# round $i: too few held"
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000
	[ "$(value "$id" completed)" = "$(value "$id" swallowed)" ] || echo "not all completed" > /tmp/lost
done
touch /tmp/stop
wait
check "under load: what was held was completed" test ! -e /tmp/lost
expect "under load: no read failed" "$(cat /tmp/load.* | grep -c E)" 0
expect "under load: nothing is in flight" "$(in_diskstats vdb)" 0
check_state "under load: no hook stays"

# virtio-scsi: error handling gives it more time, for ever
on_vscsi() {
	echo 2 > "/sys/block/$vscsi/device/timeout"
	holds_all "$vscsi"
	goes_offline "$vscsi"
}

# SCSI: off line, and back under the same name
goes_offline() {
	refused "offline: a disk that is not SCSI" "EOPNOTSUPP: mode: vdb*" \
		inject disk-vanish device=/dev/vdb mode=offline
	started "$1: it is off line" disk-vanish device="/dev/$1" mode=offline $minute
	check "$1: it is active" fdrctl wait "$id" active 10000
	expect "$1: its state" "$(cat "/sys/block/$1/device/state")" transport-offline
	expect "$1: it cannot be opened" "$(io read "/dev/$1" 1 2>&1)" "*No such device or address*"
	refused "$1: not a second time" "E*" inject disk-vanish device="/dev/$1" mode=offline
	cleared "$1"
	expect "$1: it is running" "$(cat "/sys/block/$1/device/state")" running
	expect "$1: it works" "$(io read "/dev/$1" 3) $(io write "/dev/$1" 3)" "... - ... -"
	check_state "$1: nothing is left"
}

# ATA: error handling fails it; a clear before that answers it
on_ata() {
	clear_log
	echo 2 > "/sys/block/$ata/device/timeout"
	started "ATA: it stops answering" disk-timeout device="/dev/$ata" ops=read times=1 $minute
	fdrctl wait "$id" active 10000
	asks "$ata" read
	expect "ATA: error handling gives the read up" "$(result 60)" "E EIO"
	dmesg | grep -i "ata\|sd " | tail -12 | sed 's/^/# /'
	expect "ATA: it works again, the one being over" "$(io read "/dev/$ata" 5)" "..... -"
	cleared "ATA"
	expect "ATA: it was left to error handling" "$(value "$id" left_to_driver)" 1
	expect "ATA: nothing was completed" "$(value "$id" completed)" 0
	balanced "ATA"
	expect "ATA: it works" "$(io read "/dev/$ata" 3) $(io write "/dev/$ata" 3)" "... - ... -"
	expect "ATA: it is running" "$(cat "/sys/block/$ata/device/state")" running
	echo 60 > "/sys/block/$ata/device/timeout"
	inject disk-timeout device="/dev/$ata" ops=read $minute
	fdrctl wait "$id" active 10000
	asks "$ata" read
	check "ATA: a read is held" until_true 20 holds 1
	cleared "ATA, in time"
	expect "ATA, in time: it is answered" "$(result)" ". -"
	expect "ATA, in time: by us" "$(value "$id" completed),$(value "$id" left_to_driver)" "1,0"
	check_state "ATA: no hook stays"
	goes_offline "$ata"
}

# NVMe: the driver aborts, resets and asks again.  QEMU's controller has shadow
# doorbells, and after a reset with a request in flight the driver does not ring the
# true one: the next request of that queue would be lost, and each after it.  Finding
# the controller anew sets that right.
find_anew() {
	echo 1 > "$(readlink -f /sys/class/nvme/nvme0/device)/remove"
	echo 1 > /sys/bus/pci/rescan
	until_true 30 test -e /dev/$nvme
}
on_nvme() {
	settled() { [ "$(cat /sys/class/nvme/nvme0/state)" = live ]; }
	for round in 1 2; do
		clear_log
		echo 2000 > /sys/block/$nvme/queue/io_timeout
		started "NVMe, round $round: it stops answering" disk-timeout device=/dev/$nvme $minute
		fdrctl wait "$id" active 10000
		asks $nvme read
		check "NVMe: a read is swallowed" until_true 20 has swallowed 1
		expect "NVMe: iostat sees it in flight" "$(in_diskstats $nvme)" "[1-9]*"
		# In the second round the clear comes first: what was swallowed is the driver's.
		[ $round = 1 ] || cleared "NVMe"
		expect "NVMe: the driver asked again and was answered" "$(result 60)" ". -"
		check "NVMe: it has reset the controller" in_log "nvme.*\(reset controller\|controller is down\)"
		[ $round = 2 ] || cleared "NVMe"
		dmesg | grep -i nvme | tail -12 | sed 's/^/# /'
		balanced "NVMe"
		expect "NVMe: all was left to the driver" "$(value "$id" left_to_driver)" "$(value "$id" swallowed)"
		check "NVMe: it is live again" until_true 30 settled
		check "NVMe: it is found anew" find_anew
		expect "NVMe: it works" "$(io read /dev/$nvme 3) $(io write /dev/$nvme 3)" "... - ... -"
		check_state "NVMe: no hook stays"
	done
}

# there(what, disk, function)
there() {
	if [ -n "$2" ] && [ -e "/sys/block/$2" ]; then "$3"; else skip "$1" "no such disk here"; fi
}
there virtio-scsi "$vscsi" on_vscsi
there ATA "$ata" on_ata
there NVMe "$nvme" on_nvme

# The module goes while requests are held
if [ -n "$1" ]; then
	inject disk-timeout device=/dev/vdb $minute
	fdrctl wait "$id" active 10000
	asks vdb read
	until_true 20 holds 1
	check "the module is unloaded by force" rmmod -f faultdrill
	expect "the read is answered" "$(result)" ". -"
	expect "no hook stays" "$(cat /sys/kernel/tracing/enabled_functions)" ""
	check "it is loaded again" insmod "$1"
	arm
fi
finish
