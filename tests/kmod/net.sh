#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Faults of the network: between this namespace and another over a pair of virtual
# devices, and on eth0, which has hardware behind it and 10.0.2.2 as its gateway.
# $1 is the module's path.
. "${KT_DIR:-/kmod}/net-lib.sh"

module=$1
here=10.9.0.1 there=10.9.0.2 here6=fd09::1 there6=fd09::2

# accepting() - take one stream there.  (Not by in_peer: $! has to be the receiver.)
accepting() {
	rm -f /tmp/stream
	$ip netns exec fdr-peer wire accept 7200 > /tmp/stream &
	receiver=$!
	until_true 30 grep -q ready /tmp/stream
}
# streamed() - wait for the stream's end; sets stream to what came of it.  (Not in a
# subshell: the receiver is no child of that, and is not waited for.)
streamed() { wait $receiver; stream=$(grep -v ready /tmp/stream | tr '\n' ' '); }

# checksum_errors(Udp|Tcp) - of IPv4, in the other namespace
checksum_errors() {
	in_peer cat /proc/net/snmp | awk -v k="$1:" '$1 == k && !n { for (i = 2; i <= NF; i++) if ($i == "InCsumErrors") n = i; next } $1 == k { print $n }'
}
links() {
	{ $ip -o addr show; $ip route show table all; $ip -6 route show table all; } | sed 's/[0-9]*sec//g'
	cat /sys/class/net/*/carrier /sys/class/net/*/operstate
}

# calls() - how often the hook runs under some traffic both ways, as ftrace sees it
calls() {
	local t=/sys/kernel/tracing
	echo > $t/trace
	printf 'fdr_net_hook_in\nfdr_net_hook_out\n' > $t/set_ftrace_filter
	echo function > $t/current_tracer
	ping -c 3 -i 0.1 $there > /dev/null
	grep -c 'fdr_net_hook_' $t/trace
	echo nop > $t/current_tracer
	echo > $t/set_ftrace_filter
}

$ip netns add fdr-peer
$ip link add fd0 type veth peer name fd1 netns fdr-peer
$ip addr add $here/24 dev fd0
$ip -6 addr add $here6/64 dev fd0 nodad
in_peer $ip addr add $there/24 dev fd1
in_peer $ip -6 addr add $there6/64 dev fd1 nodad
in_peer $ip link set lo up
in_peer $ip link set fd1 up
$ip link set fd0 up
$ip addr add 10.0.2.15/24 dev eth0
$ip link set eth0 up
$ip route add default via 10.0.2.2
check "the other namespace answers" until_true 30 reaches $there
check "by IPv6, too" until_true 30 reaches $there6
check "the gateway answers" until_true 30 reaches 10.0.2.2
arm
remember_state
expect "no hook runs before" "$(calls)" 0

# Loss
started "all packets to and from a peer" net-drop interface=fd0 peer=$there $minute
check "it is active" active
at_least "the hook runs" "$(calls)" 1
check "the peer is lost" lost $there
check "its IPv6 address is not" reaches $there6
udp $there 100
expect "the sender is told nothing" "$out" "sent 100 errors 0 -"
expect "nothing arrives" "$(got received)" 0
# Not all hundred: the peer cannot be resolved either, and then nothing gets to the device.
at_least "it is counted" "$(value "$id" dropped)" 1
expect "matched = dropped" "$(value "$id" matched)" "$(value "$id" dropped)"
fdrctl clear "$id" > /dev/null
check "it ends" fdrctl wait "$id" cleared 30000
check "the peer is back" reaches $there
udp $there 100
expect "all arrives" "$(got unique)" 100
expect "no hook runs after" "$(calls)" 0
check_state "nothing is left behind"

# Direction: an asymmetric partition is one rule
inject net-drop interface=fd0 direction=in protocol=udp $minute
active
udp $there 50
expect "in: what we send arrives" "$(got unique)" 50
home 7000 200
in_peer wire send $here 7000 50 200 100 > /dev/null
arrived
expect "in: what they send does not" "$(got received)" 0
expect "only that was dropped" "$(value "$id" dropped)" 50
check "other protocols pass" reaches $there
clear
inject net-drop interface=fd0 direction=out peer=fd09::/64 $minute
active
udp $there6 50
expect "out: nothing arrives over IPv6" "$(got received)" 0
check "IPv4 passes" reaches $there
clear

# Ports
inject net-drop interface=fd0 protocol=udp remote-port=7000-7010 $minute
active
udp $there 20
expect "a remote port in the range" "$(got received)" 0
arriving 7011 200; wire send $there 7011 20 200 100 > /dev/null; arrived
expect "a port beside it" "$(got unique)" 20
clear
inject net-drop interface=fd0 local-port=7100 $minute
active
arriving 7000 200; wire send $there 7000 20 200 100 7100 > /dev/null; arrived
expect "a local port" "$(got received)" 0
arriving 7000 200; wire send $there 7000 20 200 100 7101 > /dev/null; arrived
expect "another local port" "$(got unique)" 20
clear
inject net-drop interface=fd0 protocol=tcp remote-port=7200 $minute
active
accepting
wire connect $there 7200 1000 700 > /tmp/connect
expect "TCP: no connection, and no answer either" "$(cat /tmp/connect)" "connect E[AI]*"
clear
kill $receiver
wait $receiver

# ARP, and neighbour discovery
inject net-drop interface=fd0 protocol=arp $minute
active
check "an address that is known still works" reaches $there
$ip neigh flush dev fd0
in_peer $ip neigh flush dev fd1
check "one that has to be asked for does not" lost $there
at_least "requests were dropped" "$(value "$id" dropped)" 1
clear
check "it is found again" until_true 30 reaches $there
$ip neigh flush dev fd0
inject net-drop interface=fd0 protocol=any peer=$there6 direction=out $minute
active
check "neighbour discovery of a peer is part of its partition" lost $there6
expect "no solicitation got out" "$($ip -6 neigh show dev fd0 | grep -c "^$there6.*REACHABLE")" 0
at_least "they were dropped" "$(value "$id" dropped)" 1
clear
check "it is found again" until_true 30 reaches $there6

# Probability, and the same again from the same seed
for seed in 7 7 8; do
	inject net-drop interface=fd0 protocol=udp direction=out remote-port=7000 probability=25% seed=$seed $minute
	active
	udp $there 4000
	clear
	fdrctl wait "$id" cleared 30000
	expect "each packet was a match" "$(value "$id" matched)" 4000
	expect "matched = dropped + passed" "$(sum dropped passed)" 4000
	expect "what passed arrived" "$(got unique)" "$(value "$id" passed)"
	# 1000 expected; five standard deviations are 137.
	at_least "a quarter is lost, or nearly" "$(value "$id" dropped)" 863
	at_most "and not many more" "$(value "$id" dropped)" 1137
	case $seed in
	7) [ -z "$first" ] || expect "the same seed draws the same" "$(value "$id" dropped)" "$first"; first=$(value "$id" dropped) ;;
	8) if [ "$(value "$id" dropped)" != "$first" ]; then ok "another seed draws otherwise"; else not_ok "another seed draws otherwise" "the same"; fi ;;
	esac
done

# Delay
inject net-delay delay=50ms interface=fd0 direction=out protocol=udp $minute
active
arriving 7000 1000; wire send $there 7000 400 2000 200 > /dev/null; arrived
expect "delay: all arrive" "$(got unique)" 400
expect "in their order" "$(got reordered)" 0
at_least "none too early (us)" "$(got min_us)" 50000
at_most "the median is right, as far as a busy host tells (us)" "$(got p50_us)" 100000
# A host that stops for a moment delays all that is on its way just then.
at_most "and the 99th percentile (us)" "$(got p99_us)" 1000000
echo "# delay of 50 ms: $(tr '\n' ' ' < /tmp/got)"
expect "all are counted" "$(sum released),$(sum held),$(sum overflow lost)" "400,0,0"
clear
inject net-delay delay=30ms jitter=30ms interface=fd0 direction=in protocol=udp $minute
active
home 7000 1000; in_peer wire send $here 7000 400 500 200 > /dev/null; arrived
expect "jitter: all arrive" "$(got unique)" 400
expect "in their order" "$(got reordered)" 0
clear
inject net-delay delay=30ms jitter=30ms reorder=yes interface=fd0 direction=out protocol=udp $minute
active
arriving 7000 1000; wire send $there6 7000 400 500 200 > /dev/null; arrived
expect "reorder: all arrive, once" "$(got unique),$(got duplicates)" 400,0
at_least "many are overtaken" "$(got reordered)" 50
at_most "the median is the delay, as far as a busy host tells (us)" "$(got p50_us)" 90000
at_least "of half of them (us)" "$(got p50_us)" 22000
clear
inject net-delay delay=20s interface=fd0 direction=out protocol=udp limit=300 $minute
active
arriving 7000 2000; wire send $there 7000 500 0 200 > /dev/null
expect "all that fit are held" "$(value "$id" held)" 300
expect "the others are dropped" "$(value "$id" overflow)" 200
check "a clear lets them go" fdrctl clear "$id"
arrived
expect "each once" "$(got unique),$(got duplicates)" 300,0
expect "in their order" "$(got reordered)" 0
expect "delayed = released" "$(value "$id" delayed),$(value "$id" released),$(value "$id" held)" 300,300,0
expect "matched = delayed + overflow" "$(sum delayed overflow passed)" "$(value "$id" matched)"

# The stream must be whole, and in order it must stay quick, when a delay ends under it.
inject net-delay delay=5ms jitter=5ms interface=fd0 @duration=1500000000
active
accepting
wire connect $there 7200 20000000 60000 > /tmp/connect
streamed
expect "TCP through a delay" "$stream" "bytes 20000000 bad 0 end - "
check "the duration ended it" fdrctl wait "$id" expired 30000
expect "delayed = released + lost" "$(sum released lost)" "$(value "$id" delayed)"
check_state "nothing is left behind"

# Duplicates, and with a delay beside them
inject net-duplicate interface=fd0 direction=out protocol=udp copies=2 $minute
active
udp $there 200
expect "three of each" "$(got received),$(got unique),$(got duplicates)" 600,200,400
expect "copies" "$(value "$id" copies),$(value "$id" duplicated)" 400,200
twice=$id
inject net-delay delay=30ms interface=fd0 direction=out protocol=udp $minute
active
arriving 7000 600; wire send $there 7000 100 1000 100 > /dev/null; arrived
expect "two faults at once" "$(got received),$(got unique)" 300,100
at_least "the copies are late as well (us)" "$(got min_us)" 30000
expect "the delay had them all" "$(value "$id" delayed)" 300
fdrctl clear > /dev/null
udp $there 100
expect "one of each again" "$(got received)" 100
expect "copies = released + lost + overflow" "$(id=$twice; sum released lost overflow)" "$(value "$twice" copies)"

# Damage
before=$(checksum_errors Udp)
inject net-corrupt interface=fd0 direction=out protocol=udp probability=50% $minute
active
udp $there 400
expect "detected: nothing damaged gets through" "$(got corrupt)" 0
expect "what is not damaged does" "$(got unique)" "$(value "$id" passed)"
expect "the receiver's checksum found it" "$(($(checksum_errors Udp) - before))" "$(value "$id" corrupted)"
expect "corrupted + passed = matched" "$(sum corrupted passed)" 400
clear
for to in $there $there6; do
	before=$(checksum_errors Udp)
	inject net-corrupt mode=silent interface=fd0 direction=out protocol=udp probability=50% $minute
	active
	udp $to 401 101
	expect "silent, $to: all arrive" "$(got received)" 401
	expect "the damaged ones too" "$(got corrupt)" "$(value "$id" corrupted)"
	at_least "there are such" "$(got corrupt)" 100
	expect "no checksum noticed" "$(($(checksum_errors Udp) - before))" 0
	clear
done
inject net-corrupt mode=silent interface=fd0 direction=in protocol=udp $minute
active
home 7000 200; in_peer wire send $here 7000 50 200 100 > /dev/null; arrived
expect "silent, on the way in" "$(got received),$(got corrupt)" 50,50
clear
for direction in out in; do
	inject net-corrupt interface=fd0 direction=$direction protocol=tcp probability=2% $minute
	active
	before=$(checksum_errors Tcp)
	accepting
	wire connect $there 7200 10000000 60000 > /tmp/connect
	streamed
	expect "TCP mends what is detected ($direction)" "$stream" "bytes 10000000 bad 0 end - "
	[ $direction = in ] || at_least "its checksum found damage" "$(($(checksum_errors Tcp) - before))" 1
	at_least "there was some ($direction)" "$(value "$id" corrupted)" 1
	clear
done

# Link
links > /tmp/links.before
started "a link goes down" link-down interface=fd0 $minute
check "it is active" active
expect "it has no carrier" "$(cat /sys/class/net/fd0/carrier)" 0
check "the peer is lost" lost $there
expect "the addresses are there" "$($ip -o addr show dev fd0 | grep -c "$here\|$here6")" 2
at_least "the routes too" "$($ip route show dev fd0 | grep -c 10.9.0.0/24)" 1
refused "the same link twice" "EBUSY: link-down *injection $id*" inject link-down interface=fd0
# veth sets its carriers when an end comes up: a driver that thinks better.
in_peer $ip link set fd1 down
in_peer $ip link set fd1 up
reasserted() { [ "$(value "$id" reasserted)" -ge 1 ]; }
check "a carrier that the driver brings back is taken again" until_true 30 reasserted
expect "it has none" "$(cat /sys/class/net/fd0/carrier)" 0
check "it is cleared" fdrctl clear "$id"
expect "it has its carrier" "$(cat /sys/class/net/fd0/carrier)" 1
check "the peer is back" until_true 30 reaches $there
same_links() { links > /tmp/links.after; cmp -s /tmp/links.before /tmp/links.after; }
if until_true 30 same_links; then ok "addresses, routes and states are as before"; else not_ok "addresses, routes and states are as before" "$(diff /tmp/links.before /tmp/links.after)"; fi
inject link-down interface=fd0 @duration=1000000000
check "the duration ends it" fdrctl wait "$id" expired 30000
inject link-down interface=fd0 $minute @lease=1000000000
check "a lapsed lease ends it" fdrctl wait "$id" expired 30000
check "the peer is back" until_true 30 reaches $there
check_state "nothing is left behind"

# A device that goes away while its packets are held
$ip link add fd8 type veth peer name fd9
$ip addr add 10.7.0.1/24 dev fd8
$ip link set fd8 up
$ip link set fd9 up
inject net-delay delay=20s interface=fd8 direction=out $minute
active
$ip neigh add 10.7.0.9 lladdr 02:00:00:00:00:09 dev fd8
wire send 10.7.0.9 7000 20 0 100 > /dev/null
at_least "packets are held" "$(value "$id" held)" 20
check "the device can go" $ip link del fd8
expect "its packets are forgotten" "$(value "$id" held)" 0
at_least "and counted" "$(value "$id" lost)" 20
check "it is cleared" fdrctl clear "$id"
expect "delayed = released + lost" "$(sum released lost)" "$(value "$id" delayed)"

# Refusals
refused "no such interface" "ENODEV: interface: *nope*" inject net-drop interface=nope
refused "the loopback" "EINVAL: interface: lo *" inject net-drop interface=lo
refused "everything, with nobody to spare" "EPERM: *spare*force*" inject net-drop
refused "damage to everything" "EPERM: *spare*force*" inject net-corrupt
check "with force" fdrctl inject net-drop @force @dry
check "with a filter" fdrctl inject net-drop protocol=vrrp @dry
check "with somebody to spare" fdrctl inject net-drop spare=10.0.2.2 @dry
refused "to spare by force" "EINVAL: spare: *force*" inject net-drop spare=10.0.2.2 @force
refused "ports of what has none" "EINVAL: local-port: *" inject net-drop interface=fd0 protocol=icmp local-port=1
refused "ARP over IPv6" "EINVAL: peer: *" inject net-drop interface=fd0 protocol=arp peer=fd09::2
refused "an address that is none" "E*peer*" inject net-drop peer=300.1.1.1
refused "a port that is none" "E*port*" inject net-drop local-port=70000
refused "no delay" "E*delay*" inject net-delay interface=fd0
refused "jitter beyond the delay" "EINVAL: jitter: 2ms *1ms*" inject net-delay interface=fd0 delay=1ms jitter=2ms
refused "damage to what has no contents" "EINVAL: protocol: *" inject net-corrupt interface=fd0 protocol=vrrp
refused "a link without a name" "E*interface*" inject link-down
$ip link add fd6 type veth peer name fd7
refused "a link that is down" "ENETDOWN: interface: fd6 *" inject link-down interface=fd6
$ip link set fd6 up
refused "a link without carrier" "ENETDOWN: interface: fd6 *" inject link-down interface=fd6
$ip link del fd6
refused "the link to the management peer" "EBUSY: interface: *eth0*force*" inject link-down interface=eth0 spare=10.0.2.2
refused "the link to its gateway" "EBUSY: interface: *eth0*force*" inject link-down interface=eth0 spare=192.0.2.1
check "another link" fdrctl inject link-down interface=fd0 spare=10.0.2.2 @dry
check "a dry run leaves no trace" same_state

# Sparing
check "a host beside the gateway answers" until_true 30 reaches 10.0.2.3
inject net-drop spare=10.0.2.2 $minute
active
$ip neigh flush dev eth0
check "everybody is lost" lost 10.0.2.3
check "but the one to spare, ARP included" until_true 30 reaches 10.0.2.2
at_least "which is counted" "$(value "$id" spared)" 2
check "a device without hardware has its traffic" reaches $there
clear
check "the beacon is set" fdrctl beacon eth0 10.0.2.15 10.0.2.2 7999 52:55:0a:00:02:02 1
inject net-drop $minute
active
check "with a beacon everybody is lost" lost 10.0.2.3
check "but its receiver" reaches 10.0.2.2
clear
sent() { cat /sys/class/net/eth0/statistics/tx_packets; }
# onset_sends(n, fault...) - so many packets leave at its onset; now and then one of the node's own comes between
onset_sends() {
	local wanted=$1 before got
	shift
	for _ in 1 2 3; do
		before=$(sent)
		inject "$@" $minute
		active
		got=$(($(sent) - before))
		clear
		[ $got = "$wanted" ] && return
	done
	return 1
}
check "no beacon tells of an onset that the receiver is told anyway" onset_sends 0 net-drop peer=10.0.2.0/24
check "by force the beacon leaves before all is lost" onset_sends 1 net-drop interface=eth0 @force
refused "the beacon's link" "EBUSY: interface: *eth0*force*" inject link-down interface=eth0
inject net-drop peer=10.0.2.0/24 @force $minute
active
check "by force the receiver is lost" lost 10.0.2.2
clear
check "and back" until_true 30 reaches 10.0.2.2
inject link-down interface=eth0 @force $minute
active
expect "by force the link goes down" "$(cat /sys/class/net/eth0/carrier)" 0
clear
expect "and comes back" "$(cat /sys/class/net/eth0/carrier)" 1

# Unloading under traffic, with packets held; the last time by force, as nothing may be lost
(while :; do wire send $there 7000 2000 100 300; in_peer wire send $here 7000 10 100 300; done > /dev/null 2>&1) &
load=$!
gone() { rmmod faultdrill; }
for seed in 1 2 3; do
	inject net-delay delay=200ms interface=fd0 $minute
	inject net-duplicate interface=fd0 $minute
	inject net-corrupt interface=fd0 probability=10% seed=$seed $minute
	active
	some() { [ "$(value "$id" corrupted)" -gt 20 ]; }
	until_true 20 some || echo "# too few packets"
	fdrctl clear > /dev/null
	check "unloads under traffic" until_true 30 gone
	check "loads again" insmod "$module"
	arm
done
inject net-delay delay=10s interface=fd0 $minute
active
some() { [ "$(value "$id" held)" -gt 100 ]; }
until_true 20 some || echo "# too few packets"
check "unloads by force with packets held" rmmod -f faultdrill
check "loads again" insmod "$module"
kill $load
wait $load 2> /dev/null
check "the peer answers" until_true 30 reaches $there
$ip link del fd0
$ip netns del fdr-peer
finish
