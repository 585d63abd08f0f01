# SPDX-License-Identifier: GPL-2.0-or-later
"""The probe engine: does it keep 10,000 and 20,000 probes a second, TCP and HTTP, on one core?

Our engine runs as in a drill: on the event loop, with the priority of a run, one probe with
thousands of targets, on one core; what it asks is on the other. The rivals follow in the same
run: fping and httperf on keeping a schedule, blackbox_exporter and check_tcp, check_http on
rate, ab on what a stall of the server looks like. See Documentation/testing.md.
"""
import json
import os
import re
import signal
import subprocess
import time

from bench_probe import compile_program, free_port
from common import BenchError, TOP, run as must, userspace_libraries

ROUNDS = 5
SECONDS = 3
TARGETS = 2000
RATES = (10000, 20000)
MAX_RATES = (*RATES, *range(22500, 50001, 2500))
LATE_P50_US = 50	# at the first rate
CPU_US = 60
TARGET_BYTES = 4096
BLACKBOX_TIMES = 5
STALL = 2.0
STEAL = 0.02		# of all processor time: a round beyond it is repeated
ATTEMPTS = 15
PLUGINS = "/usr/lib/nagios/plugins"
NEEDS = {"fping": "fping", "httperf": "httperf", "prometheus-blackbox-exporter":
         "prometheus-blackbox-exporter", "ab": "apache2-utils", "nginx": "nginx-light",
         f"{PLUGINS}/check_tcp": "monitoring-plugins-basic"}


def addresses(n):
    """@n addresses of the loopback interface, as a range."""
    assert n % 100 == 0
    return f"127.[1-{n // 100}].0.[1-100]" if n > 100 else "127.1.0.[1-100]"


class Rig:
    """Programs, the two cores, and what is asked."""

    def __init__(self, bench):
        self.dir = bench.work
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            raise BenchError("needs two CPUs: one for the probes, one for what they ask")
        self.core, self.other = cores[:2]
        libs = userspace_libraries()
        self.probes = compile_program(bench, "probes", '-DFDR_VERSION="bench"', "-Ikmod/uapi", *libs)
        self.send = compile_program(bench, "send", *libs)
        self.sniff = compile_program(bench, "sniff")
        self.port = free_port()
        self.responder = self.start([compile_program(bench, "responder"), str(self.port)], "ready")

    def start(self, command, ready=None, core=None, **kw):
        p = subprocess.Popen(["taskset", "-c", str(self.other if core is None else core), *command], cwd=TOP,
                             text=True, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE if ready else subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, **kw)
        if ready and p.stdout.readline().strip() != ready:
            p.kill()
            p.wait()
            raise BenchError(f"{command[0]} does not start")
        return p

    def run(self, command, core=None, limit=120):
        p = subprocess.run(["taskset", "-c", str(self.core if core is None else core), *command], cwd=TOP,
                           check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, timeout=limit)
        if p.returncode:
            raise BenchError(f"{command[0]}: exit status {p.returncode}:\n{p.stdout[-2000:]}")
        return p.stdout

    def engine(self, kind, rate, targets=TARGETS, seconds=SECONDS, port=None):
        where = f"{addresses(targets)}:{port or self.port}"
        out = self.run([self.probes, kind, where if kind == "tcp" else f"http://{where}/",
                        str(targets * 10**9 // rate), str(seconds)])
        return json.loads(out.splitlines()[-1])

    def close(self):
        self.responder.send_signal(signal.SIGCONT)
        end(self.responder)


def end(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


class Verdicts:
    """Records with the bar that each has to meet."""

    def __init__(self, bench):
        self.bench = bench
        self.rows = []

    def add(self, name, value, unit, rival, rival_value, bar, met, **conditions):
        self.bench.record(value, unit, rival, rival_value, name=f"probes-{name}", bar=bar, met=bool(met),
                          load1=os.getloadavg()[0], **conditions)
        self.rows.append((name, f"{value:,.5g} {unit}", bar, "met" if met else "MISSED"))

    def end(self):
        widths = [max(len(row[i]) for row in self.rows) for i in range(3)]
        for row in self.rows:
            print("  " + "  ".join(cell.ljust(w) for cell, w in zip(row, widths)) + "  " + row[3])
        return all(row[3] == "met" for row in self.rows)


def kept(x, targets=TARGETS):
    """None skipped, and every target was seen up and never otherwise."""
    return not x["skipped"] and x["up"] == targets and not x["other"]


def stolen():
    """Ticks that the hypervisor gave to others, and all ticks, of all processors."""
    with open("/proc/stat", encoding="ascii") as f:
        ticks = [int(n) for n in f.readline().split()[1:9]]
    return ticks[7], sum(ticks)


def undisturbed(rig, kind, rate):
    """Rounds in which the machine had its processors; on a busy host, those where it lacked least."""
    rounds = []
    while sum(x["steal"] < STEAL for x in rounds) < ROUNDS and len(rounds) < ATTEMPTS:
        before = stolen()
        x = rig.engine(kind, rate)
        steal, ticks = (b - a for a, b in zip(before, stolen()))
        rounds.append({**x, "steal": steal / ticks})
    return sorted(rounds, key=lambda x: x["steal"])[:ROUNDS], len(rounds)


def schedule(rig, v):
    """The rates of the bar. What the machine can is what its best round shows, for the work of
    others only takes from it; lateness is the median."""
    for kind in ("tcp", "http"):
        for rate in RATES:
            rounds, attempts = undisturbed(rig, kind, rate)
            x = min(rounds, key=lambda x: (not kept(x), x["late_p50_us"]))
            name = f"{kind}-{rate}"
            v.add(f"{name}-rate", x["rate"], "/s", "the rate that was asked for", rate, "none skipped",
                  kept(x) and x["rate"] >= 0.999 * rate, kept=sum(map(kept, rounds)), rounds=ROUNDS,
                  attempts=attempts, steal=max(x["steal"] for x in rounds), targets=TARGETS,
                  skipped=[x["skipped"] for x in rounds], late_p99_us=x["late_p99_us"],
                  late_max_us=x["late_max_us"])
            if rate == RATES[0]:
                late = median_of([x["late_p50_us"] for x in rounds])
                v.add(f"{name}-late", late, "us late (p50)", f"{LATE_P50_US} us, the bar", LATE_P50_US,
                      f"< {LATE_P50_US} us", late < LATE_P50_US, rounds=ROUNDS)
                cpu = [x["cpu_us_per_probe"] for x in rounds]
                v.add(f"{name}-cpu", min(cpu), "us of CPU a probe", f"{CPU_US} us, the bar", CPU_US,
                      f"< {CPU_US} us", min(cpu) < CPU_US, rounds=cpu)


def highest(rig, kind):
    """The highest rate that is kept; three attempts each, for the machine may have had other work."""
    best = 1
    for rate in MAX_RATES:
        if not any(kept(rig.engine(kind, rate, seconds=2)) for _ in range(3)):
            break
        best = rate
    return best


def memory(rig, v):
    for kind in ("tcp", "http"):
        few, many = (rig.engine(kind, 5000, targets=n, seconds=2.5) for n in (1000, 9000))
        for what in ("rss", "heap"):
            slope = (many[f"{what}_bytes"] - few[f"{what}_bytes"]) / 8000
            v.add(f"{kind}-{what}", slope, "bytes a target", f"{TARGET_BYTES} bytes, the bar", TARGET_BYTES,
                  f"< {TARGET_BYTES}", 0 < slope < TARGET_BYTES, targets="1000 and 9000")


def departures(rig, port, command, count, due_ns):
    """p50 and p99 of lateness in us, as the kernel saw the packets leave; @due_ns(i): their schedule."""
    sniffer = rig.start([rig.sniff, str(port), str(count)], "ready")
    try:
        sender = rig.start(command, core=rig.core)
        try:
            at = [int(line) for line in sniffer.communicate(timeout=60)[0].split()]
        finally:
            end(sender)
    finally:
        end(sniffer)
    if len(at) < count:
        raise BenchError(f"{command[0]}: {len(at)} of {count} packets came")
    behind = [t - due_ns(i) for i, t in enumerate(at)]
    least = min(behind)
    late = sorted((b - least) / 1e3 for b in behind)
    return late[len(late) // 2], late[len(late) * 99 // 100]


def median_of(rounds):
    return sorted(rounds)[len(rounds) // 2]


def on_time(rig, v, rate=1000):
    """The same schedule by us, fping and httperf, and the same eyes for all."""
    count, port, targets = rate * SECONDS, str(rig.port), 100
    period_ms = targets * 1000 // rate
    where = f"{addresses(targets)}:{port}"

    def even(i):
        return i * 10**9 // rate

    def in_bursts(i):
        """fping waits between packets and rounds; its best is half a period of packets, then a pause."""
        return (i // targets) * period_ms * 10**6 + (i % targets) * period_ms * 10**6 // targets // 2

    def ours(kind):
        target = where if kind == "tcp" else f"http://{where}/"
        return [rig.probes, kind, target, str(period_ms * 10**6), str(SECONDS + 2)]
    fping = ["fping", "-q", "-c", str(count), "-i", str(period_ms / targets / 2), "-p", str(period_ms),
             *(f"127.1.0.{i + 1}" for i in range(targets))]
    httperf = ["httperf", "--server", "127.0.0.1", "--port", port, "--uri", "/", "--rate", str(rate),
               "--num-conns", str(count + rate), "--timeout", "5"]
    tcp, http, ping, perf = [], [], [], []
    for _ in range(ROUNDS):
        tcp.append(departures(rig, rig.port, ours("tcp"), count, even))
        http.append(departures(rig, rig.port, ours("http"), count, even))
        ping.append(departures(rig, 0, fping, count, in_bursts))
        perf.append(departures(rig, rig.port, httperf, count, even))
    for kind, we, rival, they in (("tcp", tcp, "fping", ping), ("http", http, "httperf", perf)):
        for i, q in enumerate(("p50", "p99")):
            value, theirs = (max(median_of([x[i] for x in side]), 0.001) for side in (we, they))
            v.add(f"{kind}-{rate}-departure-{q}", value, "us late", rival, theirs, f"not above {rival}",
                  value <= theirs, rate=rate, rounds=ROUNDS)


def blackbox(rig, v, best):
    config = os.path.join(rig.dir, "blackbox.yml")
    with open(config, "w", encoding="utf-8") as f:
        f.write("modules:\n  tcp: {prober: tcp, timeout: 5s}\n"
                "  http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}\n")
    port = free_port()
    exporter = rig.start(["prometheus-blackbox-exporter", f"--config.file={config}", "--log.level=error",
                          f"--web.listen-address=127.0.0.1:{port}"], core=rig.core,
                         env={**os.environ, "GOMAXPROCS": "1"})
    try:
        wait_for(port)
        for kind in ("tcp", "http"):
            target = f"127.0.0.1:{rig.port}" if kind == "tcp" else f"http://127.0.0.1:{rig.port}/"
            out = rig.run(["ab", "-q", "-k", "-c", "8", "-t", "4", "-n", "1000000",
                           f"http://127.0.0.1:{port}/probe?module={kind}&target={target}"], core=rig.other)
            rate = float(re.search(r"Requests per second:\s+([\d.]+)", out)[1])
            v.add(f"{kind}-blackbox", best[kind], "/s kept", "blackbox_exporter, probes/s on one core", rate,
                  f">= {BLACKBOX_TIMES} times", best[kind] >= BLACKBOX_TIMES * rate)
    finally:
        end(exporter)


def wait_for(port):
    deadline = time.monotonic() + 20
    while subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{port}"], check=False,
                         stderr=subprocess.DEVNULL).returncode:
        if time.monotonic() > deadline:
            raise BenchError(f"nothing listens on port {port} after 20 s")
        time.sleep(0.05)


def plugins(rig, v, best):
    """A process for each probe; the shell that starts them is part of it."""
    for kind, n in (("tcp", 500), ("http", 500)):
        check = f"{PLUGINS}/check_{kind} {'-H' if kind == 'tcp' else '-I'} 127.0.0.1 -p {rig.port}"
        began = time.monotonic()
        rig.run(["sh", "-c", f"i=0; while [ $i -lt {n} ]; do {check} >/dev/null || exit 1; i=$((i+1)); done"])
        rate = n / (time.monotonic() - began)
        v.add(f"{kind}-check", best[kind], "/s kept", f"check_{kind}, one after the other, /s", rate,
              ">= 10 times", best[kind] >= 10 * rate)


def stall(rig, v, seconds=6):
    """The server stops for 2 s: p99 of latency, open loop, beside ab's."""
    url = f"http://127.0.0.1:{rig.port}/"

    def under_stall(command):
        p = subprocess.Popen(["taskset", "-c", str(rig.core), *command], cwd=TOP, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            time.sleep(1.5)
            rig.responder.send_signal(signal.SIGSTOP)
            time.sleep(STALL)
            rig.responder.send_signal(signal.SIGCONT)
            out = p.communicate(timeout=60)[0]
        finally:
            end(p)
        if p.returncode:
            raise BenchError(f"{command[0]}: exit status {p.returncode}:\n{out[-2000:]}")
        return out
    out = under_stall([rig.send, url, "1000", str(seconds)])
    ours = float(re.search(r"took_p99_ms ([\d.]+)", out)[1])
    out = under_stall(["ab", "-q", "-c", "10", "-t", str(seconds), "-n", "10000000", url])
    theirs = max(float(re.search(r"\s99%\s+(\d+)", out)[1]), 0.5)
    v.add("stall-p99", ours, "ms", "ab -c 10, whose clients wait for the server", theirs,
          f"> {0.9 * STALL * 1000:.0f} ms, where ab sees nothing",
          theirs < 0.1 * STALL * 1000 and 0.9 * STALL * 1000 < ours < 1.1 * STALL * 1000, stall_s=STALL,
          rate=1000)


def nginx(rig, v, rate=5000):
    port = free_port()
    root = os.path.join(rig.dir, "nginx")
    os.makedirs(root, exist_ok=True)
    with open(os.path.join(root, "conf"), "w", encoding="utf-8") as f:
        f.write(f"daemon off; worker_processes 1; pid {root}/pid; error_log {root}/log crit;\n"
                f"user root; worker_rlimit_nofile 10000; events {{ worker_connections 8000; }}\n"
                f"http {{ access_log off; server {{ listen {port} backlog=4096; return 200 'ok'; }} }}\n")
    server = rig.start(["nginx", "-e", f"{root}/log", "-c", f"{root}/conf"])
    try:
        wait_for(port)
        x = rig.engine("http", rate, port=port)
    finally:
        end(server)
    v.add(f"nginx-{rate}-rate", x["rate"], "/s", "the rate that was asked for", rate, "none skipped", kept(x),
          skipped=x["skipped"], late_p50_us=x["late_p50_us"])


def check_needs():
    missing = [package for program, package in NEEDS.items()
               if subprocess.run(["sh", "-c", f"command -v {program}"], check=False, stdout=subprocess.DEVNULL,
                                 env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}).returncode]
    if missing or os.geteuid():
        raise BenchError(f"needs root and: scripts/deps install bench{' (' if missing else ''}"
                         f"{', '.join(missing)}{' are missing)' if missing else ''}")
    os.environ["PATH"] += ":/usr/sbin"


def run(bench):
    check_needs()
    rig = Rig(bench)
    v = Verdicts(bench)
    try:
        schedule(rig, v)
        best = {kind: highest(rig, kind) for kind in ("tcp", "http")}
        memory(rig, v)
        on_time(rig, v)
        blackbox(rig, v, best)
        plugins(rig, v, best)
        stall(rig, v)
        nginx(rig, v)
    finally:
        rig.close()
    return v.end()
