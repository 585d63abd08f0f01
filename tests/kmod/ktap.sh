# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For the kernel tests' scripts: results in KTAP, and waiting for conditions.

n=0 failed=0
out=

ok() { n=$((n + 1)); echo "ok $n $1"; }
skip() { n=$((n + 1)); echo "ok $n $1 # SKIP $2"; }

# not_ok(what, why) - a failure, with what was seen instead
not_ok() {
	n=$((n + 1)) failed=$((failed + 1))
	echo "not ok $n $1"
	printf '%s\n' "$2" | sed 's/^/# /'
}

# check(what, command...) - the command must succeed
check() {
	local what=$1
	shift
	if out=$("$@" 2>&1); then ok "$what"; else not_ok "$what" "$*: $out"; fi
}

# expect(what, text, wanted) - the text must match a pattern of the shell
expect() {
	# shellcheck disable=SC2254
	case $2 in
	$3) ok "$1" ;;
	*) not_ok "$1" "got '$2', wanted '$3'" ;;
	esac
}

# at_least(what, number, bound), at_most(what, number, bound)
at_least() { if [ "${2:--1}" -ge "$3" ] 2>/dev/null; then ok "$1"; else not_ok "$1" "$2 is less than $3"; fi; }
# A debug kernel (KT_SLOW) may take longer for anything: it is not judged by that.
at_most() {
	if [ "${2:-x}" -le "$3" ] 2>/dev/null; then
		ok "$1"
	elif [ -n "$KT_SLOW" ] && [ "${2:--1}" -ge 0 ] 2>/dev/null; then
		skip "$1" "$2 is more than $3: a debug kernel is too slow to be judged by it"
	else
		not_ok "$1" "$2 is more than $3"
	fi
}

# refused(what, wanted, fdrctl's arguments...) - refused with words that match
refused() {
	local what=$1 wanted=$2 status
	shift 2
	out=$(fdrctl "$@")
	status=$?
	# shellcheck disable=SC2254
	case $status:$out in
	1:$wanted) ok "$what" ;;
	*) not_ok "$what" "fdrctl $*: status $status, '$out', wanted '$wanted'" ;;
	esac
}

# until_true(seconds, command...) - waits for a condition.  No process is started to
# read the clock: while memory or processes are short that may fail, and it takes time.
until_true() {
	local up end
	read -r up _ < /proc/uptime
	end=$((${up%.*} + $1 + 1))
	shift
	while ! "$@" > /dev/null 2>&1; do
		read -r up _ < /proc/uptime
		[ "${up%.*}" -lt $end ] || return 1
		usleep 20000
	done
}

in_log() { dmesg | grep -q "$1"; }
clear_log() { dmesg -c > /dev/null; }

# value(id, key) - of an injection
value() { fdrctl get "$1" | sed -n "s/^$2 //p"; }

# For longer than any script may take on a debug kernel beside a busy host: 2 h.
arm() { fdrctl arm 7200000000000 > /dev/null; }

# inject(arguments...) - sets id, or fails
inject() { id=$(fdrctl inject "$@") || { echo "# inject $*: $id"; return 1; }; }

# started(what, arguments...) - the same as a test of its own
started() {
	local what=$1
	shift
	if id=$(fdrctl inject "$@"); then ok "$what"; else not_ok "$what" "inject $*: $id"; fi
}

# watch(ms) - from here on observe how the CPUs run; gaps of at least so long
watch() {
	rm -f /tmp/seen
	observe "$1" > /tmp/seen &
	watcher=$!
	until_true 10 grep -q ready /tmp/seen
}

# seen() - stop watching
seen() { kill -TERM $watcher; wait $watcher; }

# of_cpu(cpu, key) - what was seen
of_cpu() { sed -n "s/^cpu $1 .*\\b$2 \\([0-9]*\\).*/\\1/p" /tmp/seen; }

# Name and state of each thread of the module's.
threads() { cat /proc/[0-9]*/stat 2> /dev/null | sed -n 's/^[0-9]* (\(\(fdr-\|faultdrill\/\).*\)) \(.\) .*/\1 \3/p'; }

# The hooks of ftrace, our threads, and who uses the module.
kernel_state() {
	cat /sys/kernel/tracing/enabled_functions
	threads
	grep ^faultdrill /proc/modules | cut -d' ' -f3
}

# Once injections have ended, nothing may be left of them.
remember_state() { kernel_state > /tmp/state.before; }
same_state() { kernel_state > /tmp/state.after; cmp -s /tmp/state.before /tmp/state.after; }
check_state() {
	if until_true 10 same_state; then
		ok "$1"
	else
		not_ok "$1" "$(diff /tmp/state.before /tmp/state.after)"
	fi
}

finish() {
	fdrctl clear > /dev/null
	fdrctl disarm > /dev/null
	echo "1..$n"
	exit $((failed > 0))
}

export PATH=$PATH:${KT_DIR:-$(dirname "$0")}
echo "TAP version 13"
