#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The whole machine stands still: gaps in what a program on each CPU sees.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

arm
remember_state

# count(cpu, shortest, longest) - gaps of that length in microseconds
count() {
	sed -n "s/^cpu $1 .*gaps [0-9]*: *//p" /tmp/seen | tr ' ' '\n' |
		awk -v a="$2" -v b="$3" '$1 >= a && $1 <= b { n++ } END { print n + 0 }'
}

watch 250
started "all CPUs stop once, for 700 ms" cpu-stall stall=700ms
check "it is over" fdrctl wait "$id" fired 30000
seen
expect "one stall is counted" "$(value "$id" stalls)" 1
at_least "it was as long as asked" "$(value "$id" stalled_ns)" 700000000
at_most "and not twice as long" "$(value "$id" stalled_ns)" 1390000000
for cpu in 0 1; do
	expect "one gap on CPU $cpu" "$(count $cpu 695000 10000000)" 1
done

watch 250
started "all CPUs stop for 400 ms each second, for 3.6 s" \
	cpu-stall stall=400ms period=1s @duration=3600000000
check "it is over" fdrctl wait "$id" expired 30000
seen
# Four at most; one that the host was too busy for is not made up for.
stalls=$(value "$id" stalls)
at_least "stalls are counted" "$stalls" 2
at_most "and none is made up for" "$stalls" 4
for cpu in 0 1; do
	at_least "so many gaps on CPU $cpu, or two that the host ran together" "$(count $cpu 395000 10000000)" \
		"$((stalls - 1))"
	at_most "and no more" "$(count $cpu 395000 10000000)" "$((stalls + 1))"
done

inject cpu-stall stall=10ms period=50ms @duration=60000000000
check "it is active" fdrctl wait "$id" active 30000
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 30000
check_state "nothing is left behind"
finish
