#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Faults of the network where devices stand on each other: a VLAN, a VLAN within it (whose
# tag is in the packet, where the outer one need not be), and a bridge with a port.
. "${KT_DIR:-/kmod}/net-lib.sh"

# tags() - the devices fd0.5 and fd0.5.6 here, the same there
tags() {
	local at host run dev
	for at in here peer; do
		if [ $at = here ]; then run="" dev=fd0 host=1; else run=in_peer dev=fd1 host=2; fi
		$run $ip link add link $dev name $dev.5 type vlan id 5 &&
			$run $ip link add link $dev.5 name $dev.5.6 type vlan id 6 &&
			$run $ip addr add 10.5.0.$host/24 dev $dev.5 &&
			$run $ip addr add 10.6.0.$host/24 dev $dev.5.6 &&
			$run $ip link set $dev.5 up && $run $ip link set $dev.5.6 up || return 1
	done
}

$ip netns add fdr-peer
$ip link add fd0 type veth peer name fd1 netns fdr-peer
in_peer $ip link set lo up
in_peer $ip link set fd1 up
$ip link set fd0 up
if ! out=$(tags 2>&1); then
	skip "faults under VLANs" "$out"
else
	check "the VLAN answers" until_true 30 reaches 10.5.0.2
	check "the one within it, too" until_true 30 reaches 10.6.0.2
	arm
	remember_state
	# The rule is on the device below, on the VLAN's own, and on the inner one's.
	for rule in "fd0 10.5.0.2" "fd0 10.6.0.2" "fd0.5 10.5.0.2" "fd0.5 10.6.0.2" "fd0.5.6 10.6.0.2"; do
		device=${rule% *} peer=${rule#* }
		other=10.5.0.2
		[ $peer = 10.6.0.2 ] || other=10.6.0.2
		inject net-drop interface="$device" peer="$peer" protocol=udp direction=out $minute
		active
		udp "$peer" 20
		expect "$device: what goes to $peer is lost" "$(got received),$(value "$id" dropped)" 0,20
		udp $other 20
		expect "$device: what goes to $other is not" "$(got unique)" 20
		clear
		inject net-drop interface="$device" peer="$peer" protocol=udp direction=in $minute
		active
		home 7000 200
		in_peer wire send "${peer%2}1" 7000 20 200 100 > /dev/null
		arrived
		expect "$device: nor does anything come from there" "$(got received),$(value "$id" dropped)" 0,20
		clear
	done
	# What is held goes on with the tag that it had.
	for direction in out in; do
		for net in 10.5.0 10.6.0; do
			inject net-delay delay=50ms interface=fd0 direction=$direction protocol=udp $minute
			active
			if [ $direction = out ]; then
				arriving 7000 1000
				wire send $net.2 7000 50 1000 200 > /dev/null
			else
				home 7000 1000
				in_peer wire send $net.1 7000 50 1000 200 > /dev/null
			fi
			arrived
			expect "$direction, $net: what was delayed arrives once" "$(got unique),$(got duplicates)" 50,0
			expect "$direction, $net: in its order" "$(got reordered)" 0
			at_least "$direction, $net: none too early (us)" "$(got min_us)" 50000
			expect "$direction, $net: all was delayed" "$(value "$id" released)" 50
			clear
		done
	done
	for net in 10.5.0 10.6.0; do
		inject net-corrupt mode=silent interface=fd0 direction=out protocol=udp $minute
		active
		udp $net.2 50 101
		expect "$net: damage is to the contents, not to the tag" "$(got received),$(got corrupt)" 50,50
		clear
	done
	inject net-duplicate interface=fd0 direction=out protocol=udp $minute
	active
	udp 10.6.0.2 50
	expect "a copy has its tags" "$(got received),$(got unique)" 100,50
	clear
	check_state "nothing is left behind"
	$ip link del fd0.5
fi

# A bridge, with the same link as its port.
if ! out=$($ip link add fdbr type bridge 2>&1); then
	skip "faults under a bridge" "$out"
else
	$ip link set fd0 master fdbr
	$ip addr add 10.4.0.1/24 dev fdbr
	in_peer $ip addr add 10.4.0.2/24 dev fd1
	$ip link set fdbr up
	check "the bridge's network answers" until_true 60 reaches 10.4.0.2
	arm
	remember_state
	for device in fd0 fdbr; do
		inject net-drop interface=$device peer=10.4.0.2 protocol=udp $minute
		active
		udp 10.4.0.2 20
		expect "$device: what goes out is lost" "$(got received)" 0
		home 7000 200
		in_peer wire send 10.4.0.1 7000 20 200 100 > /dev/null
		arrived
		expect "$device: so is what comes in" "$(got received),$(value "$id" dropped)" 0,40
		check "$device: other protocols pass" reaches 10.4.0.2
		clear
		for direction in out in; do
			inject net-delay delay=50ms interface=$device direction=$direction protocol=udp $minute
			active
			if [ $direction = out ]; then
				arriving 7000 1000
				wire send 10.4.0.2 7000 50 1000 200 > /dev/null
			else
				home 7000 1000
				in_peer wire send 10.4.0.1 7000 50 1000 200 > /dev/null
			fi
			arrived
			expect "$device, $direction: what was delayed arrives once" "$(got unique),$(got duplicates)" 50,0
			at_least "$device, $direction: none too early (us)" "$(got min_us)" 50000
			clear
		done
	done
	# All that uses the link loses it.
	inject link-down interface=fd0 $minute
	active
	check "a port without carrier: the peer is lost" lost 10.4.0.2
	clear
	check "and back" until_true 60 reaches 10.4.0.2
	check_state "nothing is left behind"
	$ip link del fdbr
fi
$ip link del fd0
$ip netns del fdr-peer
finish
