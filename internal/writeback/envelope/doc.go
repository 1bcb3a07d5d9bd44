// Package envelope is the one thing that the cloud side and the on-premises
// side of writeback share: the form of what travels between them through a
// relay that neither of them trusts.
//
// Four frames exist. An [Announcement] tells the cloud which agent serves which
// domain and with which public key; a [Message] carries one password operation;
// an [Answer] brings its outcome back; a [Hello] asks an agent to announce
// itself. The password of a message is under RSA-2048 OAEP-SHA256 with the
// agent's public key, the package around it under AES-256-GCM (writeback,
// Microsoft Learn: "security of password writeback"). The key of the package
// comes from both the RSA block and the relay secret that only the tenant and
// its agents know, so a relay can neither read a message nor invent one.
//
// What does not live here: who may reset what (package policy), which agent is
// asked (package writeback), and how a directory is written (ldapwriter).
package envelope
