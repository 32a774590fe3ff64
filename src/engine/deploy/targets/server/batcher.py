"""Runs requests in batches, and starts none that cannot be answered in time."""
import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from intake import HungUp, Refused
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidArgument

SERVED, REFUSED, FAILED, TIMED_OUT = "served", "refused", "failed", "timed-out"


class BatchTimes:
    """Seconds that batches take: mean and deviation of each size, updated with each batch (as in RFC 6298 for networks)."""

    def __init__(self, timeout_s: float):
        self.seen: dict[int, tuple[float, float]] = {}
        self.timeout_s = timeout_s

    def note(self, rows: int, seconds: float):
        mean, deviation = self.seen.get(rows, (seconds, seconds / 4))
        self.seen[rows] = (mean + (seconds - mean) / 4, deviation + (abs(seconds - mean) - deviation) / 4)

    def expected(self, rows: int) -> float:
        """A time that nearly every batch stays below. Smaller batches, one after the other, and larger ones are upper bounds too."""
        known = [
            (mean + 2 * deviation) * max(1, -(-rows // size)) for size, (mean, deviation) in self.seen.items()
        ]
        if not known:
            return 0.0
        # An estimate never refuses every request: a new request may always run alone.
        return min(known) if rows > 1 else min([*known, 0.8 * self.timeout_s])


def bucket(length: int) -> int:
    """Texts up to the same bucket run together: 16, 32, 64 ..."""
    return max(16, 1 << (length - 1).bit_length())


def length_of(feeds, padding) -> int | None:
    """The length of a text that may be padded. None for other inputs, and for an empty text, whose result padding would change."""
    lengths = {feeds[name].shape[1] for name in padding["inputs"]} if padding else set()
    return (lengths.pop() or None) if len(lengths) == 1 else None


def padded(array, length: int):
    return array if array.shape[1] == length else np.pad(array, ((0, 0), (0, length - array.shape[1])))


class Entry:
    """One input in progress, and all requests that wait for its answer."""

    def __init__(self, feeds, arrived: float, has_rows: bool, padding):
        self.feeds, self.arrived, self.deadline, self.waiting = feeds, arrived, arrived, 0
        first = next(iter(feeds.values()))
        self.rows = first.shape[0] if has_rows and first.ndim else 1
        # Inputs of equal signatures are joined: their shapes differ only in the batch, or their lengths share a bucket.
        self.length = length_of(feeds, padding)
        shapes = tuple((name, array.shape[1:], array.dtype.str) for name, array in sorted(feeds.items()))
        self.signature = shapes if self.length is None else bucket(self.length)
        self.answer = asyncio.get_running_loop().create_future()

    def end(self, kind: str, value):
        if not self.answer.done():
            self.answer.set_result((kind, value))


class Batcher:
    def __init__(self, session, limits, sample, observe):
        self.session, self.limits, self.sample, self.observe = session, limits, sample, observe
        self.outputs = [one.name for one in session.get_outputs()]
        self.waiting: list[Entry] = []
        self.flying: dict[bytes, Entry] = {}
        self.wake = asyncio.Event()
        # The time at which each instance finishes its batch. Instances share one session and its threads.
        self.times, self.free_at = BatchTimes(limits.timeout_s), [0.0] * limits.instances
        self.pool = ThreadPoolExecutor(limits.instances)
        # An input that runs, to find out who caused a failed run.
        self.runnable = sample

    async def work(self):
        """Runs until it is canceled."""
        await asyncio.gather(*(self.work_at(instance) for instance in range(self.limits.instances)))

    async def ask(self, feeds, key: bytes, arrived: float, gone: asyncio.Future):
        """The answer, and whether another request shares it. An equal request in progress is not run again."""
        entry = self.flying.get(key)
        shared = True
        if entry is None or entry.answer.done():
            shared = False
            entry = Entry(feeds, arrived, self.limits.max_rows is not None, self.limits.padding)
            self.admit(arrived, entry.rows)
            self.flying[key] = entry
            entry.answer.add_done_callback(lambda _: self.flying.pop(key, None) if self.flying.get(key) is entry else None)
            self.waiting.append(entry)
            self.wake.set()
        deadline = arrived + self.limits.timeout_s
        entry.deadline = max(entry.deadline, deadline)
        entry.waiting += 1
        try:
            timeout = max(0.0, deadline - time.monotonic())
            await asyncio.wait({entry.answer, gone}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            entry.waiting -= 1
            if entry.waiting == 0 and not entry.answer.done():
                entry.answer.cancel()
        if gone.done():
            raise HungUp()
        if entry.answer.cancelled() or not entry.answer.done():
            return (TIMED_OUT, None), shared
        return entry.answer.result(), shared

    def admit(self, arrived: float, rows: int):
        """Rejects requests that would wait in vain."""
        alive = [one.rows for one in self.waiting if not one.answer.done()]
        if len(alive) >= self.limits.max_queue:
            raise Refused(429, "The queue is full.", **{"Retry-After": "1"})
        now, rows = time.monotonic(), rows + sum(alive)
        batches = -(-rows // self.limits.max_batch)
        batches = -(-batches // self.limits.instances)
        wait = max(0.0, min(self.free_at) - now) + batches * self.times.expected(min(rows, self.limits.max_batch))
        if alive and now + wait > arrived + self.limits.timeout_s:
            raise Refused(429, "The queue is longer than an answer may take.", **{"Retry-After": "1"})

    async def work_at(self, instance: int):
        while True:
            # Two turns of the event loop, so that closed connections are noticed before a batch is made.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            batch, until = self.choose(time.monotonic())
            if batch:
                await self.run(batch, instance)
                # Other instances may wait for the remaining requests.
                self.wake.set()
                continue
            self.wake.clear()
            try:
                async with asyncio.timeout(None if until is None else max(0.0, until - time.monotonic())):
                    await self.wake.wait()
            except TimeoutError:
                pass

    def choose(self, now: float):
        """Entries to run now, or the time to wait for others (None: until one comes)."""
        alive = []
        for one in self.waiting:
            if one.answer.done():
                continue
            if one.deadline <= now or one.deadline < now + self.times.expected(one.rows):
                one.end(TIMED_OUT, None)
            else:
                alive.append(one)
        self.waiting = alive
        if not alive:
            return [], None
        # Only equal shapes can be joined.
        group = [one for one in alive if one.signature == alive[0].signature]
        size = min(self.limits.max_batch, sum(one.rows for one in group))
        # A request that waits longer than this for others is answered too late.
        due = min(alive[0].arrived + self.limits.max_wait_s, alive[0].deadline - self.times.expected(size))
        if size < self.limits.max_batch and now < due:
            return [], due
        best, rate = [], 0.0
        while size >= 1:
            able = self.fill([one for one in group if one.deadline >= now + self.times.expected(size)], size)
            rows = sum(one.rows for one in able)
            served = rows / max(1e-9, self.times.expected(rows)) if able else 0.0
            # Rounding decides no tie: the larger batch runs.
            if served > rate * (1 + 1e-9):
                best, rate = able, served
            size //= 2
        if not best:
            best = group[:1]
        chosen = set(map(id, best))
        self.waiting = [one for one in alive if id(one) not in chosen]
        return best, None

    @staticmethod
    def fill(entries, size: int):
        taken: list[Entry] = []
        rows = 0
        for one in entries:
            if taken and rows + one.rows > size:
                break
            taken.append(one)
            rows += one.rows
        return taken

    async def run(self, batch, instance: int):
        """Halves a failed batch until the faulty request is alone, so the others are answered."""
        now = time.monotonic()
        batch = [one for one in batch if not one.answer.done()]
        if not batch:
            return
        rows = sum(one.rows for one in batch)
        self.free_at[instance] = now + self.times.expected(rows)
        self.observe(len(batch), rows)
        try:
            outputs = await asyncio.get_running_loop().run_in_executor(self.pool, self.compute, batch)
        except Exception as error:
            if len(batch) > 1:
                middle = len(batch) // 2
                await self.run(batch[:middle], instance)
                await self.run(batch[middle:], instance)
            else:
                batch[0].end(*await self.blame(error))
            return
        self.times.note(rows, time.monotonic() - now)
        if self.runnable is None:
            self.runnable = batch[0].feeds
        for one, answer in zip(batch, outputs, strict=True):
            one.end(SERVED, answer)

    def compute(self, batch):
        """The outputs of each entry. Runs in a thread of its own."""
        if len(batch) == 1:
            return [self.session.run(None, batch[0].feeds)]
        # A batch has only texts, or none.
        longest = None if batch[0].length is None else max(one.length for one in batch)
        joined = {
            name: np.concatenate([one.feeds[name] if longest is None else padded(one.feeds[name], longest) for one in batch])
            for name in batch[0].feeds
        }
        outputs = self.session.run(None, joined)
        rows = sum(one.rows for one in batch)
        if any(len(output) != rows for output in outputs):
            raise ValueError("An output has no row for each request.")
        answers, start = [], 0
        for one in batch:
            own = [output[start : start + one.rows] for output in outputs]
            answers.append([self.cut(name, output, one.length) for name, output in zip(self.outputs, own, strict=True)])
            start += one.rows
        return answers

    def cut(self, name: str, output, length: int | None):
        """Removes the positions that padding added."""
        has_length = length is not None and name in self.limits.padding["outputs"]
        return output[:, :length] if has_length else output

    async def blame(self, error):
        """Decides who caused a failed run of one request: the request, if the recorded input, or else the first that ran, still runs."""
        if isinstance(error, InvalidArgument):
            return REFUSED, str(error)[:500]
        try:
            if self.runnable is None:
                raise error
            await asyncio.get_running_loop().run_in_executor(self.pool, self.session.run, None, self.runnable)
        except Exception:
            return FAILED, str(error)[:500]
        return REFUSED, str(error)[:500]

    def warm_up(self):
        """Runs the smallest and the largest batch before the first request, and measures their times."""
        if self.sample is None:
            return
        for rows in sorted({1, self.limits.max_batch}):
            feeds = self.sample if rows == 1 else {name: np.concatenate([array] * rows) for name, array in self.sample.items()}
            self.session.run(None, feeds)
            started = time.monotonic()
            self.session.run(None, feeds)
            self.times.note(rows, time.monotonic() - started)
