# shellcheck shell=bash
# What ./demo and ./check share: the Debian packages, and the release build. Source it with the
# repository root as the working directory. Nothing here asks a question.

packages_build=(
    build-essential cmake ninja-build ccache pkg-config
    libboost1.81-dev librocksdb-dev libsodium-dev libssl-dev libjemalloc-dev
    nlohmann-json3-dev libcli11-dev libtomlplusplus-dev libspdlog-dev prometheus-cpp-dev catch2
)
packages_check=(
    clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev
    git shellcheck python3 curl jq openssl ca-certificates
)

setup_failed() {
    printf '%s\n' "$@" >&2
    return 1
}

# ensure_packages build|check: installs what is missing. With nothing missing it needs no network.
ensure_packages() {
    local wanted=("${packages_build[@]}") missing=() package
    if [[ "${1:-build}" == check ]]; then wanted+=("${packages_check[@]}"); fi
    if ! command -v dpkg-query >/dev/null; then
        printf 'Not Debian: these are taken to be installed: %s\n' "${wanted[*]}" >&2
        return 0
    fi
    for package in "${wanted[@]}"; do
        # shellcheck disable=SC2016  # dpkg-query's own variable.
        if ! dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed
        then
            missing+=("$package")
        fi
    done
    if [[ ${#missing[@]} -eq 0 ]]; then return 0; fi
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
    if [[ $EUID -ne 0 ]]; then
        if ! command -v sudo >/dev/null; then
            setup_failed "Packages are missing, and there is neither root nor sudo. As root:" \
                "  apt-get install --no-install-recommends ${missing[*]}"
            return 1
        fi
        apt=(sudo "${apt[@]}")
    fi
    printf 'Installing %d packages: %s\n' "${#missing[@]}" "${missing[*]}" >&2
    local log
    log=$(mktemp)
    if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1 </dev/null
    then
        tail -n 20 "$log" >&2
        setup_failed "apt-get failed; its whole output is in $log."
        return 1
    fi
    rm -f "$log"
}

# One line that counts up on a terminal; otherwise a line at each quarter.
show_ninja_progress() {
    local line percent last=-1 quarter
    while IFS= read -r line; do
        [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
        percent=$((100 * BASH_REMATCH[1] / BASH_REMATCH[2]))
        if [[ -t 2 ]]; then
            printf '\r  building %3d %%  (%s of %s)   ' \
                "$percent" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2
        else
            quarter=$((percent / 25))
            if ((quarter > last && BASH_REMATCH[2] > 4)); then
                printf '  building %d %%\n' "$percent" >&2
            fi
            last=$((quarter > last ? quarter : last))
        fi
    done
    if [[ -t 2 ]]; then printf '\r\033[K' >&2; fi
}

# build_preset PRESET [TARGET...]: configures once, then builds in build/PRESET. On a failure it
# shows the end of the log, which stays in build/PRESET.log.
build_preset() {
    local preset=$1 log=build/$1.log arguments=()
    shift
    if [[ $# -gt 0 ]]; then arguments=(--target "$@"); fi
    mkdir -p build
    : >"$log"
    if [[ ! -f build/$preset/build.ninja ]] && ! cmake --preset "$preset" >>"$log" 2>&1; then
        tail -n 30 "$log" >&2
        setup_failed "Configuring failed (cmake --preset $preset); the whole output is in $log."
        return 1
    fi
    local jobs
    jobs=$(nproc)
    if ! (set -o pipefail
        cmake --build "build/$preset" -j "$jobs" "${arguments[@]}" 2>&1 | tee -a "$log" |
            show_ninja_progress)
    then
        grep -E -A 12 'error|FAILED' "$log" | head -n 60 >&2
        setup_failed "The build failed; its whole output is in $log."
        return 1
    fi
}

# configure_and_build TARGET...: the release build, build/release.
configure_and_build() {
    build_preset release "$@"
}
