#!/usr/bin/env bash
# Starts OpenLDAP's slapd (Debian's package) with the mdb backend and the same
# indexes, for tools/ldapload: slapd.sh DIR. DIR/ca.pem is the CA, DIR/pid the process.
set -euo pipefail
dir=$1
mkdir -p "$dir/db"
# Like the embedded directory: a leaf that a CA signed, sent with the CA, and a
# client may show a certificate of its own.
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30)
openssl req -x509 "${ec[@]}" -subj /CN=load-CA -keyout "$dir/ca.key" -out "$dir/ca.pem" 2>/dev/null
openssl req -x509 "${ec[@]}" -subj /CN=localhost -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE \
  -keyout "$dir/key.pem" -out "$dir/leaf.pem" 2>/dev/null
cat "$dir/leaf.pem" "$dir/ca.pem" > "$dir/cert.pem"
cat > "$dir/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/msuser.schema
modulepath /usr/lib/ldap
moduleload back_mdb
# What a domain controller adds to a user; the OID is this file's own.
objectclass ( 1.3.6.1.4.1.4203.666.11.1 NAME 'loadUser' SUP top AUXILIARY MAY ( name \$ distinguishedName \$
  instanceType \$ whenCreated \$ whenChanged \$ uSNCreated \$ uSNChanged \$ objectGUID \$ objectSid \$ objectCategory \$
  badPwdCount \$ badPasswordTime \$ lastLogon \$ lastLogoff \$ logonCount \$ accountExpires \$ codePage \$ countryCode \$
  lastLogonTimestamp \$ primaryGroupID \$ pwdLastSet \$ sAMAccountType \$ userAccountControl \$ dSCorePropagationData ) )
pidfile $dir/pid
threads 4
sizelimit unlimited
TLSCACertificateFile $dir/ca.pem
TLSVerifyClient allow
TLSCertificateFile $dir/cert.pem
TLSCertificateKeyFile $dir/key.pem
database mdb
maxsize 1073741824
suffix "dc=load,dc=example"
rootdn "cn=admin,dc=load,dc=example"
rootpw admin
directory $dir/db
index objectClass,cn,mail eq
index uid eq,sub
CONF
printf 'dn: dc=load,dc=example\nobjectClass: dcObject\nobjectClass: organization\no: load\ndc: load\n' | slapadd -f "$dir/slapd.conf" -q
exec slapd -d 0 -f "$dir/slapd.conf" -h "ldap://127.0.0.1:${LDAP_PORT:-13389} ldaps://127.0.0.1:${LDAPS_PORT:-13636}"
