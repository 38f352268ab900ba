#!/bin/sh
# Makes a root file system that holds node and what it needs, and says of which packages that is, for scanners.
set -eu
root=$1
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/var/lib/dpkg/status.d" "$root/app"
install -d -m 1777 "$root/tmp"
# A new volume that is mounted there takes its owner over.
install -d -o 10001 -g 10001 "$root/landing"
cp "$(readlink -f "$(command -v node)")" "$root/usr/local/bin/node"
ldd /usr/local/bin/node | sed -n 's/^[^/]*\(\/[^ ]*\) (.*/\1/p' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
  # dpkg knows a library by the path that it was unpacked to, which /lib is a link to
  package=$(dpkg -S "$library" "/usr$library" "$(readlink -f "$library")" 2>/dev/null | head -1 | cut -d: -f1)
  if [ -n "$package" ]; then dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"; fi
done
cp -L /etc/os-release "$root/etc/os-release"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'medallion:x:10001:10001:medallion:/tmp:/sbin/nologin' >"$root/etc/passwd"
echo 'medallion:x:10001:' >"$root/etc/group"
