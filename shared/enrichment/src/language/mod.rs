//! The language of a story: as declared, as detected, and which of the two to believe.

mod detected;
mod tag;
mod words;

use wiredesk_model::Language;

pub use detected::{Detection, detect_language};
pub use tag::normalize_tag;

/// A detection this sure overrules a declaration that names another language: templates of feeds
/// declare `en-US` whatever they carry.
const OVERRULES_AT: f64 = 0.9;

/// Without a declaration, a detection less sure than this is no language to publish.
const BELIEVED_AT: f64 = 0.4;

/// Languages so near to each other that the declaration knows better than the detection.
const NEAR: &[&[&str]] = &[
    &["da", "nb", "nn", "no"],
    &["bs", "cnr", "hr", "sh", "sr"],
    &["id", "ms"],
    &["cs", "sk"],
    &["bg", "mk"],
    &["es", "gl", "ca"],
    &["gl", "pt"],
    &["af", "nl"],
    &["fa", "prs"],
    &["hi", "mr", "ne"],
    &["tl", "fil"],
    &["zh", "yue", "cmn"],
];

/// The language to go by, BCP 47: the declared one, unless the text is clearly in another.
///
/// ```
/// use wiredesk_model::Language;
/// let language = Language {
///     declared: Some("en-US".to_owned()),
///     detected: Some("de".to_owned()),
///     confidence: Some(1.0),
/// };
/// assert_eq!(wiredesk_enrichment::best_language(&language).as_deref(), Some("de"));
/// ```
pub fn best_language(language: &Language) -> Option<String> {
    let confidence = language.confidence.unwrap_or_default();
    let believed = language
        .detected
        .as_ref()
        .filter(|_| confidence >= BELIEVED_AT);
    let (declared, detected) = match (&language.declared, believed) {
        (Some(declared), Some(detected)) => (declared, detected),
        (declared, detected) => return declared.as_ref().or(detected).cloned(),
    };
    let is_sure = confidence >= OVERRULES_AT;
    if is_sure && !are_near(primary(declared), primary(detected)) {
        Some(detected.clone())
    } else {
        Some(declared.clone())
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or(tag)
}

fn are_near(one: &str, other: &str) -> bool {
    one == other
        || NEAR
            .iter()
            .any(|group| group.contains(&one) && group.contains(&other))
}

#[cfg(test)]
mod tests;
