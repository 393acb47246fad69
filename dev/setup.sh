#!/bin/sh
# Prepares everything the project needs on one machine, inside its own folder: .venv and dev/node_modules.
# `dev/setup.sh infra` also what only the checks of infra/ need: .venv-infra and tests/infra/tools/node_modules.
# Does nothing when nothing has changed since the last time.
set -eu
cd "$(dirname "$0")/.."

fail() {
    printf '%s\n' "$@" >&2
    exit 1
}

runs_313() {
    [ "$("$1" -c 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = 3.13 ]
}

# A python3.13 on the path may be a pyenv shim that refuses to run: only one that really runs counts.
find_python() {
    for name in python3.13 python3 python; do
        if runs_313 "$name"; then
            command -v "$name"
            return
        fi
    done
    if command -v pyenv >/dev/null 2>&1; then
        for candidate in $(ls -d "$(pyenv root)"/versions/3.13* 2>/dev/null | sort -V -r); do
            if runs_313 "$candidate/bin/python"; then
                echo "$candidate/bin/python"
                return
            fi
        done
    fi
    if command -v uv >/dev/null 2>&1; then
        candidate=$(uv python find 3.13 2>/dev/null || true)
        if [ -n "$candidate" ] && runs_313 "$candidate"; then
            echo "$candidate"
        fi
    fi
}

set_up_python() {
    wanted=$(cat requirements.txt requirements-dev.txt | cksum)
    if [ "$(cat .venv/.installed 2>/dev/null)" = "$wanted" ] && runs_313 .venv/bin/python; then
        return
    fi
    if ! runs_313 .venv/bin/python; then
        python=$(find_python)
        [ -n "$python" ] || fail "Python 3.13 is missing (with its venv module): no python3.13 that runs was found on" \
            "the PATH, under pyenv or through uv. Install it, for instance with: uv python install 3.13"
        "$python" -m venv --clear .venv
    fi
    echo "Installing the Python packages ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
    echo "$wanted" >.venv/.installed
}

set_up_node() {
    command -v node >/dev/null 2>&1 || fail "Node 20 or newer is missing."
    command -v npm >/dev/null 2>&1 || fail "npm, which comes with Node, is missing."
    major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
    [ "$major" -ge 20 ] || fail "Node 20 or newer is needed; this one is $(node --version)."
    wanted=$(cksum <dev/package-lock.json)
    if [ "$(cat dev/node_modules/.installed 2>/dev/null)" = "$wanted" ]; then
        return
    fi
    echo "Installing Azurite ..."
    (cd dev && npm ci --loglevel=error --no-progress)
    echo "$wanted" >dev/node_modules/.installed
}

set_up_infra_checks() {
    tools=tests/infra/tools
    wanted=$(cat $tools/requirements.txt $tools/package-lock.json | cksum)
    if [ "$(cat .venv-infra/.installed 2>/dev/null)" = "$wanted" ] && runs_313 .venv-infra/bin/python; then
        return
    fi
    echo "Installing what checks infra/ (0.4 GB, once) ..."
    .venv/bin/python -m venv --clear .venv-infra
    .venv-infra/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile -r $tools/requirements.txt
    (cd $tools && npm ci --loglevel=error --no-progress)
    echo "$wanted" >.venv-infra/.installed
}

set_up_python
set_up_node
if [ "${1:-}" = infra ]; then
    set_up_infra_checks
fi
