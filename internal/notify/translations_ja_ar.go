package notify

import (
	"fmt"
	"time"
)

var japanese = words{
	lang: "ja", wide: true,

	codeSubject: "%s アカウントのメール アドレス確認コード",
	codeHeading: "メール アドレスをご確認ください",
	codeLead:    "このコードで、このメール アドレスがお使いの %s アカウントのものであることを確認します。",
	codeLife:    life("コードの有効期間は %d 分間で、1 回だけ使用できます。", "コードの有効期間は %d 秒間で、1 回だけ使用できます。"),
	codeIgnore:  "お心当たりがない場合は、このメールを無視してください。他の方がユーザー ID を誤って入力した可能性があります。",

	resetSubject: "%s のパスワードがリセットされました",
	resetHeading: "パスワードがリセットされました",
	resetLead:    "%[1]s のアカウント %[2]s のパスワードが、セルフサービス パスワード リセットでリセットされました。",
	resetNotYou:  "お心当たりがない場合は、ただちに管理者にご連絡ください。",

	adminSubject:     "%s の管理者がパスワードをリセットしました",
	adminHeading:     "管理者がパスワードをリセットしました",
	adminLead:        "%[2]s の管理者 %[1]s が、セルフサービス パスワード リセットで自分のアカウントのパスワードをリセットしました。",
	adminNotExpected: "予期しない操作の場合は、本人に確認し、監査ログをご確認ください。",

	helpSubject: "%s でのパスワード リセットの依頼",
	helpHeading: "パスワードについてサポートを求めている方がいます",
	helpLead:    "%s の次の方がパスワードをリセットできず、管理者の支援を求めています。",
	helpHow:     "パスワードをリセットする前に、本人からの依頼であることを必ず確認してください。参照番号で監査ログの該当する操作を検索できます。",

	account: "アカウント", name: "名前", when: "依頼日時", reference: "参照番号",

	footer: "テストとトレーニング用のエミュレーター ssprlab が送信したメールです。Microsoft からのメールではありません。",
}

var arabic = words{
	lang: "ar", rtl: true,

	codeSubject: "رمز التحقق من البريد الإلكتروني لحساب %s",
	codeHeading: "تحقق من عنوان بريدك الإلكتروني",
	codeLead:    "استخدم هذا الرمز لإثبات أن العنوان يخص حسابك لدى %s.",
	codeLife:    arabicLife,
	codeIgnore:  "إذا لم تطلب هذا الرمز فتجاهل الرسالة: ربما أدخل شخص آخر معرّف المستخدم الخاص بك عن طريق الخطأ.",

	resetSubject: "تمت إعادة تعيين كلمة مرورك لدى %s",
	resetHeading: "تمت إعادة تعيين كلمة مرورك",
	resetLead:    "أُعيد تعيين كلمة مرور حسابك لدى %[1]s (%[2]s) باستخدام الخدمة الذاتية لإعادة تعيين كلمة المرور.",
	resetNotYou:  "إذا لم تكن أنت من فعل ذلك فاتصل بالمسؤول على الفور.",

	adminSubject:     "أعاد أحد المسؤولين لدى %s تعيين كلمة مروره",
	adminHeading:     "أعاد أحد المسؤولين تعيين كلمة مروره",
	adminLead:        "أعاد المسؤول %[1]s لدى %[2]s تعيين كلمة مرور حسابه باستخدام الخدمة الذاتية لإعادة تعيين كلمة المرور.",
	adminNotExpected: "إذا لم تكن تتوقع ذلك فتحقق من الأمر مع هذا الشخص وراجع سجل التدقيق.",

	helpSubject: "طلب إعادة تعيين كلمة مرور لدى %s",
	helpHeading: "شخص يحتاج إلى المساعدة في كلمة مروره",
	helpLead:    "تعذّر على الشخص التالي لدى %s إعادة تعيين كلمة مروره، وهو يطلب مساعدة أحد المسؤولين.",
	helpHow:     "تأكد من أن الطلب صادر عن هذا الشخص قبل إعادة تعيين كلمة المرور. يمكنك العثور على المحاولة في سجل التدقيق باستخدام الرقم المرجعي.",

	account: "الحساب", name: "الاسم", when: "وقت الطلب", reference: "الرقم المرجعي",

	footer: "أُرسلت هذه الرسالة من ssprlab، وهو محاكٍ للاختبار والتدريب. وهي ليست من Microsoft.",
}

// arabicLife says how long a code is valid. Two of a kind are one word, and what
// is counted has another form after 3 to 10 than after 11 to 99 (CLDR plural
// rules).
func arabicLife(d time.Duration) string {
	n, two, few, many := int(d/time.Second), "ثانيتين", "ثوانٍ", "ثانية"
	if d > time.Minute && d%time.Minute == 0 {
		n, two, few, many = int(d/time.Minute), "دقيقتين", "دقائق", "دقيقة"
	}
	span := fmt.Sprintf("%d %s", n, many)
	switch {
	case n == 2:
		span = two
	case n%100 >= 3 && n%100 <= 10:
		span = fmt.Sprintf("%d %s", n, few)
	}
	return fmt.Sprintf("الرمز صالح لمدة %s ويمكن استخدامه مرة واحدة فقط.", span)
}
