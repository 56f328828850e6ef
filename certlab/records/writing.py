"""A Deployment as JSON, and back: whole, or what a Step changed in it. No private key takes part.

What is read is compared with the types of the fields it is for, name by name; nothing in a file
is ever run. Certificates stand by their fingerprints, and once in full.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from functools import cache
from inspect import isabstract
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rpds import HashTrieMap, HashTrieSet, List

from ..deployment import Authority, Deployment, Inventory, Step, TrustStore
from ..deployment.authority import EstateRules, PublicRules, Rules
from ..errors import CertlabError, InvalidInput
from ..pki import Certificate, CertificateRequest, KeyStore

Json = Any
_IN_PARTS = (Deployment, Inventory, Authority, TrustStore)
"""What is written field by field when it changes; anything else is written anew."""
SENSELESS = (CertlabError, TypeError, ValueError, KeyError, IndexError, AttributeError)
"""What comes of reading something that was not written here."""


class Notation:
    """What stands for what in one journal. ``keys`` is the store that what is read signs with."""

    def __init__(self, keys: KeyStore) -> None:
        self.keys = keys
        self.known: dict[str, Certificate] = {}
        """The certificates that the journal holds in full."""
        self.new: list[Certificate] = []
        """Those that were written since, and are not in it yet."""
        self._readers: dict[Any, Callable[[Json], Any]] = {}

    # --- writing ----------------------------------------------------------------------------

    def write(self, value: Any) -> Json:
        """A value as JSON. Raises ``InvalidInput`` for what no Deployment holds."""
        if isinstance(value, Enum):
            return value.name
        if value is None or isinstance(value, str | int | float):
            return value
        if isinstance(value, Certificate):
            if value.fingerprint not in self.known:
                self.known[value.fingerprint] = value
                self.new.append(value)
            return value.fingerprint
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, Step | EstateRules | PublicRules):
            if type(value) is not _named().get(type(value).__name__):
                raise InvalidInput(
                    "only the Steps of certlab.deployment are kept on disk", where=repr(value)
                )
            return [type(value).__name__, self._fields(value)]
        if isinstance(value, tuple | List):
            return [self.write(one) for one in value]
        if isinstance(value, frozenset | HashTrieSet):
            return sorted(self.write(one) for one in value)
        if isinstance(value, Mapping | HashTrieMap):
            return [[self.write(key), self.write(one)] for key, one in value.items()]
        if is_dataclass(value):
            return self._fields(value)
        if isinstance(value, CertificateRequest):
            return _text(value.der)
        if isinstance(value, x509.CertificateRevocationList):
            return _text(value.public_bytes(Encoding.DER))
        if isinstance(value, x509.CRLDistributionPoints | x509.AuthorityInformationAccess):
            return _pointer(value)
        raise InvalidInput(f"a {type(value).__name__} cannot be kept on disk")

    def _fields(self, value: Any) -> Json:
        kind: Any = type(value)
        given = ((field, getattr(value, field.name)) for field in _kept(kind))
        return {field.name: self.write(one) for field, one in given if not _left_out(field, one)}

    def changes(self, before: Any, after: Any) -> Json:
        """What turns one value into the other; None where they are the same."""
        if before is after:
            return None
        if type(before) is type(after):
            kind: Any = type(after)
            if isinstance(after, _IN_PARTS):
                parts = {
                    field.name: changed
                    for field in _kept(kind)
                    if (changed := self.changes(*(getattr(v, field.name) for v in (before, after))))
                }
                return {"in": parts} if parts else None
            if isinstance(after, HashTrieSet):
                more, less = set(after) - set(before), set(before) - set(after)
                return {"+": sorted(more), "-": sorted(less)} if more or less else None
            if isinstance(after, HashTrieMap | dict) and _in_order(before, after):
                return self._changes_of_map(before, after)
            if isinstance(after, List) and (added := _added(before, after)) is not None:
                return {"+": [self.write(one) for one in added]} if added else None
        return None if before == after else {"=": self.write(after)}

    def _changes_of_map(self, before: Any, after: Any) -> Json:
        more, other, find = [], [], before.get
        for key, value in after.items():
            old = find(key)
            if old is value:
                continue
            if old is None:
                more.append([self.write(key), self.write(value)])
            elif changed := self.changes(old, value):
                other.append([self.write(key), changed])
        kept = len(after) - len(more) == len(before)
        less = [] if kept else [self.write(key) for key in before if key not in after]
        found = {"+": more, "~": other, "-": less}
        return {sign: part for sign, part in found.items() if part} or None

    # --- reading ----------------------------------------------------------------------------

    def read(self, kind: Any, data: Json) -> Any:
        """The value of this type that the JSON stands for. Raises one of ``SENSELESS``."""
        return self._reader(kind)(data)

    def changed(self, kind: Any, before: Any, data: Json) -> Any:
        """The value with what ``changes`` wrote. Raises one of ``SENSELESS``."""
        if "=" in data:
            return self.read(kind, data["="])
        if "in" in data:
            types = _types(kind)
            parts = {
                name: self.changed(types[name], getattr(before, name), change)
                for name, change in data["in"].items()
            }
            return replace(before, **parts)
        more, less = data.get("+", ()), data.get("-", ())
        if isinstance(before, HashTrieSet):
            return before.update(map(_str, more)).difference(HashTrieSet(map(_str, less)))
        if isinstance(before, List):
            (item,) = get_args(kind)
            for one in more:
                before = before.push_front(self.read(item, one))
            return before
        of_key, of_value = map(self._reader, get_args(kind))
        found = {of_key(key): of_value(value) for key, value in more}
        value_type = get_args(kind)[1]
        for key, change in data.get("~", ()):
            name = of_key(key)
            found[name] = self.changed(value_type, before[name], change)
        if isinstance(before, dict):
            return {**before, **found}
        after = before.update(found)
        for key in less:
            after = after.remove(of_key(key))
        return after

    def _reader(self, kind: Any) -> Callable[[Json], Any]:
        found = self._readers.get(kind)
        if found is None:
            found = self._readers[kind] = self._make_reader(kind)
        return found

    def _make_reader(self, kind: Any) -> Callable[[Json], Any]:
        if kind in _SIMPLE:
            return _SIMPLE[kind]
        if kind is Certificate:
            return self.known.__getitem__
        if kind in (Step, Rules):
            return self._read_named
        origin, inside = get_origin(kind) or kind, get_args(kind)
        if origin in (Union, UnionType):
            (one,) = (arg for arg in inside if arg is not NoneType)
            return lambda data: None if data is None else self._reader(one)(data)
        if origin is tuple and inside[1:] != (...,):
            parts = [self._reader(one) for one in inside]
            return lambda data: tuple(p(d) for p, d in zip(parts, _list(data), strict=True))
        if origin in _MANY:
            many, of = _MANY[origin], self._reader(inside[0])
            return lambda data: many(map(of, _list(data)))
        if origin in (dict, Mapping):
            made: Any = HashTrieMap if origin is dict else dict
            pair = self._reader(tuple[inside])  # type: ignore[valid-type]
            return lambda data: made(map(pair, _list(data)))
        if isinstance(kind, type) and issubclass(kind, Enum):
            return lambda data: kind[data]
        if isinstance(kind, type) and is_dataclass(kind):
            return lambda data: self._read_fields(kind, data)
        raise InvalidInput(f"a {kind} is not kept on disk")

    def _read_named(self, data: Json) -> Any:
        name, given = data
        return self._read_fields(_named()[name], given)

    def _read_fields(self, kind: Any, data: Json) -> Any:
        types = _types(kind)
        given = {name: self._reader(types[name])(value) for name, value in data.items()}
        if "keys" in kind.__dataclass_fields__:
            given["keys"] = self.keys
        return kind(**given)


# --- what the fields are -------------------------------------------------------------------------

_GENERIC = {"HashTrieMap": dict, "HashTrieSet": set, "List": list}
"""What stands for the types of rpds in a type: they take no parameters at run time."""


@cache
def _kept(kind: Any) -> tuple[Field[Any], ...]:
    """The fields that make two values of this type equal or not, and that can be given."""
    return tuple(field for field in fields(kind) if field.compare and field.init)


@cache
def _types(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind, localns=_GENERIC)
    return {field.name: hints[field.name] for field in _kept(kind)}


@cache
def _named() -> dict[str, Any]:
    """What is written with its name, because a field may hold one of several: Steps and rules."""

    def below(kind: Any) -> Iterator[Any]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    ours = [s for s in below(Step) if s.__module__.startswith("certlab.deployment.")]
    steps = [step for step in ours if not isabstract(step)]
    return {kind.__name__: kind for kind in (*steps, EstateRules, PublicRules)}


def _left_out(field: Field[Any], value: Any) -> bool:
    if field.default_factory is not MISSING:
        return False
    return (
        field.default is not MISSING
        and type(value) is type(field.default)
        and bool(value == field.default)
    )


def _in_order(before: Any, after: Any) -> bool:
    """Whether the order of a plain mapping, which means something, survives its changes."""
    return isinstance(after, HashTrieMap) or list(after)[: len(before)] == list(before)


def _added(before: Any, after: Any) -> list[Any] | None:
    """What was put in front, first things first; None when that does not tell all."""
    more = len(after) - len(before)
    items = list(after)
    if more < 0 or any(a is not b for a, b in zip(items[more:], before, strict=True)):
        return None
    return items[:more][::-1]


# --- what things are -----------------------------------------------------------------------------


def _exactly(*kinds: type) -> Callable[[Json], Any]:
    def check(data: Json) -> Any:
        if type(data) not in kinds:
            raise TypeError(f"{kinds[0].__name__} expected")
        return data

    return check


_str, _list = _exactly(str), _exactly(list)


def _moment(data: Json) -> datetime:
    at = datetime.fromisoformat(data)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at


def _bytes(data: Json) -> bytes:
    return base64.b64decode(data, validate=True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _pointer(value: x509.ExtensionType) -> Json:
    if isinstance(value, x509.CRLDistributionPoints):
        return ["crl", *(name.value for point in value for name in point.full_name or ())]
    assert isinstance(value, x509.AuthorityInformationAccess)
    return ["aia", *([d.access_method.dotted_string, d.access_location.value] for d in value)]


def _read_pointer(data: Json) -> x509.ExtensionType:
    kind, *inside = data
    where = x509.UniformResourceIdentifier
    if kind == "crl":
        points = (x509.DistributionPoint([where(url)], None, None, None) for url in inside)
        return x509.CRLDistributionPoints(points)
    describe, method = x509.AccessDescription, x509.ObjectIdentifier
    return x509.AuthorityInformationAccess(describe(method(oid), where(url)) for oid, url in inside)


_SIMPLE: dict[Any, Callable[[Json], Any]] = {
    str: _str,
    bool: _exactly(bool),
    int: _exactly(int),
    float: _exactly(float, int),
    datetime: _moment,
    CertificateRequest: lambda data: CertificateRequest.from_der(_bytes(data)),
    x509.CertificateRevocationList: lambda data: x509.load_der_x509_crl(_bytes(data)),
    x509.ExtensionType: _read_pointer,
}
_MANY: dict[Any, Any] = {
    tuple: tuple,
    frozenset: frozenset,
    set: HashTrieSet,
    list: lambda items: List(list(items)),
}
