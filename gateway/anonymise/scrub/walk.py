"""Walk through a text as what it is (query, URL, JSON, cookies, header, sentence) and find what is personal in it.

The walk goes into whatever is nested in whatever: a URL in a parameter of a URL in JSON in base64. Every finding is
told by its place in the text as it came. What is escaped more often than `layers.ROUNDS`, nested deeper than
`MAX_DEPTH` or makes too much work is told whole, as OPAQUE: what nobody has read is not clean.
"""

from gateway.anonymise.scrub import blobs, shapes, work
from gateway.anonymise.scrub.context import Context, Named
from gateway.anonymise.scrub.cuts import Pair, pairs, plain, split, unescaped, userinfo
from gateway.anonymise.scrub.everywhere import Search, Trust, is_harmless
from gateway.anonymise.scrub.json_leaves import leaves
from gateway.anonymise.scrub.keys import Key, Names, is_suspicious, thing
from gateway.anonymise.scrub.labels import Label, Span, in_order
from gateway.anonymise.scrub.layers import JSON, ROUNDS, is_escaped, normal, peel, unescape_json, unplus
from gateway.anonymise.scrub.own import OwnPatterns
from gateway.anonymise.scrub.paths import BEHIND, member
from gateway.anonymise.scrub.piece import Piece, piece_of
from gateway.anonymise.scrub.told import told
from gateway.anonymise.scrub.verdicts import judge

KINDS = ("query", "form", "url", "referrer", "path", "json", "cookie", "header", "text", "value")
MAX_DEPTH = 8

_TRUST: dict[Key | None, Trust] = {Key.SAFE: Trust.SAFE, Key.FREE_TEXT: Trust.SENTENCE}
_PERSONAL = frozenset((
    Key.EMAIL, Key.PHONE, Key.PASSWORD, Key.NAME, Key.ADDRESS, Key.DOB, Key.USERNAME, Key.NATIONAL_ID, Key.POSTCODE,
))  # fmt: skip


class Detector:
    """Finds personal data. Nothing of a text outlives the call but keyed hashes of the names in it."""

    def __init__(self, names: Names, search: Search, own: OwnPatterns) -> None:
        self._names = names
        self._search = search
        self._own = own

    def spans(self, text: str, kind: str, name: str = "", most: int = work.BOUND) -> list[Span]:
        """What is personal in `text`, from left to right and without overlaps; offsets are code points of `text`.

        `kind` is one of KINDS; any other is read as "text", which somebody wrote, while of a "value" nothing is known.
        `name` is that of the parameter whose value the text is, and `most` how much work it may make.
        """
        walk = _Walk(self._names, self._search, self._own, most)
        walk.of_kind(piece_of(text), kind, name)
        return in_order(walk.found)


class _Walk:
    """One walk through one text."""

    def __init__(self, names: Names, search: Search, own: OwnPatterns, left: int) -> None:
        self._names = names
        self._search = search
        self._own = own
        self._work = left
        self._keys: dict[tuple[str, tuple[str, ...]], Key | None] = {}
        self.found: list[Span] = []

    def of_kind(self, piece: Piece, kind: str, name: str) -> None:
        if not self._affords(piece, work.ENTRY * len(piece.text)):
            return
        context = Context(name, written=kind != "value")
        if kind in ("query", "form"):
            self._pairs(piece, "&", context)
        elif kind in ("url", "referrer"):
            self._url(piece, context)
        elif kind == "path":
            self._path(piece, context)
        elif kind == "cookie":
            self._pairs(piece, ";", context)
        elif kind == "header":
            self._headers(piece)
        elif kind == "json" and JSON.match(piece.text):
            self._json(piece, context)
        else:
            self._value(piece, context)

    def _tell(self, piece: Piece, start: int, end: int, label: Label) -> None:
        if end > start:
            self._work -= work.FOUND
            self.found.append(Span(*piece.span(start, end), label))

    def _all(self, piece: Piece, label: Label) -> None:
        self._tell(piece, 0, len(piece.text), label)

    # ------------------------------------------------------------------------------------------------ structures

    def _pairs(self, piece: Piece, between: str, context: Context) -> None:
        """`name=value` with `&` or `;` between. What stands beside an address or a password is about a person."""
        text = piece.text
        if not self._affords(piece, work.PART * (text.count(between) + 1)):
            return
        around = (*context.around[-2:], context.name) if context.name else ()
        found = self._all_named(piece, between, context.around, around)
        if self._is_spent(piece, 0):
            return
        personal = {named.thing for _, named in found if named.is_personal}
        for pair, named in found:
            if self._is_spent(piece, pair.start):
                return
            if pair.equals < 0:
                self._value(piece.part(pair.start, pair.end), context.deeper())
                continue
            if named.is_suspicious:
                self._look(unescaped(piece.part(*pair.name())), Trust.VALUE)
            value = text[pair.equals + 1 : pair.end]
            if value and not self._is_trivial(value, named.key):
                part = piece.part(pair.equals + 1, pair.end)
                inner = Context(named.name, around, named.thing in personal, context.depth + 1)
                self._value(unplus(part) if between == "&" else part, inner)

    def _all_named(
        self, piece: Piece, between: str, above: tuple[str, ...], around: tuple[str, ...]
    ) -> list[tuple[Pair, Named]]:
        """The pairs of a text, each with what its name says; a name that comes again is read once."""
        known: dict[str, Named] = {}
        found: list[tuple[Pair, Named]] = []
        for pair in pairs(piece.text, between):
            if self._work < 0:
                break
            start, end = pair.name()
            name = piece.text[start:end]
            named = known.get(name)
            if named is None:
                named = known[name] = self._named(piece.part(start, end), above, around)
            found.append((pair, named))
        return found

    def _named(self, piece: Piece, above: tuple[str, ...], around: tuple[str, ...]) -> Named:
        """What a name says."""
        name = piece.text
        if not (name.isascii() and name.isidentifier()):
            self._work -= work.layers(name)
            name = plain(piece)
        key = self._key(name, around)
        personal = (key if above == around else self._key(name, above)) in _PERSONAL
        return Named(name, key, thing(name), personal, is_suspicious(name))

    def _is_trivial(self, value: str, key: Key | None) -> bool:
        """Whether a value is of no interest: so simple, and under a name that says nothing."""
        if (key is not None and key is not Key.SAFE) or self._own.patterns or self._work < 0:
            return False
        return self._search.is_nothing(value)

    def _key(self, name: str, around: tuple[str, ...] = ()) -> Key | None:
        """What a name means; one that comes again is not looked up again."""
        asked = name, around
        if asked in self._keys:
            return self._keys[asked]
        self._work -= work.NAME
        if self._work < 0:
            return None  # whoever asks is about to tell all of it
        key = self._keys[asked] = self._names.of(name, around)
        return key

    def _headers(self, piece: Piece) -> None:
        """Lines of `Name: value`; also a bare value of a header."""
        if not self._affords(piece, work.LINE * (piece.text.count("\n") + 1)):
            return
        start = 0
        for line in piece.text.split("\n"):
            if self._is_spent(piece, start):
                return
            end = start + len(line)
            head = shapes.HEADER.match(line)
            part = piece.part(start + head.end() if head else start, end)
            name = head[1].lower() if head else ""
            if name in ("cookie", "set-cookie"):
                self._pairs(part, ";", Context(name))
            elif name in ("referer", "location", "origin"):
                self._url(part, Context(name))
            else:
                self._value(part, Context(name))
            start = end + 1

    def _json(self, piece: Piece, context: Context) -> None:
        if not self._affords(piece, work.values(piece.text)):
            return
        found = list(leaves(piece.text))
        personal = {leaf.path[:-1] for leaf in found if leaf.path and self._key(leaf.path[-1]) in _PERSONAL}
        for leaf in found:
            if self._is_spent(piece, leaf.start):
                return
            path = leaf.path or ((context.name,) if context.name else ())
            name, around = (path[-1], path[-4:-1]) if path else ("", context.around)
            if is_suspicious(name) and leaf.key is not None:
                self._look(piece.part(*leaf.key), Trust.VALUE)
            value = piece.text[leaf.start : leaf.end]
            if value and not self._is_trivial(value, self._key(name, around)):
                part = piece.part(leaf.start, leaf.end)
                inner = Context(name, around, leaf.path[:-1] in personal, context.depth + 1)
                self._value(normal(unescape_json(part)) if leaf.quoted else part, inner)

    def _url(self, piece: Piece, context: Context) -> None:
        if not self._may(piece, context):
            return
        piece = normal(piece)
        parts = shapes.PARTS.match(piece.text)
        if parts is None:
            return
        if parts[1].strip().lower() in ("tel:", "sms:", "callto:"):
            self._value(piece.part(*parts.span(3)), Context("tel", depth=context.depth + 1))
            return
        if parts[2]:
            authority = piece.part(*parts.span(2))
            self._tell(authority, *userinfo(authority.text), Label.URL_CREDENTIALS)
        self._path(piece.part(*parts.span(3)), context)
        inner = context.deeper()._replace(name="", around=())
        if parts[4]:
            start, end = parts.span(4)
            self._pairs(piece.part(start + 1, end), "&", inner)
        if parts[5]:
            start, end = parts.span(5)
            fragment = piece.part(start + 1, end)
            name, equals, _ = fragment.text.partition("=")
            self._pairs(fragment, "&", inner) if equals and "/" not in name else self._url(fragment, inner)

    def _path(self, piece: Piece, context: Context) -> None:
        if not self._affords(piece, work.SEGMENT * (piece.text.count("/") + 1) + work.foreign(piece.text)):
            return
        piece = normal(piece)
        before, start = "", 0
        for part in split(piece, "/"):
            text = part.text
            if self._is_spent(piece, start, work.layers(text)):
                return
            if text:
                self._segment(part, before, context)
                before = text.partition(";")[0]
            start += len(text) + 1

    def _segment(self, piece: Piece, before: str, context: Context) -> None:
        head, semicolon, rest = piece.text.partition(";")
        if semicolon and "=" in rest:
            self._pairs(piece.part(len(head) + 1, len(piece.text)), ";", context.deeper())
            piece = piece.part(0, len(head))
        bare = unescaped(piece) if shapes.NESTING.search(piece.text) else piece
        text = bare.text
        if bare is not piece and is_escaped(bare):
            self._all(piece, Label.OPAQUE)
            return
        if self._blob(bare, context):
            return
        label = self._verdict_in_path(text, before)
        if label is not None:
            self._all(piece, label)
        elif ("//" in text and shapes.URL.match(text)) or ("=" in text and shapes.QUERY_IN.search(text)):
            self._value(bare, context.deeper())
        else:
            self._look(bare, Trust.PATH)

    def _verdict_in_path(self, text: str, before: str) -> Label | None:
        """What the segment in front makes of this one: `/users/…`, `/reset/…`, `/email/…`."""
        if not before:
            return None
        if self._names.is_person(before):
            return member(text)
        key = self._key(before)
        return judge(BEHIND[key], text) if key in BEHIND else None

    # ---------------------------------------------------------------------------------------------------- values

    def _value(self, piece: Piece, context: Context) -> None:
        """A value: what is nested in it, else what its name says of it, else what is found anywhere."""
        if not piece.text or self._names.is_allowed(context.name):
            return
        if not self._may(piece, context):
            return
        if shapes.NESTING.search(piece.text):
            self._layers(normal(piece), context)
        elif not self._blob(piece, context):
            self._plain(piece, context)

    def _layers(self, piece: Piece, context: Context) -> None:
        for _ in range(ROUNDS):
            if self._nested(piece, context):
                return
            peeled = peel(piece)
            if peeled is piece:
                break
            if not self._affords(piece, work.layers(piece.text)):
                return
            piece = peeled
        else:
            if is_escaped(piece):
                self._all(piece, Label.OPAQUE)
                return
            if self._nested(piece, context):
                return
        if not self._blob(piece, context):
            self._plain(piece, context)

    def _nested(self, piece: Piece, context: Context) -> bool:
        """Whether the value is made of values. Then they have been walked through."""
        text = piece.text
        if len(text) < 6:
            return False
        if JSON.match(text) and ('"' in text or "," in text):
            self._json(piece, context)
        elif shapes.URL.match(text):
            self._url(piece, context)
        elif "=" in text and self._is_query(text):
            self._pairs(piece, "&", context)
        elif ";" in text and shapes.COOKIES.match(text):
            self._pairs(piece, ";", context)
        else:
            return False
        return True

    def _is_query(self, text: str) -> bool:
        if shapes.QUERY.match(text):
            return True
        pair = shapes.PAIR.match(text)
        return pair is not None and " " not in text and self._key(pair[1]) not in (None, Key.SAFE)

    def _blob(self, piece: Piece, context: Context) -> bool:
        """Whether the value is base64 or hexadecimal of some text with something personal in it."""
        text = blobs.text_of(piece.text.strip()) if len(piece.text) >= blobs.SHORTEST else None
        if text is None:
            return False
        self._work -= work.blob(text)
        before = len(self.found)
        whole = piece.span(0, len(piece.text))
        self._value(Piece(text, (), whole), context.deeper())
        return len(self.found) > before

    def _plain(self, piece: Piece, context: Context) -> None:
        key = self._key(context.name, context.around) if context.name else None
        if key is None and not context.name and context.written:
            key = Key.FREE_TEXT
        if key is Key.MAYBE_NAME and context.personal and not any(map(str.isdigit, piece.text)):
            key = Key.NAME
        label = judge(key, piece.text) if key is not None else None
        if label is not None:
            self._all(piece, label)
            return
        if key is Key.FREE_TEXT:
            if not self._affords(piece, work.sentence(piece.text)):
                return
            self._sentence(piece, context)
        elif key is not Key.SAFE:
            self._blobs(piece, context)
        self._look(piece, _TRUST.get(key, Trust.VALUE))

    def _sentence(self, piece: Piece, context: Context) -> None:
        """Links, blobs and `name: value` in running text."""
        text = piece.text
        if "://" in text:
            for link in shapes.LINK.finditer(text):
                self._url(piece.part(*link.span()), context.deeper())
        if ":" in text or "=" in text:
            for start, end, label in told(text, self._key):
                self._tell(piece, start, end, label)
        self._blobs(piece, context)

    def _blobs(self, piece: Piece, context: Context) -> None:
        for start, end in blobs.among(piece.text):
            if self._is_spent(piece, start):
                return
            self._blob(piece.part(start, end), context)

    def _look(self, piece: Piece, trust: Trust) -> None:
        text = piece.text
        if is_harmless(text) and not self._own.patterns:
            return
        if not self._affords(piece, work.price(text, trust) + work.OWN * len(text) * len(self._own.patterns)):
            return
        for start, end, label in self._search(text, trust):
            self._tell(piece, start, end, label)
            if self._is_spent(piece, 0):
                return
        for start, end, label in self._own.find(text):
            self._tell(piece, start, end, label)

    def _may(self, piece: Piece, context: Context) -> bool:
        """Whether this piece may be read: it is not nested too deep, and there is work left for it."""
        if context.depth > MAX_DEPTH:
            self._all(piece, Label.OPAQUE)
            return False
        return self._affords(piece, work.piece(piece.text))

    def _is_spent(self, piece: Piece, start: int, cost: int = 0) -> bool:
        """Whether there is no work left, or not so much. Then what stands from `start` on is told."""
        self._work -= cost
        if self._work < 0:
            self._tell(piece, start, len(piece.text), Label.OPAQUE)
        return self._work < 0

    def _affords(self, piece: Piece, cost: int) -> bool:
        """Whether there is so much work left; if not, all of this piece is told, and of every later one."""
        self._work -= cost
        if self._work < 0:
            self._all(piece, Label.OPAQUE)
            return False
        return True
