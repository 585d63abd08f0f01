#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# CPUs that are busy, stolen, uneven or gone, as /proc and programs on them see it.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

minute=@duration=60000000000
arm
remember_state
clear_log

# column(cpu, n) - of /proc/stat
column() { awk -v c="cpu$1" -v n="$2" '$1 == c { print $n }' /proc/stat; }
idle_ticks() { echo $(($(column "$1" 5) + $(column "$1" 6))); }

# busy(cpu, seconds) - for so long from now on: the share of that CPU's time that was not
# idle, in percent, in share; in spun, what the injection says that it kept busy, if there is
# one.  A busy host takes away ticks, and with them busy time, but no idle time; and
# makes the spinning longer, which both know of.
busy() {
	local idle clock ns
	idle=$(idle_ticks "$1") clock=$(fdrctl clock) ns=$(value "$id" busy_ns)
	usleep $(($2 * 1000000))
	idle=$(($(idle_ticks "$1") - idle)) clock=$(($(fdrctl clock) - clock))
	share=$((100 - idle * 1000000000 / clock))
	spun=$((($(value "$id" busy_ns) - ns) * 100 / clock))
}

# field(thread, n) - of /proc/PID/stat of the threads with that name
field() { sed -n "s/^[0-9]* ($1[^)]*) //p" /proc/[0-9]*/stat 2> /dev/null | cut -d' ' -f$(($2 - 2)) | sort -u; }
none_left() { ! threads | grep -q "^fdr-"; }

# count(cpu, shortest, longest) - gaps of that length in microseconds
count() {
	sed -n "s/^cpu $1 .*gaps [0-9]*: *//p" /tmp/seen | tr ' ' '\n' |
		awk -v a="$2" -v b="$3" '$1 >= a && $1 <= b { n++ } END { print n + 0 }'
}

# spread(cpu) - longest less shortest time from the start of one gap to the next one's, us
spread() {
	sed -n "s/^starts $1: *//p" /tmp/seen | tr ' ' '\n' | awk '
		NR > 1 { d = $1 - last; if (NR == 2 || d < lo) lo = d; if (d > hi) hi = d }
		{ last = $1 }
		END { print hi - lo }'
}

# Load
id=0
busy 1 2
before=$share
started "CPU 1 is busy for 60 % of the time" cpu-load cpus=1 load=60% $minute
check "it is active" fdrctl wait "$id" active 30000
busy 1 3
at_least "CPU 1 is kept busy, but for what a busy host is late" "$spun" 45
at_least "it has as little idle time as that leaves" "$share" $((spun - 20))
at_most "and not much less" "$share" $((spun + 15 + before))
periods=$(value "$id" periods)	# before what was done in them, for both go on
at_least "no period has less" "$(value "$id" busy_ns)" $((periods * 60000000 - 60000000))
expect "it has one thread, with the nice value asked for" "$(field fdr-load 19)" 0
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 30000
check "no thread is left" until_true 30 none_left
busy 1 2
at_most "CPU 1 is as idle as before" "$share" $((before + 40))

inject cpu-load cpus=0-1 load=20% threads=2 nice=-5 $minute
fdrctl wait "$id" active 30000
expect "two threads a CPU" "$(threads | grep -c '^fdr-load')" 4
expect "each with the nice value asked for" "$(field fdr-load 19)" -5
fdrctl clear "$id" > /dev/null
inject cpu-load cpus=1 load=50% policy=fifo period=20ms $minute
fdrctl wait "$id" active 30000
expect "a real-time thread" "$(field fdr-load 41)" 1
busy 1 3
at_least "is busy for its share" "$share" $((spun - 20))
at_least "which is half, but for what a busy host is late" "$spun" 35
at_most "and leaves the rest" "$share" $((spun + 15 + before))
fdrctl clear "$id" > /dev/null
check "no thread is left" until_true 30 none_left

# The load average, which the hung task detector must not be troubled with
load() { sed 's/\..*//' /proc/loadavg; }
above() { [ "$(load)" -ge "$1" ]; }
below() { [ "$(load)" -lt "$1" ]; }
timeout=$(cat /proc/sys/kernel/hung_task_timeout_secs)
echo 3 > /proc/sys/kernel/hung_task_timeout_secs
echo 1 > /proc/sys/kernel/hung_task_check_interval_secs
# The kernel computes the load each 5 s.  The first time a hundred give 8: at the second they
# have slept for longer than khungtaskd allows.
started "a hundred tasks sleep for the load average's sake" cpu-load load=0 sleepers=100 $minute
check "the load average rises above 12" until_true 40 above 12
expect "nothing is kept busy" "$(value "$id" busy_ns)" 0
fdrctl clear "$id" > /dev/null
check "no thread is left" until_true 30 none_left
high=$(load)
check "the load average decays" until_true 30 below "$high"
if in_log 'blocked for more than'; then
	not_ok "khungtaskd has nothing to report" "$(dmesg | grep blocked)"
else
	ok "khungtaskd has nothing to report"
fi
echo 0 > /proc/sys/kernel/hung_task_check_interval_secs
echo "$timeout" > /proc/sys/kernel/hung_task_timeout_secs

# Steal
stolen=$(column 1 9)
watch 150
started "CPU 1 is taken for 200 ms each 500 ms, for 3 s" \
	cpu-steal cpus=1 burst=200ms period=500ms @duration=2990000000
check "it is over" fdrctl wait "$id" expired 30000
seen
bursts=$(value "$id" bursts)
expect "bursts and missed ones make 6" $((bursts + $(value "$id" missed))) 6
# The host may be late with one or the other.
at_least "most are not missed" "$bursts" 4
# A busy host makes them longer; BENCH=timing tells how exact they are.
at_least "none is shorter than asked" "$(value "$id" shortest_ns)" 200000000
at_most "nor are all longer" "$(value "$id" shortest_ns)" 300000000
at_least "a program on CPU 1 sees the gaps" "$(count 1 198000 900000)" $((bursts - 1))
at_most "one on CPU 0 sees fewer, if any" "$(count 0 198000 900000)" $((bursts - 1))
expect "/proc/stat shows no steal" "$(column 1 9)" "$stolen"

# ticks(what...) - sets missed to the share of CPU 0's ticks, in percent, that CPU 1 did not
# have in some three seconds and a half, in which a fault took it for three.  Nobody has to look
# meanwhile, who might have to wait for CPU 1; a program runs on both, for an idle CPU has no
# ticks; and a slow host costs both.
local_ticks() { awk -v n="$1" '/LOC:/ { print $(n + 2) }' /proc/interrupts; }
ticks() {
	local zero one
	watch 50
	zero=$(local_ticks 0) one=$(local_ticks 1)
	inject cpu-steal cpus=1 burst=3s period=4s "$@" @duration=3100000000 @delay=100000000
	fdrctl wait "$id" expired 30000 > /dev/null
	zero=$(($(local_ticks 0) - zero)) one=$(($(local_ticks 1) - one))
	seen
	missed=$((100 - one * 100 / zero))
	echo "# cpu-steal $*: ticks: CPU 0 $zero, CPU 1 $one"
}
# A host may all the same stop one of the two for most of it.
for _ in 1 2 3; do
	ticks
	[ $missed -lt 50 ] || break
done
at_least "no tick comes meanwhile" $missed 50
for _ in 1 2 3; do
	ticks interrupts=yes
	[ $missed -gt 50 ] || break
done
at_least "with interrupts, programs stop" "$(of_cpu 1 longest_us)" 2950000
at_most "but ticks come" $missed 50
check "no thread is left" until_true 30 none_left

# Stalls that are not even
watch 90
started "stalls of 100 ms each 600 ms, up to 200 ms early or late" \
	cpu-stall stall=100ms period=600ms jitter=200ms seed=3 @duration=3900000000
check "it is over" fdrctl wait "$id" expired 30000
seen
stalls=$(value "$id" stalls)
# One that a busy host made late is missed, and said to be.
at_least "the period is kept on the whole" $((stalls + $(value "$id" missed))) 6
at_most "and no more, but for one that is missed at the end" $((stalls + $(value "$id" missed))) 8
at_least "most are not missed" "$stalls" 4
at_least "none is shorter than asked, but the last, which the end may cut" \
	"$(value "$id" stalled_ns)" $(((stalls - 1) * 100000000))
at_most "nor are all longer" "$(value "$id" shortest_ns)" 200000000
at_least "their distance varies" "$(spread 1)" 150000

# Off line
online() { cat /sys/devices/system/cpu/online; }
is_online() { [ "$(online)" = "$1" ]; }
started "CPU 1 is taken off line" cpu-offline cpus=1 $minute
check "it is gone" until_true 30 is_online 0
expect "it is counted" "$(value "$id" removed)" 1
refused "load for a CPU that is off line" "E*cpus*" inject cpu-load cpus=1
check "it is cleared" fdrctl clear "$id"
expect "it is back" "$(online)" 0-1
expect "by our doing" "$(value "$id" returned)" 1
inject cpu-offline cpus=1 $minute
until_true 30 is_online 0
echo 1 > /sys/devices/system/cpu/cpu1/online
check "somebody else brings it back, and it is cleared" fdrctl clear "$id"
expect "it stays on line" "$(online)" 0-1
expect "not by our doing" "$(value "$id" returned),$(value "$id" found_online)" 0,1
inject cpu-offline cpus=1 @duration=500000000
check "the duration ends it" fdrctl wait "$id" expired 30000
expect "it is back" "$(online)" 0-1
inject cpu-offline cpus=1 $minute @lease=500000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
expect "it is back" "$(online)" 0-1
inject cpu-load cpus=1 load=10% $minute
refused "a CPU that another fault is bound to" "EBUSY*$id*cpu-load*" inject cpu-offline cpus=1
fdrctl clear "$id" > /dev/null
inject cpu-offline cpus=1 @delay=60000000000 $minute
refused "and the other way round" "EBUSY*$id*cpu-offline*" inject cpu-steal cpus=0-1
refused "a second time" "EBUSY*$id*cpu-offline*" inject cpu-offline cpus=1
check "but not on other CPUs" fdrctl inject cpu-load cpus=0 load=10% @dry
fdrctl clear "$id" > /dev/null

# A CPU that goes away by other hands takes the threads of a fault out of it.
inject cpu-load cpus=1 load=50% $minute
fdrctl wait "$id" active 30000
echo 0 > /sys/devices/system/cpu/cpu1/online
displaced() { [ "$(value "$id" displaced)" = 1 ]; }
check "a CPU goes off line under a load: it does not move elsewhere" until_true 30 displaced
refused "a CPU that is off line already" "E*cpus*not all*online: 0*" inject cpu-offline cpus=1
echo 1 > /sys/devices/system/cpu/cpu1/online
check "it is cleared" fdrctl clear "$id"

refused "all CPUs" "E*cpus*" inject cpu-offline cpus=all
[ -e /sys/devices/system/cpu/cpu0/online ] || refused "CPU 0" "EPERM*CPU 0*" inject cpu-offline cpus=0
refused "no CPU named" "E*cpus*" inject cpu-offline
refused "neither load nor sleepers" "EINVAL*load*" inject cpu-load load=0
refused "a nice value out of range" "ERANGE*nice*" inject cpu-load nice=20
refused "a nice value of a real-time thread" "EINVAL*nice*" inject cpu-load nice=3 policy=fifo
refused "a load above 100 %" "E*load*" inject cpu-load load=101%
refused "a burst that fills its period" "EINVAL*period*" inject cpu-steal burst=100ms period=100ms
refused "a jitter that lets bursts meet" "EINVAL*jitter*" inject cpu-steal burst=50ms period=100ms jitter=25ms
refused "a jitter without a period" "EINVAL*jitter*" inject cpu-stall jitter=5ms
refused "a jitter that lets stalls meet" "EINVAL*jitter*" inject cpu-stall stall=50ms period=100ms jitter=30ms
for dry in "cpu-load sleepers=3" cpu-steal "cpu-offline cpus=1" "cpu-stall period=1s jitter=10ms"; do
	# shellcheck disable=SC2086
	check "a dry run does nothing: $dry" fdrctl inject $dry @dry
done
expect "all CPUs are on line" "$(online)" 0-1
check_state "nothing is left behind"
finish
