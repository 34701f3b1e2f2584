"""Do one task of a request: each so that it can be begun again wherever it was killed, and ends as if done once."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from gateway.audit.leaf import Value
from gateway.dsr import archives, extract, vendors
from gateway.dsr.books import Books, Held
from gateway.dsr.compacting import Compacting
from gateway.dsr.holdings import Keeps, Lookup
from gateway.dsr.journal import Journal
from gateway.dsr.replay import marked, refuse
from gateway.dsr.request import Request, Task, TaskState
from gateway.dsr.salts import Salts
from gateway.dsr.steps import World, refused_by
from gateway.dsr.vendors import Courier, Target
from gateway.store.protocols import Compaction, Ledger

# What another process may need to see a refusal and to end the request that it had under way.
ELSEWHERE_SECONDS = 8
_COMPACT_SECONDS = 10
_MOST_TRIES = 30


class Notes(Protocol):
    """The log of evidence, for what happens by itself."""

    def note(self, act: str, **fields: Value) -> None:
        """Have it written."""


class Left(Exception):
    """Something of the person is still there after it was erased."""


class Store(Keeps, Ledger, Protocol):
    """The store, as far as it keeps anything of subjects."""

    async def compact(self) -> Compaction:
        """Have what was deleted vanish from the files too."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What tasks are done with. `landed` waits until nothing with an event of these subjects is under way here, and
    `shared` says that other processes may have something under way; `targets` are the destinations with their ways,
    `files` the directories of those that are files. `forgotten` is told of whom nothing is left. `clock` is POSIX
    seconds."""

    books: Books
    lookup: Lookup
    salts: Salts
    store: Store
    journal: Journal
    landed: Callable[[Collection[str]], Awaitable[None]]
    shared: bool
    courier: Courier
    targets: Callable[[], Mapping[str, Target]]
    files: Callable[[], Mapping[str, Path]]
    world: Callable[[], World]
    evidence: Notes
    clock: Callable[[], float]
    forgotten: Callable[[Collection[str]], None] = lambda subjects: None


class Work(NamedTuple):
    """A task of a request, and whom it is about."""

    request: Request
    held: Held
    task: Task
    now: int

    @property
    def subjects(self) -> Sequence[str]:
        """Whom it is about, with those they lead to where that is known."""
        return self.held.resolved or self.held.subjects

    @property
    def name(self) -> str:
        """The destination that the target names."""
        return self.task.target.partition(":")[2]

    def ended(self, state: TaskState = TaskState.DONE, **fields: object) -> Task:
        """The task in another state, as of now."""
        return replace(self.task, state=state, at=self.now, retry_at=0, **fields)  # type: ignore[arg-type]


Done = Callable[[Work], Awaitable[Task]]


class Doing:
    """Does tasks, by their method."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._compacting = Compacting(hands.store.compact)
        self._by_method: Mapping[str, Done] = {
            "append": self._append,
            "tombstone": self._tombstone,
            "drain": self._drain,
            "crypto_shred": self._shred,
            "api_delete": self._delete,
            "rewrite": self._rewrite,
            "compaction": self._compact,
            "retention_expiry": self._expire,
            "withdrawal": self._withdraw,
            "lift": self._lift,
            "package": self._pack,
        }

    async def do(self, work: Work) -> Task:
        """The task as it is now. StoreUnavailable, JournalBroken, OSError and Left where it could not be done."""
        return await self._by_method[work.task.method](await self._resolved(work))

    async def _resolved(self, work: Work) -> Work:
        """With those whom the subjects lead to, looked up once: an erasure takes the links away."""
        if work.held.resolved:
            return work
        held = replace(work.held, resolved=await self._hands.lookup.resolved(work.held.subjects))
        await self._hands.books.rehold(work.request.id, held)
        return work._replace(held=held)

    async def _found(self, work: Work) -> extract.Holdings:
        """What is held of them, and that they are known to be one."""
        linked = len(work.subjects) - len(work.held.subjects)
        return (await self._hands.lookup.of(work.subjects))._replace(linked=linked)

    async def _append(self, work: Work) -> Task:
        lasting = work.request.scope.keep_suppressed
        await asyncio.to_thread(self._hands.journal.append, work.now, work.request.id, work.subjects, lasting)
        return work.ended()

    async def _tombstone(self, work: Work) -> Task:
        times, lasting = (work.request.received, work.now), work.request.scope.keep_suppressed
        await refuse(self._hands.store, work.subjects, times, lasting=lasting)
        return work.ended()

    async def _drain(self, work: Work) -> Task:
        await self._hands.landed(work.subjects)
        if self._hands.shared and not work.task.completes_by:
            return replace(work.task, completes_by=work.now + ELSEWHERE_SECONDS)
        return work.ended()

    async def _shred(self, work: Work) -> Task:
        """What was sent to whom is looked up first: without it no vendor can be told whom to delete."""
        hands, id = self._hands, work.request.id
        found = await self._found(work)
        matched = max(work.task.matched, found.erasable)
        sent = {**work.held.sent, **{each.destination: each.ids for each in found.recipients}}
        await hands.books.rehold(id, replace(work.held, sent=sent))
        running = replace(work.task, state=TaskState.RUNNING, matched=matched)
        gone = [Task(f"destination:{name}", "api_delete") for name in sorted(sent) if _is_missing(name, work.request)]
        await hands.books.change(id, lambda request: _with_tasks(request, (running, *gone)))
        async with self._compacting.alone:
            erased = await hands.store.erase(work.subjects, work.now)
        await hands.lookup.forget(work.subjects)
        await hands.salts.destroy(work.subjects)
        hands.forgotten(work.subjects)
        if (await hands.lookup.of(work.subjects)).erasable:
            raise Left("something of the person is still there")
        hands.evidence.note("dsr.erased", request=id, keys=erased.keys, events=erased.queued + erased.dead)
        await marked(hands.store, hands.journal, id)
        return work.ended(matched=matched, deleted=matched)

    async def _delete(self, work: Work) -> Task:
        sent, target = work.held.sent.get(work.name), self._hands.targets().get(work.name)
        if sent is None:
            return work.ended(TaskState.SKIPPED, note="nothing of the person is known to have gone there")
        if target is None:
            return work.ended(TaskState.MANUAL, note="it is not connected any more; ask the vendor", matched=1)
        whom = vendors.persons(target.destination.manifest.erasure.needs, sent, work.held.proven)
        return await vendors.delete(work.task, target, whom, self._hands.courier, self._hands.clock())

    async def _rewrite(self, work: Work) -> Task:
        sent, directory = work.held.sent.get(work.name), self._hands.files().get(work.name)
        if sent is None:
            return work.ended(TaskState.SKIPPED, note="nothing of the person is known to have gone there")
        if directory is None:
            return work.ended(TaskState.MANUAL, note="it is not connected any more; look at its files", matched=1)
        ids = [value for values in sent.values() for value in values]
        if not ids:
            return work.ended(note="its rows carry no id", matched=0)
        done = await asyncio.to_thread(archives.rewrite, directory, ids)
        note = f"{done.files} files were read"
        return work.ended(note=note, matched=work.task.matched + done.gone, deleted=work.task.deleted + done.gone)

    async def _compact(self, work: Work) -> Task:
        compaction = await self._compacting.done()
        if compaction.done:
            return work.ended(note=compaction.evidence)
        tries = work.task.tries + 1
        again = work.now + _COMPACT_SECONDS * tries if tries < _MOST_TRIES else 0
        return replace(work.ended(TaskState.FAILED, note=compaction.evidence, tries=tries), retry_at=again)

    async def _expire(self, work: Work) -> Task:
        return work.ended()

    async def _withdraw(self, work: Work) -> Task:
        purposes = refused_by(work.request.type, self._hands.world().purposes)
        if purposes == ():
            return work.ended(TaskState.SKIPPED, note="the policy has no such purpose")
        for subject in work.subjects:
            await self._hands.store.refuse(subject, purposes, work.now)
        return work.ended(matched=len(work.subjects))

    async def _lift(self, work: Work) -> Task:
        """Only what was refused before the yes ends with it, and only for the purposes that it grants."""
        store, granted = self._hands.store, set(work.held.granted)
        others = sorted(set(self._hands.world().purposes) - granted)
        lifted = 0
        for subject, refusals in (await store.refusals_of(work.held.subjects)).items():
            older = {refusal.purpose for refusal in refusals if refusal.standing and refusal.at < work.held.given}
            if "" in older and granted:
                await store.refuse(subject, others, work.now)
            ending = sorted(older & (granted | {""})) if granted else []
            if ending:
                await store.lift(subject, ending)
                lifted += len(ending)
        if not lifted:
            return work.ended(TaskState.SKIPPED, note="nothing is refused that this yes came after")
        return work.ended(matched=lifted)

    async def _pack(self, work: Work) -> Task:
        found = await self._found(work)
        if not found.size:
            return work.ended(note="nothing is held")
        await self._hands.books.pack(work.request.id, extract.written(found, work.request.id, work.now))
        return work.ended(matched=found.size)


def _is_missing(name: str, request: Request) -> bool:
    """Whether a destination received something and is no target: it is not connected any more."""
    meant = not request.scope.destinations or name in request.scope.destinations
    return meant and not any(task.target.partition(":")[2] == name for task in request.tasks)


def _with_tasks(request: Request, tasks: Sequence[Task]) -> Request:
    for task in tasks:
        request = request.with_task(task)
    return request
