//! Dead letters that the stage writes itself, beside what it decides about a record.

use wiredesk_model::{Headers, Outgoing, ReasonCode, RunId, SourceId, Timestamp, Topic, header};
use wiredesk_pipeline::caught;

use crate::events::memory_record;
use crate::memory::StoryMemory;

/// A note for the operator about a story, where no record stands for what went wrong.
pub(crate) fn note(
    story: &str,
    origin: (&SourceId, &RunId),
    (reason, detail): (ReasonCode, &str),
    (value, at): (serde_json::Value, Timestamp),
) -> Outgoing {
    Outgoing {
        topic: Topic::Dead,
        key: story.to_owned(),
        value: Some(value.to_string().into_bytes()),
        headers: Headers::new()
            .with(header::CE_SOURCE, origin.0.as_str())
            .with(header::RUN, origin.1.as_str())
            .with(header::DEAD_STAGE, "enricher")
            .with(header::DEAD_REASON, reason.as_str())
            .with(header::DEAD_DETAIL, detail)
            .with(header::DEAD_ATTEMPTS, "1")
            .with(header::DEAD_TOPIC, Topic::StoryState.name())
            .with(header::DEAD_TIME, at.to_string()),
    }
}

/// Does some work on what is known of a story, and keeps a panic to that story: everything else
/// that is due, kills above all, must still happen.
///
/// # Errors
/// What the panic said; what is known is as it was before.
pub(crate) fn guarded<T>(
    known: &mut StoryMemory,
    work: impl FnOnce(&mut StoryMemory) -> T,
) -> Result<T, String> {
    let before = known.clone();
    caught(|| work(known)).inspect_err(|_| *known = before)
}

/// A version whose time has come and whose record cannot be written: it goes nowhere, and the dead
/// letter says what it was.
pub(crate) fn given_up(
    story: &str,
    known: &mut StoryMemory,
    why: (ReasonCode, &str),
) -> Result<Vec<Outgoing>, serde_json::Error> {
    let origin = known.origin();
    let origin = (&origin.0, &origin.1);
    let newest = known.story.newest.as_ref();
    let at = newest.map_or(Timestamp::UNIX_EPOCH, |newest| newest.received);
    let value = serde_json::json!({
        "story": story,
        "version": newest.map(|newest| newest.version),
        "source": origin.0,
    });
    (known.waiting, known.ending) = (None, None);
    known.story.shown = None;
    let dead = note(story, origin, why, (value, at));
    Ok(vec![dead, memory_record(story, known, origin)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_over_one_story_leaves_what_is_known_of_it_as_it_was() {
        let mut known = StoryMemory::default();
        let before = known.clone();
        let said = guarded(&mut known, |known| {
            known.story.was_public = true;
            panic!("a defect");
        });
        let said: Result<(), String> = said;
        assert!(said.is_err_and(|said| said.contains("a defect")));
        assert_eq!(known, before);
    }
}
