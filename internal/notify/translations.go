package notify

var german = words{
	lang: "de",

	codeSubject: "Prüfcode für die E-Mail-Adresse des Kontos bei %s",
	codeHeading: "Bestätigen Sie Ihre E-Mail-Adresse",
	codeLead:    "Mit diesem Code weisen Sie nach, dass die Adresse zu Ihrem Konto bei %s gehört.",
	codeLife:    life("Der Code gilt %d Minuten lang und nur einmal.", "Der Code gilt %d Sekunden lang und nur einmal."),
	codeIgnore:  "Haben Sie ihn nicht angefordert, können Sie diese Nachricht ignorieren: Vielleicht hat jemand aus Versehen Ihre Benutzer-ID eingegeben.",

	resetSubject: "Ihr Kennwort bei %s wurde zurückgesetzt",
	resetHeading: "Ihr Kennwort wurde zurückgesetzt",
	resetLead:    "Das Kennwort Ihres Kontos %[2]s bei %[1]s wurde mit der Self-Service-Kennwortzurücksetzung neu gesetzt.",
	resetNotYou:  "Waren Sie das nicht, wenden Sie sich sofort an Ihren Administrator.",

	adminSubject:     "Ein Administrator von %s hat sein Kennwort zurückgesetzt",
	adminHeading:     "Ein Administrator hat sein Kennwort zurückgesetzt",
	adminLead:        "%[1]s, Administrator von %[2]s, hat das Kennwort des eigenen Kontos mit der Self-Service-Kennwortzurücksetzung neu gesetzt.",
	adminNotExpected: "Kommt das unerwartet, fragen Sie dort nach und sehen Sie das Überwachungsprotokoll durch.",

	helpSubject: "Bitte um Kennwortzurücksetzung bei %s",
	helpHeading: "Jemand braucht Hilfe mit dem Kennwort",
	helpLead:    "Die folgende Person von %s konnte ihr Kennwort nicht zurücksetzen und bittet um Hilfe.",
	helpHow:     "Vergewissern Sie sich, dass die Bitte von dieser Person kommt, bevor Sie das Kennwort zurücksetzen. Unter der Referenz finden Sie den Versuch im Überwachungsprotokoll.",

	account: "Konto", name: "Name", when: "Zeitpunkt", reference: "Referenz",

	footer: "Gesendet von ssprlab, einem Emulator für Tests und Schulungen. Diese Nachricht kommt nicht von Microsoft.",
}

var french = words{
	lang: "fr",

	codeSubject: "Code de vérification de l’adresse e-mail du compte %s",
	codeHeading: "Vérifiez votre adresse e-mail",
	codeLead:    "Ce code prouve que l’adresse appartient à votre compte %s.",
	codeLife:    life("Le code est valable %d minutes et une seule fois.", "Le code est valable %d secondes et une seule fois."),
	codeIgnore:  "Si vous n’avez rien demandé, ignorez ce message : quelqu’un a peut-être saisi votre ID d’utilisateur par erreur.",

	resetSubject: "Votre mot de passe %s a été réinitialisé",
	resetHeading: "Votre mot de passe a été réinitialisé",
	resetLead:    "Le mot de passe de votre compte %[2]s chez %[1]s a été réinitialisé en libre-service.",
	resetNotYou:  "Si ce n’était pas vous, prévenez tout de suite votre administrateur.",

	adminSubject:     "Un administrateur de %s a réinitialisé son mot de passe",
	adminHeading:     "Un administrateur a réinitialisé son mot de passe",
	adminLead:        "%[1]s, administrateur de %[2]s, a réinitialisé en libre-service le mot de passe de son propre compte.",
	adminNotExpected: "Si vous ne vous y attendiez pas, vérifiez auprès de cette personne et consultez le journal d’audit.",

	helpSubject: "Demande de réinitialisation d’un mot de passe chez %s",
	helpHeading: "Quelqu’un a besoin d’aide pour son mot de passe",
	helpLead:    "La personne suivante de %s n’a pas pu réinitialiser son mot de passe et demande de l’aide.",
	helpHow:     "Assurez-vous que la demande vient bien de cette personne avant de réinitialiser le mot de passe. La référence permet de retrouver la tentative dans le journal d’audit.",

	account: "Compte", name: "Nom", when: "Demandé le", reference: "Référence",

	footer: "Envoyé par ssprlab, un émulateur pour les tests et la formation. Ce message ne vient pas de Microsoft.",
}

var spanish = words{
	lang: "es",

	codeSubject: "Código de verificación del correo de la cuenta de %s",
	codeHeading: "Verifique su dirección de correo",
	codeLead:    "Este código demuestra que la dirección pertenece a su cuenta de %s.",
	codeLife:    life("El código vale durante %d minutos y una sola vez.", "El código vale durante %d segundos y una sola vez."),
	codeIgnore:  "Si no lo ha pedido, ignore este mensaje: quizá alguien escribió su id. de usuario por error.",

	resetSubject: "Se ha restablecido su contraseña de %s",
	resetHeading: "Se ha restablecido su contraseña",
	resetLead:    "La contraseña de su cuenta %[2]s de %[1]s se ha restablecido mediante el autoservicio.",
	resetNotYou:  "Si no ha sido usted, avise enseguida a su administrador.",

	adminSubject:     "Un administrador de %s ha restablecido su contraseña",
	adminHeading:     "Un administrador ha restablecido su contraseña",
	adminLead:        "%[1]s, administrador de %[2]s, ha restablecido mediante el autoservicio la contraseña de su propia cuenta.",
	adminNotExpected: "Si no lo esperaba, consulte a esa persona y revise el registro de auditoría.",

	helpSubject: "Solicitud de restablecimiento de una contraseña de %s",
	helpHeading: "Alguien necesita ayuda con su contraseña",
	helpLead:    "La siguiente persona de %s no ha podido restablecer su contraseña y pide ayuda.",
	helpHow:     "Asegúrese de que la petición viene de esa persona antes de restablecer la contraseña. Con la referencia se encuentra el intento en el registro de auditoría.",

	account: "Cuenta", name: "Nombre", when: "Pedido el", reference: "Referencia",

	footer: "Enviado por ssprlab, un emulador para pruebas y formación. Este mensaje no viene de Microsoft.",
}
