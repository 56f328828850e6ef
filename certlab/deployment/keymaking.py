"""RSA keys take long: they are made in threads, ahead of the Steps that will ask for them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from ..pki import KeyPair, KeySource, KeyType

SLOW = frozenset({KeyType.RSA_2048, KeyType.RSA_3072, KeyType.RSA_4096})


class CancelledError(Exception):
    """Somebody cancelled while a key was awaited."""


class KeysAhead:
    """A key source that has begun to make the slow keys that will be wanted of another.

    The threads run side by side on the cores: making an RSA key lets other threads go on. Random
    keys only, because it does not know the labels. ``close()`` drops what nobody asked for.
    """

    def __init__(
        self, source: KeySource, wanted: Iterable[KeyType], cancelled: Callable[[], bool]
    ) -> None:
        self._source, self._cancelled = source, cancelled
        self._pool = ThreadPoolExecutor(os.cpu_count(), "keys")
        self._made: dict[KeyType, deque[Future[KeyPair]]] = {}
        for key_type in wanted:
            self._made.setdefault(key_type, deque()).append(
                self._pool.submit(source.key_pair, key_type, "")
            )

    def key_pair(self, key_type: KeyType, label: str) -> KeyPair:
        """The next key of this type. Raises ``CancelledError``."""
        if not (waiting := self._made.get(key_type)):
            return self._source.key_pair(key_type, label)
        future = waiting.popleft()
        while not self._cancelled():
            try:
                return future.result(timeout=0.1)
            except TimeoutError:
                continue
        raise CancelledError

    def serial_number(self, label: str) -> int:
        return self._source.serial_number(label)

    def close(self) -> None:
        """Stop: keys that are being made are finished and dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
