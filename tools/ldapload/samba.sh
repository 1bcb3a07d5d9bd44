#!/usr/bin/env bash
# Provisions a Samba AD DC in a folder and serves it on 389 and 636 of a loopback
# address, in the foreground. Its password and CA lie in the folder. As root.
#   bash samba.sh FOLDER [ADDRESS]
set -euo pipefail
dir=$1 address=${2:-127.80.0.1}
mkdir -p "$dir"
if [ ! -e "$dir/done" ]; then
  word="Adm-$(openssl rand -hex 12)"
  rm -f /etc/samba/smb.conf
  samba-tool domain provision --realm=LOAD.EXAMPLE --domain=LOAD --host-name="$(hostname -s)" --host-ip="$address" --server-role=dc --dns-backend=NONE \
    --adminpass="$word" --targetdir="$dir/dc" >/dev/null
  printf '%s' "$word" >"$dir/password"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=load-ca -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout "$dir/key.pem" -out "$dir/csr.pem" 2>/dev/null
  printf 'subjectAltName=DNS:localhost,IP:%s\nextendedKeyUsage=serverAuth\n' "$address" >"$dir/ext"
  openssl x509 -req -in "$dir/csr.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -days 30 -extfile "$dir/ext" -out "$dir/cert.pem" 2>/dev/null
  chmod 600 "$dir/key.pem"
  mkdir -p "$dir"/{lock,run,cache,ncalrpc}
  cat >"$dir/smb.conf" <<CONF
[global]
  netbios name = $(hostname -s | tr a-z A-Z)
  workgroup = LOAD
  realm = LOAD.EXAMPLE
  server role = active directory domain controller
  server services = ldap
  interfaces = $address/8
  bind interfaces only = yes
  private dir = $dir/dc/private
  state directory = $dir/dc/state
  cache directory = $dir/cache
  lock directory = $dir/lock
  pid directory = $dir/run
  ncalrpc dir = $dir/ncalrpc
  binddns dir = $dir/dc/bind-dns
  log file = $dir/log
  tls certfile = $dir/cert.pem
  tls keyfile = $dir/key.pem
  tls cafile = $dir/ca.pem
  ldap server require strong auth = no
CONF
  touch "$dir/done"
fi
exec samba -s "$dir/smb.conf" -F --no-process-group </dev/null
