#!/bin/sh
# Brings Debian's headless Chromium, its driver and a Japanese font into build/browser, without root and
# without installing anything: some 115 MB. Does nothing where it is there already.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
target=${1:-"$root/build/browser"}
browser="$target/usr/bin/chromium-headless-shell"
if [ -x "$browser" ] && [ -x "$target/usr/bin/chromedriver" ]; then
    echo "$target/usr/bin"
    exit 0
fi
for needed in apt-get dpkg; do
    if ! command -v "$needed" >/dev/null 2>&1; then
        echo "browser.sh: $needed not found: this needs Debian or Ubuntu." >&2
        echo "hint: install chromium-headless-shell and chromedriver by other means, on the PATH" >&2
        exit 1
    fi
done

# Package lists of our own: the system's may be missing or old, and updating those would need root.
lists="$target/lists"
work="$target/fetched"
mkdir -p "$lists/partial" "$target/cache/archives/partial" "$work"
own="-o Dir::State::lists=$lists -o Dir::Cache=$target/cache"
# The driver depends on the whole browser, with its toolkit; it drives the small one as well.
if ! apt-get $own update >&2 ||
    ! missing=$(apt-get $own --yes --no-install-recommends --print-uris \
        install chromium-headless-shell fonts-ipafont-gothic | sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p") ||
    ! (cd "$work" && apt-get $own download chromium-driver $missing >&2); then
    echo "browser.sh: chromium could not be downloaded" >&2
    echo "hint: see that the package servers of apt-get can be reached" >&2
    exit 1
fi
for package in "$work"/*.deb; do
    dpkg -x "$package" "$target"
done
rm -rf "$work" "$target/cache" "$lists"

echo "$target/usr/bin"
