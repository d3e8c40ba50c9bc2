#!/usr/bin/env python3
"""libconsentree_verify.so and consentree-verify from outside: what they link, what they export, the
C functions through ctypes on the golden vectors, and a C program against the installed package."""

import argparse
import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

VERIFIED, FAILED, UNDECIDABLE = 0, 7, 8
MAY_LINK = re.compile(r"lib(crypto|sodium|stdc\+\+|gcc_s|c|m)\.so\.\d+|ld-linux.*\.so\.\d+")
OPTIONS = None


def vector(name):
    with open(f"tests/vectors/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def golden():
    """(kind, text, trust file, sentences) of each golden file."""
    for kind, name in (("receipt", "receipt"), ("evidence", "evidence-1"), ("fork", "fork-1")):
        made = vector(name)
        yield kind, made[kind], made["trust"], made["proven"]


class Library:
    def __init__(self, path):
        self.c = ctypes.CDLL(path)
        self.c.consentree_verify.restype = ctypes.c_void_p
        self.c.consentree_verify.argtypes = [ctypes.c_char_p, ctypes.c_size_t] * 2
        self.c.consentree_report_free.restype = None
        self.c.consentree_report_free.argtypes = [ctypes.c_void_p]
        self.c.consentree_report_standing.argtypes = [ctypes.c_void_p]
        for text in ("kind", "reason", "text", "json"):
            function = getattr(self.c, f"consentree_report_{text}")
            function.restype, function.argtypes = ctypes.c_char_p, [ctypes.c_void_p]

    def verify(self, file, trust):
        report = self.c.consentree_verify(file, len(file), trust, len(trust))
        try:
            return (self.c.consentree_report_standing(report),
                    json.loads(self.c.consentree_report_json(report)))
        finally:
            self.c.consentree_report_free(report)


class Tests(unittest.TestCase):
    def test_links_hashing_and_ed25519_only(self):
        for path in (OPTIONS.shared_object, OPTIONS.program):
            said = subprocess.run(["readelf", "-d", path], check=True, capture_output=True,
                                  text=True).stdout
            needed = re.findall(r"\(NEEDED\).*\[(.*)\]", said)
            self.assertIn("libsodium.so.23", needed)
            self.assertEqual([name for name in needed if not MAY_LINK.fullmatch(name)], [], path)

    def test_exports_the_c_functions_only(self):
        said = subprocess.run(["nm", "-D", "--defined-only", OPTIONS.shared_object], check=True,
                              capture_output=True, text=True).stdout
        names = {line.split()[-1] for line in said.splitlines()}
        with open("verifier/consentree_verify.h", encoding="utf-8") as header:
            declared = set(re.findall(r"\b(consentree_\w+)\(", header.read()))
        self.assertEqual(names, declared)

    def test_golden_files_verify_from_python(self):
        library = Library(OPTIONS.shared_object)
        for kind, text, trust, proven in golden():
            standing, report = library.verify(text.encode(), trust.encode())
            self.assertEqual(standing, VERIFIED, report)
            self.assertEqual(report["kind"], kind)
            self.assertEqual(report["proven"][:len(proven)], proven)
            self.assertTrue(report["not_checked"])

    def test_no_flipped_byte_verifies(self):
        library = Library(OPTIONS.shared_object)
        for kind, text, trust, _ in golden():
            for at in range(0, len(text), 29):
                changed = bytearray(text.encode())
                changed[at] ^= 1
                standing, _ = library.verify(bytes(changed), trust.encode())
                self.assertIn(standing, (FAILED, UNDECIDABLE), f"{kind}, byte {at}")
            self.assertEqual(library.verify(text.encode(), b"")[0], UNDECIDABLE)

    def test_program_ends_as_the_manual_says(self):
        _, text, trust, proven = next(golden())
        with tempfile.TemporaryDirectory() as folder:
            def write(name, content):
                path = os.path.join(folder, name)
                with open(path, "w", encoding="utf-8") as file:
                    file.write(content)
                return path

            def run(*words):
                return subprocess.run([OPTIONS.program, *words], capture_output=True, text=True,
                                      check=False)
            file, policy = write("receipt.json", text), write("trust.policy", trust)
            bad = write("bad.json", text.replace("A", "B", 1))
            good = run(file, "--trust", policy)
            self.assertEqual(good.returncode, 0, good.stderr)
            for sentence in proven:
                self.assertIn(sentence, good.stdout)
            failed = run(bad, "--trust", policy)
            self.assertEqual((failed.returncode, failed.stdout), (FAILED, ""))
            self.assertIn("verification FAILED", failed.stderr)
            as_json = run(file, "--trust", policy, "-o", "json")
            self.assertEqual(json.loads(as_json.stdout)["result"], "verified")
            self.assertEqual(run(file).returncode, UNDECIDABLE)
            self.assertEqual(run(file, "--trust", file + "x").returncode, UNDECIDABLE)
            self.assertEqual(run(file + "x", "--trust", policy).returncode, 5)
            for words in ((), ("--trust",), (file, file), (file, "--bad"), (file, "-o", "xml")):
                self.assertEqual(run(*words).returncode, 2, words)
            self.assertEqual(run("--help").returncode, 0)

    def test_c_program_against_the_installed_package(self):
        _, text, trust, _ = next(golden())
        with tempfile.TemporaryDirectory() as folder:
            def run(*words):
                done = subprocess.run(words, capture_output=True, text=True, check=False,
                                      cwd=folder)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                return done.stdout
            run("cmake", "--install", OPTIONS.build, "--component", "verify", "--prefix", "prefix")
            run("cmake", "-S", os.path.abspath("examples/verify"), "-B", "built",
                f"-DCMAKE_PREFIX_PATH={folder}/prefix", "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror")
            run("cmake", "--build", "built")
            for name, content in (("file", text), ("trust", trust), ("bad", text[:-9] + text[-8:])):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(content)
            self.assertIn("✓ verified", run("built/verify", "file", "trust"))
            bad = subprocess.run(["built/verify", "bad", "trust"], cwd=folder, check=False,
                                 capture_output=True)
            self.assertEqual(bad.returncode, FAILED)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("shared-object", "program", "build"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath)
    OPTIONS, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
