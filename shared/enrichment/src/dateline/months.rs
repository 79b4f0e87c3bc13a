//! Names of months and weekdays as datelines write them, and the pattern of a date.

/// Months in full and as wires shorten them, lower case, without the full stop.
#[rustfmt::skip]
const MONTHS: &[&str] = &[
    // English, German, Dutch, the north
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept",
    "sep", "oct", "nov", "dec", "januar", "jänner", "februar", "feber", "märz", "mai", "juni",
    "juli", "oktober", "dezember", "mrz", "okt", "dez", "januari", "februari", "maart", "mei",
    "augustus", "december", "mrt", "mars", "maj", "augusti", "desember", "des",
    "tammikuuta", "helmikuuta", "maaliskuuta", "huhtikuuta", "toukokuuta", "kesäkuuta",
    "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta", "joulukuuta",
    // French, Spanish, Portuguese, Catalan, Italian, Romanian
    "janvier", "février", "avril", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre", "janv", "févr", "fév", "avr", "juil", "déc",
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "setiembre", "octubre", "noviembre", "diciembre", "ene", "abr", "ago", "dic",
    "janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro", "outubro", "novembro",
    "dezembro", "fev", "set", "out", "gener", "febrer", "març", "maig", "juny", "juliol",
    "setembre", "desembre", "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio",
    "settembre", "ottobre", "dicembre", "gen", "mag", "giu", "lug", "sett", "ott",
    "ianuarie", "februarie", "martie", "aprilie", "iunie", "iulie", "septembrie", "octombrie",
    "noiembrie", "decembrie", "ian", "iun", "iul", "noi",
    // Polish, Czech, Slovak, Slovene, Croatian, Hungarian, Turkish, Indonesian, Malay
    "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "września",
    "października", "listopada", "grudnia", "ledna", "února", "března", "dubna", "května",
    "června", "července", "srpna", "září", "října", "listopadu", "prosince",
    "januára", "februára", "apríla", "mája", "júna", "júla", "augusta", "septembra", "októbra",
    "novembra", "decembra", "januarja", "februarja", "aprila", "junija", "julija", "avgusta",
    "oktobra", "siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja",
    "kolovoza", "rujna", "listopada", "studenoga", "studenog", "prosinca", "januara", "februara",
    "juna", "jula", "január", "február", "március", "április", "május", "június", "július",
    "augusztus", "szeptember", "október", "ocak", "şubat", "mart", "nisan", "mayıs", "haziran",
    "temmuz", "ağustos", "eylül", "ekim", "kasım", "aralık", "maret", "mac", "ogos", "agustus",
    "julai", "jun", "disember", "ogo", "agu",
    // Russian, Ukrainian, Belarusian, Bulgarian, Serbian, Greek
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря", "янв", "фев", "мар", "апр", "авг", "сен", "сент", "окт", "ноя",
    "нояб", "дек", "січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня",
    "вересня", "жовтня", "листопада", "грудня", "студзеня", "лютага", "сакавіка", "красавіка",
    "траўня", "чэрвеня", "ліпеня", "жніўня", "верасня", "кастрычніка", "лістапада", "снежня",
    "януари", "февруари", "март", "април", "май", "юни", "юли", "август", "септември", "октомври",
    "ноември", "декември", "јануара", "фебруара", "априла", "маја", "јуна", "јула", "септембра",
    "октобра", "новембра", "децембра", "ιανουαρίου", "φεβρουαρίου", "μαρτίου", "απριλίου",
    "μαΐου", "ιουνίου", "ιουλίου", "αυγούστου", "σεπτεμβρίου", "οκτωβρίου", "νοεμβρίου",
    "δεκεμβρίου",
];

/// Weekdays, lower case.
#[rustfmt::skip]
const WEEKDAYS: &[&str] = &[
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue",
    "wed", "thu", "fri", "sat", "sun", "montag", "dienstag", "mittwoch", "donnerstag", "freitag",
    "samstag", "sonnabend", "sonntag", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
    "dimanche", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo",
    "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica",
    "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "maandag",
    "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag", "hétfő", "kedd",
    "szerda", "csütörtök", "péntek", "szombat", "vasárnap",
];

/// Whether a word, lower case, is a month or a weekday.
pub(super) fn is_calendar_word(word: &str) -> bool {
    MONTHS.contains(&word) || WEEKDAYS.contains(&word)
}

/// The pattern of a date: `Aug. 30`, `30. August 2026`, `le 30 août`, `30 de agosto`, `30/08/2026`,
/// `2026. augusztus 30., szerda`, `Monday`.
pub(super) fn date_pattern() -> String {
    let months = alternatives(MONTHS);
    let weekdays = alternatives(WEEKDAYS);
    let day = r"\d{1,2}(?:\.|º|°|er|st|nd|rd|th|-a|-е)?";
    let year = r"(?:19|20)\d{2}";
    format!(
        "(?i:(?:le\\s+|den\\s+)?(?:(?:{weekdays})\\.?,?\\s+)?(?:\
         {day}\\s*(?:de\\s+|\\s)?(?:{months})\\b\\.?(?:,?\\s+(?:de\\s+|del\\s+)?{year}\\b\\.?)?\
         |(?:{months})\\b\\.?\\s+{day}(?:,?\\s+{year}\\b)?\
         |{year}\\.\\s+(?:{months})\\s+{day}(?:,\\s+(?:{weekdays}))?\
         |\\d{{1,2}}[./-]\\d{{1,2}}[./-](?:{year}|\\d{{2}})\
         )|(?:{weekdays})\\b)"
    )
}

fn alternatives(words: &[&str]) -> String {
    // The longest first: `sept` before `sep`.
    let mut words = words.to_vec();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words.dedup();
    words.join("|")
}
