//! Language tags as feeds and pages write them, brought to BCP 47.

/// ISO 639-1, and the ISO 639-2 codes (bibliographic and terminological) of the same language.
#[rustfmt::skip]
const THREE_LETTER: &[(&str, &str)] = &[
    ("afr", "af"), ("alb", "sq"), ("sqi", "sq"), ("amh", "am"), ("ara", "ar"), ("arm", "hy"),
    ("hye", "hy"), ("aze", "az"), ("baq", "eu"), ("eus", "eu"), ("bel", "be"), ("ben", "bn"),
    ("bos", "bs"), ("bul", "bg"), ("bur", "my"), ("mya", "my"), ("cat", "ca"), ("chi", "zh"),
    ("zho", "zh"), ("cmn", "zh"), ("cze", "cs"), ("ces", "cs"), ("dan", "da"), ("dut", "nl"),
    ("nld", "nl"), ("eng", "en"), ("epo", "eo"), ("est", "et"), ("fas", "fa"), ("per", "fa"),
    ("pes", "fa"), ("fin", "fi"), ("fra", "fr"), ("fre", "fr"), ("geo", "ka"), ("kat", "ka"),
    ("ger", "de"), ("deu", "de"), ("gle", "ga"), ("glg", "gl"), ("gre", "el"), ("ell", "el"),
    ("guj", "gu"), ("heb", "he"), ("hin", "hi"), ("hrv", "hr"), ("hun", "hu"), ("ice", "is"),
    ("isl", "is"), ("ind", "id"), ("ita", "it"), ("jav", "jv"), ("jpn", "ja"), ("kan", "kn"),
    ("kaz", "kk"), ("khm", "km"), ("kor", "ko"), ("lat", "la"), ("lav", "lv"), ("lit", "lt"),
    ("mac", "mk"), ("mkd", "mk"), ("mal", "ml"), ("mar", "mr"), ("may", "ms"), ("msa", "ms"),
    ("nep", "ne"), ("nno", "nn"), ("nob", "nb"), ("nor", "no"), ("ori", "or"), ("pan", "pa"),
    ("pol", "pl"), ("por", "pt"), ("rum", "ro"), ("ron", "ro"), ("rus", "ru"), ("sin", "si"),
    ("slo", "sk"), ("slk", "sk"), ("slv", "sl"), ("sna", "sn"), ("spa", "es"), ("srp", "sr"),
    ("swe", "sv"), ("tam", "ta"), ("tel", "te"), ("tgl", "tl"), ("tha", "th"), ("tuk", "tk"),
    ("tur", "tr"), ("ukr", "uk"), ("urd", "ur"), ("uzb", "uz"), ("vie", "vi"), ("wel", "cy"),
    ("cym", "cy"), ("yid", "yi"), ("zul", "zu"), ("aka", "ak"),
];

/// Codes that were withdrawn, and names that stand where a code should.
#[rustfmt::skip]
const OTHER_NAMES: &[(&str, &str)] = &[
    ("iw", "he"), ("in", "id"), ("ji", "yi"), ("jw", "jv"), ("mo", "ro"),
    ("english", "en"), ("german", "de"), ("deutsch", "de"), ("french", "fr"), ("français", "fr"),
    ("francais", "fr"), ("spanish", "es"), ("español", "es"), ("espanol", "es"),
    ("italian", "it"), ("italiano", "it"), ("portuguese", "pt"), ("português", "pt"),
    ("dutch", "nl"), ("nederlands", "nl"), ("polish", "pl"), ("polski", "pl"), ("russian", "ru"),
    ("русский", "ru"), ("ukrainian", "uk"), ("українська", "uk"), ("turkish", "tr"),
    ("türkçe", "tr"), ("swedish", "sv"), ("svenska", "sv"), ("norwegian", "no"), ("norsk", "no"),
    ("danish", "da"), ("dansk", "da"), ("finnish", "fi"), ("suomi", "fi"), ("czech", "cs"),
    ("chinese", "zh"), ("中文", "zh"), ("japanese", "ja"), ("日本語", "ja"), ("korean", "ko"),
    ("한국어", "ko"), ("arabic", "ar"), ("العربية", "ar"), ("hindi", "hi"), ("greek", "el"),
];

/// Two-letter codes of ISO 639-1.
const TWO_LETTER: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu sh";

/// The declared language as a BCP 47 tag in its usual case; nothing where it is none.
///
/// ```
/// use wiredesk_enrichment::normalize_tag;
/// assert_eq!(normalize_tag("EN_us.UTF-8").as_deref(), Some("en-US"));
/// assert_eq!(normalize_tag("zh-hans-cn").as_deref(), Some("zh-Hans-CN"));
/// assert_eq!(normalize_tag("ger").as_deref(), Some("de"));
/// assert_eq!(normalize_tag("*"), None);
/// ```
pub fn normalize_tag(declared: &str) -> Option<String> {
    // `de, en` and `de;q=0.8`: the first one. `en_US.UTF-8@euro`: a locale.
    let first = declared
        .split([',', ';', '.', '@', ' ', '/'])
        .find(|part| !part.is_empty())?;
    let folded = first.trim().replace('_', "-").to_lowercase();
    let mut parts = folded.split('-');
    let mut tag = primary_code(parts.next()?)?.to_owned();
    for part in parts {
        let is_letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_plain = part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (part.len(), is_letters) {
            (2, true) => push(&mut tag, &part.to_uppercase()),
            (3, false) if part.bytes().all(|byte| byte.is_ascii_digit()) => push(&mut tag, part),
            (4, true) => push(&mut tag, &capitalized(part)),
            (4..=8, _) if is_plain => push(&mut tag, part),
            // An extension, or what is no tag any more: the language itself still stands.
            _ => break,
        }
    }
    Some(tag)
}

fn push(tag: &mut String, part: &str) {
    tag.push('-');
    tag.push_str(part);
}

fn capitalized(part: &str) -> String {
    let (first, rest) = part.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn primary_code(code: &str) -> Option<&str> {
    let renamed = OTHER_NAMES.iter().chain(THREE_LETTER);
    if let Some((_, tag)) = renamed.into_iter().find(|(name, _)| *name == code) {
        return Some(tag);
    }
    let is_letters = code.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_known = match code.len() {
        2 => TWO_LETTER.split(' ').any(|known| known == code),
        // The rest of ISO 639-3 is too long a list; undetermined and multiple say nothing.
        3 => !matches!(
            code,
            "und" | "mul" | "zxx" | "mis" | "utf" | "www" | "all" | "any"
        ),
        _ => false,
    };
    (is_letters && is_known).then_some(code)
}

/// The two-letter code of a three-letter one.
pub(super) fn two_letter(code: &str) -> Option<&'static str> {
    THREE_LETTER
        .iter()
        .find(|(three, _)| *three == code)
        .map(|(_, two)| *two)
}
