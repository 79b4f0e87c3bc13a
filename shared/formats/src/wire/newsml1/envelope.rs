//! `NewsEnvelope`: how the document was sent.

use wiredesk_model::Transmission;

use crate::wire::dates::read_date;
use crate::wire::draft::Draft;
use crate::wire::el::El;
use crate::wire::habits::Habits;

/// Names are not longer; what is copied to every item must not be as long as the document.
const MAX_BYTES: usize = 1_000;
/// A document is sent on no more services.
const MAX_SERVICES: usize = 64;

/// What the envelope says of all items in it.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    transmission: Transmission,
    priority: Option<String>,
}

impl Envelope {
    /// Reads an envelope.
    pub fn read(el: El<'_, '_>, habits: &Habits) -> Self {
        let services = ["NewsService", "NewsProduct"];
        let name = |wanted: &str| el.child(wanted).and_then(El::name_line);
        let sent = name("DateAndTime");
        Self {
            transmission: Transmission {
                id: name("TransmissionId"),
                sequence: None,
                sent: sent.and_then(|sent| read_date(&sent, habits)),
                sender: el
                    .at("SentFrom/Party")
                    .and_then(|party| party.attr("FormalName"))
                    .filter(|name| name.len() <= MAX_BYTES),
                services: services
                    .iter()
                    .flat_map(|name| el.all(name))
                    .filter_map(|service| service.attr("FormalName"))
                    .filter(|name| name.len() <= MAX_BYTES)
                    .take(MAX_SERVICES)
                    .collect(),
            },
            priority: el
                .child("Priority")
                .and_then(formal_name)
                .filter(|word| word.len() <= MAX_BYTES),
        }
    }

    /// Notes it on an item.
    pub fn apply(&self, draft: &mut Draft) {
        if self.transmission != Transmission::default() {
            draft.facts.transmission = Some(self.transmission.clone());
        }
        draft.facts.priority.clone_from(&self.priority);
    }
}

/// The `FormalName` of an element, or its text where someone put it there.
pub fn formal_name(el: El<'_, '_>) -> Option<String> {
    el.attr("FormalName").or_else(|| el.line())
}
