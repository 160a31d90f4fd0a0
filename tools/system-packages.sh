#!/bin/sh
# Debian packages that the tests and benchmarks use. Nothing here is needed to run Trasluz itself.
set -u
need=""
[ -e /usr/share/datasets/fashion-mnist ] || need="$need dataset-fashion-mnist"
# The tests of the studio open its page in a real browser; letters of a font that the system lacks are empty boxes there.
command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 ||
    command -v google-chrome >/dev/null 2>&1 || need="$need chromium"
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || need="$need fonts-dejavu-core"
[ -z "$need" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$need"
    apt-get update -qq >/dev/null 2>&1
    left=""
    # One by one: a system that lacks one of them still gets the others.
    for package in $need; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
            left="$left $package"
    done
    need="$left"
    [ -z "$need" ] && exit 0
fi
echo "Optional, for tests and benchmarks, and not installed. As root: apt-get install$need"
exit 0
