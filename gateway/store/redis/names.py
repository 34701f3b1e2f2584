"""Name the keys: all of a destination's share a hash tag, so that one script can change them, in a cluster too.

Behind the tag of a destination stand `:queue`, a stream of events whose group `lanes` knows who has which; `:due`, when
what was lent or put off may be lent again; `:tries`; `:ids`, the bodies of what waits, by id; `:done`, ids of the last
that were settled; `:owners` and `:alive:…`; `:dead`, a stream, with `:graves` (which id is where in it),
`:bodies` and `:reasons`; and `:state`, whose name is another one after all was lost.

Bodies are sealed: `:keys` has the keys, each with how many events lie under it, `:subjects` which keys a subject has,
`:months` the keys that those lie under, `:expired` the month before which there are none any more, `:destroyed` when
which key was destroyed, by the hash of its id, and `:owed` whose events may still be there.

Behind the tag of the withdrawals stand `:of:…` for each subject, `:times`, `:state`, whose name ends with when it
began, and `:since`, where that is not since when all that was withdrawn is known.
"""

from typing import NamedTuple


class Names(NamedTuple):
    """The names that begin with one prefix; installations that share a server have different ones."""

    prefix: str

    def destination(self, name: str) -> str:
        """The tag of a destination."""
        return f"{{{self.prefix}:to:{name}}}"

    @property
    def destinations(self) -> str:
        """The set of all destinations that ever got an event."""
        return f"{{{self.prefix}:destinations}}"

    @property
    def erased(self) -> str:
        """The tag of whom to erase: its `:log` is a stream that every process reads."""
        return f"{{{self.prefix}:erased}}"

    @property
    def links(self) -> str:
        """The tag of who is also who: `:from:…` and `:to:…` for each, and `:days`."""
        return f"{{{self.prefix}:links}}"

    @property
    def vault(self) -> str:
        """The tag of the vault: keys as a destination's, and in `:lasting` which one is of a subject's month."""
        return f"{{{self.prefix}:vault}}"

    def book(self, name: str) -> str:
        """The tag of a book of the ledger: its `:sheets`, and their `:order`."""
        return f"{{{self.prefix}:book:{name}}}"

    @property
    def withdrawals(self) -> str:
        """The tag of what subjects have withdrawn."""
        return f"{{{self.prefix}:withdrawn}}"
