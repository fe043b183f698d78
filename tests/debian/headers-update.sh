#!/bin/sh
# headers-update.sh: takes over the headers of the newest linux-libc-dev that
# Debian ships, regenerates all code and prints what changed in the ABI.
# "uringgen check" then names what needs a decision. Exit: 0 done, or nothing
# newer; anything else: failed.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "$here/../.."
package=linux-libc-dev

source=$("$here/fetch.sh" -u "$package" newest)
newest=$(cat "$source/version")
pinned=$(sed -n "s/^package $package //p" headers/MANIFEST)
if [ -n "$pinned" ] && dpkg --compare-versions "$newest" lt "$pinned"; then
	echo "headers-update.sh: NOTE: the newest $package in the archive is $newest, older than $pinned, which is here: nothing to do" >&2
	exit 0
fi

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
cp -r headers/uapi "$tmp/old"
go build -o "$tmp/uringgen" ./cmd/uringgen
"$tmp/uringgen" headers import --package "$package $newest" "$source"

echo
echo "ABI: $package ${pinned:-unknown} -> $newest"
code=0
"$tmp/uringgen" diff "$tmp/old" headers/uapi || code=$?
# 4 and 5 say that a change needs a look: that is what this prints it for.
case $code in 0 | 4 | 5) ;; *) exit "$code" ;; esac

echo
go generate ./...
