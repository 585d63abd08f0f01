#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Several faults as one: one id, one lease, one clear.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

arm
remember_state

hung() { threads | grep -c '^fdr-hung.* D'; }
has_hung() { [ "$(hung)" = "$1" ]; }
tasks3="hung-task tasks=3"
stalls="cpu-stall stall=20ms period=500ms"

# Three tasks hang, and the CPUs stop 20 ms long twice a second.
watch 15
started "a bundle of two starts" limp "name=tired" "part1=$tasks3" "part2=$stalls" @duration=60000000000
expect "it is one injection" "$(cat "/sys/kernel/faultdrill/injections/$id/fault")" limp
check "the first part is in effect" until_true 30 has_hung 3
stalled() { [ "$(value "$id" part2.stalls)" -ge 2 ]; }
check "the second part is in effect, and its counters have its name" until_true 30 stalled
refused "a fault that stops the node does not go beside the stalls" "*injection $id (limp)*" \
	inject soft-lockup @duration=1000000000
check "one clear ends it" fdrctl clear "$id"
expect "it is cleared" "$(value "$id" state)" cleared
check "no task hangs any more" has_hung 0
before=$(value "$id" part2.stalls)
seen
at_least "gaps of the stalls were seen" "$(of_cpu 0 gaps)" 2
usleep 700000
expect "and no stall comes after" "$(value "$id" part2.stalls)" "$before"
check_state "nothing is left behind"

inject limp "part1=$tasks3" @duration=60000000000 @lease=1000000000
check "a lapsed lease ends the whole" fdrctl wait "$id" expired 30000
check "no task hangs any more" has_hung 0
inject limp "part1=$tasks3" "part2=$stalls" @duration=1000000000
check "its duration ends it" fdrctl wait "$id" expired 30000
check "no task hangs any more" has_hung 0
inject limp "part1=$tasks3" @delay=60000000000 @duration=1000000000
check "it can be cancelled before its start" fdrctl clear "$id"

refused "a part that is misspelt" "*part1:*unknown fault*hung-tusk*" inject limp part1=hung-tusk
refused "a part with a bad value" "*part1:*tasks*1024*" inject limp "part1=hung-task tasks=5000"
refused "a part that cannot be undone" "*part2:*panic cannot be undone*" \
	inject limp "part1=$tasks3" part2=panic
refused "a part in a part" "*part1:*composite*" inject limp "part1=limp part1=hung-task"
refused "what belongs to the whole" "*part1:*belong to the whole*" \
	inject limp "part1=hung-task duration=3s"
refused "parts that exclude each other" "*part2:*soft-lockup*cpu-stall of part1*" \
	inject limp "part1=$stalls" part2=soft-lockup
refused "no part at all" "*needs parameter part1*" inject limp name=empty
check "a dry run" fdrctl inject limp "part1=$tasks3" "part2=$stalls" @dry

check_state "nothing is left behind"
finish
