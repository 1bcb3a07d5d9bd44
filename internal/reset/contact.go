package reset

import (
	"context"
	"errors"
	"fmt"

	"github.com/ssprlab/ssprlab/internal/journal"
	"github.com/ssprlab/ssprlab/internal/policy"
)

// Contact asks the administrators for help on behalf of the session's user, by
// the form of an organisation without a helpdesk of its own (SSPR reference
// 11.2). A session that is over asks for nothing, and each one mails once,
// however often the button is pressed.
func (s *Service) Contact(ctx context.Context, id string) (View, error) {
	settings, err := s.settings(ctx)
	if err != nil {
		return View{}, err
	}
	if channel, _ := policy.ContactAdministrator(settings.Helpdesk); channel != policy.ContactForm {
		return s.notNow(ctx, id)
	}
	sess, first, err := s.claimHelp(ctx, id)
	switch {
	case errors.Is(err, errNotNow) || errors.Is(err, ErrNoSession):
		return s.notNow(ctx, id)
	case err != nil:
		return View{}, fmt.Errorf("claiming the mail to the administrators: %w", err)
	case !first:
		return s.show(ctx, sess, MsgContacted)
	}
	return s.askForHelp(context.WithoutCancel(ctx), sess)
}

// claimHelp takes the one mail of a session. first is false when it has been
// taken before.
func (s *Service) claimHelp(ctx context.Context, id string) (sess Session, first bool, err error) {
	err = s.Sessions.Update(ctx, id, func(cur Session) (Session, error) {
		switch cur.at(s.Now()) {
		case StepDone, StepUnlocked, StepEnded, StepBusy:
			return cur, errNotNow
		}
		first = !cur.Contacted
		cur.Contacted = true
		sess = cur
		return cur, nil
	})
	return sess, first, err
}

// askForHelp mails, and gives the mail of the session back when it was not sent.
func (s *Service) askForHelp(ctx context.Context, sess Session) (View, error) {
	person, err := s.People.Person(ctx, sess.PersonID)
	if err == nil {
		err = s.Notifier.ContactAdministrator(ctx, person, sess.CorrelationID, sess.Locale)
	}
	if err != nil {
		s.step(sess.CorrelationID, "contact administrator failed", err.Error())
		if err := s.Sessions.Update(ctx, sess.ID, func(cur Session) (Session, error) {
			cur.Contacted = false
			return cur, nil
		}); err != nil {
			return View{}, fmt.Errorf("giving back the mail to the administrators: %w", err)
		}
		return s.show(ctx, sess, MsgNotContacted)
	}
	s.step(sess.CorrelationID, "contacted administrator", "")
	s.progress(sess, journal.ContactedAdministrator(sess.Tried))
	return s.show(ctx, sess, MsgContacted)
}
