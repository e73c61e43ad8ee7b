#!/usr/bin/env bash
# Proves that a new machine needs one command: makes a bare Debian 12 in a temporary folder (debootstrap and chroot),
# gives it this machine's Node and npm, clones the repository into it, and runs `npm run demo` and `npm test` there.
#
#   sudo bash tools/setup/fresh-machine.sh [--keep] [--source REPOSITORY] [COMMAND ...]
#
#   --keep      leaves the folder, and says how to go on in it
#   --source    what to clone (default: the repository of this script); only what is committed is seen
#   COMMAND     shell commands to run in the clone, one an argument, instead of the two
#
# Needs root, debootstrap, git, Node and npm. The Debian mirror is the one apt uses here; npm's configuration, certificates,
# proxy settings and name resolution are this machine's. A folder `shared` beside the repository is copied beside the clone.
# Mounts live in a mount namespace of their own, so they end with the script, however it ends.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
keep=
source=$(cd "$here/../.." && pwd)
commands=()
while (($#)); do
  case $1 in
    --keep) keep=1 ;;
    --source) source=$(cd "$2" && pwd); shift ;;
    -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit ;;
    -*) echo "unknown option $1" >&2; exit 2 ;;
    *) commands+=("$1") ;;
  esac
  shift
done
((${#commands[@]})) || commands=('npm run demo' 'npm test')

# shellcheck source=tools/setup/chroot.sh
source "$here/chroot.sh"
need_root_and debootstrap git node npm unshare

# Once more, in namespaces where mounts and processes are ours alone.
if [[ -z ${FRESH_MACHINE_INSIDE:-} ]]; then
  again=(${keep:+--keep} --source "$source" "${commands[@]}")
  FRESH_MACHINE_INSIDE=1 exec unshare --mount --propagation private --pid --fork --kill-child \
    bash "${BASH_SOURCE[0]}" "${again[@]}"
fi

machine=$(mktemp -d "${TMPDIR:-/tmp}/fresh-machine.XXXXXX")
chmod 755 "$machine"
clone=/root/isobath/main

finish() {
  local status=$?
  for at in dev/shm dev sys proc; do
    if mountpoint -q "$machine/$at"; then umount -l "$machine/$at"; fi
  done
  if [[ -n $keep ]]; then
    echo "The machine is left at $machine. To go on in it (then remove the folder):"
    echo "  mount --bind /dev $machine/dev; mount -t proc proc $machine/proc; mount -t sysfs sysfs $machine/sys"
    echo "  chroot $machine bash -c 'cd $clone; exec bash'"
    echo "  umount $machine/{dev,proc,sys}"
  else
    rm -rf --one-file-system "$machine"
  fi
  return "$status"
}
trap finish EXIT

mirror=$(debian_mirror bookworm)

echo "== a bare Debian 12 in $machine"
start=$SECONDS
debootstrap --variant=minbase --include=ca-certificates bookworm "$machine" "$mirror" >"$machine.log" 2>&1 ||
  { tail -20 "$machine.log" >&2; exit 1; }
rm -f "$machine.log"

# Node and npm; npm's configuration (a user's and a global one) with the certificates it names.
npm_tree=$(npm root -g 2>/dev/null)/npm
mkdir -p "$machine/usr/local/lib/node_modules" "$machine/usr/local/etc"
cp -L "$(command -v node)" "$machine/usr/local/bin/node"
cp -a "$npm_tree" "$machine/usr/local/lib/node_modules/npm"
for name in npm npx; do ln -sf "../lib/node_modules/npm/bin/$name-cli.js" "$machine/usr/local/bin/$name"; done
user_config=$(npm config get userconfig 2>/dev/null)
global_config=$(npm config get globalconfig 2>/dev/null)
if [[ -f $user_config ]]; then cp -L "$user_config" "$machine/root/.npmrc"; fi
if [[ -f $global_config ]]; then cp -L "$global_config" "$machine/usr/local/etc/npmrc"; fi
cafile=$(npm config get cafile 2>/dev/null)

copy_network "$machine"
copy_into "$machine" "$cafile"
environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb)
mapfile -t -O "${#environment[@]}" environment < <(network_environment)
mount_system "$machine"

git -c safe.directory='*' clone --quiet --no-hardlinks "$source" "$machine$clone"
if [[ -d $source/../shared ]]; then
  cp -rL "$source/../shared" "$machine${clone%/*}/shared"
  chmod -R u+w "$machine${clone%/*}/shared"
fi

inside() { chroot "$machine" /usr/bin/env -i "${environment[@]}" bash -c "cd $clone && $1" </dev/null; }
echo "   made in $((SECONDS - start)) s: $(inside '. /etc/os-release; echo "$PRETTY_NAME, Node $(node --version), npm $(npm --version 2>/dev/null)"')"
echo "   commit $(git -c safe.directory='*' -C "$source" log -1 --format='%h %s')"

results=()
failed=0
for command in "${commands[@]}"; do
  echo
  echo "== $command"
  start=$SECONDS
  status=0
  inside "$command" || status=$?
  ((status == 0)) || failed=1
  results+=("$(printf '%-24s exit status %d, %d s' "$command" "$status" $((SECONDS - start)))")
done

echo
echo '== results on the fresh machine'
printf '   %s\n' "${results[@]}"
exit "$failed"
