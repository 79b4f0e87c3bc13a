use wiredesk_model::Language;

use super::{best_language, detect_language, normalize_tag};

#[test]
fn declared_tags_are_brought_to_their_usual_form() {
    let cases = [
        ("en", Some("en")),
        ("EN-us", Some("en-US")),
        ("en_GB.UTF-8", Some("en-GB")),
        ("de-de", Some("de-DE")),
        ("zh-hans-cn", Some("zh-Hans-CN")),
        ("sr_LATN", Some("sr-Latn")),
        ("es-419", Some("es-419")),
        ("ger", Some("de")),
        ("deu-AT", Some("de-AT")),
        ("iw", Some("he")),
        ("English", Some("en")),
        ("de, en", Some("de")),
        ("de;q=0.8", Some("de")),
        ("ckb", Some("ckb")),
        ("nb-NO", Some("nb-NO")),
        ("en-x-private", Some("en")),
        ("en-", Some("en")),
        ("und", None),
        ("xx", None),
        ("utf-8", None),
        ("*", None),
        ("", None),
        ("-", None),
        ("{{ lang }}", None),
    ];
    for (declared, expected) in cases {
        assert_eq!(
            normalize_tag(declared).as_deref(),
            expected,
            "tag {declared:?}"
        );
    }
}

/// Sentences of the length of a headline or a teaser.
#[rustfmt::skip]
const SHORT_TEXTS: &[(&str, &str)] = &[
    ("en", "Mayor resigns after budget vote"),
    ("en", "Oil prices fall as talks resume in Geneva"),
    ("en", "Two dead in train crash near the coast"),
    ("de", "Stadtrat beschließt neuen Haushalt für das kommende Jahr"),
    ("de", "Zwei Tote bei Zugunglück an der Küste"),
    ("de", "Bürgermeister tritt nach Abstimmung zurück"),
    ("fr", "Le maire démissionne après le vote du budget"),
    ("fr", "Deux morts dans un accident de train sur la côte"),
    ("es", "El alcalde dimite tras la votación del presupuesto"),
    ("es", "Dos muertos en un accidente de tren en la costa"),
    ("pt", "Dois mortos em acidente de trem no litoral"),
    ("pt", "O presidente da câmara demitiu-se após a votação"),
    ("it", "Il sindaco si dimette dopo il voto sul bilancio"),
    ("it", "Due morti in un incidente ferroviario sulla costa"),
    ("nl", "Burgemeester stapt op na stemming over de begroting"),
    ("nl", "Twee doden bij treinongeluk aan de kust"),
    ("sv", "Borgmästaren avgår efter omröstningen om budgeten"),
    ("sv", "Två döda i tågolycka vid kusten"),
    ("da", "Borgmesteren går af efter afstemningen om budgettet"),
    ("nb", "Ordføreren går av etter avstemningen om budsjettet"),
    ("fi", "Kaupunginjohtaja eroaa budjettiäänestyksen jälkeen"),
    ("pl", "Burmistrz rezygnuje po głosowaniu nad budżetem"),
    ("pl", "Dwie osoby zginęły w katastrofie kolejowej na wybrzeżu"),
    ("cs", "Starosta po hlasování o rozpočtu odstoupil"),
    ("hu", "Lemondott a polgármester a költségvetési szavazás után"),
    ("ro", "Primarul demisionează după votul privind bugetul"),
    ("tr", "Belediye başkanı bütçe oylamasının ardından istifa etti"),
    ("id", "Wali kota mengundurkan diri setelah pemungutan suara anggaran"),
    ("vi", "Thị trưởng từ chức sau cuộc bỏ phiếu về ngân sách"),
    ("ru", "Мэр подал в отставку после голосования по бюджету"),
    ("uk", "Мер подав у відставку після голосування щодо бюджету"),
    ("bg", "Кметът подаде оставка след гласуването на бюджета"),
    ("el", "Ο δήμαρχος παραιτήθηκε μετά την ψηφοφορία"),
    ("ar", "استقال رئيس البلدية بعد التصويت على الميزانية"),
    ("fa", "شهردار پس از رأی‌گیری درباره بودجه استعفا داد"),
    ("he", "ראש העיר התפטר לאחר ההצבעה על התקציב"),
    ("hi", "बजट पर मतदान के बाद महापौर ने इस्तीफा दिया"),
    ("zh", "市长在预算表决后辞职"),
    ("ja", "市長が予算案の採決後に辞任した"),
    ("ko", "시장이 예산안 표결 후 사임했다"),
    ("th", "นายกเทศมนตรีลาออกหลังการลงมติงบประมาณ"),
];

#[test]
fn short_texts_are_told_apart() {
    let wrong: Vec<String> = SHORT_TEXTS
        .iter()
        .filter_map(|(tag, text)| {
            let found = detect_language(text);
            let is_right = found.is_some_and(|found| found.tag == *tag);
            (!is_right).then(|| format!("{tag} {text}: {found:?}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn too_little_text_says_nothing() {
    for text in [
        "",
        "2026",
        "OK",
        "https://example.org/a-long-address-in-english",
        "…",
    ] {
        assert_eq!(detect_language(text), None, "language of {text:?}");
    }
}

#[test]
fn a_sure_detection_overrules_a_template() {
    let best = |declared: Option<&str>, detected: Option<&str>, confidence: f64| {
        best_language(&Language {
            declared: declared.map(str::to_owned),
            detected: detected.map(str::to_owned),
            confidence: Some(confidence),
        })
    };
    assert_eq!(best(Some("en-US"), Some("de"), 0.95).as_deref(), Some("de"));
    assert_eq!(
        best(Some("en-US"), Some("de"), 0.6).as_deref(),
        Some("en-US")
    );
    assert_eq!(
        best(Some("en-US"), Some("en"), 1.0).as_deref(),
        Some("en-US")
    );
    assert_eq!(best(Some("no"), Some("da"), 1.0).as_deref(), Some("no"));
    assert_eq!(best(None, Some("de"), 0.5).as_deref(), Some("de"));
    assert_eq!(best(None, Some("de"), 0.3), None);
    assert_eq!(best(Some("fr"), None, 0.0).as_deref(), Some("fr"));
    assert_eq!(best(None, None, 0.0), None);
}
