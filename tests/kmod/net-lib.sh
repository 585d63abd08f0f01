# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034
# For the scripts of the network's faults: a namespace fdr-peer, and datagrams to and from it.
. "${KT_DIR:-/kmod}/ktap.sh"

minute=@duration=60000000000

# Not busybox's: that knows no namespaces.
for ip in /usr/sbin/ip /sbin/ip; do [ -x $ip ] && break; done

in_peer() { $ip netns exec fdr-peer "$@"; }
# arriving(port, idle ms) - receive in the other namespace; home(...) - in this one
arriving() { rm -f /tmp/got; $ip netns exec fdr-peer wire listen "$1" "$2" > /tmp/got & receiver=$!; until_true 30 grep -q ready /tmp/got; }
home() { rm -f /tmp/got; wire listen "$1" "$2" > /tmp/got & receiver=$!; until_true 30 grep -q ready /tmp/got; }
# A datagram over the pair is delivered before the sender goes on, unless a fault delays it.
# arrived() - all was sent: wait until nothing comes any more; got(key) - of what was received
arrived() { kill -TERM $receiver; wait $receiver; }
got() { sed -n "s/^$1 //p" /tmp/got; }
# udp(address, count, more) - send there and count what arrives
udp() { arriving 7000 200; out=$(wire send "$1" 7000 "$2" 200 "${3:-100}"); arrived; }
# A busy host may let the first answer come too late.
reaches() { ping -c 1 -W 1 "$1" || ping -c 1 -W 10 "$1"; }
lost() { ! ping -c 1 -W 1 "$1"; }
active() { fdrctl wait "$id" active 30000; }
clear() { fdrctl clear "$id" > /dev/null; }
# sum(key...) - of the injection's counters
sum() { local n=0; for key; do n=$((n + $(value "$id" "$key"))); done; echo $n; }
