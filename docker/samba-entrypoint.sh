#!/bin/sh
# Provisions a domain with a certificate of its own and a service account that
# has the rights of password writeback, then serves it.
set -eu
realm=SAMBA.NORTHLIGHT.EXAMPLE
base=DC=samba,DC=northlight,DC=example
dir=/var/lib/ssprlab-samba
if [ ! -e "$dir/done" ]; then
  mkdir -p "$dir" /ca
  samba-tool domain provision --realm="$realm" --domain=SAMBA --server-role=dc --dns-backend=NONE \
    --adminpass="Adm-$(openssl rand -hex 12)" --targetdir="$dir" >/dev/null
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=ssprlab-samba-ca \
    -keyout "$dir/ca.key" -out /ca/ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=samba -keyout "$dir/key.pem" -out "$dir/csr.pem" 2>/dev/null
  printf 'subjectAltName=DNS:samba,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' > "$dir/ext"
  openssl x509 -req -in "$dir/csr.pem" -CA /ca/ca.pem -CAkey "$dir/ca.key" -CAcreateserial -days 3650 -extfile "$dir/ext" -out "$dir/cert.pem" 2>/dev/null
  chmod 600 "$dir/key.pem"
  sed -i "/\[global\]/a server services = ldap\nldap server require strong auth = no\ntls enabled = yes\ntls certfile = $dir/cert.pem\ntls keyfile = $dir/key.pem\ntls cafile = /ca/ca.pem" "$dir/etc/smb.conf"
  word="Svc-$(openssl rand -hex 12)"
  printf '%s\n' "$word" > /ca/svc-writeback.password
  chmod 0644 /ca/svc-writeback.password
  samba-tool user create svc-writeback "$word" -s "$dir/etc/smb.conf" >/dev/null
  sid=$(samba-tool user show svc-writeback --attributes=objectSid -s "$dir/etc/smb.conf" | sed -n 's/^objectSid: //p')
  user=bf967aba-0de6-11d0-a285-00aa003049e2
  for ace in \
    "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;$user;$sid)" \
    "(OA;CIIO;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;$user;$sid)" \
    "(OA;CIIO;WP;28630ebf-41d5-11d1-a9c1-0000f80367c1;$user;$sid)" \
    "(OA;CIIO;WP;bf967a0a-0de6-11d0-a285-00aa003049e2;$user;$sid)" \
    "(OA;;CR;ccc2dc7d-a6ad-4a7a-8846-c04e3cc53501;;$sid)"; do
    samba-tool dsacl set -s "$dir/etc/smb.conf" -H "$dir/private/sam.ldb" --objectdn="$base" --sddl="$ace" >/dev/null
  done
  touch "$dir/done"
fi
exec samba -s "$dir/etc/smb.conf" -F --no-process-group
