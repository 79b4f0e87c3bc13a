//! Datelines in scripts without capitals: Chinese, Japanese, Korean, Arabic, the scripts of India.
//!
//! Here nothing but the agency tells a dateline from a sentence, so only a known one counts.

use std::sync::LazyLock;

use regex::Regex;

use super::Dateline;
use crate::agency::agency_named;

/// Forms that open a text, each with `place` and `agency`.
static FORMS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // The reporter, where named, has the usual three characters.
        // 新华社北京8月30日电, （中央社記者王小明台北30日電）, 中新社上海8月30日电
        r"^[（(【]?(?P<agency>新华社|新華社|中新社|中新网|中央社|法新社|路透社)(?:(?:記者|记者)\p{Han}{3})?(?P<place>\p{Han}{2,12}?)(?:\d{1,2}月)?\d{1,2}日(?:综合|綜合|專|专|外)?[电電訊讯][）)】]?",
        // 【北京共同】, 【ワシントン時事】, 【ニューヨーク＝共同】, 【台北＝時事】
        r"^【(?P<place>[\p{Han}\p{Hiragana}\p{Katakana}ー・]{2,15}?)(?:\d{1,2}日)?[=＝\s]?(?P<agency>共同|時事|ＡＦＰ時事|AFP時事|ロイター)(?:通信)?】",
        // ［東京 30日 ロイター］ －
        r"^[\[［](?P<place>[\p{Han}\p{Hiragana}\p{Katakana}ー・/／]{2,20}?)[\s　]+(?:\d{1,2}日[\s　]+)?(?P<agency>ロイター|共同|時事)[\]］]",
        // (서울=연합뉴스), [서울=뉴시스], (워싱턴·서울=연합뉴스)
        r"^[(\[（](?P<place>[\p{Hangul}·/]{2,20})=(?P<agency>[\p{Hangul}\d]{2,8})[)\]）]",
        // القدس (أ ف ب) - , القاهرة 30 أغسطس (رويترز), نيس (فرنسا) (أ ف ب)
        r"^(?P<place>[\p{Arabic}\p{M}]+(?:[\s/-][\p{Arabic}\p{M}]+){0,3}?(?:\s\([\p{Arabic}\s]+\))?)(?:\s*[،,]?\s+\d{1,2}[-\s/\p{Arabic}\p{M}\d]{0,30}?)?\s*[(/](?P<agency>[^()/]{2,25})[)/]",
        // नई दिल्ली, 30 अगस्त (भाषा)
        r"^(?P<place>[\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Gurmukhi}\p{Hebrew}\p{Thai}\p{M}]+(?:[\s/-][\p{Devanagari}\p{Bengali}\p{Tamil}\p{Telugu}\p{Gujarati}\p{Gurmukhi}\p{Hebrew}\p{Thai}\p{M}]+){0,3}?)(?:\s*[,،]\s*\d{1,2}[\s\p{L}\p{M}\d]{0,30}?)?\s*\((?P<agency>[^()]{2,25})\)",
    ]
    .iter()
    .map(|pattern| Regex::new(pattern).expect("a valid pattern"))
    .collect()
});

/// Reads a dateline in a script without capitals.
pub(super) fn read(head: &str) -> Option<Dateline<'_>> {
    let first = head.chars().next()?;
    if first.is_ascii_alphanumeric() || first.is_uppercase() || first.is_lowercase() {
        return None;
    }
    FORMS.iter().find_map(|form| {
        let found = form.captures(head)?;
        let agency = agency_named(found.name("agency")?.as_str())?;
        Some(Dateline {
            text: found.get(0)?.as_str().trim_end(),
            place: found.name("place")?.as_str(),
            agency: Some(agency),
        })
    })
}
