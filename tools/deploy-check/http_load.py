"""A small HTTP client over asyncio's streams: cheap enough to overload a server on the same machine, and able to misbehave."""
import asyncio
import json
import re
import time


def request_bytes(path, body=b"", method="POST", **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {given}" for name, given in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def read_answer(reader):
    """Status and body; a status of 0 where the connection ended without an answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    status, length = int(head.split(b" ", 2)[1]), 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return status, await reader.readexactly(length), b"connection: close" in head.lower()


class Client:
    """Keeps connections open between requests. Every request ends within `limit_s`."""

    def __init__(self, port, limit_s=30):
        self.port, self.limit_s, self.idle = port, limit_s, []

    async def send(self, raw):
        """Status, body and seconds."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.limit_s):
                status, body = await self.once(raw)
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            status, body = 0, b""
        return status, body, time.perf_counter() - began

    async def once(self, raw):
        while True:
            fresh = not self.idle
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port) if fresh else self.idle.pop()
            try:
                writer.write(raw)
                await writer.drain()
                status, body, closes = await read_answer(reader)
            except (OSError, asyncio.IncompleteReadError):
                writer.close()
                if fresh:
                    raise
                continue  # An idle connection that the server has closed.
            if closes:
                writer.close()
            else:
                self.idle.append((reader, writer))
            return status, body

    def close(self):
        for _, writer in self.idle:
            writer.close()


class Target:
    """A model behind a running server."""

    def __init__(self, port, name):
        self.name, self.client = name, Client(port)

    def raw(self, inputs, **headers):
        """`inputs`: name → (datatype, array)."""
        return self.raw_text(json.dumps({"inputs": [
            {"name": name, "datatype": datatype, "shape": list(array.shape), "data": array.ravel().tolist()}
            for name, (datatype, array) in inputs.items()
        ]}).encode(), **headers)

    def raw_text(self, body, **headers):
        return request_bytes(f"/v2/models/{self.name}/infer", body, **headers)

    async def get(self, path):
        return await self.client.send(request_bytes(path, method="GET"))

    async def metrics(self):
        """Samples of this model, by name with the labels besides the model."""
        _, body, _ = await self.get("/metrics")
        lines = [line.rsplit(" ", 1) for line in body.decode().splitlines() if line and not line.startswith("#")]
        own = re.compile(rf',model="{self.name}"|model="{self.name}",?')
        return {own.sub("", name).replace("{}", ""): float(number) for name, number in lines if own.search(name)}


async def closed_loop(target, raws, clients, seconds):
    """Answers a second while each of `clients` asks again at once."""
    until, answered = time.perf_counter() + seconds, 0

    async def ask(first):
        nonlocal answered
        turn = first
        while time.perf_counter() < until:
            status, _, _ = await target.client.send(raws[turn % len(raws)])
            answered += status == 200
            turn += clients

    await asyncio.gather(*map(ask, range(clients)))
    return answered / seconds


async def open_loop(target, raws, per_second, seconds, draw, in_time_s):
    """Requests by a Poisson schedule. Statuses, and how many came with 200 within `in_time_s` of when they were due."""
    due, at = [], 0.0
    while (at := at + draw.exponential(1 / per_second)) < seconds:
        due.append(at)
    statuses, in_time, began = {}, 0, time.perf_counter()

    async def ask(index, at):
        nonlocal in_time
        await asyncio.sleep(max(0, at - (time.perf_counter() - began)))
        status, _, _ = await target.client.send(raws[index % len(raws)])
        statuses[status] = statuses.get(status, 0) + 1
        in_time += status == 200 and time.perf_counter() - began - at <= in_time_s

    await asyncio.gather(*(ask(index, at) for index, at in enumerate(due)))
    return statuses, in_time
