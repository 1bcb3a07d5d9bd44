package branding

import (
	"embed"
	"io/fs"
)

//go:embed example
var example embed.FS

// ExampleFiles is the folder of the example: its seed and its pictures.
func ExampleFiles() fs.FS {
	files, err := fs.Sub(example, "example")
	if err != nil {
		panic("branding: " + err.Error()) // the name is a valid path
	}
	return files
}

// Example is a look for stories, with the example's pictures and every property.
func Example() Properties {
	return Properties{
		BackgroundColor: "#241646", BackgroundImage: exampleURI("background.jpg"), AccentColor: "#5b2a86",
		BannerLogo: exampleURI("banner.png"), Favicon: exampleURI("favicon.png"),
		SquareLogo: exampleURI("square.png"), SquareLogoDark: exampleURI("square-dark.png"),
		HeaderBackgroundColor: "#ffd166",
		UsernameHintText:      "somebody@northlight.example",
		SignInPageText: "Problems? Call **+1 425 555 0100**, write to [the help desk](mailto:help@northlight.example) or read the [help pages](https://help.northlight.example/).\n\n" +
			"This system is for *staff of ++Northlight++*.",
		CustomCannotAccessYourAccountText: "I cannot get in", CustomForgotMyPasswordText: "I cannot remember my password",
		CustomPrivacyAndCookiesText: "Your privacy", CustomPrivacyAndCookiesURL: "https://www.northlight.example/privacy",
		CustomTermsOfUseURL:          "https://www.northlight.example/terms",
		LoginPageLayoutConfiguration: &Layout{LayoutTemplateType: TemplateDefault, IsHeaderShown: true, IsFooterShown: true},
	}
}

func exampleURI(name string) string {
	file, err := example.ReadFile("example/" + name)
	if err != nil {
		panic("branding: " + err.Error()) // it is embedded
	}
	return URI(file)
}
