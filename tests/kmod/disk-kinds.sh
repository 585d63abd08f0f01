#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How a live disk fails.  /dev/vda2 is an empty partition, /dev/vdd cannot
# discard, /dev/vdc is the root of process 1.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

minute=@duration=60000000000
arm
remember_state
balance() {
	expect "$1: matched = failed + passed" "$(value "$id" matched)" \
		$(($(value "$id" failed) + $(value "$id" passed)))
}
clear() {
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000 > /dev/null
	balance "$1"
}

# Each status as a program sees it
for pair in io:EIO notsupp:EOPNOTSUPP timeout:ETIMEDOUT nospc:ENOSPC transport:ENOLINK \
	target:EREMOTEIO medium:ENODATA protection:EILSEQ resource:ENOMEM reservation:EBADE \
	again:EAGAIN dev-resource:EBUSY offline:ENODEV zone-open:ETOOMANYREFS \
	zone-active:EOVERFLOW duration-limit:ETIME invalid:EINVAL; do
	status=${pair%%:*}
	if ! inject disk-error device=/dev/vda2 ops=read times=1 status="$status" $minute; then
		case $status:$id in
		offline:EOPNOTSUPP*"$status"* | duration-limit:EOPNOTSUPP*"$status"* | invalid:EOPNOTSUPP*"$status"*)
			ok "status $status: this kernel has none, and says so" ;;
		*) not_ok "status $status" "$id" ;;
		esac
		continue
	fi
	fdrctl wait "$id" active 10000
	expect "status $status" "$(io read /dev/vda2 3)" "E.. ${pair##*:}"
	fdrctl clear "$id" > /dev/null
done

# Bad sectors: the last half of the second block, and the fourth.
io write /dev/vda2 5 > /dev/null
inject disk-bad-sectors device=/dev/vda2 sectors=12-15,24-31 $minute
fdrctl wait "$id" active 10000
expect "what touches a bad sector cannot be read" "$(io read /dev/vda2 5)" ".E.E. ENODATA"
expect "it can be written to" "$(io write /dev/vda2 5)" "..... -"
expect "which cures nothing" "$(io read /dev/vda2 5)" ".E.E. ENODATA"
expect "nothing is counted as cured" "$(value "$id" cured)" 0
clear "bad sectors"
expect "afterwards all can be read" "$(io read /dev/vda2 5)" "..... -"
inject disk-bad-sectors device=/dev/vda2 sectors=12-15,24-31 cure=write status=io $minute
fdrctl wait "$id" active 10000
expect "until a write cures them" "$(io read /dev/vda2 5)" ".E.E. EIO"
expect "a write to half of a range" "$(io write /dev/vda2 1 1024 6144)" ". -"
expect "cures its two sectors" "$(value "$id" cured)" 2
expect "the others are not" "$(io read /dev/vda2 5)" ".E.E. EIO"
io write /dev/vda2 1 1024 7168 > /dev/null
expect "the whole range" "$(io read /dev/vda2 5)" "...E. EIO"
io write /dev/vda2 5 > /dev/null
expect "a write that covers more" "$(io read /dev/vda2 5)" "..... -"
expect "all are cured, each once" "$(value "$id" cured)" 12
clear "cured sectors"
inject disk-bad-sectors device=/dev/vda2 sectors=8-15 ops=read,write $minute
fdrctl wait "$id" active 10000
expect "writes fail where asked for" "$(io write /dev/vda2 3)" ".E. ENODATA"
clear "bad sectors for writes"
refused "which sectors" "EINVAL: sectors: *which*" inject disk-bad-sectors device=/dev/vda2
refused "a write cannot cure and fail" "EINVAL: ops: *cure*" \
	inject disk-bad-sectors device=/dev/vda2 sectors=0-7 cure=write ops=read,write
big=$(cat /sys/class/block/vda/size)
check "a whole disk of bad sectors" fdrctl inject disk-bad-sectors device=/dev/vda sectors=0- cure=write @dry
expect "which has more than a few" "$big" "??????*"

# Write-protected
for like in scsi:EREMOTEIO nvme:ENODATA; do
	inject disk-readonly device=/dev/vda2 like=${like%%:*} $minute
	fdrctl wait "$id" active 10000
	expect "read-only as ${like%%:*}: writes fail" "$(io write /dev/vda2 2)" "EE ${like##*:}"
	expect "discards fail" "$(io discard /dev/vda2 2)" "EE ${like##*:}"
	expect "reads do not" "$(io read /dev/vda2 2)" ".. -"
	expect "flushes do not" "$(io flush /dev/vda2 1)" ". -"
	clear "read-only"
	expect "it can be written to again" "$(io write /dev/vda2 2)" ".. -"
done
ro() { blockdev --getro /dev/vdd; }
inject disk-readonly device=/dev/vdd mark=yes $minute
fdrctl wait "$id" active 10000
until_true 5 [ "$(ro)" = 1 ]
expect "it is marked read-only" "$(ro)" 1
check "it cannot be written to" sh -c '[ "$(io write /dev/vdd 1 2> /dev/null)" != ". -" ]'
expect "it can be read" "$(io read /dev/vdd 2)" ".. -"
clear "marked read-only"
expect "the mark is gone" "$(ro)" 0
expect "it can be written to" "$(io write /dev/vdd 2)" ".. -"
inject disk-readonly device=/dev/vdd mark=yes @duration=1000000000
check "the duration ends it" fdrctl wait "$id" expired 20000
expect "the mark is gone then too" "$(ro)" 0
refused "a partition cannot be marked" "EOPNOTSUPP: mark: vda2*" inject disk-readonly device=/dev/vda2 mark=yes
blockdev --setro /dev/vdd
refused "what is read-only already" "EROFS: *vdd*" inject disk-readonly device=/dev/vdd
blockdev --setrw /dev/vdd

# Gone, under a mounted file system
mkdir -p /mnt
mount -t ext4 -o errors=continue /dev/vda1 /mnt
dd if=/dev/urandom of=/mnt/file bs=4096 count=64 2> /dev/null
sum=$(md5sum < /mnt/file)
sync
drop() { echo 3 > /proc/sys/vm/drop_caches; }
started "the disk is gone" disk-vanish device=/dev/vda $minute
check "it is active" fdrctl wait "$id" active 10000
drop
expect "a file cannot be read" "$(cat /mnt/file 2>&1 > /dev/null)" "*Input/output error*"
expect "nothing works" \
	"$(io read /dev/vda2 1) $(io write /dev/vda2 1) $(io flush /dev/vda2 1) $(io discard /dev/vda2 1)" \
	"E EIO E EIO E EIO E EIO"
expect "not on the disk itself either" "$(io read /dev/vda 1)" "E EIO"
expect "the other disk works" "$(io read /dev/vdd 1)" ". -"
clear "gone"
expect "nothing passed" "$(value "$id" passed)" 0
drop
expect "it is back, and the file intact" "$(md5sum < /mnt/file)" "$sum"
check "it can be written to" sh -c 'echo back > /mnt/back && sync'
umount /mnt
check "the file system can be mounted again" mount -t ext4 /dev/vda1 /mnt
expect "with what was written" "$(cat /mnt/back)" back
umount /mnt
refused "root" "EBUSY: device: vdc *root*force*" inject disk-vanish device=/dev/vdc

check_state "nothing is left behind"
finish
