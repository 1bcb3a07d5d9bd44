"""Drives a directory with ldap3 and prints what it answered, as JSON by step.

usage: ldap3_ad.py URL CA   (ADMIN, ADMIN_PASSWORD, USER_DN, USER_PASSWORD,
NEW_PASSWORD, GROUP and OUTSIDER_DN come from the environment)
"""

import json
import os
import ssl
import sys

import ldap3

url, ca = sys.argv[1:]
server = ldap3.Server(url, get_info=ldap3.ALL, tls=ldap3.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=ca))
admin = ldap3.Connection(server, os.environ["ADMIN"], os.environ["ADMIN_PASSWORD"], auto_bind=True)
base = server.info.other["defaultNamingContext"][0]
steps = {}


def said(connection, worked):
    """The outcome of an extension and the result that it was drawn from."""
    return {"worked": bool(worked), "code": connection.result["result"], "message": connection.result["message"].rstrip("\n\0")}


def entry(name):
    """One account, its values in the types that the server's schema gives them."""
    admin.search(base, "(sAMAccountName=%s)" % name, attributes=ldap3.ALL_ATTRIBUTES)
    (found,) = [r for r in admin.response if r["type"] == "searchResEntry"]
    return found


def names(responses):
    return [r["attributes"]["sAMAccountName"] for r in responses if r["type"] == "searchResEntry"]


# What the server says of itself.
schema = server.schema
steps["info"] = {
    "contexts": server.info.naming_contexts,
    "controls": [c[0] for c in server.info.supported_controls],
    "who": admin.extend.standard.who_am_i(),
    "attributes": len(schema.attribute_types),
    "classes": len(schema.object_classes),
    "pwdLastSet": str(schema.attribute_types["pwdLastSet"].syntax),
    "user": schema.object_classes["user"].superior,
}
alice = entry("alice")
steps["types"] = {k: [type(v).__name__, str(v)] for k, v in alice["attributes"].items() if k in ("userAccountControl", "objectGUID", "whenCreated", "pwdLastSet", "cn")}

# Passwords: set by an administrator, changed by their owner.
microsoft = admin.extend.microsoft
user, old, new = os.environ["USER_DN"], os.environ["USER_PASSWORD"], os.environ["NEW_PASSWORD"]
steps["set"] = said(admin, microsoft.modify_password(alice["dn"], new))
steps["set too short"] = said(admin, microsoft.modify_password(alice["dn"], "x"))
own = ldap3.Connection(server, user, old, auto_bind=True)
steps["change with a wrong one"] = said(own, own.extend.microsoft.modify_password(user, new, old_password="not hers"))
steps["change"] = said(own, own.extend.microsoft.modify_password(user, new, old_password=old))
steps["change again"] = said(own, own.extend.microsoft.modify_password(user, new + "!", old_password=new))
steps["set without the right"] = said(own, own.extend.microsoft.modify_password(alice["dn"], new + "!"))

# Lockout.
dave = entry("dave")
steps["locked"] = dave["raw_attributes"]["lockoutTime"][0] != b"0"
steps["unlock"] = said(admin, microsoft.unlock_account(dave["dn"]))
steps["unlocked"] = entry("dave")["raw_attributes"]["lockoutTime"][0] == b"0"

# Pages: one entry at a time, and all at once.
people = "(&(objectCategory=person)(objectClass=user))"
standard = admin.extend.standard
steps["paged"] = names(standard.paged_search(base, people, attributes=["sAMAccountName"], paged_size=3, generator=True))
steps["whole"] = names(standard.paged_search(base, people, attributes=["sAMAccountName"], paged_size=1000, generator=False))

# DirSync, before and after a change of members; ldap3 asks for names with
# their identifiers.
sync = microsoft.dir_sync(base, "(sAMAccountName=All Staff)", attributes=["member"], object_security=False, incremental_values=False)


def turn():
    return [{"dn": r["dn"], "members": r["attributes"]["member"], "always": sorted(set(r["attributes"]) - {"member"})} for r in sync.loop()]


steps["sync"] = turn()
steps["sync unchanged"] = turn()
group, ivan = os.environ["GROUP"], os.environ["OUTSIDER_DN"]
steps["remove"] = said(admin, microsoft.remove_members_from_groups([alice["dn"]], [group], fix=False))
steps["add"] = said(admin, microsoft.add_members_to_groups([ivan], [group], fix=False))
steps["add twice"] = said(admin, microsoft.add_members_to_groups([ivan], [group], fix=False))
steps["add what is missing"] = said(admin, microsoft.add_members_to_groups([ivan, alice["dn"]], [group], fix=True))
steps["remove again"] = said(admin, microsoft.remove_members_from_groups([alice["dn"]], [group], fix=True))
steps["sync changed"] = turn()

json.dump(steps, sys.stdout, default=str)
