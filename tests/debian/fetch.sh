#!/bin/sh
# fetch.sh [-u] [-a ARCH] PACKAGE SERIES
#
# Unpacks a Debian package into .cache/debian/PACKAGE-SERIES at the top of the
# repository and prints that folder. SERIES is "newest" or the start of an
# upstream version: 6.12, 7.3. The folder holds the package's files and one
# named "version" with the exact version.
#
# A "%" in PACKAGE stands for a release that is part of the name, as kernels
# have it: linux-image-%-cloud-amd64 7.3 finds linux-image-7.3.4+deb13-cloud-amd64
# and unpacks it into linux-image-cloud-amd64-7.3.
#
#   -u   ask the archive now; without it what is cached is good enough: a
#        series that was unpacked once, or package indexes of the last day
#   -a   Debian's name of the architecture; amd64 unless given
#
# Needs apt and dpkg, and no root: apt works on a state of its own below
# .cache/debian/apt and checks signatures against Debian's keyring. The mirror
# is that of the machine's own Debian sources, or DEBIAN_MIRROR.
#
# Exit: 0 unpacked; 1 failed; 2 usage; 3 the archive has no such series now.
set -eu

say() { echo "fetch.sh: $*" >&2; }
die() { say "$*"; exit 1; }
usage() { say "usage: fetch.sh [-u] [-a ARCH] PACKAGE SERIES|newest"; exit 2; }

fresh='' arch=amd64
while getopts ua: opt; do
	case $opt in
	u) fresh=1 ;;
	a) arch=$OPTARG ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
if [ $# -ne 2 ] || [ -z "$1" ] || [ -z "$2" ]; then usage; fi
template=$1 series=$2
package=$(echo "$template" | sed 's/%-//')

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=$(dirname -- "$(dirname -- "$here")")/.cache/debian
state=$cache/apt/$arch

# Suites by role, so that no release's name goes stale here.
roles="oldoldstable oldstable oldstable-backports stable stable-backports unstable"

for tool in apt-get apt-cache dpkg dpkg-deb flock; do
	command -v "$tool" >/dev/null || die "$tool is missing: this needs a Debian system (apt, dpkg, util-linux)"
done

have() { [ -s "$cache/$package-$1/version" ]; }
if [ -z "$fresh" ] && [ "$series" != newest ] && have "$series"; then
	echo "$cache/$package-$series"
	exit 0
fi

mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/etc/preferences.d"
exec 9>"$state/lock"
flock 9

keyring() {
	for k in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/debian-archive-keyring.pgp; do
		[ -s "$k" ] && { echo "$k"; return; }
	done
	die "no Debian keyring below /usr/share/keyrings: install debian-archive-keyring"
}

# The first archive of this machine's own sources whose path ends in /debian.
mirror() {
	m=${DEBIAN_MIRROR:-$(apt-get indextargets --format "\$(REPO_URI)" | grep -m1 '/debian/*$' || :)}
	[ -n "$m" ] || die "no Debian mirror in this machine's apt sources: set DEBIAN_MIRROR to its URL"
	echo "$m"
}

# What the host has configured stays in force (a proxy, say), but for its
# hooks; all files are ours.
cat >"$state/etc/apt.conf" <<END
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc "$state/etc";
Dir::Etc::sourceparts "/dev/null";
Dir::State "$state";
Dir::State::Lists "$state/lists";
Dir::State::status "/dev/null";
Dir::Cache "$state/cache";
APT::Sandbox::User "";
APT::Architecture "$arch";
APT::Architectures "$arch";
APT::Get::List-Cleanup "false";
APT::Update::Error-Mode "any";
Acquire::AllowReleaseInfoChange "true";
Acquire::Languages "none";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
END

# run_apt TOOL SOURCES ARGUMENT...
run_apt() {
	tool=$1 sources=$2
	shift 2
	"$tool" -c "$state/etc/apt.conf" -o Dir::Etc::sourcelist="$sources" "$@"
}

key=$(keyring)
from=$(mirror)

# update SUITE OPTION...: one suite on its own, since a mirror in the middle of
# a sync can fail for one and serve the others. Fails if nothing is cached.
# Patience is for the first suite that fails: if waiting did not help that one,
# it will not help the others. A file tells, since subshells call this.
rm -f "$state/impatient"
update() {
	suite=$1 stamp=$state/etc/$1.updated list=$state/etc/$1.list
	shift
	echo "deb [arch=$arch signed-by=$key] $from $suite main" >"$list"
	if [ -z "$fresh" ] && [ -n "$(find "$stamp" -mmin -1440 2>/dev/null)" ]; then
		return 0
	fi
	pauses="2 10 0" retries=2
	[ ! -e "$state/impatient" ] || pauses=0 retries=0
	for pause in $pauses; do
		if run_apt apt-get "$list" -qq -o Acquire::Retries="$retries" "$@" update >"$state/update.log" 2>&1; then
			: >"$stamp"
			return 0
		fi
		[ "$pause" = 0 ] || sleep "$pause"
	done
	: >"$state/impatient"
	sed 's/^/    /' "$state/update.log" >&2
	if [ -e "$stamp" ]; then
		say "NOTE: cannot update $suite; going on with its index of $(date -r "$stamp" +%F)"
	else
		say "NOTE: cannot update $suite, and no index of it is cached; going on without it"
		return 1
	fi
}

# The name of the suite that has a role now, from the signed release file: the
# indexes are taken under that name, which mirrors' caches keep fresher than
# the roles' own paths.
codename() {
	# A mirror's cache may serve the role's own path from before; the name in a
	# signed file does not expire.
	update "$1" -o Acquire::IndexTargets::deb::Packages::DefaultEnabled=false \
		-o Acquire::Check-Valid-Until=false || return 1
	sed -n 's/^Codename: *//p' "$state"/lists/*_dists_"$1"_InRelease | head -n 1
}

all=$state/etc/all.list
: >"$all.new"
lost=
for role in $roles; do
	if name=$(codename "$role") && [ -n "$name" ] && update "$name"; then
		cat "$state/etc/$name.list" >>"$all.new"
	else
		lost="$lost $role"
	fi
done
[ -s "$all.new" ] || die "no index of any suite: is the mirror $from reachable?"
mv "$all.new" "$all"

series_of() { echo "$1" | sed 's/^[0-9]*://; s/^\([0-9]*\.[0-9]*\).*/\1/'; }

# names: the packages that the template stands for, one a line.
names() {
	case $template in
	*%*)
		prefix=${template%%%*} suffix=${template#*%}
		run_apt apt-cache "$all" pkgnames "$prefix" | while read -r n; do
			release=${n#"$prefix"}
			case $release in [0-9]*"$suffix") ;; *) continue ;; esac
			case ${release%"$suffix"} in *-*) ;; *) echo "$n" ;; esac
		done
		;;
	*) echo "$template" ;;
	esac
}

# versions: what the indexes hold, a line each: name, version.
versions() {
	list=$(names)
	[ -n "$list" ] || return 0
	# shellcheck disable=SC2086 # a list of words
	run_apt apt-cache "$all" madison $list | awk -F'|' '{ gsub(/ /, ""); print $1, $2 }' | sort -u
}

versions >"$state/versions"
name='' newest=''
while read -r n v; do
	if [ "$series" != newest ]; then
		case ${v#*:} in "$series" | "$series"[.~+-]*) ;; *) continue ;; esac
	fi
	if [ -z "$newest" ] || dpkg --compare-versions "$v" gt "$newest"; then name=$n newest=$v; fi
done <"$state/versions"
if [ -z "$newest" ]; then
	say "NOTE: the Debian archive has no $package $series now (it has: $(cut -d' ' -f2 "$state/versions" | tr '\n' ' '))"
	if have "$series"; then
		echo "$cache/$package-$series"
		exit 0
	fi
	if [ -n "$lost" ]; then
		say "NOTE: it may be in$lost, which could not be read: try again later"
	else
		: >"$cache/$package-$series.gone" # tells tests why it is not there
	fi
	exit 3
fi
[ "$series" != newest ] || series=$(series_of "$newest")

rm -f "$cache/$package-$series.gone"
dir=$cache/$package-$series
if [ "$(cat "$dir/version" 2>/dev/null)" != "$newest" ]; then
	tmp=$(mktemp -d "$cache/unpack.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 1' HUP INT TERM
	mkdir "$tmp/deb"
	# apt checks the package against the signed index.
	(cd "$tmp/deb" && run_apt apt-get "$all" -qq download "$name=$newest") >&2 ||
		die "cannot download $name $newest"
	dpkg-deb -x "$tmp"/deb/*.deb "$tmp/root"
	echo "$newest" >"$tmp/root/version"
	chmod 755 "$tmp/root"
	rm -rf "$dir"
	mv "$tmp/root" "$dir"
	say "$name $newest"
fi
echo "$dir"
