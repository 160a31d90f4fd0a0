#!/bin/sh
# Debian packages that the tests and benchmarks use. Nothing here is needed to run Trasluz itself.
set -u
need=""
[ -e /usr/share/datasets/fashion-mnist ] || need="$need dataset-fashion-mnist"
[ -z "$need" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing$need"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $need; } >/dev/null 2>&1 && exit 0
fi
echo "Optional: the fashion-mnist data are not installed. As root: apt-get install$need (or give a folder with the four IDX files)."
exit 0
