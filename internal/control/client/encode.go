package client

import (
	"encoding/json"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/control/api"
	"github.com/ssprlab/ssprlab/internal/secret"
)

// encode writes a request body. Secrets print as [redacted] everywhere, so the
// requests that must carry one are spelled out here.
func encode(in any) ([]byte, error) {
	switch v := in.(type) {
	case api.NewAttempt:
		in = attemptBody(v)
	case api.WorkstationSignIn:
		in = map[string]any{"user": v.User, "password": v.Password.Reveal(), "network": v.Network}
	case api.NewHardwareToken:
		in = tokenBody(v)
	case api.TokenFile:
		in = map[string]any{"csv": v.CSV.Reveal(), "by": v.By}
	case api.TokenActivation:
		body := map[string]any{"by": v.By}
		setSecret(body, "verificationCode", v.VerificationCode)
		in = body
	}
	text, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("control API: encoding the request: %w", err)
	}
	return text, nil
}

func attemptBody(a api.NewAttempt) map[string]any {
	body := map[string]any{"kind": a.Kind, "user": a.User}
	setSecret(body, "newPassword", a.NewPassword)
	setSecret(body, "currentPassword", a.CurrentPassword)
	var proofs []map[string]any
	for _, p := range a.Proofs {
		proof := map[string]any{"method": p.Method}
		setSecret(proof, "answer", p.Answer)
		if p.Contact != "" {
			proof["contact"] = p.Contact
		}
		if len(p.Answers) > 0 {
			answers := map[string]string{}
			for question, answer := range p.Answers {
				answers[question] = answer.Reveal()
			}
			proof["answers"] = answers
		}
		proofs = append(proofs, proof)
	}
	if len(proofs) > 0 {
		body["proofs"] = proofs
	}
	return body
}

func tokenBody(t api.NewHardwareToken) map[string]any {
	return map[string]any{
		"serialNumber": t.SerialNumber, "manufacturer": t.Manufacturer, "model": t.Model, "secretKey": t.SecretKey.Reveal(),
		"timeIntervalInSeconds": t.TimeIntervalInSeconds, "hashFunction": t.HashFunction, "assignTo": t.AssignTo, "by": t.By,
	}
}

func setSecret(body map[string]any, key string, value secret.Text) {
	if !value.Empty() {
		body[key] = value.Reveal()
	}
}
