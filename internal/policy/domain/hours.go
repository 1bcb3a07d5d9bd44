package domain

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// hoursLength is 168 bits, one for each hour of the week.
const hoursLength = 21

// HourAllowed reports whether logonHours lets somebody in at now. Bit 0 of
// octet 0 is Sunday 00:00 to 01:00 UTC, least significant bit first. No value,
// and one of another length, lets everybody in.
func HourAllowed(hours []byte, now time.Time) bool {
	if len(hours) != hoursLength {
		return true
	}
	t := now.UTC()
	bit := int(t.Weekday())*24 + t.Hour()
	return hours[bit/8]&(1<<(bit%8)) != 0
}

// ValidateHours says what Windows has against a value of logonHours.
func ValidateHours(hours []byte) error {
	if len(hours) != hoursLength {
		return fmt.Errorf("checking logonHours: %d octets, want %d", len(hours), hoursLength)
	}
	return nil
}

// WorkstationAllowed reports whether userWorkstations names the workstation. An
// empty list names all; a list never names "", which is what a simple bind
// comes from.
func WorkstationAllowed(list, workstation string) bool {
	if list == "" {
		return true
	}
	if workstation == "" {
		return false
	}
	for name := range strings.SplitSeq(list, ",") {
		if sameHost(strings.TrimSpace(name), workstation) {
			return true
		}
	}
	return false
}

// sameHost compares whole names, or first labels when one is a NetBIOS name.
func sameHost(a, b string) bool {
	if !strings.Contains(a, ".") || !strings.Contains(b, ".") {
		a, _, _ = strings.Cut(a, ".")
		b, _, _ = strings.Cut(b, ".")
	}
	return a != "" && strings.EqualFold(a, b)
}

// The limits of userWorkstations.
const (
	maxWorkstations = 1024
	maxNetBIOSName  = 20
)

// ValidateWorkstations says what Windows has against a value of
// userWorkstations.
func ValidateWorkstations(list string) error {
	switch {
	case list == "":
		return nil
	case ClearText(list).Len() > maxWorkstations:
		return fmt.Errorf("checking userWorkstations: more than %d characters: remove names", maxWorkstations)
	case strings.HasPrefix(list, ",") || strings.HasSuffix(list, ","):
		return errors.New("checking userWorkstations: a comma at the start or end: remove it")
	}
	for name := range strings.SplitSeq(list, ",") {
		if len(name) > maxNetBIOSName && !strings.Contains(name, ".") {
			return fmt.Errorf("checking userWorkstations: %q is no DNS name and longer than %d characters", name, maxNetBIOSName)
		}
	}
	return nil
}
