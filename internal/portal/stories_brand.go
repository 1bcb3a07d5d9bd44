package portal

import (
	"sync"

	"github.com/ssprlab/ssprlab/internal/policy"
	"github.com/ssprlab/ssprlab/internal/policy/branding"
	"github.com/ssprlab/ssprlab/internal/registration"
	"github.com/ssprlab/ssprlab/internal/reset"
	"github.com/ssprlab/ssprlab/internal/signin"
)

// storyBrands are the looks of the stories, made once for a process.
var storyBrands = sync.OnceValue(func() map[string]*brand {
	full, split := branding.Example(), branding.Example()
	split.BannerLogo, split.AccentColor, split.HeaderBackgroundColor = "", "#9a3412", ""
	split.LoginPageLayoutConfiguration = &branding.Layout{LayoutTemplateType: branding.TemplateVerticalSplit}
	split.LoginPageTextVisibilitySettings = &branding.TextVisibility{HideAccountResetCredentials: true}
	return map[string]*brand{brandStory: newBrand(brandStory, full), brandStorySplit: newBrand(brandStorySplit, split)}
})

// branded tells a story in the look of an organisation.
func branded(look string, s Story, name, claim string) Story {
	return Story{name, claim, func(f *frame) page {
		f.Brand = *storyBrands()[look]
		return s.tell(f)
	}}
}

// brandedStories are the main pages in the look of an organisation: one with
// everything, and one with the card at the side and nothing but a square logo.
func brandedStories() []Story {
	look := func(name, claim string, tell func(f *frame) page) Story {
		return branded(brandStory, Story{tell: tell}, "branded-"+name, claim+", in the organisation's look")
	}
	split := func(name, claim string, tell func(f *frame) page) Story {
		return branded(brandStorySplit, Story{tell: tell}, "branded-split-"+name, claim+", the card at the side")
	}
	identify := func(f *frame) page {
		f.Key = "identify"
		return identifyPage{frame: f, User: storyUser, Realm: "northlight.example"}
	}
	signIn := func(user string) func(f *frame) page {
		return func(f *frame) page {
			f.Key = "signin"
			return signInPage{frame: f, User: user}
		}
	}
	password := session("", func(v *reset.View) { v.Step = reset.StepPassword })
	return []Story{
		look("identify", "who are you", identify),
		look("verify", "a proof", session(policy.Email, verifying(1, 2, nil, ""))),
		look("password", "a new password", password),
		look("done", "the password has been reset", session("", func(v *reset.View) { v.Step = reset.StepDone })),
		look("refused", "a refusal", session("", func(v *reset.View) { v.Step, v.Code = reset.StepError, policy.CodeNotConfigured })),
		look("signin", "sign-in with a hint, a text and links", signIn("")),
		look("signin-user", "sign-in after the user name was typed", signIn(storyUser)),
		look("account", "the account", func(f *frame) page { f.Key = "account"; return accountPage{frame: f, User: storyUser} }),
		look("interrupt", "registration, with a helpdesk link", func(f *frame) page {
			f.Helpdesk = "https://help.northlight.example/password"
			return onTheWay("", func(v *signin.View) {
				v.Step = signin.StepInterrupt
				v.Interrupt = &policy.Interrupt{Kind: policy.RegisterForReset, Skippable: true, Missing: 1, Proposed: []policy.Method{policy.AppPush}}
			})(f)
		}),
		look("securityinfo", "security info", securityInfoStory("", "", "", func(*registration.Overview) {})),
		split("signin", "sign-in without links to the password reset", signIn("")),
		split("password", "a new password", password),
	}
}
