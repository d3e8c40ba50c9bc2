#!/usr/bin/env bash
# run.sh BUILD [TARGET...]: fuzzes each target (all, if none is named) for FUZZ_SECONDS (20), as
# many at a time as there are cores. Prints one line a target; see README.md for longer runs.
# Exits with 1 if one failed.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
build=${1:?"which build folder? e.g. build/asan"}
shift
seconds=${FUZZ_SECONDS:-20}
if [[ $# -eq 0 ]]; then
    mapfile -t targets < <(find "$build/tests/fuzz" -maxdepth 1 -name 'fuzz_*' -type f -perm -u+x \
        -printf '%f\n' | sed 's/^fuzz_//' | sort)
else
    targets=("$@")
fi
if [[ ${#targets[@]} -eq 0 ]]; then
    printf 'FAILED   fuzz: there are no targets in %s/tests/fuzz\n' "$build"
    exit 1
fi

# The corpus grows in the build folder; the seeds in tests/fuzz/seeds are read, never changed.
fuzz_one() {
    local name=$1 folder=$build-corpus/$1 log=$build-$1.log begun=$SECONDS seeds=()
    mkdir -p "$folder"
    if [[ -d tests/fuzz/seeds/$name ]]; then seeds=("tests/fuzz/seeds/$name"); fi
    if "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 \
        -max_len=70000 -len_control=20 -print_final_stats=1 -artifact_prefix="$build-$name-" \
        "$folder" "${seeds[@]}" >"$log" 2>&1
    then
        printf 'passed   %-28s %6d.0 s  (%s runs)\n' "fuzz $name" $((SECONDS - begun)) \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
        return 0
    fi
    printf 'FAILED   %-28s %6d.0 s\n' "fuzz $name" $((SECONDS - begun))
    grep -E 'ERROR|SUMMARY|Assertion|assertion|Test unit written|artifact' "$log" | head -n 12 |
        sed 's/^/    /'
    printf '    The whole output is in %s.\n' "$log"
    return 1
}

status=0
running=0
for target in "${targets[@]}"; do
    if ((running >= $(nproc))); then
        wait -n || status=1
        running=$((running - 1))
    fi
    fuzz_one "$target" &
    running=$((running + 1))
done
while ((running > 0)); do
    wait -n || status=1
    running=$((running - 1))
done
exit "$status"
