#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How long disk-delay delays, and how much disk-throttle lets through, against theory:
# where a clock counts instructions, so that nothing else is in it.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

# The longest that the module allows, for this guest's clock runs on while it waits for the
# host to take what it prints.
longest=@duration=600000000000
disk=/dev/nullb0
OPS=4000
DEPTH=32
# What a delay may be late at the 99th percentile, in ns.
LATE=1000000
arm
remember_state

# got(key) - of what the queue said; delayed(parameters...) - all of the queue's with a delay
got() { echo "$out" | sed -n "s/.* $1 \([0-9]*\).*/\1/p"; }
delayed() {
	# shellcheck disable=SC2086
	inject disk-delay device=$disk delay=10ms $1 $longest
	fdrctl wait "$id" active 10000
	out=$(queue read $disk $OPS $DEPTH)
	echo "# $1: $out; late $(value "$id" late_max_ns)"
	expect "$1: each was delayed" "$(value "$id" delayed),$(got errors)" "$OPS,0"
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000
}
# within(what, value, wanted, per cent) - and late by no more than LATE
within() {
	at_least "$1 is not less" "$2" $(($3 - $3 / 100 * $4))
	at_most "$1 is not more" "$2" $(($3 + $3 / 100 * $4 + LATE))
}

out=$(queue read $disk $OPS $DEPTH)
echo "# without: $out"
none_p99=$(got p99)
delayed dist=fixed
at_least "fixed: none is early" "$(got least)" 10000000
at_most "fixed: and 99 of 100 are not late" "$(got p99)" $((10000000 + LATE + none_p99))

# Three standard errors of OPS draws: the seed is fixed, the draws are always the same.
delayed "dist=uniform jitter=5ms"
at_least "uniform: least" "$(got least)" 5000000
within "uniform: mean" "$(got mean)" 10000000 2
within "uniform: p99" "$(got p99)" 14900000 1
delayed dist=exponential
within "exponential: mean" "$(got mean)" 10000000 5
within "exponential: p50" "$(got p50)" 6931000 5
within "exponential: p99" "$(got p99)" 46052000 10
delayed "dist=pareto shape=250"
at_least "pareto: least" "$(got least)" 6000000
within "pareto: mean" "$(got mean)" 10000000 5
within "pareto: p50" "$(got p50)" 7917000 3
within "pareto: p99" "$(got p99)" 37857000 19
first=$(got p99)
delayed "dist=pareto shape=250 cap=20ms"
at_most "pareto: cut to the cap" "$(got most)" $((20000000 + 2 * LATE))
delayed "dist=pareto shape=250 seed=2"
if [ "$first" != "$(got p99)" ]; then ok "another seed draws otherwise"; else not_ok "another seed draws otherwise" "$first"; fi
delayed "dist=exponential reorder=no"
at_least "exponential, in order: none gains by it" "$(got mean)" 10000000

# throttled(what, hundredths of a second it takes, operations, parameters) - to a tenth
hundredths() { cut -d' ' -f1 /proc/uptime | tr -d .; }
throttled() {
	local start took
	# shellcheck disable=SC2086
	inject disk-throttle device=$disk $4 $longest
	fdrctl wait "$id" active 10000
	start=$(hundredths)
	queue read $disk "$3" 8 > /dev/null
	took=$(($(hundredths) - start))
	at_least "$1 takes no less" $took $(($2 - 2))
	at_most "$1 takes no more" $took $(($2 + $2 / 10))
	fdrctl clear "$id" > /dev/null
	fdrctl wait "$id" cleared 20000
}
throttled "2 MiB at 1 MiB/s" 200 512 rate=1M
throttled "400 operations at 200 a second" 200 400 iops=200
throttled "both: the slower counts" 200 400 "rate=100M iops=200"
throttled "150 operations at 100 a second, 1 s in hand" 50 150 "iops=100 burst=1s"

check_state "nothing is left behind"
finish
