#!/bin/bash
# Runs the commands of docs/curl.md as they stand there. Usage: API=URL KEY=FILE curl_submit.sh DOC
# in the folder that gets the files.
set -euo pipefail
block=$(awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$1")
[ -n "$block" ] || { echo "no commands in $1" >&2; exit 1; }
eval "$block"
