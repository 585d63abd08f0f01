#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A fault lasts as long as was asked for, to 1 % or 2 ms, whichever is more, as
# seen by a program that it stops; and its event says truly when it began.
. "${KT_DIR:-/kmod}/ktap.sh"

ROUNDS=3
cpu=$(($(grep -c ^processor /proc/cpuinfo) - 1))
arm
remember_state
expedited=$(cat /sys/kernel/rcu_expedited)
echo 1 > /sys/kernel/rcu_expedited

# middle(key) - the median of the rounds
middle() {
	sed -n "s/.*\\b$1 \\(-*[0-9]*\\).*/\\1/p" /tmp/rounds | sort -n | sed -n "$((ROUNDS / 2 + 1))p"
}

# kept(watch, asked in us, fault and parameters...) - the median of some rounds counts:
# where the machine that runs this one takes its CPU away, single ones are late.
kept() {
	local watch=$1 us=$2 bar step late
	shift 2
	: > /tmp/rounds
	while [ "$(wc -l < /tmp/rounds)" -lt $ROUNDS ]; do
		if ! timing "$watch" "$us" "$@" >> /tmp/rounds; then
			not_ok "$1 of $us us as $watch sees it" "$(tail -n 1 /tmp/rounds)"
			return
		fi
	done
	step=$(middle step_us)
	bar=$((us / 100))
	[ $bar -ge 2000 ] || bar=2000
	echo "# $*: $(middle kept_us) of $us us, worst $(sed -n 's/.*worst_us \([0-9]*\).*/\1/p' /tmp/rounds | sort -n | tail -n 1), seen to $step us; late $(middle late_us) us, seen $(middle began_us)"
	at_least "$1 of $us us is not shorter" "$(middle kept_us)" $((us - bar))
	at_most "$1 of $us us is not longer" "$(middle kept_us)" $((us + bar + step))
	expect "$1: the onset's event has the lateness of its stamp" "$(middle late_us)" "$(middle event_us)"
	# It began when the program was stopped, or just after.
	late=$(sed 's/.*began_us \(-*[0-9]*\) late_us \(-*[0-9]*\).*/\2 \1/' /tmp/rounds |
		awk '{ print $1 - $2 }' | sort -n | sed -n "$((ROUNDS / 2 + 1))p")
	at_least "$1: the onset is not stamped before it is seen" "$late" $((-step - 500))
	at_most "$1: nor long after it" "$late" $((step + 2000))
}

kept cpu:$cpu 300000 soft-lockup cpus=$cpu @duration=300000000
kept cpu:$cpu 300000 hard-lockup cpus=$cpu @duration=300000000
kept cpu:$cpu 300000 cpu-stall stall=300ms
kept cpu:$cpu 50000 irq-off cpus=$cpu window=50ms period=200ms @duration=1050000000
kept task:fdr-hung/0 300000 hung-task @duration=300000000
kept rcu 300000 rcu-stall cpus=$cpu @duration=300000000
kept work 300000 workqueue-stall @duration=300000000
kept rtnl 300000 lock-hold lock=rtnl @duration=300000000
kept inode:/tmp/timed 300000 lock-hold lock=inode path=/tmp/timed @duration=300000000
kept mmap 300000 lock-hold lock=mmap pid=watcher @duration=300000000

echo "$expedited" > /sys/kernel/rcu_expedited
rm -f /tmp/timed
check_state "nothing is left behind"
finish
