//! Versions that a run made anew, promoted to stand for what was published.

use wiredesk_lifecycle::Promoted;
use wiredesk_model::{Incoming, Promotion, content_hash};

/// What a clean story says of its promotion; `None` where it is none.
///
/// # Errors
/// Where that cannot be understood.
pub(crate) fn promoted(record: &Incoming) -> Result<Option<Promoted>, String> {
    let promotion = Promotion::of(&record.headers)?;
    let value = record.value.as_deref().unwrap_or_default();
    Ok(promotion.map(|promotion| Promoted {
        mark: content_hash(value),
        replaces: promotion.replaces,
    }))
}
