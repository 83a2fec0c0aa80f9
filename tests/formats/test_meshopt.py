"""meshopt bitstreams: streams of the reference encoder, and an encoder of our own that takes every path."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from immersive.errors import InputError
from immersive.formats._meshopt import MeshoptError, decode
from immersive.formats._meshopt_filters import apply
from tests.formats.glb_maker import CUBE_FACES, CUBE_VERTICES, Glb, box, triangles, volume

# Made with meshoptimizer 1.3.0 (npm), encodeVertexBufferLevel(table, 35, 8, 3, version).
REFERENCE = [
    (
        "floats",
        0,
        "a0001cffffffffffff807f807f807f807f807ffc00000040c0bf1f0000dfe090906878444c543c32363a3e2024242828"
        "2c2418181a1a1c1c1e1e20fc000000101012052820020000080000001cffffffffffff807f807f807f807f807ffc0000"
        "0040c0bf1f003050704858643c444c422e32363a2e20242428282c1c18181a1a1c1c1e1e1cfc00000010101205020008"
        "00000800000000000000000000000000000000000000000000000000000000803e00008840",
    ),
    (
        "floats",
        1,
        "a1383a010400030000808040c0a0201050d010c86828088494b4e4a474b2a262aafa92b29a8a8241c54d0b08f42e2613"
        "1f1317fc1f131c1313030f03070040404020a0901010500848c86828c88494b464a4f492e2a26aba92f29a8ab241c54d"
        "0b013e136131f103171f134c4313030f030700000000000000000000000000000000803e000088403232",
    ),
    (
        "shorts",
        1,
        "a17777004ade72069a2ec256ea7e12a63ace62f68a1eb246da6e02962abe52e67a0ea236ca5e0a000122334456677889"
        "aabbcddeefffff0f0f1011110700121213005a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
        "5a5a5a5a152aaaaaaaaaaaaaaaa8000000004ade72069a2ec256ea7e12a63ace62f68a1eb246da6e02962abe52e67a0e"
        "a236ca5e0a000122334456677889aabbcddeefffff0f0f1011110700121213005a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"
        "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a152aaaaaaaaaaaaaaaa80000000000000000000000000000000000000060"
        "ea2c0060ea0101",
    ),
    (
        "bytes",
        0,
        "a0152aaaaaaaaaaaaaaaa80000001a04444444444444444444444444444444fc0000000404041a066666666666666666"
        "66666666666666fc0000000606061a08888888888888888888888888888888fc0000000808081a0aaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaafc0000000a0a0a1f0014141414141414141414141414141414141414141414141414141414141414fc"
        "0000001414141f001e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1efc0000001e1e1e1f00"
        "28282828282828282828282828282828282828282828282828282828282828fc00000028282800000000000000000000"
        "00000000000000000000000000000000000000000000",
    ),
    (
        "bytes",
        1,
        "a155fd152aaaaaaaaaaaaaaaa80000000a0444444444444444444444444444444407000404040a066666666666666666"
        "6666666666666607000606060a0888888888888888888888888888888807000808080a0aaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaa07000a0a0a0014141414141414141414141414141414141414141414141414141414141414141414001e1e1e1e"
        "1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e002828282828282828282828282828282828"
        "2828282828282828282828282828282828000000000000000000000000000000000000000000000000",
    ),
    (
        "constant",
        0,
        "a00000000000000000000000000000000000000000000000000000000000000000efbeaddeefbeadde",
    ),
    (
        "constant",
        1,
        "a1aaaa0000000000000000000000000000efbeaddeefbeadde0000",
    ),
    (
        "noise",
        1,
        "a1dfdf00aeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeae00a7a7a7a7a7a7a7a7a7"
        "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a70a08a88a88a88a88a88a88a88a888a88a80700080a0800"
        "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a700aeaeaeaeaeaeaeaeaeaeaeaeae"
        "aeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeae00a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7"
        "a7a7a7a7a7a7a7a70a08a88a888a88a88a88a88a88a88a88a80700080a0800a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7"
        "a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a70000000000000000000000000000b179379e756015170101",
    ),
]


def table(kind: str) -> np.ndarray:
    """The (35, 8) uint8 tables that the streams above hold."""
    i, k = np.arange(35)[:, None], np.array([[0, 4]])
    if kind == "floats":
        return ((i + 1) ** 2 * 0.25 + k).astype("<f4").view(np.uint8)
    if kind == "shorts":
        low, high = i * i * 37 + k * 11, 60000 + i * 301 + 0 * k
        return np.stack([low, high], axis=2).astype("<u2").reshape(35, 4).view(np.uint8)
    if kind == "bytes":
        return (i * (np.arange(8) % 4 + 1) * (np.arange(8) // 4 * 4 + 1)).astype(np.uint8)
    if kind == "constant":
        return np.full((35, 2), 0xDEADBEEF, "<u4").view(np.uint8)
    return ((i * 7 + k + 1) * 2654435761 % 2**32).astype("<u4").view(np.uint8)


def raw(text: str) -> np.ndarray:
    return np.frombuffer(bytes.fromhex(text), np.uint8)


@pytest.mark.parametrize(("kind", "version", "stream"), REFERENCE)
def test_attributes_of_the_reference_encoder(kind: str, version: int, stream: str) -> None:
    data = raw(stream)
    assert data[0] == 0xA0 + version
    found = decode(data, mode="ATTRIBUTES", count=35, stride=8)
    np.testing.assert_array_equal(found.reshape(35, 8), table(kind))


def grid(n: int) -> np.ndarray:
    at = (np.arange(n)[:, None] * (n + 1) + np.arange(n)).reshape(-1, 1)
    return (at + np.array([0, 1, n + 1, 1, n + 2, n + 1])).reshape(-1)


TRIANGLES = {
    "grid": (
        "e1fe1e100e100e100ece1e160e150e140ece1e140e140e140ece1e140e140e140e0f0a007687566778a9866589689801690000",
        grid(4),
    ),
    "restart": (
        "e1fe1e100e4e1e120efb061504431214010f06007687566778a9866589689801690000",
        np.concatenate([grid(2), grid(2)]),
    ),
    "scattered": (
        "e1feffffffffffffffffffffae0ee503ffa906e2069e04fff50d69a20cfff1059a07f90aff920231f502ff960afd078e"
        "05ffca0206bd02ff81058a08890aff82033e8502ff860b8d07fe05007687566778a9866589689801690000",
        np.arange(30) ** 2 * 7919 % 1000,
    ),
}


@pytest.mark.parametrize("stride", [2, 4])
@pytest.mark.parametrize("name", TRIANGLES)
def test_triangles_of_the_reference_encoder(name: str, stride: int) -> None:
    stream, corners = TRIANGLES[name]
    found = decode(raw(stream), mode="TRIANGLES", count=len(corners), stride=stride).view(f"<u{stride}")
    # The encoder may turn a triangle, never flip it.
    assert [turned(t) for t in found.reshape(-1, 3)] == [turned(t) for t in corners.reshape(-1, 3)]


def turned(triangle: np.ndarray) -> tuple[int, ...]:
    start = int(np.argmin(triangle))
    return tuple(int(triangle[(start + k) % 3]) for k in range(3))


@pytest.mark.parametrize("stride", [2, 4])
def test_index_sequence_of_the_reference_encoder(stride: int) -> None:
    stream = "d100a19c01040b040b040b040b040b040b040b040b040b040b040b040b040b040b040b040b040b040b040b00000000"
    i = np.arange(20)
    found = decode(raw(stream), mode="INDICES", count=40, stride=stride).view(f"<u{stride}")
    np.testing.assert_array_equal(found, np.stack([i, 5000 - 3 * i], axis=1).reshape(-1))


def test_the_example_of_the_specification() -> None:
    """Appendix A, mode 0: sixteen deltas in 4-bit sentinel encoding."""
    group = bytes([0x17, 0x5F, 0xF0, 0xBC, 0x77, 0xA9, 0x21, 0x00, 0x34, 0xB5])
    zeros = b"\0"  # header of a byte column whose deltas are all zero
    stream = b"\xa0" + b"\x02" + group + zeros * 3 + bytes(28) + bytes([100, 0, 0, 0])
    found = decode(np.frombuffer(stream, np.uint8), mode="ATTRIBUTES", count=16, stride=4)
    deltas = [-1, -4, -3, 26, -91, 0, -6, 6, -4, -4, 5, -5, 1, -1, 0, 0]
    np.testing.assert_array_equal(found.reshape(16, 4)[:, 0], (100 + np.cumsum(deltas)) % 256)


# An encoder that takes whichever path it is told. ------------------------------------------


def sentinel(deltas: np.ndarray, bits: int) -> bytes:
    """Sixteen deltas in 0, 1, 2, 4 or 8 bits (0 only where all are zero)."""
    if bits == 0:
        return b""
    if bits == 8:
        return deltas.tobytes()
    top = (1 << bits) - 1
    per, extra, packed = 8 // bits, b"", bytearray(2 * bits)
    for i, delta in enumerate(int(d) for d in deltas):
        value = min(delta, top)
        extra += bytes([delta]) if delta >= top else b""
        shift = i % per if bits == 1 else 8 - bits * (i % per + 1)
        packed[i // per] |= value << shift
    return bytes(packed) + extra


def channel_deltas(values: np.ndarray, before: np.ndarray, mode: int) -> np.ndarray:
    """(n, 4) stored deltas of a 4-byte channel; ``before`` is the element in front of the first."""
    chain = np.vstack([before, values])
    if mode & 15 == 2:
        words = np.ascontiguousarray(chain).view("<u4")[:, 0].astype(np.uint64)
        change, turn = words[1:] ^ words[:-1], mode >> 4
        change = (change << np.uint64(turn) | change >> np.uint64(32 - turn)) & np.uint64(0xFFFFFFFF)
        return change.astype("<u4")[:, None].view(np.uint8).reshape(-1, 4)
    code = "<i1" if mode == 0 else "<i2"
    numbers = np.ascontiguousarray(chain).view(code.replace("i", "u"))
    change = (numbers[1:] - numbers[:-1]).view(code)
    bits = 8 * change.itemsize
    return np.ascontiguousarray((change << 1) ^ (change >> (bits - 1))).view(np.uint8).reshape(-1, 4)


def encode(values: np.ndarray, version: int, modes: list[int], rng: np.random.Generator) -> bytes:
    """(n, stride) uint8 as a stream, each choice the format leaves open taken at random."""
    count, stride = values.shape
    baseline = rng.integers(0, 256, stride, np.uint8)
    block, stream, before = min((8192 // stride) & ~15, 256), bytes([0xA0 + version]), baseline
    for first in range(0, count, block):
        part = values[first : first + block]
        deltas = np.hstack(
            [
                channel_deltas(part[:, 4 * c : 4 * c + 4], before[4 * c : 4 * c + 4], m)
                for c, m in enumerate(modes)
            ]
        )
        groups = -(-len(part) // 16)
        padded = np.zeros((groups * 16, stride), np.uint8)
        padded[: len(part)] = deltas
        controls, body = [], b""
        for k in range(stride):
            column = padded[:, k]
            allowed = [0, 1, 3] + ([] if column.any() else [2])
            control = int(rng.choice(allowed)) if version else 9
            controls.append(control & 3)
            if control == 2:
                continue
            if control == 3:
                body += column[: len(part)].tobytes()
                continue
            widths = {0: [0, 1, 2, 4], 1: [1, 2, 4, 8], 9: [0, 2, 4, 8]}[control]
            headers, packed = [], b""
            for g in range(groups):
                sixteen = column[16 * g : 16 * g + 16]
                kind = int(rng.integers(1 if widths[0] == 0 and sixteen.any() else 0, 4))
                headers.append(kind)
                packed += sentinel(sixteen, widths[kind])
            headers += [0] * (-groups % 4)
            body += bytes(
                sum(h << (2 * j) for j, h in enumerate(headers[i : i + 4])) for i in range(0, len(headers), 4)
            )
            body += packed
        if version:
            stream += bytes(
                sum(c << (2 * j) for j, c in enumerate(controls[i : i + 4])) for i in range(0, stride, 4)
            )
        stream += body
        before = part[-1]
    tail = baseline.tobytes() + (bytes(modes) if version else b"")
    return stream + bytes(max(0, (24 if version else 32) - len(tail))) + tail


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 600),
    st.sampled_from([4, 8, 12, 16, 64]),
    st.sampled_from([0, 1]),
    st.sampled_from([1, 3, 20, 256]),
)
@settings(max_examples=60, deadline=None)
def test_what_is_encoded_comes_back(seed: int, count: int, stride: int, version: int, span: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, span, (count, stride)).astype(np.uint8)
    choices = [0, 1] + [2 + 16 * turn for turn in range(16)]
    modes = [int(rng.choice(choices)) if version else 0 for _ in range(stride // 4)]
    stream = np.frombuffer(encode(values, version, modes, rng), np.uint8)
    found = decode(stream, mode="ATTRIBUTES", count=count, stride=stride)
    np.testing.assert_array_equal(found.reshape(count, stride), values)


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        out.append((value & 127) | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(out)


def zigzag(change: int) -> int:
    change = (change + 2**31) % 2**32 - 2**31
    return ((change << 1) ^ (change >> 31)) & 0xFFFFFFFF


def encode_triangles(corners: np.ndarray) -> bytes:
    """Every triangle by three explicit indices (code 0xff)."""
    data, last = b"", 0
    for triangle in corners.reshape(-1, 3).tolist():
        data += b"\xff"
        for corner in triangle:
            data += varint(zigzag(corner - last))
            last = corner
    # 0xff is code and aux byte alike: aux 0xff says that both other corners are explicit too.
    return b"\xe1" + b"\xff" * (corners.size // 3) + data + bytes(16)


@given(st.lists(st.integers(0, 2**32 - 1), min_size=3, max_size=60))
@settings(max_examples=40, deadline=None)
def test_explicit_triangles_come_back(numbers: list[int]) -> None:
    corners = np.array(numbers[: len(numbers) // 3 * 3], np.uint32)
    stream = np.frombuffer(encode_triangles(corners), np.uint8)
    found = decode(stream, mode="TRIANGLES", count=corners.size, stride=4).view("<u4")
    np.testing.assert_array_equal(found, corners)


def test_triangle_codes_by_hand() -> None:
    """0xf0 opens a triangle; 0x00 adds a vertex to its last edge; 0x0e and 0x0d step from the last index."""
    table_ = bytes([0x00, 0x12]) + bytes(14)
    codes = bytes([0xF0, 0x00, 0xFE, 0x0F, 0x0E, 0x0D, 0xF1])
    data = bytes([0xFF, *varint(zigzag(50)), *varint(zigzag(10))]) + varint(zigzag(-20))
    stream = np.frombuffer(b"\xe1" + codes + data + table_, np.uint8)
    found = decode(stream, mode="TRIANGLES", count=21, stride=4).view("<u4").reshape(-1, 3)
    # Edges pushed by (0 1 2): (1 0) (2 1) (0 2). The last, (0 2), and the next vertex 3: (0 2 3).
    # 0xfe 0xff: 4, then 50 and 60 explicit. 0x0f: the last edge (4 60) with 60 - 20 = 40.
    # 0x0e: the last edge (4 40) with 41; 0x0d: (4 41) with 40. 0xf1 with 0x12: 5, then the
    # vertices pushed last and last but one.
    np.testing.assert_array_equal(
        found, [[0, 1, 2], [0, 2, 3], [4, 50, 60], [4, 60, 40], [4, 40, 41], [4, 41, 40], [5, 40, 41]]
    )


@given(st.lists(st.integers(0, 2**16 - 1), min_size=1, max_size=50), st.sampled_from([2, 4]))
@settings(max_examples=30, deadline=None)
def test_index_sequences_come_back(numbers: list[int], stride: int) -> None:
    data, last = b"", [0, 0]
    for at, number in enumerate(numbers):
        which = at % 2
        data += varint(zigzag(number - last[which]) << 1 | which)
        last[which] = number
    stream = np.frombuffer(b"\xd1" + data + bytes(4), np.uint8)
    found = decode(stream, mode="INDICES", count=len(numbers), stride=stride).view(f"<u{stride}")
    np.testing.assert_array_equal(found, numbers)


# Filters ------------------------------------------------------------------------------------


def test_exponential_filter() -> None:
    """Encoder's words for 0, 1.5, -2.25, 0.001, 1000.125, -7, 0.1, 30000 with 15 bits, shared exponents."""
    words = raw("000000f4001800f400dcfff4040000f4f4010001fcffff0100000001983a0001")
    expected = [0, 1.5, -2.25, 2**-10, 1000, -8, 0, 30000]
    np.testing.assert_array_equal(apply(words, 16, "EXPONENTIAL").view("<f4"), np.array(expected, "f4"))


@pytest.mark.parametrize(
    ("stride", "coded", "decoded"),
    [
        (4, "7f007f7f00817f7f7f497f81ad5c7f00", "7f00007f0081007f4c009a81c44cae00"),
        (
            8,
            "ff070000ff07ff7f000001f8ff07ff7fff079204ff070180cbfac405ff070000",
            "ff7f00000000ff7f000001800000ff7fc54c00009599018097c2ca4c0dae0000",
        ),
    ],
)
def test_octahedral_filter(stride: int, coded: str, decoded: str) -> None:
    code = "i1" if stride == 4 else "<i2"
    found = apply(raw(coded), stride, "OCTAHEDRAL").view(code).reshape(-1, 4).astype(int)
    np.testing.assert_allclose(found, raw(decoded).view(code).reshape(-1, 4), atol=1)
    unit = found[:, :3] / np.iinfo(code).max
    true = [[1, 0, 0], [0, -1, 0], [0.6, 0, -0.8], [-0.48, 0.6, -0.64]]
    np.testing.assert_allclose(unit, true, atol=0.01)


def test_quaternion_filter() -> None:
    coded = "000000000000ff1f00000000ff1ffc1f000000000000fd1fa01660e9a016fc1f8604ad1f8604fd1f"
    found = apply(raw(coded), 8, "QUATERNION").view("<i2").reshape(-1, 4) / 32767.0
    half = math.sqrt(0.5)
    true = np.array(
        [[0, 0, 0, 1], [half, 0, 0, half], [0, -1, 0, 0], [0.5, 0.5, -0.5, 0.5], [0.1, 0.7, 0.1, 0.7]]
    )
    np.testing.assert_allclose(np.abs(np.einsum("ij,ij->i", found, true)), 1.0, atol=2e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-4)


def test_color_filter() -> None:
    found = apply(raw("407fc1ff66cd00e600000080"), 4, "COLOR").reshape(-1, 4)
    np.testing.assert_array_equal(found, raw("fe0100ff336699cc00000000").reshape(-1, 4))


# Damage -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"count": 10**12}, "too early"),
        ({"stride": 6}, "byteStride"),
        ({"stride": 260}, "byteStride"),
        ({"mode": "VERTICES"}, "mode"),
        ({"filter_": "SEPIA"}, "filter"),
        ({"mode": "TRIANGLES", "stride": 4, "count": 4}, "whole triangles"),
        ({"mode": "TRIANGLES", "stride": 4, "count": 6}, "header"),
        ({"mode": "INDICES", "stride": 4, "count": 6}, "header"),
        ({"filter_": "QUATERNION", "stride": 4}, "byteStride"),
    ],
)
def test_a_description_that_cannot_be_is_refused(change: dict, reason: str) -> None:
    asked = {"mode": "ATTRIBUTES", "count": 35, "stride": 8, **change}
    with pytest.raises(MeshoptError, match=reason):
        decode(raw(REFERENCE[0][2]), **asked)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damaged_streams_never_do_worse_than_an_error(data: st.DataObject) -> None:
    streams = [(raw(s), "ATTRIBUTES", 35, 8) for _, _, s in REFERENCE]
    streams += [(raw(s), "TRIANGLES", len(c), 4) for s, c in TRIANGLES.values()]
    stream, mode, count, stride = data.draw(st.sampled_from(streams))
    broken = stream.copy()
    for _ in range(data.draw(st.integers(0, 4))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    broken = broken[: data.draw(st.integers(0, len(broken)))].copy()
    try:
        found = decode(broken, mode=mode, count=count, stride=stride)
    except MeshoptError:
        return
    assert len(found) == count * stride


def test_a_longer_stream_than_its_content_is_refused() -> None:
    stream = raw(REFERENCE[0][2])
    with pytest.raises(MeshoptError, match="longer"):
        decode(np.insert(stream, len(stream) - 32, 0), mode="ATTRIBUTES", count=35, stride=8)


# In a file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("extension", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
def test_a_compressed_cube(tmp_path: Path, extension: str) -> None:
    rng = np.random.default_rng(7)
    packed = encode(CUBE_VERTICES.view(np.uint8).reshape(8, 12), 1, [0, 1, 0x52], rng)
    corners = encode_triangles(CUBE_FACES.reshape(-1))
    made = Glb()
    made.json["extensionsRequired"] = [extension]
    streams = [
        (packed, {"mode": "ATTRIBUTES", "count": 8, "byteStride": 12}),
        (corners, {"mode": "TRIANGLES", "count": 36, "byteStride": 2}),
    ]
    at = 0
    for stream, how in streams:
        made.blob += b"\0" * (-len(made.blob) % 4)
        length = how["count"] * how["byteStride"]
        inner = {"buffer": 0, "byteOffset": len(made.blob), "byteLength": len(stream), **how}
        made.json["bufferViews"].append(
            {"buffer": 1, "byteOffset": at, "byteLength": length, "extensions": {extension: inner}}
        )
        made.blob += stream
        at += length
    made.json["buffers"] = [
        {"byteLength": len(made.blob)},
        {"byteLength": at, "extensions": {extension: {"fallback": True}}},
    ]
    made.json["accessors"] = [
        {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
    ]
    made.scene(made.node(mesh=made.mesh({"attributes": {"POSITION": 0}, "indices": 1})))
    model = made.read(tmp_path)
    np.testing.assert_array_equal(box(model), [[0, 0, 0], [1, 1, 1]])
    assert (triangles(model), volume(model)) == (12, pytest.approx(1.0))
    made.json["bufferViews"][0]["extensions"][extension]["byteLength"] -= 1
    with pytest.raises(InputError, match=r"bufferViews\[0\]\.extensions"):
        made.read(tmp_path)
