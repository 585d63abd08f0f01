#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Crashes that do not come: refusals, dry runs, and what is cancelled in time.
# The crashes themselves are rows of faults.txt.
. "${KT_DIR:-$(dirname "$0")}/ktap.sh"

settings() { cat /proc/sys/kernel/panic /proc/sys/kernel/panic_on_oops /proc/sys/kernel/panic_on_warn; }
caches() { find /sys/kernel/slab -name 'fdr-double-free*' | wc -l; }

arm
remember_state
before=$(settings)

refused "a dump without a crash kernel" "ENOENT*no crash kernel is loaded*crashkernel=*" inject kdump
refused "a delay without a restart" "EINVAL*delay*after=reboot-later*" inject panic delay=5s
refused "a delay of half a second" "EINVAL*delay=1500ms*whole seconds*" inject panic after=reboot-later delay=1500ms
refused "a delay of none" "E*delay*" inject panic after=reboot-later delay=0s
refused "an end that is none" "E*after*" inject panic after=breakfast
refused "to survive an oops in an interrupt" "EINVAL*outcome=survive*context=task*" inject oops context=softirq outcome=survive
refused "to survive a BUG in an interrupt" "EINVAL*outcome=survive*context=task*" inject bug context=hardirq outcome=survive
refused "an NMI for an oops" "E*context*" inject oops context=nmi
refused "a duration" "E*duration*" inject halt @duration=1000000000
echo 1 > /proc/sys/kernel/panic_on_warn
refused "a warning that would panic" "EPERM*panic_on_warn*outcome=survive*" inject warn
check "unless it is meant: a dry run with force" fdrctl inject warn @dry @force
echo 0 > /proc/sys/kernel/panic_on_warn
boot=$(cat /proc/sys/kernel/random/boot_id)
umount -l /proc
out=$(fdrctl inject oops outcome=panic "@boot=$boot" @dry 2>&1)
mount -t proc proc /proc
expect "an outcome that cannot be set: no /proc" "$out" "E*outcome*mount /proc*"

for fault in "panic context=nmi" "panic stop-others=yes after=reboot-later delay=3s" "oops outcome=survive" \
	"bug outcome=panic" "warn" "stack-overflow" "double-free outcome=panic" "list-corruption" \
	"triple-fault" "power-off" "halt" "reboot"; do
	# shellcheck disable=SC2086 # words
	check "a dry run fires nothing: $fault" fdrctl inject $fault @dry
done

# Taken, waiting, and given back.
for fault in "panic context=nmi" "oops outcome=panic" "double-free"; do
	# shellcheck disable=SC2086 # words
	started "$fault in a minute" $fault @delay=60000000000
	expect "the settings are untouched meanwhile" "$(settings)" "$before"
	refused "a second one besides" "EBUSY*$id*" inject reset
	check "it is cancelled" fdrctl clear "$id"
	check "and counts as cleared" fdrctl wait "$id" cleared 30000
done

expect "no cache is left" "$(caches)" 0
expect "the settings are as before" "$(settings)" "$before"
check_state "nothing is left behind"
finish
