package device

import (
	"fmt"

	"golang.org/x/text/language"

	"github.com/ssprlab/ssprlab/internal/secret"
)

// smsTexts are the text messages by language, the fallback first. The wording
// is ours.
var (
	smsLanguages = language.NewMatcher([]language.Tag{language.English, language.German, language.French, language.Spanish, language.Japanese, language.Arabic})
	smsTexts     = []string{
		"Your verification code is %s. If you did not ask for it, ignore this message.",
		"Ihr Prüfcode lautet %s. Haben Sie ihn nicht angefordert, ignorieren Sie diese Nachricht.",
		"Votre code de vérification est %s. Si vous n’avez rien demandé, ignorez ce message.",
		"Su código de verificación es %s. Si no lo ha pedido, ignore este mensaje.",
		"確認コードは %s です。お心当たりがない場合は、このメッセージを無視してください。",
		"رمز التحقق الخاص بك هو %s. إذا لم تطلبه فتجاهل هذه الرسالة.",
	}
)

// smsText is the message in the language that suits a locale best.
func smsText(code secret.Text, locale string) string {
	_, at, _ := smsLanguages.Match(language.Make(locale))
	return fmt.Sprintf(smsTexts[at], code.Reveal())
}
