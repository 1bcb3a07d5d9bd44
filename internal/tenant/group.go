package tenant

import (
	"slices"
	"time"
)

// A Group is a security group. Members are IDs of users and of groups.
type Group struct {
	ID          string
	Name        string
	Description string
	Members     []string
	OnPremises  GroupOrigin // zero for cloud groups
	Created     time.Time
}

// GroupOrigin links a synchronised group to its AD group.
type GroupOrigin struct {
	Domain             string
	SAMAccountName     string `json:"samAccountName"`
	SecurityIdentifier string
}

// parents maps a member's ID to the groups that list it.
func parents(groups map[string]*Group) map[string][]string {
	up := map[string][]string{}
	for id, g := range groups {
		for _, m := range g.Members {
			up[m] = append(up[m], id)
		}
	}
	return up
}

// transitive lists the groups that contain id directly or through other groups,
// sorted. Groups that contain each other end the walk, as they do in Entra ID.
func transitive(up map[string][]string, id string) []string {
	seen := map[string]bool{}
	queue := []string{id}
	for len(queue) > 0 {
		for _, g := range up[queue[0]] {
			if !seen[g] {
				seen[g] = true
				queue = append(queue, g)
			}
		}
		queue = queue[1:]
	}
	all := make([]string, 0, len(seen))
	for g := range seen {
		all = append(all, g)
	}
	slices.Sort(all)
	return all
}
