#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The wall clock steps and drifts, and comes back to where it belongs.
# shellcheck source=tests/kmod/ktap.sh
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

S=/sys/kernel/faultdrill
HOUR=3600000000000

# Of the clocks that programs see: a loaded host delays one reading of three.
NEAR=200000

# How well the clock is put back, by the module's own account; ns.
CYCLES=20
MEDIAN=5000
WORST=100000

abs() { echo $(($1 < 0 ? -($1) : $1)); }

# off_by(wanted) - how far the wall clock is from there
off_by() { abs $(($(clocks offset) - $1)); }
put() { (echo "$2" > "$S/$1") 2>&1; }
newest() { find $S/injections -mindepth 1 -maxdepth 1 | sed 's/.*\///' | sort -n | tail -n 1; }
in_file() { grep -q "$2" "$1"; }


# The machine's clock may stand at 1970: there has to be room to go back.
date -s "2026-03-01 12:00:00" > /dev/null
arm
remember_state
origin=$(clocks offset)

# Refused
refused "no step at all" "E*step*" inject clock-step
refused "a step without a unit" "E*step*" inject clock-step step=5
refused "a step that is none" "E*step*" inject clock-step step=0s
refused "a step to before 1970" "E*step*1970*" inject clock-step step=-600000h
refused "a step to after 2099" "E*step*2099*" inject clock-step step=700000h
refused "a rate of nothing" "E*rate*" inject clock-drift rate=0
refused "a rate beyond its range" "E*rate*" inject clock-drift rate=-500001
refused "a rate that is none" "E*rate*" inject clock-drift rate=fast
check "a dry run is accepted" fdrctl inject clock-step step=1h @dry
at_most "and leaves the clock alone" "$(off_by "$origin")" $NEAR

# A step ahead, and everything that can take it back.
before=$(date +%s)
started "the clock goes ahead by an hour" clock-step step=1h @duration=60000000000
check "it is active" fdrctl wait "$id" active 30000
at_most "the wall clock is an hour ahead of the monotonic one" "$(off_by $((origin + HOUR)))" $NEAR
at_least "date shows it" "$(($(date +%s) - before))" 3600
at_most "the module knows how exactly" "$(value "$id" residual_ns)" $WORST
refused "a second fault of the clock is refused, and the first is named" "EBUSY*injection $id (clock-step)*" \
	inject clock-drift rate=100
check "it is cleared" fdrctl clear "$id"
at_most "the wall clock is back" "$(off_by "$origin")" $NEAR
at_most "date shows it" "$(($(date +%s) - before))" 600

inject clock-step step=-48h @duration=1500000000
fdrctl wait "$id" active 30000
at_most "two days back" "$(off_by $((origin - 48 * HOUR)))" $NEAR
check "the duration ends it" fdrctl wait "$id" expired 30000
at_most "the wall clock is back" "$(off_by "$origin")" $NEAR
inject clock-step step=90s @duration=60000000000 @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
at_most "the wall clock is back" "$(off_by "$origin")" $NEAR

# Its own start on the wall clock, its stamps, and the end of the arm time.
at=$(($(date +%s) + 3))
armed=$(fdrctl status | sed -n 's/^armed //p')
check "a start on the wall clock is accepted" put inject "clock-step step=2h duration=2s start=realtime:${at}000000000"
id=$(newest)
clocks events "$id" > /tmp/events &
listener=$!
check "it starts" fdrctl wait "$id" active 30000
at_least "the arm time does not see the step" "$(fdrctl status | sed -n 's/^armed //p')" $((armed - 60000000000))
check "it ends" fdrctl wait "$id" expired 30000
wait $listener
onset=$(sed -n 's/^onset //p' /tmp/events)
ended=$(sed -n 's/^ended \([-0-9]*\) .*/\1/p' /tmp/events)
at_most "its onset is stamped by the clock as it was" "$(abs $((${onset% *} - origin)))" $NEAR
at_least "and was not early" "${onset#* }" 0
at_most "nor late, as far as a busy host tells" "${onset#* }" 1900000000
at_most "its end is stamped by the clock put back" "$(abs $((ended - origin)))" $NEAR

# Others that wait for a time on the wall clock.
at=$(($(date +%s) + 300))
check "another fault waits for a time on the wall clock" put inject "hung-task duration=60s start=realtime:${at}000000000"
other=$(newest)
started "the clock is stepped past it" clock-step step=1h @duration=60000000000
check "it does not fire by accident" fdrctl wait "$other" failed 30000
expect "and says why" "$(value "$other" reason)" "*stepped past the start*"
fdrctl clear "$id" > /dev/null
at=$(($(date +%s) + 4))
check "another one waits" put inject "hung-task duration=60s start=realtime:${at}000000000"
other=$(newest)
inject clock-step step=-1h @duration=60000000000
fdrctl wait "$id" active 30000
usleep 5000000
expect "the clock stepped back lets it wait" "$(value "$other" state)" pending
fdrctl clear "$id" > /dev/null
expect "and it ends once the clock is right" "$(fdrctl wait "$other" active,failed 30000)" ""
fdrctl clear "$other" > /dev/null

# Timers that are to be told.
clocks cancel > /tmp/cancel &
timer=$!
until_true 30 in_file /tmp/cancel armed
inject clock-step step=10s @duration=60000000000
check "a timer that asked for it is cancelled" until_true 30 in_file /tmp/cancel ECANCELED
kill $timer 2> /dev/null
fdrctl clear "$id" > /dev/null

# Somebody else sets the clock meanwhile.
inject clock-step step=1h @duration=60000000000
fdrctl wait "$id" active 30000
clocks move 5000000000
fdrctl clear "$id" > /dev/null
at_most "what somebody else changed is kept" "$(off_by $((origin + 5000000000)))" 5000000
expect "and counted" "$(value "$id" foreign_sets)" 1
clocks move $((origin - $(clocks offset)))
origin=$(clocks offset)
inject clock-step step=1h @duration=60000000000
fdrctl wait "$id" active 30000
clocks move -$HOUR
fdrctl clear "$id" > /dev/null
at_most "a clock that was put right stays right" "$(off_by "$origin")" 5000000
expect "and that is counted" "$(value "$id" put_right)" 1
origin=$(clocks offset)

# Drift, both ways
for rate in 10000 -2500; do
	started "the clock drifts by $rate ppm" clock-drift rate=$rate @duration=60000000000
	fdrctl wait "$id" active 30000
	seen=$(clocks rate 2000)
	echo "# rate $rate ppm asked, $seen ppm seen"
	at_most "it is seen to do so" "$(abs $((seen - rate)))" $((100 + $(abs $rate) / 20))
	check "it is cleared" fdrctl clear "$id"
	at_most "the wall clock is back" "$(off_by "$origin")" $NEAR
done
inject clock-drift rate=100000 @duration=1000000000
check "the duration ends a drift" fdrctl wait "$id" expired 30000
at_most "the wall clock is back" "$(off_by "$origin")" $NEAR

# How exactly, over many cycles
rm -f /tmp/residuals /tmp/injected
i=0
while [ $i -lt $CYCLES ]; do
	inject clock-step step=1h @duration=60000000000 || break
	fdrctl wait "$id" active 30000
	value "$id" residual_ns >> /tmp/injected
	fdrctl clear "$id" > /dev/null
	value "$id" residual_ns >> /tmp/residuals
	i=$((i + 1))
done
nth() { sort -n "$1" | sed -n "$2p"; }
for what in injected residuals; do
	echo "# $what: median $(nth /tmp/$what $((CYCLES / 2))) ns, worst $(nth /tmp/$what $CYCLES) ns of $CYCLES"
	at_most "$what: the median" "$(nth /tmp/$what $((CYCLES / 2)))" $MEDIAN
	at_most "$what: the worst" "$(nth /tmp/$what $CYCLES)" $WORST
done
at_most "what is left of all of it together" "$(off_by "$origin")" $NEAR

check_state "nothing is left behind"
finish
