//! Names of months and days, and of the halves of the day.

/// Months by the beginnings of their names, lower case, for the languages seen in feeds:
/// English, German, French, Spanish, Italian, Portuguese, Dutch, Hungarian, Polish, Czech,
/// Swedish, Danish, Norwegian, Icelandic, Finnish, Estonian, Latvian, Lithuanian, Romanian, Turkish,
/// Indonesian, Malay, Russian, Ukrainian, Bulgarian, Greek, Arabic, Hebrew.
#[rustfmt::skip]
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän", "ene", "gen", "sty", "led", "ian", "oca", "янв", "яну", "січ", "ιαν", "tammi", "saus", "يناير", "ינואר"],
    &["feb", "fév", "fev", "feb", "lut", "úno", "şub", "фев", "лют", "φεβ", "helmi", "veeb", "vas", "فبراير", "פברואר"],
    &["mar", "mär", "mrz", "maa", "mär", "márc", "bře", "мар", "бер", "μάρ", "μαρ", "mac", "kov", "مارس", "מרץ"],
    &["apr", "avr", "abr", "ápr", "kwi", "dub", "nis", "апр", "кві", "απρ", "huhti", "bal", "أبريل", "ابريل", "אפריל"],
    &["may", "mai", "mag", "mei", "maj", "máj", "kvě", "мая", "май", "тра", "μάι", "μαϊ", "μαι", "touko", "maí", "geg", "مايو", "מאי"],
    &["jun", "juin", "giu", "jún", "cze", "čvn", "iun", "haz", "июн", "юни", "чер", "ιούν", "ιουν", "kesä", "juun", "jūn", "birž", "يونيو", "יוני"],
    &["jul", "juil", "lug", "júl", "lip", "čvc", "iul", "tem", "июл", "юли", "лип", "ιούλ", "ιουλ", "heinä", "juul", "jūl", "liep", "يوليو", "יולי"],
    &["aug", "aoû", "aou", "ago", "sie", "srp", "ağu", "авг", "сер", "αύγ", "αυγ", "elo", "agu", "ogo", "rugp", "ágú", "أغسطس", "اغسطس", "אוגוסט"],
    &["sep", "set", "szep", "wrz", "zář", "eyl", "сен", "сеп", "вер", "σεπ", "syys", "rugs", "سبتمبر", "ספטמבר"],
    &["oct", "okt", "out", "ott", "paź", "říj", "eki", "окт", "жов", "οκτ", "loka", "spal", "أكتوبر", "اكتوبر", "אוקטובר"],
    &["nov", "noi", "lis", "kas", "ноя", "ное", "лис", "νοέ", "νοε", "marras", "nóv", "lapk", "نوفمبر", "נובמבר"],
    &["dec", "déc", "dez", "dic", "des", "gru", "pro", "ara", "дек", "гру", "δεκ", "joulu", "det", "dis", "gruo", "ديسمبر", "דצמבר"],
];

/// The month of a name or of its beginning.
pub(super) fn month(word: &str) -> Option<i8> {
    let word = word.to_lowercase();
    let found = MONTHS.iter().enumerate().find_map(|(index, beginnings)| {
        beginnings
            .iter()
            .any(|beginning| word.starts_with(beginning))
            .then_some(index as i8 + 1)
    });
    found.filter(|_| word.chars().all(char::is_alphabetic))
}

/// Whether the word is the half of a day: `Some(true)` after noon.
pub(super) fn half_of_day(word: &str) -> Option<bool> {
    let letters: String = word
        .chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    match letters.as_str() {
        "am" | "오전" | "午前" | "上午" | "πμ" => Some(false),
        "pm" | "오후" | "午後" | "下午" | "μμ" => Some(true),
        _ => None,
    }
}
