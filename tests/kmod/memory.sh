#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory that is taken, leaked, exhausted and bad; and all of it back afterwards.
. "${KT_DIR:-/kmod}/ktap.sh"

module=$1
minute=@duration=60000000000
mib=1048576
arm
remember_state
echo 3 > /proc/sys/vm/drop_caches

available() { sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
corrupted() { sed -n 's/^HardwareCorrupted: *\([0-9]*\) kB/\1/p' /proc/meminfo; }
# What a process or two need meanwhile moves it a little.
tolerance=8192
is_back() { now=$(available); [ $((now - before)) -gt -$tolerance ] && [ $((before - now)) -gt -$tolerance ]; }
returned() { if until_true 30 is_back; then ok "$1"; else not_ok "$1" "$before kB before, $now kB now"; fi; }
is_at() { [ "$(value "$id" "$1")" -ge "$2" ]; }

# hog(MiB) - a process that holds so much; sets hog
hog() {
	dd if=/dev/zero of=/dev/null bs=$(($1 * mib)) 2> /dev/null &
	hog=$!
	until_true 20 resident "$hog" $(($1 * 1000)) || echo "# dd does not come to hold $1 MiB"
}
resident() { [ "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status")" -ge "$2" ]; }
alive() { [ -e "/proc/$1/status" ] && ! grep -q '^State:.Z' "/proc/$1/status"; }

before=$(available)

# Pressure
started "60 MiB are taken at once" mem-pressure size=60M $minute
check "they are" until_true 20 is_at held_bytes $((60 * mib))
expect "and not a page more" "$(value "$id" held_bytes)" $((60 * mib))
now=$(available)
at_most "no longer available" "$now" $((before - 60 * 1024 + tolerance))
at_least "and no more than that" "$now" $((before - 60 * 1024 - tolerance))
check "it is cleared" fdrctl clear "$id"
check "it ends" fdrctl wait "$id" cleared 30000
expect "nothing is held" "$(value "$id" held_bytes)" 0
returned "all is available again"

inject mem-pressure share=25% $minute
quarter=$((before * 256))
check "a quarter of what is available" until_true 20 is_at held_bytes $((quarter - 3 * mib))
at_most "and no more" "$(value "$id" held_bytes)" $((quarter + 3 * mib))
fdrctl clear "$id" > /dev/null

# A step every 5 s: time enough to look at what there is in between.
inject mem-pressure size=60M rate=4M step=20M $minute
check "the first step of 20 MiB" until_true 20 is_at held_bytes $((20 * mib))
expect "and not a page more" "$(value "$id" held_bytes)" $((20 * mib))
check "the second step" until_true 30 is_at held_bytes $((40 * mib))
now=$(fdrctl clock)
expect "and not a page more meanwhile" "$(value "$id" held_bytes)" $((40 * mib))
at_least "which comes 5 s after the onset" $((now - $(value "$id" onset))) 5000000000
fdrctl clear "$id" > /dev/null
inject mem-pressure size=20M @duration=1000000000
check "for a second" fdrctl wait "$id" expired 30000
expect "it took what was asked for" "$(value "$id" peak_bytes)" $((20 * mib))
returned "all is available again after the duration"

# The reserve
hog 30
started "all but 100 MiB" mem-pressure reserve=100M $minute
check "the reserve stops it" until_true 20 is_at at_reserve 3
now=$(available)
at_least "so much is left" "$now" $((100 * 1024 - tolerance))
at_most "and little more" "$now" $((100 * 1024 + tolerance))
held=$(value "$id" held_bytes)
kill -9 "$hog"
wait "$hog" 2> /dev/null
check "it takes what others give back" until_true 20 is_at held_bytes $((held + 20 * mib))
fdrctl clear "$id" > /dev/null
returned "all is available again"

# A leak
inject mem-leak rate=20M @duration=3000000000
check "a leak of 20 MiB a second for 3 s" fdrctl wait "$id" expired 30000
# A busy host may make the last ones late.
at_least "leaks so much" "$(value "$id" peak_bytes)" $((50 * mib))
at_most "and no more" "$(value "$id" peak_bytes)" $((62 * mib))
inject mem-leak rate=100M limit=30M $minute @lease=60000000000
check "up to its limit" until_true 30 is_at held_bytes $((30 * mib))
check "it is renewed, for a second" fdrctl renew "$id" 1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
expect "the limit was kept" "$(value "$id" peak_bytes)" $((30 * mib))
returned "all is available again"

# Unloading with force
inject mem-pressure size=50M $minute
until_true 20 is_at held_bytes $((50 * mib))
check "the module is unloaded by force" rmmod -f faultdrill
returned "all is available again"
check "it loads again" insmod "$module"
arm

# Out of memory
killed() { dmesg | grep -c 'Out of memory: Killed process'; }
clear_log
hog 40
started "until the OOM killer has killed once" oom
check "it has" fdrctl wait "$id" fired 60000
expect "once" "$(killed),$(value "$id" kills)" 1,1
check "the largest process" in_log "Killed process $hog (dd)"
wait "$hog" 2> /dev/null
expect "nothing is held" "$(value "$id" held_bytes)" 0
returned "all is available again"

clear_log
hog 50
large=$hog
hog 25
# This one forks all the time, and its children must not inherit what is not meant for them.
sh -c 'n=0; while [ $n -lt 100 ]; do sleep 30 & n=$((n + 1)); usleep 50000; done; wait' &
nest=$!
echo 5 > "/proc/$large/oom_score_adj"
started "the largest is protected, by its id" oom protect="$large,$nest,no-such-name"
check "the killer runs" fdrctl wait "$id" fired 60000
check "another one is killed" in_log "Killed process $hog (dd)"
expect "just one" "$(killed)" 1
check "the protected one is not" alive "$large"
expect "and no longer protected" "$(cat "/proc/$large/oom_score_adj" "/proc/$nest/oom_score_adj" | tr '\n' ' ')" "5 0 "
inherited() { for p in /proc/[0-9]*; do [ "$(cat "$p/comm")" = sleep ] && cat "$p/oom_score_adj"; done 2> /dev/null | sort -u; }
expect "nor are its children" "$(inherited)" 0
kill -9 "$nest" "$large"
for p in /proc/[0-9]*; do
	if [ "$(cat "$p/comm" 2> /dev/null)" = sleep ]; then kill -9 "${p#/proc/}"; fi
done
wait "$nest" "$large" "$hog" 2> /dev/null

clear_log
hog 30
first=$hog
hog 40
started "twice" oom kills=2
check "the killer runs" fdrctl wait "$id" fired 60000
expect "twice" "$(killed),$(value "$id" kills)" 2,2
check "one is killed" in_log "Killed process $first (dd)"
check "the other too" in_log "Killed process $hog (dd)"
wait "$first" "$hog" 2> /dev/null
returned "all is available again"

clear_log
# Whoever runs this script is there too, and would be killed for it.
everyone=$(for p in /proc/[0-9]*; do if [ -e "$p/exe" ]; then cat "$p/comm"; fi; done 2> /dev/null |
	sort -u | tr '\n' ,)
inject oom protect="${everyone}fdrctl,usleep,sleep,sed,cat,grep,cut,dmesg"
# What this shell starts from here on has to be spared like it.
adj=0 looks=0
while [ "$adj" != -1000 ] && [ $((looks += 1)) -lt 100000 ]; do
	read -r adj < /proc/$$/oom_score_adj
done
check "where nobody may be killed it gives up" fdrctl wait "$id" failed 60000
expect "and says so" "$(value "$id" reason)" "*nobody is left*"
expect "nobody was killed" "$(killed)" 0
returned "all is available again"

echo 1 > /proc/sys/vm/panic_on_oom
refused "where the kernel would panic" "EPERM*panic_on_oom*" inject oom
check "unless it is forced" fdrctl inject oom @dry @force
echo 0 > /proc/sys/vm/panic_on_oom
refused "to protect a process that is not there" "ESRCH*protect*999999*" inject oom protect=999999
refused "no kill at all" "E*kills*" inject oom kills=0
inject oom @delay=60000000000
refused "two at a time" "EBUSY*$id*oom*" inject oom
fdrctl clear "$id" > /dev/null

refused "more than there is" "ENOMEM*size*" inject mem-pressure size=1T
refused "a reserve that leaves nothing" "ENOMEM*reserve*" inject mem-leak reserve=1T
refused "a size and a share" "EINVAL*share*" inject mem-pressure size=10M share=10%
refused "a step without a rate" "EINVAL*step*" inject mem-pressure size=10M step=1M
refused "steps too small for the rate" "EINVAL*step*" inject mem-pressure size=10M step=1K rate=10G
refused "a reserve too small to live on" "E*reserve*" inject mem-pressure reserve=1M
for dry in mem-pressure mem-leak oom; do
	check "a dry run takes nothing: $dry" fdrctl inject $dry @dry
done
returned "all is available"

# Bad pages
before_bad=$(corrupted)
if out=$(fdrctl inject page-poison @dry); then
	clear_log
	started "five pages go bad" page-poison pages=5 $minute
	check "it is active" fdrctl wait "$id" active 30000
	expect "the kernel counts them" "$(corrupted)" $((before_bad + 20))
	check "and reports them" in_log 'Memory failure: 0x.*Ignored'
	check "it is cleared" fdrctl clear "$id"
	check "it ends" fdrctl wait "$id" cleared 30000
	expect "all were restored" "$(value "$id" restored),$(value "$id" stuck)" 5,0
	expect "the kernel counts none" "$(corrupted)" "$before_bad"
	inject page-poison @duration=500000000
	check "the duration ends it" fdrctl wait "$id" expired 30000
	expect "the kernel counts none" "$(corrupted)" "$before_bad"
	echo 0 > /proc/sys/vm/memory_failure_recovery
	refused "where the kernel would panic" "EPERM*memory_failure_recovery*" inject page-poison
	echo 1 > /proc/sys/vm/memory_failure_recovery
else
	skip "five pages go bad" "$out"
fi

check_state "nothing is left behind"
finish
