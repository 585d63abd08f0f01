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

# busy(cpu, seconds) - the share from now on, in percent: what was not idle, of the
# time that went by.  A busy host takes away ticks, and with them busy time, but no idle time.
busy() {
	local idle clock
	idle=$(idle_ticks "$1") clock=$(fdrctl clock)
	usleep $(($2 * 1000000))
	idle=$(($(idle_ticks "$1") - idle)) clock=$(($(fdrctl clock) - clock))
	echo $((100 - idle * 1000000000 / clock))
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
before=$(busy 1 2)
started "CPU 1 is busy for 60 % of the time" cpu-load cpus=1 load=60% $minute
check "it is active" fdrctl wait "$id" active 10000
share=$(busy 1 5)
at_least "CPU 1 is busy for that share" "$share" 55
at_most "and not for much more" "$share" $((75 + before))
at_least "no period has less" "$(value "$id" busy_ns)" $(($(value "$id" periods) * 60000000 - 60000000))
expect "it has one thread, with the nice value asked for" "$(field fdr-load 19)" 0
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 10000
check "no thread is left" until_true 5 none_left
at_most "CPU 1 is as idle as before" "$(busy 1 3)" $((before + 40))

inject cpu-load cpus=0-1 load=20% threads=2 nice=-5 $minute
fdrctl wait "$id" active 10000
expect "two threads a CPU" "$(threads | grep -c '^fdr-load')" 4
expect "each with the nice value asked for" "$(field fdr-load 19)" -5
fdrctl clear "$id" > /dev/null
inject cpu-load cpus=1 load=50% policy=fifo period=20ms $minute
fdrctl wait "$id" active 10000
expect "a real-time thread" "$(field fdr-load 41)" 1
share=$(busy 1 4)
at_least "is busy for its share" "$share" 45
at_most "and leaves the rest" "$share" $((65 + before))
fdrctl clear "$id" > /dev/null
check "no thread is left" until_true 5 none_left

# The load average, which the hung task detector must not be troubled with
load() { sed 's/\..*//' /proc/loadavg; }
above() { [ "$(load)" -ge "$1" ]; }
below() { [ "$(load)" -lt "$1" ]; }
timeout=$(cat /proc/sys/kernel/hung_task_timeout_secs)
echo 3 > /proc/sys/kernel/hung_task_timeout_secs
echo 1 > /proc/sys/kernel/hung_task_check_interval_secs
started "forty tasks sleep for the load average's sake" cpu-load load=0 sleepers=40 $minute
check "the load average rises to 8" until_true 30 above 8
expect "nothing is kept busy" "$(value "$id" busy_ns)" 0
fdrctl clear "$id" > /dev/null
check "no thread is left" until_true 5 none_left
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
started "CPU 1 is taken for 200 ms each 500 ms, for 5 s" \
	cpu-steal cpus=1 burst=200ms period=500ms @duration=4990000000
check "it is over" fdrctl wait "$id" expired 30000
seen
bursts=$(value "$id" bursts)
expect "bursts and missed ones make 10" $((bursts + $(value "$id" missed))) 10
at_least "few are missed" "$bursts" 8
# A busy host makes them longer; BENCH=timing tells how exact they are.
at_least "none is shorter than asked" "$(value "$id" shortest_ns)" 200000000
at_most "nor much longer" "$(value "$id" shortest_ns)" 220000000
at_least "a program on CPU 1 sees the gaps" "$(count 1 198000 900000)" $((bursts - 1))
at_most "one on CPU 0 does not" "$(count 0 198000 900000)" 3
expect "/proc/stat shows no steal" "$(column 1 9)" "$stolen"

# The onlooker must not be on that CPU itself.
look_from_0() { watch 30; taskset -p 1 "$watcher" > /dev/null; }
# Now and then the other CPU has to wait for this one and sees nothing: it looks again.
for try in 1 2 3 4 5; do
	look_from_0
	inject cpu-steal cpus=1 burst=1500ms period=2s @duration=1900000000
	fdrctl wait "$id" expired 20000 > /dev/null
	seen
	[ "$(of_cpu 1 longest_quiet_us)" -lt 1300000 ] || break
	echo "# look $try saw $(of_cpu 1 longest_quiet_us) us"
done
at_least "no tick comes meanwhile" "$(of_cpu 1 longest_quiet_us)" 1300000
look_from_0
inject cpu-steal cpus=1 burst=1500ms period=2s interrupts=yes @duration=1900000000
fdrctl wait "$id" expired 20000 > /dev/null
seen
at_least "with interrupts, programs stop" "$(of_cpu 1 longest_us)" 1450000
at_most "but ticks come" "$(of_cpu 1 longest_quiet_us)" 1000000
check "no thread is left" until_true 5 none_left

# Stalls that are not even
watch 90
started "stalls of 100 ms each second, up to 400 ms early or late" \
	cpu-stall stall=100ms period=1s jitter=400ms seed=3 @duration=6500000000
check "it is over" fdrctl wait "$id" expired 30000
seen
stalls=$(value "$id" stalls)
at_least "the period is kept on the whole" "$stalls" 6
at_most "and no more" "$stalls" 7
at_least "none is shorter than asked, but the last, which the end may cut" \
	"$(value "$id" stalled_ns)" $(((stalls - 1) * 100000000))
at_most "nor much longer" "$(value "$id" shortest_ns)" 120000000
at_least "their distance varies" "$(spread 1)" 200000

# Off line
online() { cat /sys/devices/system/cpu/online; }
is_online() { [ "$(online)" = "$1" ]; }
started "CPU 1 is taken off line" cpu-offline cpus=1 $minute
check "it is gone" until_true 10 is_online 0
expect "it is counted" "$(value "$id" removed)" 1
refused "load for a CPU that is off line" "E*cpus*" inject cpu-load cpus=1
check "it is cleared" fdrctl clear "$id"
expect "it is back" "$(online)" 0-1
expect "by our doing" "$(value "$id" returned)" 1
inject cpu-offline cpus=1 $minute
until_true 10 is_online 0
echo 1 > /sys/devices/system/cpu/cpu1/online
check "somebody else brings it back, and it is cleared" fdrctl clear "$id"
expect "it stays on line" "$(online)" 0-1
expect "not by our doing" "$(value "$id" returned),$(value "$id" found_online)" 0,1
inject cpu-offline cpus=1 @duration=1500000000
check "the duration ends it" fdrctl wait "$id" expired 20000
expect "it is back" "$(online)" 0-1
inject cpu-offline cpus=1 $minute @lease=1500000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 20000
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
fdrctl wait "$id" active 10000
echo 0 > /sys/devices/system/cpu/cpu1/online
displaced() { [ "$(value "$id" displaced)" = 1 ]; }
check "a CPU goes off line under a load: it does not move elsewhere" until_true 10 displaced
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
