#!/bin/sh
# Brings Debian's Prometheus and Alertmanager (with promtool and amtool) into build/tools, without
# root and without installing anything. Does nothing for a tool that is there already.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:-"$root/build/tools"}

for needed in apt-get dpkg; do
    if ! command -v "$needed" >/dev/null 2>&1; then
        echo "fetch.sh: $needed not found: this needs Debian or Ubuntu." >&2
        echo "hint: install Prometheus and Alertmanager by other means and put promtool on the PATH" >&2
        exit 1
    fi
done

# Package lists of our own, where the system's are missing or old: updating those would need root.
bring() {
    apt-get download "$1" >/dev/null 2>&1 && return
    lists="$target/lists"
    mkdir -p "$lists/partial" "$target/cache/archives/partial"
    own="-o Dir::State::lists=$lists -o Dir::Cache=$target/cache"
    apt-get $own update >&2 && apt-get $own download "$1" >&2
}

mkdir -p "$target"
for pair in prometheus:promtool prometheus-alertmanager:amtool; do
    package=${pair%%:*}
    tool=${pair##*:}
    if [ -x "$target/usr/bin/$tool" ]; then
        continue
    fi
    work=$(mktemp -d "$target/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    if ! (cd "$work" && bring "$package"); then
        echo "fetch.sh: $package could not be downloaded" >&2
        echo "hint: see that the package servers of apt-get can be reached" >&2
        exit 1
    fi
    dpkg -x "$work"/*.deb "$target"
    rm -rf "$work"
done

# Debian's Alertmanager reads templates from /usr/share, where nothing is without root. In this copy the
# path, of the same length, leads to the folder it is started in, which has to be the one unpacked here:
#   cd build/tools/usr/share/prometheus/alertmanager
alertmanager="$target/usr/bin/prometheus-alertmanager"
shared=/usr/share/prometheus/alertmanager
if [ ! -e "$shared" ] && grep -q "$shared" "$alertmanager"; then
    here=.$(printf '%s' "${shared#?}" | sed 's#.#/#g')
    LC_ALL=C sed "s#$shared#$here#g" "$alertmanager" > "$alertmanager.new"
    chmod +x "$alertmanager.new"
    mv "$alertmanager.new" "$alertmanager"
fi

echo "$target/usr/bin"
