//! "Read more: …", a pointer to one other story within a line.

use wiredesk_model::count_words;

use super::Rule;
use crate::draft::{Draft, DraftLine};
use crate::phrases::Cue;

pub(super) const RULE: Rule = Rule {
    id: "pointer",
    doc: "a line that points to another story: \"Read more: …\"",
    about: "The line begins with a pointing phrase, a colon, a bar or a dash right behind it, and what \
            follows is a headline: short, no full stop, or a link. Without such a mark it goes only \
            where it is a link. An instruction or a quotation that ends as a sentence stays.",
    yields_from: Some(3),
    apply,
};

fn apply(draft: &mut Draft) {
    draft.remove_where(RULE.id, "points to another story", |_, line| {
        is_pointer(line)
    });
}

fn is_pointer(line: &DraftLine) -> bool {
    if !(line.cues.begins(Cue::Pointer) || line.cues.begins(Cue::Related)) || line.words > 30 {
        return false;
    }
    let headline = behind_mark(&line.text);
    if line.is_link() {
        let points = headline.is_some() && is_strong(&line.text) || line.cues.begins(Cue::Related);
        return points && line.words > 1 && !line.cues.is(Cue::Related);
    }
    let Some(headline) = headline else {
        return false;
    };
    let known = line.cues.begins(Cue::Related) || line.link_share > 0.3;
    count_words(headline) >= 3
        && !headline.ends_with(['.', '"', '”', ':'])
        && (known || is_strong(&line.text) && !headline.starts_with(char::is_lowercase))
}

/// Phrases that only point; others ("Live", "Video") also open headings of a story.
fn is_strong(text: &str) -> bool {
    const STRONG: [&str; 7] = [
        "read",
        "see also",
        "also read",
        "don't miss",
        "don’t miss",
        "watch",
        "must read",
    ];
    let lower = text.to_lowercase();
    STRONG.iter().any(|phrase| lower.starts_with(phrase))
}

/// What stands behind a colon, bar or dash within the first words.
fn behind_mark(text: &str) -> Option<&str> {
    const FIRST_BYTES: usize = 40;
    let first = &text[..text.floor_char_boundary(FIRST_BYTES)];
    let (at, mark) = first.char_indices().find(|(_, c)| {
        matches!(
            c,
            ':' | '|' | '–' | '—' | '»' | '>' | '→' | '：' | '】' | ']'
        )
    })?;
    Some(text[at + mark.len_utf8()..].trim())
}

#[cfg(test)]
mod tests {
    use super::super::testing::check;
    use super::RULE;

    #[test]
    fn pointers_go_and_sentences_stay() {
        check(
            &RULE,
            &[
                (
                    "He left. / Read more: Port strike enters third week / They wait.",
                    "He left. / They wait.",
                ),
                (
                    "Er ging. / Lesen Sie auch: Streik im Hafen dauert an / Sie warten.",
                    "Er ging. / Sie warten.",
                ),
                (
                    "Il part. / À lire aussi : La grève du port continue / On attend.",
                    "Il part. / On attend.",
                ),
                (
                    "Odszedł. / Czytaj także: Strajk w porcie trwa / Czekają.",
                    "Odszedł. / Czekają.",
                ),
                (
                    "Se fue. / Lea también: Sigue la huelga del puerto / Esperan.",
                    "Se fue. / Esperan.",
                ),
                (
                    "Il part. / 【関連記事】港のストライキが三週目に",
                    "Il part.",
                ),
                ("Il part. / [관련기사] 항구 파업 3주째 계속", "Il part."),
                ("Il part. / 相关阅读：港口罢工进入第三周", "Il part."),
                (
                    "Ушёл. / Подробнее: Забастовка в порту длится третью неделю",
                    "Ушёл.",
                ),
                (
                    "Gitti. / İlgili haber: Limandaki grev üçüncü haftasına girdi",
                    "Gitti.",
                ),
                (
                    "رفت. / بیشتر بخوانید: اعتصاب در بندر وارد هفته سوم شد",
                    "رفت.",
                ),
                ("Отиде. / Прочетете още: Стачката на пристанището", "Отиде."),
                ("הלך. / קראו גם: השביתה בנמל נמשכת", "הלך."),
                ("ไป. / อ่านเพิ่มเติม: การนัดหยุดงานที่ท่าเรือ", "ไป."),
            ],
            &[
                "Подробнее о забастовке рассказал министр.",
                "関連記事を集めた本が月曜日に出版された。",
                "Read more: that is what teachers ask of parents.",
                "See also the ruling of 2019",
                "Watch: “It was over in a second.”",
                "Video killed the radio star",
            ],
        );
    }
}
