package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A word is one instruction of the scenario language.
type word struct {
	usage    string
	min, max int // arguments; max -1: any number
	secret   int // index of an argument that is a password, -1 for none
	run      func(ctx context.Context, r *run, args []string) error
}

// words is the language.
func words() map[string]word {
	return map[string]word{
		"clock":  {"clock TIME | clock advance DURATION", 1, 2, -1, doClock},
		"rand":   {"rand SEED", 1, 1, -1, nil}, // read before the world starts
		"as":     {"as NAME: another person's browser", 1, 1, -1, doAs},
		"visit":  {"visit PATH", 1, 1, -1, doVisit},
		"enter":  {"enter LABEL VALUE, where VALUE may be @mail:ADDRESS, @app:USER, @token:SERIAL or @text:NUMBER", 2, 2, -1, doEnter},
		"choose": {"choose LABEL", 1, 1, -1, doChoose},
		"press":  {"press LABEL", 1, 1, -1, doPress},
		"reload": {"reload", 0, 0, -1, doReload},
		"robot":  {"robot: answer the robot check of the page", 0, 0, -1, doRobot},
		"reset":  {"reset USER PASSWORD [METHOD...]", 2, -1, 1, doReset},
		"unlock": {"unlock USER [METHOD...]", 1, -1, -1, doUnlock},
		"change": {"change USER CURRENT NEW", 3, 3, 1, doChange},
		"token":  {"token upload | token assign SERIAL USER | token activate SERIAL [CODE] | token take SERIAL | token drift SERIAL DURATION", 1, 3, -1, doToken},
		"signin": {"signin USER PASSWORD [online|offline]: at the first workstation", 2, 3, 1, doSignIn},
		"ldap":   {"ldap [at CONTROLLER] bind NAME PASSWORD | ldap [at CONTROLLER] search BASE FILTER [ATTRIBUTE...]", 3, -1, -1, doLDAP},
		"set":    {"set tenant|users/NAME|domains/NAME/policy|domains/NAME/protection|domains/NAME/settings|domains/NAME/controllers/NAME|agents/NAME JSON", 2, 2, -1, doSet},
		"fault":  {"fault JSON | fault none", 1, 1, -1, doFault},
		"expect": {"expect page|audit|event|mail|directory|why …", 2, -1, -1, doExpect},
	}
}

// check refuses words that the language does not have, and wrong numbers of
// arguments, before anything is run.
func check(line []string) error {
	if line[0] == "!" {
		line = line[1:]
		if len(line) == 0 || line[0] != "expect" {
			return errors.New("a line with ! turns an expectation round: want ! expect …")
		}
	}
	all := words()
	w, ok := all[line[0]]
	if !ok {
		return fmt.Errorf("unknown word %q: the words are %s", line[0], strings.Join(slices.Sorted(maps.Keys(all)), ", "))
	}
	if n := len(line) - 1; n < w.min || w.max >= 0 && n > w.max {
		return fmt.Errorf("%s takes other arguments: %s", line[0], w.usage)
	}
	if line[0] == "expect" && !slices.Contains(expectations, line[1]) {
		return fmt.Errorf("expect does not know %q: %s", line[1], strings.Join(expectations, ", "))
	}
	return nil
}
