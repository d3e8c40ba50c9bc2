#!/usr/bin/env python3
"""Follows a log as any client of c2sp.org/tlog-tiles would, and shares no code with the ledger.

Written from the specifications alone: tlog-tiles, tlog-checkpoint, signed-note, tlog-cosignature,
tlog-policy, tlog-proof, RFC 6962 and RFC 8032. Reads every tile and entry bundle from the first
leaf on, and checks entries against level 0, each level against the next, level 0 against the
checkpoint's root, the checkpoint against the trust file, and all of it against what it saw before.
Then it spoils what it was served, byte by byte, and demands that the same checks notice.

Usage: tlog_client.py --url URL --policy FILE [--checkpoints N] [--min-size N] [--seconds S]
Exits with 0 if everything holds; prints what does not otherwise.
"""

import argparse
import base64
import binascii
import hashlib
import random
import select
import sys
import time
import urllib.error
import urllib.request

WIDTH = 256


class Wrong(Exception):
    """The log, or what was served of it, breaks a rule."""


def need(condition, what):
    if not condition:
        raise Wrong(what)


# --- Ed25519 (RFC 8032, 5.1.7), with points in extended coordinates.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def point_add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    x, y, z, t = f - e, h - g, h + g, f + e
    return (x * y % P, z * t % P, y * z % P, x * t % P)


def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def point_decode(data):
    y = int.from_bytes(data, "little")
    sign = y >> 255
    y &= (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(key, message, signature):
    a, r = point_decode(key), point_decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    k = int.from_bytes(digest, "little") % ORDER
    left, right = point_multiply(s, BASE), point_add(r, point_multiply(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % P == 0


# --- RFC 6962


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def root_of(hashes):
    """MTH over subtree roots of one size: the whole ones pair up, the last may stand alone."""
    need(hashes, "a tree without leaves")
    while len(hashes) > 1:
        paired = [node_hash(*hashes[i : i + 2]) for i in range(0, len(hashes) - 1, 2)]
        hashes = paired + hashes[len(paired) * 2 :]
    return hashes[0]


def root_from_proof(index, size, leaf, path):
    """RFC 9162, 2.1.3.2."""
    position, last, at = index, size - 1, leaf
    for sibling in path:
        need(last > 0, "an inclusion path is too long")
        if position % 2 == 1 or position == last:
            at = node_hash(sibling, at)
            while position % 2 == 0 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            at = node_hash(at, sibling)
        position, last = position >> 1, last >> 1
    need(last == 0, "an inclusion path is too short")
    return at


# --- signed-note, tlog-checkpoint, tlog-cosignature


def decode_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Wrong("base64 expected") from error
    need(base64.b64encode(data).decode() == text, "base64 has another spelling")
    return data


def decode_number(text):
    need(text.isascii() and text.isdigit() and str(int(text)) == text, "a decimal is expected")
    return int(text)


def parse_vkey(text):
    name, key_id, key = text.split("+", 2)
    data = decode_base64(key)
    need(len(data) == 33, "an Ed25519 key has 32 bytes")
    expected = hashlib.sha256(name.encode() + b"\n" + data).digest()[:4]
    need(expected.hex() == key_id, "the key id is not that of the key")
    return {"name": name, "id": expected, "type": data[0], "key": data[1:]}


def parse_policy(text):
    policy = {"logs": [], "nodes": {"none": (0, [])}, "witnesses": {}, "quorum": None}
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "log":
            policy["logs"].append(parse_vkey(words[1]))
            need(policy["logs"][-1]["type"] == 1, "a log has an Ed25519 key")
        elif words[0] == "witness":
            policy["witnesses"][words[1]] = parse_vkey(words[2])
            need(policy["witnesses"][words[1]]["type"] == 4, "a witness has a cosignature/v1 key")
        elif words[0] == "group":
            members = words[3:]
            count = {"all": len(members), "any": 1}.get(words[2]) or decode_number(words[2])
            policy["nodes"][words[1]] = (count, members)
        else:
            need(words[0] == "quorum" and policy["quorum"] is None, "one quorum line is expected")
            policy["quorum"] = words[1]
    need(policy["quorum"] is not None, "the trust file has no quorum")
    return policy


def is_met(policy, name, cosigners):
    if name in policy["witnesses"]:
        return name in cosigners
    count, members = policy["nodes"][name]
    return sum(is_met(policy, member, cosigners) for member in members) >= count


def parse_checkpoint(note):
    """(text, origin, size, root, signature lines)"""
    try:
        text, separator, signatures = note.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise Wrong("a checkpoint is UTF-8") from error
    need(separator and signatures.endswith("\n"), "a checkpoint is a signed note")
    text += "\n"
    lines = text.split("\n")
    need(len(lines) == 4, "a checkpoint has three lines here")
    root = decode_base64(lines[2])
    need(len(root) == 32, "a root has 32 bytes")
    signed = []
    for line in signatures[:-1].split("\n"):
        words = line.split(" ")
        need(len(words) == 3 and words[0] == "\u2014", "a signature line is malformed")
        blob = decode_base64(words[2])
        signed.append((words[1], blob[:4], blob[4:]))
    return text.encode(), lines[0], decode_number(lines[1]), root, signed


def check_checkpoint(policy, note):
    """The checkpoint's size, its root and the times of its cosignatures."""
    text, origin, size, root, signed = parse_checkpoint(note)
    is_logged, cosigners = False, {}
    for name, key_id, signature in signed:
        for log in policy["logs"]:
            if (log["name"], log["id"]) == (name, key_id):
                need(name == origin, "the key is another log's")
                need(ed25519_verify(log["key"], text, signature), "the log's signature is wrong")
                is_logged = True
        for witness, known in policy["witnesses"].items():
            if (known["name"], known["id"]) == (name, key_id):
                need(len(signature) == 72, "a cosignature has a time and 64 bytes")
                at = int.from_bytes(signature[:8], "big")
                message = b"cosignature/v1\ntime %d\n" % at + text
                holds = ed25519_verify(known["key"], message, signature[8:])
                need(holds, "a cosignature is wrong")
                cosigners[witness] = at
    need(is_logged, "no log of the trust file signed the checkpoint")
    need(is_met(policy, policy["quorum"], cosigners), "the cosignatures do not make the quorum")
    return size, root, cosigners


# --- tlog-tiles


def path_number(number):
    groups = ["%03d" % (number % 1000)]
    while number >= 1000:
        number //= 1000
        groups.insert(0, "x%03d" % (number % 1000))
    return "/".join(groups)


def tile_names(level, count):
    """Paths and widths of the tiles that hold the first count hashes of a level."""
    for number in range((count + WIDTH - 1) // WIDTH):
        width = min(WIDTH, count - number * WIDTH)
        suffix = "" if width == WIDTH else ".p/%d" % width
        yield "/tile/%s/%s%s" % (level, path_number(number), suffix), width


def read_level(fetch, level, count):
    hashes = []
    for path, width in tile_names(level, count):
        tile = fetch(path)
        need(len(tile) == width * 32, path + " has another width")
        hashes += [tile[i : i + 32] for i in range(0, len(tile), 32)]
    return hashes


def read_entries(fetch, size):
    entries = []
    for path, width in tile_names("entries", size):
        bundle, at, count = fetch(path), 0, 0
        while at < len(bundle):
            length = int.from_bytes(bundle[at : at + 2], "big")
            need(at + 2 + length <= len(bundle), path + " is cut")
            entries.append(bundle[at + 2 : at + 2 + length])
            at, count = at + 2 + length, count + 1
        need(count == width, path + " has another number of entries")
    return entries


def check_tree(fetch, size, root):
    """All tiles and entries of a tree of that size; its leaf hashes."""
    leaves = below = read_level(fetch, 0, size)
    need(root_of(leaves) == root, "level 0 does not give the checkpoint's root")
    for leaf, entry in zip(leaves, read_entries(fetch, size)):
        need(leaf_hash(entry) == leaf, "an entry does not give its hash of level 0")
    level = 1
    while len(below) >= WIDTH:
        above = read_level(fetch, level, len(below) // WIDTH)
        for i, node in enumerate(above):
            tile = below[i * WIDTH : (i + 1) * WIDTH]
            need(root_of(tile) == node, "a level does not give the next")
        below, level = above, level + 1
    return leaves


class Log:
    """What is served at a URL, and what was."""

    def __init__(self, url):
        self.url = url
        self.served = {}

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read(), answer.headers

    def refuses(self, path):
        try:
            self.get(path)
        except urllib.error.HTTPError as error:
            return error.code == 404
        return False

    def checkpoint(self):
        body, headers = self.get("/checkpoint")
        need(headers["Content-Type"] == "text/plain; charset=utf-8", "the checkpoint's media type")
        need("immutable" not in headers["Cache-Control"], "a checkpoint may be kept too long")
        return body

    def tile(self, path):
        body, headers = self.get(path)
        need(headers["Content-Type"] == "application/octet-stream", path + ": media type")
        need("immutable" in headers["Cache-Control"], path + " may not be kept")
        need(self.served.setdefault(path, body) == body, path + " has changed")
        return body

    def proof(self, index):
        body, headers = self.get("/v1/entries/%d/proof" % index)
        need(headers["Content-Type"].startswith("text/plain"), "a tlog-proof's media type")
        return body


def check_proof(policy, proof, index, leaf):
    lines, separator, note = proof.partition(b"\n\n")
    need(separator, "a tlog-proof has a checkpoint")
    words = lines.decode().split("\n")
    need(words[0] == "c2sp.org/tlog-proof@v1", "a tlog-proof starts with its version")
    need(words[1] == "index %d" % index, "a tlog-proof names its index")
    size, root, _ = check_checkpoint(policy, note)
    path = [decode_base64(word) for word in words[2:]]
    need(root_from_proof(index, size, leaf, path) == root, "a tlog-proof does not give the root")


def follow(log, policy, count, min_size, deadline):
    """Verifies checkpoint after checkpoint, and all old tiles again at the end."""
    size, root, seen, entries = 0, None, [], []
    while len(seen) < count or size < min_size:
        need(time.monotonic() < deadline, "the log stood still at %d entries" % size)
        note = log.checkpoint()
        new_size, new_root, _ = check_checkpoint(policy, note)
        need(new_size >= size, "the log became shorter")
        if new_size == size:
            need(new_root == root, "two roots of one size")
            select.select([], [], [], 0.05)  # Asked again until there is more, or the deadline.
            continue
        leaves = check_tree(log.tile, new_size, new_root)
        need(size == 0 or root_of(leaves[:size]) == root, "the log is not the one it was")
        seen.append((note, new_size, new_root))
        size, root = new_size, new_root
    for path in list(log.served):
        log.tile(path)
    for _, old_size, old_root in seen:
        need(root_of(leaves[:old_size]) == old_root, "an old root is not in the new tree")
    for index in sorted({0, size // 2, size - 1}):
        check_proof(policy, log.proof(index), index, leaves[index])
    # No client may rely on more than a checkpoint covers; what is certain to be beyond is absent.
    for path in ("0/x999/000", "63/000", "64/000", "0/0", "entries/x999/000"):
        need(log.refuses("/tile/" + path), path + " is served")
    return seen


# --- The checks must be able to fail.


def fails(check, *arguments):
    try:
        check(*arguments)
    except Wrong:
        return True
    return False


def spoil(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def demand_failures(log, policy, newest, seed):
    note, size, root = newest
    rng = random.Random(seed)
    count = 0
    kinds = ((0, size), ("entries", size), (1, size // WIDTH))
    for path in [path for kind in kinds for path, _ in tile_names(*kind)][:40]:
        whole = log.served[path]
        places = [0, len(whole) - 1, rng.randrange(len(whole))]
        spoiled = [spoil(whole, at) for at in places] + [whole[:-1], whole + b"\0", whole[32:]]
        for body in spoiled:
            fetch = {**log.served, path: body}.__getitem__
            need(fails(check_tree, fetch, size, root), "a spoiled %s was not noticed" % path)
            count += 1
    text, separator, signatures = note.rpartition(b"\n\n")
    for at in range(len(text)):
        changed = spoil(text, at) + separator + signatures
        need(fails(check_checkpoint, policy, changed), "a spoiled checkpoint was not noticed")
        count += 1
    lines = signatures.splitlines(keepends=True)
    for i, line in enumerate(lines):
        name, blob = line.rsplit(b" ", 1)
        data = base64.b64decode(blob)
        # From the time or the signature on: a line of another key id says nothing.
        for at in (4, 11, 12, len(data) - 1, rng.randrange(4, len(data))):
            bad = name + b" " + base64.b64encode(spoil(data, at)) + b"\n"
            changed = text + separator + b"".join(lines[:i] + [bad] + lines[i + 1 :])
            need(fails(check_checkpoint, policy, changed), "a spoiled signature was not noticed")
            count += 1
    one_cosigner = text + separator + b"".join(lines[:2])
    need(fails(check_checkpoint, policy, one_cosigner), "one cosignature made the quorum")
    twice = text + separator + b"".join(lines[:1] + lines[1:2] * 4)
    need(fails(check_checkpoint, policy, twice), "one cosigner counted more than once")
    need(fails(check_checkpoint, policy, text + separator + b"".join(lines[1:])), "no log signed")
    return count + 3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--policy", required=True)
    parser.add_argument("--checkpoints", type=int, default=1)
    parser.add_argument("--min-size", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    try:
        with open(options.policy, encoding="utf-8") as file:
            policy = parse_policy(file.read())
        log = Log(options.url)
        deadline = time.monotonic() + options.seconds
        seen = follow(log, policy, options.checkpoints, options.min_size, deadline)
        counts = (len(seen), seen[-1][1], len(log.served))
        print("verified %d checkpoints, the last of %d entries, in %d resources" % counts)
        spoiled = demand_failures(log, policy, seen[-1], options.seed)
        print("noticed all of %d changes (seed %d)" % (spoiled, options.seed))
    except Wrong as wrong:
        print("WRONG: %s (seed %d)" % (wrong, options.seed))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
