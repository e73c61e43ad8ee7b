# Sourced by fresh-machine.sh and sid.sh: what both need to make another Debian in a folder and to work in it.
# shellcheck shell=bash

# Ends the script unless it runs as root and the given tools are there.
need_root_and() {
  ((EUID == 0)) || { echo "This needs root: sudo bash $0" >&2; exit 2; }
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$tool is needed" >&2; exit 2; }
  done
}

# The Debian mirror that apt uses here.
debian_mirror() {
  local mirror
  mirror=$(node --input-type=module -e '
    const { readSources, findSuite } = await import(process.argv[1])
    const source = findSuite(readSources(), process.argv[2])
    console.log(source?.uris.find((uri) => /^https?:/.test(uri)) ?? "")
  ' "file://$(dirname "${BASH_SOURCE[0]}")/apt.mjs" "$1")
  [[ -n $mirror ]] || { echo "No source of Debian's $1 main in /etc/apt to take the mirror from." >&2; return 2; }
  echo "$mirror"
}

# copy_into ROOT FILE...: copies files to the same place inside, links followed.
copy_into() {
  local root=$1 file
  shift
  for file in "$@"; do
    [[ -e $file ]] || continue
    mkdir -p "$root$(dirname "$file")"
    cp -rL --remove-destination "$file" "$root$(dirname "$file")/"
  done
}

# copy_network ROOT: names, certificates, and apt's ways to the net are this machine's.
copy_network() {
  local file
  copy_into "$1" /etc/resolv.conf /etc/hosts /etc/ssl/certs "${NODE_EXTRA_CA_CERTS:-}" "${SSL_CERT_FILE:-}"
  for file in /etc/apt/apt.conf /etc/apt/apt.conf.d/*; do
    if [[ -f $file ]] && grep -q 'Acquire::' "$file"; then copy_into "$1" "$file"; fi
  done
}

# Prints the variables of the environment that say how to reach the net, as NAME=VALUE.
network_environment() {
  local name
  for name in $(compgen -e); do
    case ${name,,} in
      http_proxy | https_proxy | no_proxy | all_proxy | node_extra_ca_certs | ssl_cert_file | ssl_cert_dir | npm_config_registry | npm_config_cafile)
        echo "$name=${!name}"
        ;;
    esac
  done
}

# mount_system ROOT: /proc, /sys, /dev inside; for a mount namespace of the script's own.
mount_system() {
  mount -t proc proc "$1/proc"
  mount -t sysfs sysfs "$1/sys" 2>/dev/null || mount --bind /sys "$1/sys"
  mount --bind /dev "$1/dev"
  mount -t tmpfs tmpfs "$1/dev/shm"
}
