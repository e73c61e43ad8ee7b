#!/usr/bin/env bash
# Runs a command of this checkout under Debian unstable, whose Mesa (26.2 or later) has a lavapipe with subgroup
# matrices, which Debian's stable ones lack. Makes that system in a folder at the first call (debootstrap, chroot).
#
#   sudo tools/setup/sid.sh npx vitest run test/kernels/matrix.test.ts
#
#   ISOBATH_SID   the folder (default: isobath/sid in the user's cache directory); removing it undoes everything
#   --update      brings the packages inside up to date first
#
# Needs root, debootstrap, Node and npm. The mirror is the one apt uses here. The checkout, the folder `shared` beside it,
# Node and npm lie at their own places inside, bound in a mount namespace of the command's own, which ends with it. What
# the system keeps between calls, the shader cache included, stays in its folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
sid=${ISOBATH_SID:-${XDG_CACHE_HOME:-$HOME/.cache}/isobath/sid}
[[ $sid == /* ]] || sid=$PWD/$sid
update=
while (($#)); do
  case $1 in
    --update) update=1 ;;
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    -*) echo "unknown option $1" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done

# shellcheck source=tools/setup/chroot.sh
source "$here/chroot.sh"
need_root_and node npm unshare

# Once more, in a mount namespace that is ours alone.
if [[ -z ${ISOBATH_SID_INSIDE:-} ]]; then
  options=(${update:+--update})
  ISOBATH_SID_INSIDE=1 exec unshare --mount --propagation private bash "${BASH_SOURCE[0]}" "${options[@]}" "$@"
fi

ready=$sid/.isobath-ready
packages=(mesa-vulkan-drivers libvulkan1)
mapfile -t network < <(network_environment)
base=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
inside() { chroot "$sid" /usr/bin/env -i "${base[@]}" DEBIAN_FRONTEND=noninteractive "${network[@]}" "$@"; }

install_packages() {
  inside apt-get -q -o Acquire::Retries=3 update
  if [[ -n $update ]]; then inside apt-get -q -y -o Acquire::Retries=3 upgrade; fi
  inside apt-get -q -y -o Acquire::Retries=3 --no-install-recommends install "${packages[@]}"
}

mkdir -p "$(dirname "$sid")"
exec 9>"$sid.lock"
flock 9
if [[ ! -e $ready ]]; then
  need_root_and debootstrap
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  mirror=$(debian_mirror "$codename")
  echo "sid.sh: Debian unstable is made in $sid (once, about 600 MB)" >&2
  rm -rf --one-file-system "$sid"
  mkdir -p "$sid"
  debootstrap --variant=minbase --include=ca-certificates unstable "$sid" "$mirror" >"$sid.log" 2>&1 ||
    { tail -20 "$sid.log" >&2; exit 1; }
fi
mount_system "$sid"
if [[ ! -e $ready || -n $update ]]; then
  copy_network "$sid"
  install_packages >>"$sid.log" 2>&1 || { tail -20 "$sid.log" >&2; exit 1; }
  inside dpkg-query -W -f '${Version}\n' mesa-vulkan-drivers >"$ready"
  rm -rf "$sid"/var/cache/apt/archives/*.deb
  echo "sid.sh: Mesa $(<"$ready") is ready in $sid" >&2
fi
exec 9>&-
(($#)) || exit 0

# Files and folders at their own places inside; bound, not copied.
bind() {
  local at
  for at in "$@"; do
    [[ -e $at ]] || continue
    if [[ -d $at ]]; then mkdir -p "$sid$at"; else mkdir -p "$sid$(dirname "$at")" && touch "$sid$at"; fi
    mount --bind "$at" "$sid$at"
  done
}
node=$(readlink -f "$(command -v node)")
npm=$(npm root -g 2>/dev/null)/npm
bind "$node" "$npm" "$root" "$(readlink -f "$root/../shared" || true)"
mkdir -p "$sid/usr/local/bin"
if [[ $node != /usr/local/bin/node ]]; then ln -sf "$node" "$sid/usr/local/bin/node"; fi
for name in npm npx; do ln -sf "$npm/bin/$name-cli.js" "$sid/usr/local/bin/$name"; done

# The caller's environment, but for what names drivers, libraries and folders of this system.
foreign=(VK_DRIVER_FILES VK_ICD_FILENAMES LD_LIBRARY_PATH XDG_CACHE_HOME XDG_RUNTIME_DIR TMPDIR ISOBATH_SID_INSIDE)
exec chroot "$sid" /usr/bin/env "${foreign[@]/#/--unset=}" "${base[@]}" npm_config_update_notifier=false \
  bash -c 'cd "$0" 2>/dev/null || cd "$1"; shift; exec "$@"' "$PWD" "$root" "$@"
