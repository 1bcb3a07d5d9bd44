package ssprtest_test

import (
	"fmt"
	"testing"

	"github.com/ssprlab/ssprlab/ssprtest"
)

// BenchmarkStart is one lab, from nothing to serving, and its end.
func BenchmarkStart(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ssprtest.Start(b)
	}
}

// BenchmarkReset is one hybrid reset through all parts of a lab: control API,
// checks, a mailed code over SMTP, the sealed message, the agent, and the LDAPS
// write.
func BenchmarkReset(b *testing.B) {
	for name, method := range map[string]ssprtest.Method{"email": ssprtest.Email, "questions": ssprtest.Questions} {
		b.Run(name, func(b *testing.B) {
			lab := ssprtest.Start(b)
			lab.Set("domains/corp.northlight.example/policy", `{"minimumAge":"0s"}`)
			person := lab.Person(alice)
			person.Resets("Rabbit-hole-zero!", method) // makes the envelope key
			for i := 0; b.Loop(); i++ {
				person.Resets(fmt.Sprintf("Rabbit-hole-%06d!", i), method)
			}
		})
	}
}
