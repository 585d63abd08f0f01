#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Windows with interrupts off: gaps in what a program on each CPU sees, and no ticks in them.
if [ -z "$KT_PINNED" ]; then	# the onlooker must not be stopped along
	export KT_PINNED=1
	exec taskset 1 "$0" "$@"
fi
. "${KT_DIR:-/kmod}/ktap.sh"

arm
remember_state

refused "a window as long as its period" "E*window*" inject irq-off window=10ms period=10ms
refused "a window that leaves less than a tenth" "E*window*" inject irq-off window=9100us period=10ms
refused "a window longer than half a second" "E*window*" inject irq-off window=1s period=10s
refused "a CPU that is not there" "E*cpus*" inject irq-off cpus=77
check "a dry run" fdrctl inject irq-off @dry

# count(cpu, shortest, longest) - gaps of that length in microseconds
count() {
	sed -n "s/^cpu $1 .*gaps [0-9]*: *//p" /tmp/seen | tr ' ' '\n' |
		awk -v a="$2" -v b="$3" '$1 >= a && $1 <= b { n++ } END { print n + 0 }'
}

watch 200
started "CPU 1: 300 ms off each second, for 3.2 s" irq-off cpus=1 window=300ms period=1s @duration=3200000000
check "it ends" fdrctl wait "$id" expired 30000
seen
# A window that a busy host made late is missed, and said to be.
counted=$(($(value "$id" windows) + $(value "$id" missed)))
at_least "three whole windows are counted" $counted 3
at_most "and one cut by the end" $counted 4
expect "the clock cut none short" "$(value "$id" cut_short)" 0
at_least "they were as long as asked" "$(value "$id" off_ns)" \
	$((($(value "$id" windows) - 1) * 300000000))
at_least "gaps on CPU 1" "$(count 1 299000 3000000)" $(($(value "$id" windows) - 1))
at_least "CPU 1 had no tick in them" "$(of_cpu 1 longest_quiet_us)" 270000

watch 200
inject irq-off window=300ms period=700ms @duration=60000000000
check "all CPUs: it is active" fdrctl wait "$id" active 30000
until_true 30 eval "[ \$(value $id windows) -ge 6 ]"
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 30000
seen
for cpu in 0 1; do
	at_least "gaps on CPU $cpu" "$(count $cpu 295000 900000)" 2
done

inject irq-off @duration=60000000000 @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
expect "and says so" "$(value "$id" reason)" "*lease*"
check_state "nothing is left behind"
finish
