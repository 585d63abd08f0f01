#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Disks that lie: what is on the medium afterwards, to the bit.  /dev/vda has
# partitions 1 (ext4) and 2 (to be written over); $1 is the module's path.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

module=$1
minute=@duration=60000000000
raw=/dev/vda2
arm
remember_state
drop() { echo 3 > /proc/sys/vm/drop_caches; }

# lie(arguments...) - inject and be sure that it is in effect
lie() { inject "$@" $minute && fdrctl wait "$id" active 10000 > /dev/null; }
# truth(what) - the lie ends; every match was one thing or the other
truth() {
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000 > /dev/null
	expect "$1: matched = taken + passed" "$(value "$id" matched)" \
		$(($(value "$id" "$2") + $(value "$id" passed)))
}
# old(sectors), new(sectors) - write them, in writes of 8
old() { medium write $raw 1 0 "$1" 8; }
new() { medium write $raw 2 0 "$1" 8; }
# told() - the places that the kernel's log names
told() { dmesg | sed -n 's/.*disk-corrupt [a-z0-9]*: \(read\|write\): //p' | grep -v "bytes overwritten"; }
flushes() { awk '{ print $16 }' /sys/block/vda/stat; }
# same(what, file, file)
same() { if cmp -s "$2" "$3"; then ok "$1"; else not_ok "$1" "$(diff "$2" "$3" | head -n 20)"; fi; }

# Writes that are lost
expect "the medium is written" "$(old 64)" "-"
lie disk-drop-writes device=$raw every=2
expect "all writes are acknowledged" "$(new 64)" "-"
expect "every second one is not there" "$(medium which $raw 1 2 0 64)" \
	bbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaabbbbbbbbaaaaaaaa
expect "counted" "$(value "$id" matched),$(value "$id" dropped),$(value "$id" bytes)" "8,4,16384"
before=$(flushes)
io flush $raw 3 > /dev/null
at_least "a flush is no write, and is carried out" "$(($(flushes) - before))" 3
truth "dropped writes" dropped
new 64 > /dev/null
expect "once it is cleared, all are written" "$(medium which $raw 1 2 0 8)" bbbbbbbb
old 64 > /dev/null
lie disk-drop-writes device=$raw sectors=20-21
new 64 > /dev/null
expect "only what touches the range is lost" "$(medium which $raw 1 2 0 32)" \
	bbbbbbbbbbbbbbbbaaaaaaaabbbbbbbb
truth "dropped writes in a range" dropped

# Flushes that are not carried out
before=$(flushes)
io flush $raw 4 > /dev/null
at_least "flushes reach the device" "$(($(flushes) - before))" 4
lie disk-drop-flush device=$raw
before=$(flushes)
expect "flushes are acknowledged" "$(io flush $raw 4)" ".... -"
expect "and none reaches the device" "$(($(flushes) - before))" 0
expect "counted" "$(value "$id" matched),$(value "$id" flushes)" "4,4"
expect "durable writes are acknowledged" "$(medium write -d $raw 1 0 64 8)" "-"
expect "no flush, no FUA" "$(($(flushes) - before))" 0
at_least "they were asked for" "$(value "$id" fua)" 8
expect "the data are written" "$(medium which $raw 1 2 0 16)" aaaaaaaaaaaaaaaa
truth "dropped flushes" dropped
before=$(flushes)
medium write -d $raw 1 0 64 8 > /dev/null
at_least "once it is cleared, they are carried out" "$(($(flushes) - before))" 8

# A disk with a volatile cache, whose power fails: null_blk has such.
cut=/sys/kernel/config/nullb/cut
power() {
	echo 0 > $cut/power
	echo 1 > $cut/power
	lossy=/dev/cut
	[ -b $lossy ] || lossy=/dev/nullb$(cat $cut/index)
}
if [ -e /sys/module/null_blk ]; then
	mount -t configfs configfs /sys/kernel/config
	mkdir $cut
	for setting in size=64 memory_backed=1 cache_size=32; do
		echo ${setting#*=} > $cut/${setting%=*}
	done
	power
	medium write -d $lossy 1 0 64 8 > /dev/null
	power
	expect "what was flushed outlives the power" "$(medium which $lossy 1 2 0 64 | tr -s a)" a
	# Its cache holds what is written for the first time.
	medium write $lossy 1 64 64 8 > /dev/null
	power
	expect "what was not flushed is lost" "$(medium which $lossy 1 2 64 64 | tr -s 0)" 0
	lie disk-drop-flush device=$lossy
	expect "a durable write is acknowledged" "$(medium write -d $lossy 1 128 64 8)" "-"
	expect "and can be read" "$(medium which $lossy 1 2 128 64 | tr -s a)" a
	truth "a durable write" dropped
	power
	expect "and is lost with the power" "$(medium which $lossy 1 2 128 64 | tr -s 0)" 0
	echo 0 > $cut/power
	rmdir $cut
else
	skip "a durable write is lost with the power" "the kernel has no null_blk"
fi

# Torn writes
old 64 > /dev/null
lie disk-torn-write device=$raw keep=3
expect "torn writes are acknowledged" "$(new 32)" "-"
expect "their beginning is there" "$(medium which $raw 1 2 0 40)" \
	bbbaaaaabbbaaaaabbbaaaaabbbaaaaaaaaaaaaa
expect "counted" "$(value "$id" torn),$(value "$id" lost_bytes)" "4,10240"
expect "what is no longer cannot be torn" "$(medium write $raw 2 0 3 3) $(medium which $raw 1 2 0 4)" "- bbba"
expect "and is counted" "$(value "$id" unable)" 1
truth "torn writes" torn
for seed in 5 5 6; do
	old 256 > /dev/null
	lie disk-torn-write device=$raw seed=$seed
	new 256 > /dev/null
	truth "torn at random" torn
	seen=$(medium which $raw 1 2 0 256 | sed 's/......../& /g')
	expect "each has a beginning and lacks an end" \
		"$(for w in $seen; do echo "$w"; done | grep -vc '^bb*a*a$')" 0
	case $seed in
	5) [ -z "$first" ] || expect "the same seed tears the same" "$seen" "$first"; first=$seen ;;
	6) if [ "$seen" != "$first" ]; then ok "another seed tears otherwise"; else not_ok "another seed tears otherwise" "$seen"; fi ;;
	esac
done
old 64 > /dev/null
lie disk-torn-write device=$raw unit=4
new 64 > /dev/null
truth "torn in the middle" torn
expect "at multiples of the unit" "$(medium which $raw 1 2 0 16)" bbbbaaaabbbbaaaa
medium write $raw 1 0 4096 2048 > /dev/null
lie disk-torn-write device=$raw keep=1500 times=1
medium write $raw 2 0 4096 2048 > /dev/null
truth "a large write" torn
expect "a large write is torn once, as the block layer hands it on" \
	"$(medium which $raw 1 2 0 4096 | tr -s ab)" "*ba*"
at_most "and loses no more than that" "$(medium which $raw 1 2 0 4096 | tr -cd a | wc -c)" 2596

# Reads that come back damaged
medium write $raw 1 0 4096 2048 > /dev/null
clear_log
lie disk-corrupt device=$raw bits=3 seed=9
medium differ $raw 1 0 64 8 > /tmp/first
told > /tmp/told
same "reads are damaged as the log says, and no more" /tmp/first /tmp/told
expect "so many bits" "$(sed 's/.*0x//' /tmp/first | awk '{ n = index("0123456789abcdef", substr($1, 1, 1)) - 1; m = index("0123456789abcdef", substr($1, 2, 1)) - 1; v = n * 16 + m; while (v) { c += v % 2; v = int(v / 2) } } END { print c }')" 24
expect "counted" "$(value "$id" corrupted)" 8
truth "damaged reads" taken
expect "the medium is as it was" "$(medium differ $raw 1 0 4096 8)" ""
lie disk-corrupt device=$raw bits=3 seed=9
medium differ $raw 1 0 64 8 > /tmp/second
truth "damaged reads" taken
same "the same seed damages the same bits" /tmp/first /tmp/second
lie disk-corrupt device=$raw bits=3 seed=10
medium differ $raw 1 0 64 8 > /tmp/second
truth "damaged reads" taken
if cmp -s /tmp/first /tmp/second; then not_ok "another seed other bits" "the same"; else ok "another seed other bits"; fi
clear_log
lie disk-corrupt device=$raw bits=300 log=100000
medium differ $raw 1 0 4096 2048 > /tmp/seen
told > /tmp/told
truth "large reads" taken
same "a large read is damaged as the log says" /tmp/seen /tmp/told
at_least "many bytes of it" "$(wc -l < /tmp/seen)" 250
lie disk-corrupt device=$raw sectors=20-21,40-40 bits=16 log=0
medium differ $raw 1 0 64 64 > /tmp/seen
truth "reads across the range" taken
at_least "a range is damaged" "$(wc -l < /tmp/seen)" 1
expect "and nothing beside it" "$(grep -vc '^sector \(20\|21\|40\) ' /tmp/seen)" 0

# Writes that arrive damaged
clear_log
lie disk-corrupt device=$raw ops=write bits=2 seed=3
expect "the writer's own bytes stay" "$(medium write $raw 1 0 64 8)" "-"
truth "damaged writes" taken
medium differ $raw 1 0 4096 8 > /tmp/seen
told > /tmp/told
same "the medium is damaged as the log says, and no more" /tmp/seen /tmp/told
at_least "it is damaged" "$(wc -l < /tmp/seen)" 9
clear_log
lie disk-corrupt device=$raw ops=write bits=300 log=100000
expect "a large write, too" "$(medium write $raw 1 0 4096 2048)" "-"
truth "large damaged writes" taken
medium differ $raw 1 0 4096 2048 > /tmp/seen
told > /tmp/told
same "is damaged as the log says, in all its pieces" /tmp/seen /tmp/told
at_least "in many a place" "$(wc -l < /tmp/seen)" 250
medium write $raw 1 0 4096 2048 > /dev/null
expect "written again, it is whole" "$(medium differ $raw 1 0 4096 8)" ""
lie disk-corrupt device=$raw ops=write pattern=c0ffee length=7 offset=1000 times=1
medium write $raw 1 0 64 8 > /dev/null
truth "a pattern" taken
expect "a pattern where it was to be" \
	"$(dd if=$raw bs=1 skip=999 count=9 2> /dev/null | hexdump -v -e '1/1 "%02x"' | cut -c3-16)" c0ffeec0ffeec0
at_most "and nowhere else" "$(medium differ $raw 1 0 4096 8 | wc -l)" 7
expect "nor out of its place" "$(medium differ $raw 1 0 4096 8 | grep -vc '^sector [12] ')" 0
medium write $raw 1 0 64 8 > /dev/null
clear_log
lie disk-corrupt device=$raw log=5
medium differ $raw 1 0 64 8 > /dev/null
truth "little is told" taken
expect "the log has its bound" "$(told | wc -l)" 5
check "and says so" in_log "disk-corrupt vda2: further damage is counted"

# A mounted file system, whose file is overwritten in place
mkdir -p /mnt
check "ext4 is mounted" mount -t ext4 /dev/vda1 /mnt
dd if=/dev/urandom of=/mnt/other bs=4096 count=64 2> /dev/null
sum=$(md5sum < /mnt/other)
medium write /mnt/file 1 0 512 8 > /dev/null
sync
# overwrite() - by a process whose number is known before
overwrite() {
	rm -f /tmp/go /tmp/who
	mkfifo /tmp/go
	sh -c 'echo $$ > /tmp/who; read -r _ < /tmp/go; exec medium write /mnt/file 2 0 512 8' > /tmp/said &
	writer=$!
	until_true 10 test -s /tmp/who
}
overwrite
lie disk-drop-writes device=/dev/vda1 pid="$(cat /tmp/who)" kind=data every=8
echo > /tmp/go
wait $writer
expect "the file's writes are acknowledged" "$(cat /tmp/said)" "-"
expect "some were dropped" "$(value "$id" dropped)" 8
truth "dropped from a file" dropped
drop
expect "the file lacks these and no more" "$(medium which /mnt/file 1 2 0 512 | tr -cd a | wc -c)" 64
expect "it has all others" "$(medium which /mnt/file 1 2 0 512 | tr -cd b | wc -c)" 448
expect "the file beside it is whole" "$(md5sum < /mnt/other)" "$sum"
medium write /mnt/file 2 0 512 8 > /dev/null
sync
drop
lie disk-corrupt device=/dev/vda1 kind=data bits=1 sectors=0-65535 pid=$$ log=1000
# The shell itself reads, and the kernel reads ahead for it.
clear_log
read -r _ < /mnt/other
truth "a file's pages" taken
damaged=$(md5sum < /mnt/other)
if [ "$damaged" != "$sum" ] && [ "$(told | wc -l)" -gt 0 ]; then
	ok "the file as read is another"
else
	not_ok "the file as read is another" "$(told)"
fi
drop
expect "and itself again once the page cache forgets" "$(md5sum < /mnt/other)" "$sum"
check "it is unmounted" umount /mnt
check "fsck finds nothing: only contents were damaged" e2fsck -fn /dev/vda1

# Metadata that come back damaged: ext4 has checksums of its own.
check "ext4 is mounted" mount -t ext4 -o errors=continue /dev/vda1 /mnt
mkdir /mnt/tree
for i in 1 2 3 4 5 6 7 8; do echo $i > /mnt/tree/$i; done
sync
drop
clear_log
lie disk-corrupt device=/dev/vda1 kind=metadata bits=64 log=0
ls -lR /mnt > /dev/null 2>&1
check "ext4 notices damaged metadata" in_log "EXT4-fs \(error\|warning\)"
truth "metadata as they are read" taken
drop
check "and is unmounted" umount /mnt
e2fsck -fy /dev/vda1 > /tmp/fsck 2>&1
at_most "fsck has no more to repair than the mark of an error" $? 1

# Metadata that are lost
check "ext4 is mounted" mount -t ext4 /dev/vda1 /mnt
lie disk-drop-writes device=/dev/vda1
mkdir /mnt/new
(cd /mnt/new && dd if=/dev/urandom of=lost bs=4096 count=64 2> /dev/null)
check "sync notices nothing" sync
at_least "much is lost" "$(value "$id" dropped)" 3
truth "metadata" dropped
check "it is unmounted" umount /mnt
e2fsck -fy /dev/vda1 > /tmp/fsck 2>&1
at_most "fsck repairs what there is" $? 1
check "and is content then" e2fsck -fn /dev/vda1
check "ext4 is mounted" mount -t ext4 /dev/vda1 /mnt
expect "what was there before is whole" "$(md5sum < /mnt/other)" "$sum"
check "it is unmounted" umount /mnt
check_state "no hook stays"

# Reverts that nobody asks for
medium write $raw 1 0 64 8 > /dev/null
inject disk-corrupt device=$raw @duration=1500000000
check "the duration ends it" fdrctl wait "$id" expired 20000
inject disk-drop-writes device=$raw $minute @lease=1500000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 20000
expect "writes arrive" "$(new 64) $(medium which $raw 1 2 0 8)" "- bbbbbbbb"
expect "reads are right" "$(medium differ $raw 2 0 64 8)" ""

# Under load: lies come and go while bios of all kinds are on their way.
(while :; do medium write -d $raw 1 0 512 8; medium differ $raw 1 0 512 64; done > /dev/null 2>&1) &
load=$!
for i in 1 2 3; do
	for fault in "disk-corrupt ops=read,write log=0" disk-torn-write disk-drop-writes disk-drop-flush; do
		# shellcheck disable=SC2086
		lie $fault device=$raw probability=50% seed=$i
		enough() { [ "$(value "$id" passed)" -gt 50 ]; }
		until_true 20 enough || echo "# too few: $(value "$id" passed)"
		taken=taken
		case $fault in
		disk-torn-write) taken=torn ;;
		disk-drop-*) taken=dropped ;;
		esac
		truth "under load, $fault" $taken
	done
done
# Three at a time, each with its own bios and those that the others let by.
lie disk-corrupt device=$raw ops=read,write log=0 every=3
lie disk-torn-write device=$raw every=2
lie disk-drop-flush device=$raw
until_true 20 enough
fdrctl clear > /dev/null
fdrctl wait "$id" cleared 20000 > /dev/null
kill $load
wait $load
medium write $raw 1 0 512 64 > /dev/null
expect "the device tells the truth" "$(medium differ $raw 1 0 512 8)" ""
check_state "no hook stays"

# Unloading by force takes the lie away.
lie disk-drop-writes device=$raw
rmmod -f faultdrill 2> /dev/null
if grep -q ^faultdrill /proc/modules; then
	fdrctl clear > /dev/null
	skip "unloading by force ends it" "this kernel or rmmod cannot"
else
	expect "unloading by force ends it" "$(new 64) $(medium which $raw 1 2 0 8)" "- bbbbbbbb"
	insmod "$module"
	arm
fi

# Refusals
refused "a pattern that is none" "EINVAL: pattern: 'xyz' *" inject disk-corrupt device=$raw pattern=xyz
refused "half a byte" "EINVAL: pattern: 'abc' *" inject disk-corrupt device=$raw pattern=abc
refused "bits and a pattern" "EINVAL: bits: *not both*" inject disk-corrupt device=$raw pattern=ab bits=2
refused "a length of nothing" "EINVAL: length: goes with pattern*" inject disk-corrupt device=$raw length=5
refused "corrupt flushes" "E*ops*" inject disk-corrupt device=$raw ops=flush
refused "too many bits" "ERANGE: *bits*" inject disk-corrupt device=$raw bits=5000
refused "a write that is kept off its unit" "EINVAL: keep: *multiples of 4*" \
	inject disk-torn-write device=$raw keep=3 unit=4
blockdev --setro $raw
refused "to lose writes of what is read-only" "EROFS: ops: vda2 *" inject disk-drop-writes device=$raw
blockdev --setrw $raw
echo "write through" > /sys/block/vda/queue/write_cache
refused "to drop flushes where nothing is cached" "EOPNOTSUPP: device: vda2 *volatile*" \
	inject disk-drop-flush device=$raw
check "but with force" fdrctl inject disk-drop-flush device=$raw @force @dry
echo "write back" > /sys/block/vda/queue/write_cache
check "disk-drop-flush, dry" fdrctl inject disk-drop-flush device=$raw @dry
for fault in disk-drop-writes disk-corrupt disk-torn-write; do
	check "$fault, dry" fdrctl inject $fault device=$raw @dry
	refused "$fault as a part" "EINVAL: part1: *harms data for good*" \
		inject limp part1="$fault device=$raw" part2=hung-task
done
check_state "nothing is left behind"
finish
