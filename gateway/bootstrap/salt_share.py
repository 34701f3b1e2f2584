"""Agree with the other replicas on the salt of a day, over the publish and subscribe of a Redis server.

A message that is published is in no key, no snapshot and no append-only file. Who needs a salt asks; everybody who has
it answers. Where nobody does, the replica makes one; where two made one, the smaller rank stays. Without a server a
replica has a salt of its own: visitors are then counted once for each replica, and nothing else changes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from gateway.bootstrap import salt_exchange
from gateway.bootstrap.salt import DailySalt, rank
from gateway.bootstrap.salt_exchange import Message
from gateway.days import SECONDS_A_DAY, day_of
from gateway.store.redis.address import Address
from gateway.store.redis.servers import Credentials, servers
from gateway.tasks import end

CHANNEL = "gateway:salt"
PATIENCE = 1.0  # seconds to wait for an answer
PULSE = 15.0  # seconds between two looks at what is there
AHEAD = 600  # seconds before midnight when tomorrow's salt is agreed on
TIMEOUT = 3.0

Publish = Callable[[bytes], Awaitable[object]]


class SaltShare:
    """One replica of the agreement. `ring` signs messages, `name` is its own and nobody else's, `clock` gives POSIX
    seconds, `told` hears whether the server can be reached."""

    def __init__(self, salt: DailySalt, ring: bytes, name: str, clock: Callable[[], float]) -> None:
        self._salt = salt
        self._ring = ring
        self._name = name
        self._clock = clock
        self._asked: dict[int, X25519PrivateKey] = {}
        self._known = asyncio.Event()
        self.connected: bool | None = None  # nobody has tried yet

    async def run(self, address: Address, told: Callable[[bool], None] = lambda connected: None) -> None:
        """Agree for ever, and connect again where the connection is lost."""
        while True:
            there = servers(address, Credentials(), TIMEOUT)
            try:
                await there.find()
                server = there.of(CHANNEL)
                async with server.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    self._turn(True, told)
                    await self._agree(server, channel)
            except (RedisError, OSError):
                self._turn(False, told)
                self._alone()
                await asyncio.sleep(PATIENCE)
            finally:
                await there.close()

    async def begin(self) -> None:
        """Return when today has a salt."""
        while not self._salt.find(self._today()):
            self._known.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._known.wait(), PATIENCE)

    def _turn(self, connected: bool, told: Callable[[bool], None]) -> None:
        if connected != self.connected:
            self.connected = connected
            told(connected)

    async def _agree(self, server: Redis, channel: PubSub) -> None:
        async def publish(line: bytes) -> object:
            return await server.publish(CHANNEL, line)

        pulse = asyncio.create_task(self._pulse(publish))
        try:
            while not pulse.done():
                message = await channel.get_message(timeout=PATIENCE)
                if message is not None:
                    await self.hear(message["data"], publish)
            pulse.result()
        finally:
            await end([pulse])

    async def _pulse(self, publish: Publish) -> None:
        while True:
            self._asked.clear()  # whoever asks again has another key: what was sent to the old one stays closed
            now = self._clock()
            days = {self._today(), day_of(now + AHEAD)}
            for day in sorted(days):
                await self.ensure(day, publish)
            await asyncio.sleep(min(PULSE, SECONDS_A_DAY - now % SECONDS_A_DAY + 0.05))

    async def ensure(self, day: int, publish: Publish) -> None:
        """Have a salt for a day, one's own, another's or, where nobody has one, a fresh one; and tell its rank."""
        if not self._salt.find(day):
            await self._ask(day, publish)
            deadline = asyncio.get_running_loop().time() + PATIENCE
            while not self._salt.find(day) and (left := deadline - asyncio.get_running_loop().time()) > 0:
                self._known.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._known.wait(), left)
            self._salt.make(day)
            self._known.set()
        own = self._salt.find(day)
        if own:
            await self._say(Message("have", day, self._name, rank=rank(own)), publish)

    async def hear(self, line: bytes, publish: Publish) -> None:
        """Take in one message of another replica."""
        message = salt_exchange.read(line, self._ring)
        if message is None or message.sender == self._name or message.day not in self._days():
            return
        own = self._salt.find(message.day)
        if message.kind == "ask" and own:
            with suppress(ValueError):
                await self._say(salt_exchange.give(message, own, self._name), publish)
        elif message.kind == "have" and (not own or message.rank < rank(own)):
            await self._ask(message.day, publish)
        elif message.kind == "give" and message.receiver == self._name:
            self._take(message)

    def _take(self, message: Message) -> None:
        private = self._asked.get(message.day)
        salt = salt_exchange.take(message, private) if private else None
        if salt:
            del self._asked[message.day]
        own = self._salt.find(message.day)
        if salt and (not own or rank(salt) < rank(own)):
            self._salt.adopt(message.day, salt)
            self._known.set()

    async def _ask(self, day: int, publish: Publish) -> None:
        private = self._asked.setdefault(day, X25519PrivateKey.generate())
        await self._say(Message("ask", day, self._name, point=salt_exchange.point_of(private)), publish)

    async def _say(self, message: Message, publish: Publish) -> None:
        await publish(salt_exchange.write(message, self._ring))

    def _alone(self) -> None:
        """Nobody can be asked: better a salt of one's own than none."""
        self._asked.clear()
        self._salt.make(self._today())
        self._known.set()

    def _today(self) -> int:
        return day_of(self._clock())

    def _days(self) -> tuple[int, int]:
        return self._today(), self._today() + 1
