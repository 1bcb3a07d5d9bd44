package relay

import "strings"

// The subjects on which the two sides meet.
const (
	// Announcements is where agents tell the cloud of themselves.
	Announcements = "writeback.announce"
	// Everyone is where the cloud asks all agents to announce themselves.
	Everyone = "writeback.agents"
)

// Queue is where the agents of one kind take messages for one domain.
func Queue(domain, kind string) string {
	return "writeback.domain." + Word(strings.ToLower(domain)) + "." + Word(kind)
}

// Direct is where one agent listens.
func Direct(agentID string) string { return "writeback.agent." + Word(agentID) }
