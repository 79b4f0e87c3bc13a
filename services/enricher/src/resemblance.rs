//! A text that was killed and comes back under another id: a case for the operator.

use wiredesk_enrichment::is_correction;
use wiredesk_lifecycle::{Register, Status};
use wiredesk_model::{Headers, ReasonCode, SourceId, header};

use crate::memory::StoryMemory;
use crate::power::Owners;
use crate::stage::Candidate;

/// Whether an operator has looked at the record, and lets it go out.
pub(crate) fn is_let_out(headers: &Headers) -> bool {
    let reason = ReasonCode::ResemblesKilled.as_str();
    headers.get(header::RETRY_OF).is_some()
        && headers
            .iter()
            .any(|(name, value)| name == header::DEAD_REASON && value == reason)
}

/// Why a new story is not published: the same owner killed one with practically the same text. What
/// is marked as a correction takes its place, and what others make of the text is theirs.
pub(crate) fn objection(
    candidate: &Candidate,
    known: &StoryMemory,
    (register, owners): (&Register, &Owners),
) -> Option<String> {
    let is_new = known.story.newest.is_none() && candidate.arrival.status == Status::Usable;
    let is_meant = candidate.is_let_out
        || candidate.promoted.is_some()
        || is_correction(&candidate.clean, &candidate.clean.blocks);
    if !is_new || is_meant {
        return None;
    }
    let source = &candidate.clean.source;
    let killed = register.killed_alike(&candidate.story, &candidate.card);
    let is_ours = |source_of: &SourceId| owners.are_one(source_of, source);
    let killed = killed.into_iter().find(|killed| is_ours(&killed.source))?;
    Some(format!(
        "it has the text of story {} ({:.0} %), which was killed; if it may go out, send it again \
         with `wiredesk dead retry`",
        killed.story,
        killed.score * 100.0
    ))
}
