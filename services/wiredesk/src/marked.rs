//! A story with what was taken out of it, in reading order.

use wiredesk_model::{ArticleRecord, Removal};

/// One piece of a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A paragraph that stayed.
    Kept(&'a str),
    /// Neighbouring spans that went by one rule; never empty.
    Removed(Vec<&'a Removal>),
}

/// The paragraphs of `text` (empty lines between) with the removed spans in their places.
pub fn pieces<'a>(text: &'a str, removed: &'a [Removal]) -> Vec<Piece<'a>> {
    let kept: Vec<&str> = text
        .split("\n\n")
        .filter(|part| !part.trim().is_empty())
        .collect();
    let mut removed: Vec<&Removal> = removed.iter().collect();
    removed.sort_by_key(|removal| removal.after_block);
    let mut removed = removed.into_iter().peekable();
    let mut pieces = Vec::with_capacity(kept.len());
    for (place, text) in kept.into_iter().enumerate() {
        while let Some(removal) = removed.next_if(|next| next.after_block as usize <= place) {
            push_removed(&mut pieces, removal);
        }
        pieces.push(Piece::Kept(text));
    }
    removed.for_each(|removal| push_removed(&mut pieces, removal));
    pieces
}

fn push_removed<'a>(pieces: &mut Vec<Piece<'a>>, removal: &'a Removal) {
    match pieces.last_mut() {
        Some(Piece::Removed(group)) if group.iter().all(|other| other.rule == removal.rule) => {
            group.push(removal);
        }
        _ => pieces.push(Piece::Removed(vec![removal])),
    }
}

/// The plain text of a record's body.
pub fn plain_body(record: &ArticleRecord) -> &str {
    record
        .article
        .bodies
        .iter()
        .find(|body| body.content_type == "text/plain")
        .map_or("", |body| body.value.as_str())
}

/// The main headline of a record.
pub fn headline(record: &ArticleRecord) -> &str {
    let headlines = &record.article.headlines;
    headlines
        .iter()
        .find(|headline| headline.role == "main")
        .or(headlines.first())
        .map_or("(no headline)", |headline| headline.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_spans_stand_where_they_stood() {
        let removal = |text: &str, after_block| Removal {
            rule: "r".to_owned(),
            reason: "because".to_owned(),
            text: text.to_owned(),
            after_block,
            start: None,
            end: None,
        };
        let removed = [
            removal("end", 2),
            removal("ad", 1),
            removal("top", 0),
            removal("off", 9),
        ];
        let shown: Vec<String> = pieces("one\n\ntwo", &removed)
            .iter()
            .map(|piece| match piece {
                Piece::Kept(text) => (*text).to_owned(),
                Piece::Removed(group) => {
                    let texts: Vec<&str> = group.iter().map(|one| one.text.as_str()).collect();
                    format!("-{}", texts.join("+"))
                }
            })
            .collect();
        assert_eq!(shown, ["-top", "one", "-ad", "two", "-end+off"]);
    }
}
