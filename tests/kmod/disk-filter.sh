#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Which I/O a disk fault takes.  /dev/vda has partitions 1 (ext4) and 2
# (nothing), /dev/vdd the serial number DRILL-1, /dev/vdc is the root of process 1.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

minute=@duration=60000000000
arm
remember_state

# fails(arguments...) - an active disk-error on reads
fails() { inject disk-error ops=read $minute "$@" && fdrctl wait "$id" active 10000 > /dev/null; }
# seen(what, wanted) - of five reads, and then no more of it
seen() {
	expect "$1" "$(io read /dev/vda2 5)" "$2"
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000 > /dev/null
	expect "$1: matched = failed + passed" "$(value "$id" matched)" \
		$(($(value "$id" failed) + $(value "$id" passed)))
}

# Where
fails device=/dev/vda2 sectors=8-15,24
seen "ranges of sectors" ".E.E. EIO"
fails device=/dev/vda2 sectors=24,12-15,8-13
seen "in any order, and overlapping" ".E.E. EIO"
fails device=/dev/vda2 sectors=9
seen "one sector is enough" ".E... EIO"
fails device=/dev/vda2 bytes=4K-8K,12288
seen "ranges of bytes" ".E.E. EIO"
fails device=/dev/vda2 bytes=4100-4200
seen "widened to whole sectors" ".E... EIO"
fails device=/dev/vda2 bytes=8K-
seen "to the end" "..EEE EIO"
fails device=/dev/vda2 sectors=0 bytes=16K-20K
seen "sectors and bytes together" "E...E EIO"
start=$(cat /sys/class/block/vda2/start)
fails device=/dev/vda sectors=$((start + 8))-$((start + 15))
expect "not at the same place of the disk itself" "$(io read /dev/vda 5)" "..... -"
seen "a disk's sectors, in its partition's I/O" ".E... EIO"
fails device=/dev/vda sectors=8-15
expect "a disk's sectors, in its own I/O" "$(io read /dev/vda 5)" ".E... EIO"
seen "not at the same place of a partition" "..... -"
inject disk-error device=/dev/vda2 ops=write sectors=8-15 $minute
fdrctl wait "$id" active 10000
expect "writes too" "$(io write /dev/vda2 5)" ".E... EIO"
fdrctl clear "$id" > /dev/null
inject disk-error device=/dev/vda2 ops=discard sectors=8-15 $minute
fdrctl wait "$id" active 10000
expect "discards too" "$(io discard /dev/vda2 5)" ".E... EIO"
fdrctl clear "$id" > /dev/null
inject disk-error device=/dev/vda2 sectors=8-15 $minute
fdrctl wait "$id" active 10000
expect "a flush alone is nowhere" "$(io flush /dev/vda2 1)" ". -"
fdrctl clear "$id" > /dev/null

# How many
fails device=/dev/vda2 every=2
seen "every second" ".E.E. EIO"
fails device=/dev/vda2 every=2 skip=1
seen "every second after the first" "..E.E EIO"
fails device=/dev/vda2 every=2 times=1
seen "every second, once" ".E... EIO"

# Two at once
fails device=/dev/vda2 sectors=8-15
one=$id
fails device=/dev/vda2 sectors=8-31
seen "two on the same device" ".EEE. EIO"
expect "the first of them took what both match" "$(value "$one" failed),$(value "$id" failed)" "1,2"
fdrctl clear > /dev/null

# Whose
mkfifo /tmp/go
sh -c 'read -r go < /tmp/go; exec io read /dev/vda2 3' > /tmp/of-pid &
pid=$!
fails device=/dev/vda2 pid=$pid
expect "another process" "$(io read /dev/vda2 3)" "... -"
echo > /tmp/go
wait $pid
expect "the process that is meant" "$(cat /tmp/of-pid)" "EEE EIO"
expect "it alone was matched" "$(value "$id" matched)" 3
fdrctl clear > /dev/null
rm /tmp/go
mkdir -p /tmp/cg
mount -t cgroup2 none /tmp/cg
if echo +io > /tmp/cg/cgroup.subtree_control; then
	mkdir -p /tmp/cg/drill/below/within /tmp/cg/other
	echo +io > /tmp/cg/drill/cgroup.subtree_control
	in_group() { sh -c "echo \$\$ > /tmp/cg/$1/cgroup.procs; exec io read /dev/vda2 3"; }
	fails device=/dev/vda2 cgroup=/drill
	expect "another control group" "$(in_group other)" "... -"
	expect "no control group" "$(io read /dev/vda2 3)" "... -"
	expect "a group below the one that is meant" "$(in_group drill/below)" "EEE EIO"
	fdrctl clear > /dev/null
	fails device=/dev/vda2 cgroup=/drill/below
	expect "the group that is meant" "$(in_group drill/below)" "EEE EIO"
	fdrctl clear > /dev/null
	fdrctl wait "$id" cleared 20000
	refused "a group whose I/O is not its own" "EOPNOTSUPP: cgroup: *io controller*" \
		inject disk-error device=/dev/vda2 cgroup=/drill/below/within
	rmdir /tmp/cg/drill/below/within /tmp/cg/drill/below /tmp/cg/drill /tmp/cg/other
else
	skip "control groups" "there is no io controller"
fi
echo -io > /tmp/cg/cgroup.subtree_control
umount /tmp/cg
refused "a group that is not there" "ENOENT: cgroup: *no-such*" \
	inject disk-error device=/dev/vda2 cgroup=/no-such
refused "a process that is not there" "ESRCH: pid: *4000000*" \
	inject disk-error device=/dev/vda2 pid=4000000

# Of what kind
mkdir -p /mnt
check "ext4 is mounted" mount -t ext4 -o errors=continue /dev/vda1 /mnt
mkdir -p /mnt/dir
(cd /mnt/dir && touch name)
dd if=/dev/urandom of=/mnt/file bs=4096 count=16 2> /dev/null
# Nothing in memory, and nothing read ahead of need, which is not marked as metadata.
umount /mnt
mount -t ext4 -o errors=continue,inode_readahead_blks=0 /dev/vda1 /mnt
exec 3< /mnt/file
fails device=/dev/vda1 kind=metadata
expect "metadata: a file that is open can be read" "$(dd bs=4096 count=16 <&3 2> /dev/null | wc -c)" 65536
expect "a directory cannot" "$(ls /mnt/dir 2>&1)" "*Input/output error*"
fdrctl clear "$id" > /dev/null
exec 3<&-
umount /mnt
mount -t ext4 -o errors=continue /dev/vda1 /mnt
fails device=/dev/vda1 kind=data
expect "data: a directory can be read" "$(ls /mnt/dir 2>&1)" name
expect "a file cannot" "$(cat /mnt/file 2>&1 > /dev/null)" "*Input/output error*"
fdrctl clear "$id" > /dev/null

# When
state() { io read /dev/vda2 1 | cut -c1; }
bad() { [ "$(state)" = E ]; }
good() { [ "$(state)" = . ]; }
fails device=/dev/vda2 on=400ms off=400ms
check "a duty cycle begins badly" until_true 10 bad
check "goes on well" until_true 10 good
check "and badly again" until_true 10 bad
fdrctl clear "$id" > /dev/null
fdrctl wait "$id" cleared 20000
expect "matched = failed + passed" "$(value "$id" matched)" \
	$(($(value "$id" failed) + $(value "$id" passed)))

# Which device
fails device=serial:DRILL-1
expect "a disk by its serial number" "$(io read /dev/vdd 2)" "EE EIO"
expect "no other" "$(io read /dev/vda2 2)" ".. -"
fdrctl clear "$id" > /dev/null
refused "a serial number that is not there" "ENODEV: device: no disk *NOPE*lsblk*" \
	inject disk-error device=serial:NOPE
refused "a name that is not there" "ENODEV: device: no disk *5000c500*lsblk*" \
	inject disk-error device=wwn:0x5000c500a1b2c3d4
refused "a partition that is not there" "ENODEV: device: vdd*no partition 3*" \
	inject disk-error device=serial:DRILL-1-part3
refused "no number" "E*device*" inject disk-error device=serial:

# What the program that asks needs
cp "$(command -v fdrctl)" /mnt/fdrctl
expect "the disk that the program runs from" \
	"$(/mnt/fdrctl inject disk-error device=/dev/vda1 @dry)" "EBUSY: device: vda1 *program*force*"
expect "with force" "$(/mnt/fdrctl inject disk-error device=/dev/vda1 @dry @force)" "*"
expect "the disk that it writes a file on" \
	"$(fdrctl inject disk-error device=/dev/vda @dry 9> /mnt/log)" "EBUSY: device: vda1 *writes*force*"
check "a disk that it needs nothing of" fdrctl inject disk-error device=/dev/vda @dry
rm -f /mnt/fdrctl /mnt/log
umount /mnt

# What could never match
refused "backwards" "EINVAL: sectors: '8-3'*" inject disk-error device=/dev/vda2 sectors=8-3
refused "no number" "EINVAL: sectors: 'some'*" inject disk-error device=/dev/vda2 sectors=0-7,some
refused "no unit" "EINVAL: bytes: '4X'*" inject disk-error device=/dev/vda2 bytes=4X
refused "beyond every disk" "ERANGE: bytes: *" inject disk-error device=/dev/vda2 bytes=99999999999T
size=$(cat /sys/class/block/vda2/size)
refused "past the end" "ERANGE: sectors: *$size sectors*" inject disk-error device=/dev/vda2 sectors="0-$size"
refused "past the end, with an open end" "ERANGE: sectors: *" inject disk-error device=/dev/vda2 sectors="$size-"
check "the last sector" fdrctl inject disk-error device=/dev/vda2 sectors=$((size - 1)) @dry
refused "flushes alone, somewhere" "EINVAL: ops: *flush*" inject disk-error device=/dev/vda2 ops=flush sectors=0-7
refused "on without off" "EINVAL: on: *" inject disk-error device=/dev/vda2 on=1s
refused "off without on" "EINVAL: off: *" inject disk-error device=/dev/vda2 off=1s
refused "on for no time" "ERANGE: *on*" inject disk-error device=/dev/vda2 on=0s off=1s
refused "every none" "ERANGE: *every*" inject disk-error device=/dev/vda2 every=0
echo 0 > /proc/sys/kernel/ftrace_enabled
refused "ftrace is off" "EBUSY: ftrace is off*" inject disk-error device=/dev/vda2
echo 1 > /proc/sys/kernel/ftrace_enabled

check_state "nothing is left behind"
finish
