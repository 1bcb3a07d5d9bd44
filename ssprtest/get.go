package ssprtest

import "encoding/json"

// get reads a resource of the lab.
func (l *Lab) get(path string, into any) error {
	text, err := l.client.Get(l.ctx(), path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
