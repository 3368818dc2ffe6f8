"""Load on a real server: clients of their own processes that keep their connections, bounded in number and time."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager

from bench.measure import resident_kib, rss_kib

CLIENTS = 8
SECONDS = 8.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server(*, workers: int = 2, threads: int = 4):
    """Linli served on a free port, as `linli serve` does, with its background worker."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "linli.cli",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--threads",
        str(threads),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
    try:
        for _turn in range(300):
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
                connection.request("GET", "/healthz")
                if connection.getresponse().status in (200, 503):
                    break
            except OSError:
                time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(word) for word in found.stdout.split()]


def web_memory(pid: int) -> tuple[float, float]:
    """(proportional, resident) MiB of the largest web process under the master."""
    sizes = [(resident_kib(child) / 1024, rss_kib(child) / 1024) for child in children_of(pid)]
    return max(sizes, default=(0.0, 0.0))


def body(spots: list[tuple[float, float]], chance: random.Random) -> dict:
    lng, lat = chance.choice(spots)
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)), "category": chance.choice(["E0110", "E0113", "C0137", "E0509"]),
        "text": "楼下垃圾堆了两天没人清，麻烦尽快处理，谢谢。", "lng": lng, "lat": lat, "address": "云溪区清河街道柳荫路18号",
    }  # fmt: skip


def _client(port: int, path: str, spots: list, batch: int, seconds: float, secret: str, results) -> None:
    chance, times, failed = random.Random(), [], 0  # not seeded: an id sent before would be answered, not written
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {secret}"} if secret else {})
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        what = body(spots, chance) if batch == 1 else {"reports": [body(spots, chance) for _each in range(batch)]}
        payload = json.dumps(what).encode()
        start = time.perf_counter()
        try:
            connection.request("POST", path, payload, headers)
            answer = connection.getresponse()
            answer.read()
            failed += answer.status not in (200, 201)
        except OSError:
            failed += 1
            connection.close()
        times.append(time.perf_counter() - start)
    results.put((times, failed))


def flood(
    port: int, path: str, spots: list, *, clients: int = CLIENTS, batch: int = 1, seconds: float = SECONDS, secret: str = ""
) -> dict:
    """POST from `clients` processes for `seconds`. Returns rate a second, p50, p95, p99 in ms, and how many failed."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    start = time.perf_counter()
    workers = [
        context.Process(target=_client, args=(port, path, spots, batch, seconds, secret, results))
        for _client_number in range(clients)
    ]
    for worker in workers:
        worker.start()
    gathered = [results.get() for _worker in workers]
    took = time.perf_counter() - start
    for worker in workers:
        worker.join()
    times = sorted(value for part, _failed in gathered for value in part)
    quantiles = statistics.quantiles(times, n=100) if len(times) > 10 else [0.0] * 99
    return {
        "rate": len(times) * batch / took, "p50": quantiles[49] * 1000, "p95": quantiles[94] * 1000, "p99": quantiles[98] * 1000,
        "failed": sum(failed for _times, failed in gathered),
    }  # fmt: skip


def health(port: int, *, seconds: float = 3.0) -> float:
    """Requests a second of a page that does next to nothing, one client: what the server and the client cost by themselves."""
    connection, count = http.client.HTTPConnection("127.0.0.1", port, timeout=10), 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        connection.request("GET", "/robots.txt")
        connection.getresponse().read()
        count += 1
    return count / seconds
