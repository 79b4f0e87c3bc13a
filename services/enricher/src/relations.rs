//! How a version stands to the one before it, and a story to those of others.

use wiredesk_lifecycle::{Card, Digest, Figures, Near, Sketch, folded};
use wiredesk_model::{
    ArticleRecord, ChangeClass, Changes, CleanStory, NearStory, SourceId, StoryChain, StoryId,
};

use crate::memory::{Said, StoryMemory};

/// Near stories that a record names.
const MAX_NEAR: usize = 5;

/// What other stories are told of this one.
pub(crate) fn card_of(story: &CleanStory) -> Card {
    let facts = story.item.wire.as_deref();
    let sent = facts.and_then(|facts| facts.transmission.as_ref());
    let by_service = sent.and_then(|sent| {
        let (service, sequence) = (sent.services.first()?, sent.sequence.as_ref()?);
        Some(format!("{service}{sequence}"))
    });
    let mut numbers: Vec<String> = sent
        .and_then(|sent| sent.id.clone())
        .into_iter()
        .chain(by_service)
        .map(|number| folded(&number))
        .collect();
    numbers.dedup();
    let guid = facts.and_then(|facts| facts.guid.clone());
    let mut ids: Vec<String> = guid.into_iter().chain(story.item.id.clone()).collect();
    ids.retain(|id| id != story.story.as_str());
    ids.dedup();
    Card {
        source: story.source.clone(),
        received: story.fetched_at,
        ids,
        numbers,
        headline: folded(&story.title),
        slug: facts
            .and_then(|facts| facts.slugline.as_deref())
            .map(folded)
            .unwrap_or_default(),
        sketch: Sketch::of(&story.text),
        figures: Figures::of(&story.text),
        chain: None,
    }
}

/// What this version says, by its parts.
pub(crate) fn said(story: &CleanStory, record: &ArticleRecord) -> Said {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let media: Vec<&str> = story
        .item
        .enclosures
        .iter()
        .map(|file| file.url.as_str())
        .collect();
    let slug = story
        .item
        .wire
        .as_deref()
        .and_then(|facts| facts.slugline.clone());
    let parts = [
        ("headline", story.title.clone()),
        ("byline", text(&record.article.by)),
        ("dateline", text(&record.wire.dateline)),
        ("summary", text(&story.summary)),
        ("slugline", slug.unwrap_or_default()),
        ("subjects", story.item.categories.join("\n")),
        ("media", media.join("\n")),
    ];
    let parts = parts.iter().map(|(name, text)| (*name, text.as_str()));
    Said {
        version: record.article.version.clone(),
        digest: Digest::of(parts, &story.text, record.wire.words),
    }
}

/// Notes on the record how it differs from what was said before. An update that changes nothing is
/// a repeat; a correction stays one.
pub(crate) fn note_changes(record: &mut ArticleRecord, said: &Said, before: Option<&Said>) {
    let Some(before) = before else {
        return;
    };
    let difference = said.digest.difference(&before.digest);
    if difference.is_nothing() && record.wire.change == ChangeClass::Update {
        record.wire.change = ChangeClass::Repeat;
    }
    record.wire.changes = Some(Changes {
        from_version: before.version.clone(),
        parts: difference.parts,
        paragraphs_added: difference.added,
        paragraphs_removed: difference.removed,
        words: difference.words,
    });
}

/// The chain that a story belongs to: the one that it was in before, or that of the nearest story.
/// `None` where no other tells the same.
pub(crate) fn chain_of(
    story: &str,
    source: &SourceId,
    known: &StoryMemory,
    near: &[Near],
) -> Option<StoryChain> {
    let before = known.card.as_ref().map(|card| card.chain.clone());
    let own = || StoryId::new(story);
    let id = match before {
        Some(chain) => chain.unwrap_or_else(own),
        None => near.first()?.chain.clone(),
    };
    let others = || near.iter().filter(|one| one.chain == id);
    if near.is_empty() && id.as_str() == story {
        return None;
    }
    let mut sources: Vec<&SourceId> = others().map(|one| &one.source).chain([source]).collect();
    sources.sort();
    sources.dedup();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Some(StoryChain {
        sightings: count(others().count() + 1),
        sources: count(sources.len()),
        near: near
            .iter()
            .take(MAX_NEAR)
            .map(|one| NearStory {
                story: one.story.clone(),
                source: one.source.clone(),
                score: (one.score * 100.0).round() / 100.0,
            })
            .collect(),
        id,
    })
}
