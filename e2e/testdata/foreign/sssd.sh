#!/bin/sh
# Runs SSSD and asks it about people of the demo. usage: sssd.sh CONF PAM
#
# It runs as root in mount and process namespaces of its own: what SSSD keeps on
# the machine (caches, pipes, logs) and what PAM knows are covered by empty
# folders that vanish with the namespaces. PASSWORD and NEW_PASSWORD come from
# the environment. Each answer comes under a line "== what" and ends with a line
# "exit CODE".
set -eu
conf=$1 pam=$2

for folder in /var/lib/sss /var/log/sssd /etc/sssd /etc/pam.d /run; do
  mount -t tmpfs none "$folder"
done
mkdir -p /var/lib/sss/db /var/lib/sss/mc /var/lib/sss/pipes/private /var/lib/sss/pubconf /run/lock
chmod 700 /var/lib/sss/db /var/lib/sss/pipes/private
cp "$conf" /etc/sssd/sssd.conf
cp "$pam" /etc/pam.d/ssprlab
chmod 600 /etc/sssd/sssd.conf
chmod 644 /etc/pam.d/ssprlab

sssd --interactive --debug-level=2 >/var/log/sssd/out 2>&1 &
sssd=$!
tries=0
until [ -S /var/lib/sss/pipes/nss ] && [ -S /var/lib/sss/pipes/pam ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 200 ] || ! kill -0 "$sssd"; then
    cat /var/log/sssd/* >&2
    exit 1
  fi
  sleep 0.05
done

ask() {
  printf '== %s\n' "$1"
  shift
  code=0
  "$@" 2>&1 || code=$?
  printf 'exit %s\n' "$code"
}
signin() { printf '%s\n' "$2" | pamtester ssprlab "$1" authenticate acct_mgmt; }
change() { printf '%s\n%s\n%s\n' "$2" "$3" "$3" | setpriv --reuid=65534 --clear-groups pamtester ssprlab "$1" chauthtok; }

ask "a person" getent -s sss passwd alice
ask "a person by another name" getent -s sss passwd alice@northlight.example
ask "nobody" getent -s sss passwd nosuch
ask "a group" getent -s sss group "All Staff"
ask "groups of a person" getent -s sss initgroups erin
ask "the right password" signin alice "$PASSWORD"
ask "a wrong password" signin alice "not hers"
ask "a locked account" signin dave "$PASSWORD"
ask "a disabled account" signin judy "$PASSWORD"
ask "an expired password" signin karl "$PASSWORD"
ask "a change by extended operation" change nina@corp "$PASSWORD" "$NEW_PASSWORD"
ask "a change by modification, too short" change nina@modify "$PASSWORD" short
ask "a change by modification" change nina@modify "$PASSWORD" "$NEW_PASSWORD"
ask "the changed password" signin nina "$NEW_PASSWORD"

kill "$sssd"
wait "$sssd" || true
cat /var/log/sssd/out >&2
