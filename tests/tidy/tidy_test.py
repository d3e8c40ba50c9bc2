#!/usr/bin/env python3
"""What a compiler does not see: layers, sizes, orphans, words. Run from anywhere; prints each
finding as path:line: reason, and exits with 1 if there is one."""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAYERS = ["common", "ledger", "consensus", "storage", "audit", "verifier", "client", "node"]

# ARCHITECTURE.md, "Layers". The composition roots and the tests may include everything.
MAY_INCLUDE = {
    "common": ["common/"],
    "ledger": ["common/", "ledger/"],
    "consensus": ["common/", "consensus/"],
    "storage": ["common/", "ledger/", "storage/"],
    "audit": ["common/", "ledger/", "consensus/", "storage/", "audit/"],
    "verifier": ["common/", "ledger/", "verifier/"],
    "client": ["common/", "ledger/", "verifier/", "client/", "consensus/messages.h",
               "consensus/validator_set.h", "audit/report.h"],
    "node": ["common/", "ledger/", "consensus/", "storage/", "node/", "client/api"],
}
COMPOSITION_ROOTS = ("node/main.cpp", "bench/", "tests/", "docs/", "examples/")

# Third-party headers: (prefix, the paths that may include it).
THIRD_PARTY = [
    ("rocksdb/", ["storage/rocks_files.cpp", "storage/rocks_store.cpp"]),
    ("nlohmann/", ["ledger/*.cpp", "ledger/proof_json.h", "verifier/*.cpp", "client/", "node/",
                   "bench/"]),
    ("boost/asio", ["client/", "node/", "bench/"]),
    ("boost/beast", ["client/", "node/", "bench/"]),
    ("boost/system", ["common/", "client/", "node/", "bench/"]),
    ("sodium", ["common/*.cpp", "storage/vote_record.cpp", "node/*.cpp"]),
    ("openssl/", ["common/*.cpp", "client/*.cpp", "node/"]),
    ("CLI/", ["client/cli/", "node/main.cpp", "bench/"]),
    ("toml++/", ["client/*.cpp", "node/*.cpp"]),
    ("spdlog/", ["node/"]),
    ("prometheus/", ["node/"]),
]
# What the verifier links of the ledger: the sources in PROOF_LIST. They and the verifier include
# no header of the ledger whose functions are defined elsewhere, but for PROOF_MAY_ALSO, of which
# state_names.cpp and verdict_codes.cpp define what they use.
PROOF_LIST = "ledger/proof.cmake"
PROOF_MAY_ALSO = ["ledger/genesis.h", "ledger/state.h", "ledger/verdict.h"]
# Threads and clocks stay out of the layers whose behaviour must not depend on them. The stores
# are the exception, since several threads use one, and the map's tree: readers drop its versions.
THREADS = ["mutex", "shared_mutex", "atomic", "thread", "condition_variable", "future",
           "semaphore", "latch", "barrier", "stop_token"]
MAY_USE_THREADS = ("audit/", "node/", "client/", "bench/", "tests/", "storage/memory_store.",
                   "storage/rocks_store.", "ledger/patricia_tree.")
CORE_NEVER = THREADS + ["chrono", "ctime", "random", "fstream", "filesystem", "iostream"]

# What depends on the locale, the time zone, a clock, or rounding has no place where all nodes must
# agree to the byte.
DETERMINISTIC = ("common/", "ledger/", "consensus/")
VARIES = re.compile(
    r"\b(setlocale|localeconv|localtime|localtime_r|gmtime|gmtime_r|mktime|timegm|strftime|strptime"
    r"|tzset|strto[dfl]|strtold|sto[dfil]|stold|ato[fil]|tolower|toupper|isalpha|isdigit|isspace"
    r"|isalnum|isxdigit|isupper|islower|ispunct|getenv)\s*\(|\bstd::locale\b"
    r"|<(locale|sstream|ctime)>|\b(random_device|system_clock|steady_clock|float|double)\b")

FILE_LINES, FUNCTION_LINES, COLUMNS = 500, 70, 100
SLEEP = re.compile(r"sleep_for|sleep_until|\busleep\b|nanosleep|time\.sleep|^\s*sleep\s+[0-9]")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|not implemented|for now)\b")
MACHINE_PATH = re.compile(r"(^|[\s\"'=(:])/(wor[k]|home|root)/")

findings = []


def report(path, line, reason):
    findings.append(f"{path}:{line}: {reason}")


def project_files():
    """Everything that is or would be committed."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others",
                             "--exclude-standard"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, _, entries in os.walk(ROOT) for name in entries]
        names = [name for name in names if not name.startswith(("build/", ".git/"))]
    return sorted(name for name in set(names) if os.path.isfile(os.path.join(ROOT, name)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def matches(path, patterns):
    for pattern in patterns:
        folder, star, ending = pattern.partition("*")
        if path.startswith(folder) and (not star or path.endswith(ending)):
            return True
    return False


def blank(match):
    """Spaces for everything but line ends, so that places stay the same."""
    return re.sub(r"[^\n]", " ", match.group(0))


LITERAL = re.compile(r'R"(?P<tag>[^()\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"'
                     r"|'(?:\\.|[^'\\\n]){1,4}'|//[^\n]*|/\*.*?\*/", re.S)


def code_only(text):
    """Comments, strings and characters blanked; a digit separator is no character."""
    text = re.sub(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])", "0", text)
    return LITERAL.sub(blank, text)


def check_includes(path, text):
    layer = path.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^">]+)[">]', line)
        if not found:
            continue
        header = found.group(2)
        is_ours = header.split("/")[0] in LAYERS + ["bench", "tests"] and "/" in header
        base = ROOT
        if path.startswith("tests/") and "/" not in header:  # A fixture beside its test.
            base = os.path.join(ROOT, os.path.dirname(path))
        if found.group(1) == '"' and not os.path.isfile(os.path.join(base, header)):
            report(path, number, f"{header} is not a path from the repository root")
        if path.startswith(COMPOSITION_ROOTS) or layer not in LAYERS:
            continue
        if is_ours and not header.startswith(tuple(MAY_INCLUDE[layer])):
            report(path, number, f"{layer} may not include {header}")
        for prefix, users in THIRD_PARTY:
            if header.startswith(prefix) and not matches(path, users):
                report(path, number, f"{header} may be included by {', '.join(users)} only")
        if header in THREADS and not path.startswith(MAY_USE_THREADS):
            report(path, number, f"<{header}> belongs to audit, node, client and bench")
        if layer == "consensus" and header in CORE_NEVER:
            report(path, number, f"the core may not use <{header}>")


def check_proof_includes(path, text, proof_names):
    """Headers without a source file of their own define nothing that could be linked."""
    name = os.path.basename(path).rsplit(".", 1)[0]
    if not path.startswith("verifier/") and name not in proof_names:
        return
    for number, line in enumerate(text.splitlines(), 1):
        found = re.match(r'\s*#\s*include\s*"(ledger/(\w+)\.h)"', line)
        if not found or found.group(2) in proof_names or found.group(1) in PROOF_MAY_ALSO:
            continue
        if os.path.isfile(os.path.join(ROOT, "ledger", found.group(2) + ".cpp")):
            report(path, number, f"{found.group(1)} is not in {PROOF_LIST}: verifiers do without")


def functions(code):
    """(line of its first word, line of its closing brace) of each function in this code."""
    open_braces, words, line, first_line = [], [], 1, None
    for character in code:
        if character == "\n":
            line += 1
        if character in "{};":
            header = "".join(words).strip()
            if character == "{":
                is_scope = re.search(r"\b(namespace|class|struct|union|enum|extern)\b[^()=]*$",
                                     header)
                is_outside = all(kind == "scope" for kind, _ in open_braces)
                kind = "scope" if is_scope else "block"
                # A test may be a long table.
                is_test = header.startswith("TEST_CASE")
                if is_outside and not is_scope and ")" in header and not is_test:
                    kind = "function"
                open_braces.append((kind, first_line or line))
            elif character == "}" and open_braces:
                kind, begun = open_braces.pop()
                if kind == "function":
                    yield begun, line
            words, first_line = [], None
        else:
            words.append(character)
            if first_line is None and not character.isspace():
                first_line = line


def check_sizes(path, text):
    lines = text.splitlines()
    if len(lines) > FILE_LINES:
        report(path, FILE_LINES, f"{len(lines)} lines; {FILE_LINES} is the limit")
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS and not path.endswith((".cmake", "CMakeLists.txt")):
            report(path, number, f"{len(line)} columns; {COLUMNS} is the limit")
    if path.endswith((".cpp", ".h")):
        for first, last in functions(code_only(text)):
            if last - first + 1 > FUNCTION_LINES:
                report(path, first, f"a function of {last - first + 1} lines; "
                                    f"{FUNCTION_LINES} is the limit")


def check_words(path, text):
    is_test = path.startswith("tests/")
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            report(path, number, "a path of one machine")
        if path.endswith((".md", ".json", ".html")):
            continue
        if UNFINISHED.search(line):
            report(path, number, "sounds unfinished")
        if is_test and SLEEP.search(line):
            report(path, number, "a sleep; wait for the condition")


def check_deterministic(path, text):
    for number, line in enumerate(code_only(text).splitlines(), 1):
        found = VARIES.search(line)
        if found:
            report(path, number, f"{found.group(0).strip('( ')}: not the same on every machine")


def check_header(path, text):
    lines = text.splitlines()
    if "#pragma once" not in lines:
        report(path, 1, "no #pragma once")
    if not lines or not lines[0].startswith(("//", "/*")):
        report(path, 1, "does not say what it is")


def check_orphans(files):
    """Every source file stands in a CMake list, as a path from it or from a folder above it."""
    listed = set()
    for path in files:
        if not path.endswith(("CMakeLists.txt", ".cmake")):
            continue
        folder = os.path.dirname(path)
        for word in re.findall(r"[^\s()\"]+\.cpp\b", read(path)):
            word = re.sub(r"^\$\{[A-Z_]*DIR\}/", "", word)
            for base in (folder, ""):
                listed.add(os.path.normpath(os.path.join(base, word)))
    for path in files:
        if path.endswith(".cpp") and path not in listed:
            report(path, 1, "stands in no CMake list")


def main():
    files = project_files()
    proof_names = set(re.findall(r"(\w+)\.cpp", read(PROOF_LIST)))
    this_file = os.path.relpath(os.path.abspath(__file__), ROOT)
    for path in files:
        is_code = path.endswith((".cpp", ".h", ".py", ".sh", ".cmake", "CMakeLists.txt")) or \
            path in ("check", "demo", ".ci/run")
        if not is_code and not path.endswith((".md", ".json", ".html", ".toml")):
            continue
        text = read(path)
        if path != this_file:
            check_words(path, text)
        if is_code:
            check_sizes(path, text)
        if path.endswith((".cpp", ".h")):
            check_includes(path, text)
            if path.startswith(DETERMINISTIC):
                check_deterministic(path, text)
            if path.startswith(("ledger/", "verifier/")):
                check_proof_includes(path, text, proof_names)
        if path.endswith(".h"):
            check_header(path, text)
    check_orphans(files)
    print("\n".join(findings))
    print(f"tidy: {len(files)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
