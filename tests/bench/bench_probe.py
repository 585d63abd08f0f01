# SPDX-License-Identifier: GPL-2.0-or-later
"""Are requests sent on time?  The http workload beside httperf, on this host.

A server notes when each connection comes; a request is as late as its connection
is behind the fixed schedule that fits the run best (none early).  Both senders are
seen by the same eyes, in turns, and the median of the rounds counts.
"""
import os
import shutil
import socket
import subprocess

from common import BenchError, TOP, userspace_libraries

ROUNDS = 5
SECONDS = 2
RATES = (1000, 5000)	# the first must be kept, the others if the machine can


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def compile_program(bench, name, *more):
    out = os.path.join(bench.work, name)
    p = subprocess.run(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE",
                        "-Iuserspace", "-o", out, f"tests/bench/{name}.c", *more], cwd=TOP,
                       check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        raise BenchError(f"cannot compile {name}:\n{p.stdout}")
    return out


def build(bench):
    return (compile_program(bench, "arrivals"),
            compile_program(bench, "send", *userspace_libraries()))


def lateness(arrivals, rate):
    """p50 and p99 in us."""
    behind = [at - i * 1e9 / rate for i, at in enumerate(arrivals)]
    least = min(behind)
    late = sorted((b - least) / 1e3 for b in behind)
    return late[len(late) // 2], late[len(late) * 99 // 100]


def observe(arrivals, command, port, rate):
    """Lateness of what @command sends to @port, or why there is none."""
    count = rate * SECONDS
    with subprocess.Popen([arrivals, str(port), str(count)], text=True,
                          stdout=subprocess.PIPE) as server:
        try:
            if server.stdout.readline().strip() != "ready":
                raise BenchError("the server does not start")
            p = subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=60)
            if p.returncode:
                raise BenchError(f"{command[0]}: exit status {p.returncode}:\n{p.stdout}")
            at = [int(line) for line in server.communicate(timeout=30)[0].split()]
        finally:
            server.kill()
    if len(at) < count * 0.9:
        raise BenchError(f"{command[0]}: {len(at)} of {count} connections came: the machine is "
                         "too busy for this rate")
    return lateness(at, rate)


def in_turns(arrivals, send, rate):
    """One round: our lateness, and httperf's."""
    port = free_port()
    ours = observe(arrivals, [send, f"http://127.0.0.1:{port}/", str(rate), str(SECONDS)], port,
                   rate)
    port = free_port()
    theirs = observe(arrivals, ["httperf", "--server", "127.0.0.1", "--port", str(port), "--uri",
                                "/", "--rate", str(rate), "--num-conns", str(rate * SECONDS),
                                "--timeout", "5"], port, rate)
    return ours, theirs


def median(values):
    return sorted(values)[len(values) // 2]


def run(bench):
    if not shutil.which("httperf"):
        raise BenchError("needs httperf: apt-get install httperf")
    arrivals, send = build(bench)
    met = True
    for rate in RATES:
        try:
            rounds = [in_turns(arrivals, send, rate) for _ in range(ROUNDS)]
        except BenchError as e:
            if rate == RATES[0]:
                raise
            print(f"  {rate}/s is left out: {e}", flush=True)
            continue
        ours, theirs = zip(*rounds)
        for i, q in enumerate(("p50", "p99")):
            value, rival = median([o[i] for o in ours]), median([t[i] for t in theirs])
            bench.record(value, "us late", "httperf", rival, name=f"probe-{rate}-{q}", rate=rate,
                         seconds=SECONDS, rounds=ROUNDS, load1=os.getloadavg()[0])
            met = met and (q != "p50" or value <= rival)
    return met
