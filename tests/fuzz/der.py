"""Breaking DER: as raw octets, and as a tree whose lengths stay right, so damage sits deep."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random


@dataclass
class Node:
    """One TLV: constructed ones hold children, the others octets."""

    tag: bytes
    value: bytes = b""
    children: list[Node] = field(default_factory=list)

    def encode(self) -> bytes:
        """Write it with lengths that fit; no recursion, since a splice nests it a thousand deep."""
        done: dict[int, bytes] = {}
        for node in reversed(self.walk()):
            content = b"".join(done[id(child)] for child in node.children) or node.value
            done[id(node)] = node.tag + _length(len(content)) + content
        return done[id(self)]

    def copy(self) -> Node:
        copied = Node(self.tag, self.value)
        waiting = [(self, copied)]
        while waiting:
            old, new = waiting.pop()
            new.children = [Node(child.tag, child.value) for child in old.children]
            waiting += zip(old.children, new.children, strict=True)
        return copied

    def walk(self) -> list[Node]:
        """This node and all below it, each before what it holds."""
        found = [self]
        for node in found:
            found += node.children
        return found


def parse(data: bytes) -> Node:
    """Read sound DER; octet strings that hold DER themselves are opened too."""
    node, rest = _read(data)
    assert not rest
    return node


def _read(data: bytes) -> tuple[Node, bytes]:
    tag, first = data[:1], data[1]
    size, start = (
        (first, 2)
        if first < 128
        else (int.from_bytes(data[2 : 2 + (first & 127)]), 2 + (first & 127))
    )
    content, rest = data[start : start + size], data[start + size :]
    assert len(content) == size
    children: list[Node] = []
    inner = content
    if tag[0] & 0x20:
        while inner:
            child, inner = _read(inner)
            children.append(child)
    elif tag == b"\x04":
        try:
            child, after = _read(inner)
            if not after and child.encode() == inner:
                children = [child]
        except (AssertionError, IndexError):
            children = []
    return Node(tag, b"" if children else content, children), rest


def _length(size: int) -> bytes:
    if size < 128:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([128 | len(octets)]) + octets


ODD_VALUES = [
    b"", b"\x00", b"\xff", b"\x80" + b"\x00" * 40, b"\x7f" * 3000, b"*", b".", b"*.", b"..",
    b"xn--", b"xn--a-\xff", b"a" * 300, b"\x00um01.example.com", b"um01.example.com\x00.evil",
    b"1.2.3.4", b"\x0a\x00\x00\x00\xff\x00\xff\x00", b"99991231235959Z", b"991332256199Z",
    b"00000000000000Z", b"\x2a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", "ü\u202e".encode(),
]  # fmt: skip
ODD_TAGS = [bytes([tag]) for tag in (0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A, 0x0C, 0x13,
                                     0x16, 0x17, 0x18, 0x1E, 0x30, 0x31, 0x80, 0x82, 0x86, 0x87,
                                     0xA0, 0xA3, 0xA4, 0x9F, 0xFF)]  # fmt: skip


def splice(tree: Node, others: list[Node], random: Random) -> bytes:
    """Change one to three places of the tree and write it with lengths that fit."""
    tree = tree.copy()
    part = random.choice([node for node in tree.walk() if node.children])
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        nodes = part.walk()
        node = random.choice(nodes)
        parents = [each for each in nodes if each.children]
        parent = random.choice(parents or [part])
        match random.randrange(10):
            case 0:
                node.tag = random.choice(ODD_TAGS)
            case 1 | 2:
                node.children, node.value = [], random.choice(ODD_VALUES)
            case 3:
                _take(node, random.choice(random.choice(others).walk()))
            case 4 if parent.children:
                parent.children.insert(
                    random.randrange(len(parent.children) + 1),
                    random.choice(parent.children).copy(),
                )
            case 5 if parent.children:
                parent.children.pop(random.randrange(len(parent.children)))
            case 6:
                random.shuffle(parent.children)
            case 7 if node.value:
                node.value = _flip(node.value, random)
            case 8 if parent.children:
                child = random.choice(parent.children)
                often = 400 if len(child.walk()) < 20 else 2
                parent.children += [child.copy() for _ in range(often)]
            case _:
                for _ in range(random.choice((1, 30, 900))):
                    node.value, node.children = b"", [Node(b"\x30", node.value, node.children)]
    return tree.encode()


def _take(node: Node, other: Node) -> None:
    copied = other.copy()
    node.tag, node.value, node.children = copied.tag, copied.value, copied.children


def _flip(data: bytes, random: Random) -> bytes:
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def damage(data: bytes, random: Random) -> bytes:
    """Change raw octets: lengths no longer fit, and most readers stop at once."""
    for _ in range(random.choice((1, 1, 2, 8))):
        if not data:
            break
        place = random.randrange(len(data))
        match random.randrange(6):
            case 0 | 1:
                data = _flip(data, random)
            case 2:
                data = data[:place]
            case 3:
                data = data[:place] + random.randbytes(random.choice((1, 4, 64))) + data[place:]
            case 4:
                data = data[:place] + data[place + random.choice((1, 2, 16)) :]
            case _:
                data = (
                    data[:place]
                    + bytes([random.choice((0, 0x7F, 0x80, 0x84, 0xFF))])
                    + (data[place + 1 :])
                )
    return data
