#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Locks that are held: who needs them waits, and gets them afterwards.
# /dev/vda1 has an ext4; the root of process 1 is on another disk.
. "${KT_DIR:-/kmod}/ktap.sh"

minute=@duration=60000000000
arm
remember_state
mkdir -p /mnt
mount -t ext4 /dev/vda1 /mnt

# blocks(what, lock's parameters, command...) - the command waits until the fault is cleared
blocks() {
	local what=$1 words=$2
	shift 2
	# shellcheck disable=SC2086
	started "$what is held" lock-hold $words $minute
	check "$what: it is active" fdrctl wait "$id" active 5000
	rm -f /tmp/passed
	("$@" > /dev/null 2>&1; echo yes > /tmp/passed) &
	until_true 5 waits
	expect "$what: who needs it waits in state D" "$(waits && echo yes)" yes
	# shellcheck disable=SC2086
	refused "$what: not a second time" "EBUSY*" inject lock-hold $words $minute
	check "$what: it is cleared" fdrctl clear "$id"
	check "$what: then it goes on" until_true 5 test -e /tmp/passed
	expect "$what: it was held" "$(value "$id" held_ns)" "??????*"
}
# A child of ours, or of one, in state D.
waits() { ! test -e /tmp/passed && cat /proc/[0-9]*/stat 2> /dev/null | grep -q "^[0-9]* ([a-z]*) D"; }

# What is refused.
refused "no lock is named" "E*lock*" inject lock-hold
refused "a lock that there is not" "E*lock*" inject lock-hold lock=kitchen
refused "an inode without a path" "E*path*" inject lock-hold lock=inode
refused "a memory map without a process" "E*pid*" inject lock-hold lock=mmap
refused "rtnl with a path" "E*path*" inject lock-hold lock=rtnl path=/mnt
refused "an inode with a process" "E*pid*" inject lock-hold lock=inode path=/mnt pid=1
refused "a path that is not there" "ENOENT*path*" inject lock-hold lock=inode path=/no/such
refused "a process that is not there" "ESRCH*pid*" inject lock-hold lock=mmap pid=4000000
refused "a kernel thread" "EINVAL*pid*" inject lock-hold lock=mmap pid=2 @force
refused "process 1" "EBUSY*pid*force*" inject lock-hold lock=mmap pid=1
refused "the root directory" "EBUSY*path*force*" inject lock-hold lock=inode path=/
refused "the root file system" "EBUSY*path*force*" inject lock-hold lock=freeze path=/etc
refused "the file system of the program that asks" "EBUSY*path*force*" inject lock-hold lock=freeze path=/kmod
refused "a file system that cannot be frozen" "EOPNOTSUPP*path*" inject lock-hold lock=freeze path=/proc
check "a dry run: rtnl" fdrctl inject lock-hold lock=rtnl @dry
check "a dry run: root, with force" fdrctl inject lock-hold lock=freeze path=/ @force @dry
cp /kmod/fdrctl /mnt/fdrctl
refused_there() {
	out=$(/mnt/fdrctl inject lock-hold lock=freeze path=/mnt 2>&1)
	case $out in EBUSY*program*) return 0 ;; esac
	echo "$out"
	return 1
}
check "the disk that the program that asks runs from" refused_there
mount -o remount,ro /mnt
refused "a read-only file system" "EROFS*path*" inject lock-hold lock=freeze path=/mnt
mount -o remount,rw /mnt

blocks "rtnl" lock=rtnl ip link set lo mtu 65536
touch /mnt/file
blocks "an inode" "lock=inode path=/mnt/file" chmod 600 /mnt/file
check "reading does not need it" cat /mnt/file
sleep 1000 &
sleeper=$!
# It has another memory map once it runs its program.
until_true 5 grep -q sleep /proc/$sleeper/cmdline
blocks "a memory map" "lock=mmap pid=$sleeper" cat /proc/$sleeper/cmdline
blocks "a file system" "lock=freeze path=/mnt/file" dd if=/dev/zero of=/mnt/file bs=4096 count=1
check "it can be written to" touch /mnt/file

# A process that dies while its memory map is held ends afterwards, and its memory goes.
inject lock-hold lock=mmap pid=$sleeper $minute
fdrctl wait "$id" active 5000
kill -9 $sleeper
check "it is cleared after the process was killed" fdrctl clear "$id"
# A zombie has ended: its parent is this shell.
ended() { ! grep -qv ') Z' /proc/"$1"/stat 2> /dev/null; }
check "which ends" until_true 30 ended $sleeper

# By duration and by lease; an unmount that had to wait works.
for words in lock=rtnl "lock=inode path=/mnt/file" "lock=freeze path=/mnt"; do
	# shellcheck disable=SC2086
	inject lock-hold $words @duration=500000000
	check "$words: the duration ends it" fdrctl wait "$id" expired 10000
	at_least "$words: it was held as long" "$(value "$id" held_ns)" 100000000
	# shellcheck disable=SC2086
	inject lock-hold $words $minute @lease=500000000
	check "$words: a lapsed lease ends it" fdrctl wait "$id" expired 10000
done

# Frozen by somebody else, thawed by somebody else.
fsfreeze --freeze /mnt
refused "a file system that is frozen already" "EBUSY*path*frozen*" inject lock-hold lock=freeze path=/mnt
fsfreeze --unfreeze /mnt
inject lock-hold lock=freeze path=/mnt @duration=2000000000
fdrctl wait "$id" active 5000
if fsfreeze --unfreeze /mnt 2> /dev/null; then
	check "a user's thaw ends the fault" fdrctl wait "$id" fired 5000
	expect "the counters say so" "$(value "$id" thawed_by_others)" 1
	expect "and the reason" "$(value "$id" reason)" "*somebody else*"
else
	ok "a user cannot thaw it"
	check "the duration ends it" fdrctl wait "$id" expired 10000
	expect "it was thawed by the module" "$(value "$id" thawed_by_others)" 0
fi
check "it can be written to" touch /mnt/file

# A file system that is held cannot be unmounted under the fault; afterwards it can.
inject lock-hold lock=freeze path=/mnt $minute @delay=60000000000
expect "a pending fault keeps it mounted" "$(umount /mnt 2>&1)" "*busy*"
fdrctl clear "$id" > /dev/null
rm -f /mnt/fdrctl /mnt/file
check "nothing is held any more" until_true 5 umount /mnt

inject lock-hold lock=rtnl $minute
fdrctl wait "$id" active 5000
expect "unloading is refused meanwhile" "$(rmmod faultdrill 2>&1)" "*unavailable*"
fdrctl clear "$id" > /dev/null
check_state "nothing is left behind"
finish
