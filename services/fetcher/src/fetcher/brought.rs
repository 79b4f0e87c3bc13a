//! What others bring to the places of a fetcher.

use std::net::SocketAddr;
use std::sync::Arc;

use wiredesk_host::HostError;

use super::Fetcher;
use crate::intake::{self, Arrival, Intake};
use crate::place::Task;
use crate::records::Written;
use crate::websub::Advertised;

impl Fetcher {
    /// Opens the listener for what others bring, where one is configured; its address.
    ///
    /// # Errors
    /// Where the address is taken or not ours.
    pub fn open_intake(&mut self) -> Result<Option<SocketAddr>, HostError> {
        let Some(address) = self.context.settings.intake.socket_address() else {
            return Ok(None);
        };
        let intake = Intake::open(
            address,
            &self.context.settings.intake,
            Arc::clone(&self.context.doors),
            (Arc::clone(&self.context.clock), self.sender.clone()),
        )?;
        let address = intake.address();
        self.intake = Some(intake);
        Ok(Some(address))
    }

    /// Lets the hub of a place in, by what its cursor says.
    pub(super) fn note_subscription(&self, index: usize) {
        let place = &self.places[index];
        let hub = place.cursor.as_ref().and_then(|cursor| cursor.hub.as_ref());
        let to = hub.map(Advertised::of);
        self.context.doors.subscribe(&place.source.id, to);
    }

    /// Takes what somebody brought, or says why not.
    pub(super) fn arrived(&mut self, mut arrival: Arrival) {
        let index = self.by_feed.get(&arrival.feed).copied();
        let held = index.filter(|index| self.places[*index].held.is_some());
        let refusal = match held {
            None => Some(intake::Reply::Elsewhere),
            Some(_) if self.holding => Some(intake::Reply::Holding),
            Some(_) => None,
        };
        match (held, refusal) {
            (Some(index), None) => {
                arrival.answer_at_once();
                self.places[index].waiting.push(arrival);
                self.take_waiting(index);
            }
            // Nobody listens any more where the sender has gone away.
            (_, Some(refusal)) => drop(arrival.reply.send(refusal)),
            (None, None) => {}
        }
    }

    /// Takes in everything that was brought for a place, unless work for it is under way: then
    /// that comes first.
    pub(super) fn take_waiting(&mut self, index: usize) {
        let place = &mut self.places[index];
        let Some((held, runtime)) = place.held.zip(self.runtime.as_ref()) else {
            return;
        };
        if place.under_way.is_some() || place.waiting.is_empty() {
            return;
        }
        self.agenda
            .remove((place.due, index), place.host.as_deref());
        let arrivals = std::mem::take(&mut place.waiting);
        let reply = place.reply(index, held, &self.sender);
        let context = Arc::clone(&self.context);
        let source = Arc::clone(&place.source);
        let before = place.cursor.clone();
        let task = runtime.spawn(async move {
            let taken = intake::take(&context, &source, before.as_deref(), arrivals).await;
            let written = |polled| Written::of(&source, before.as_deref(), polled);
            reply.send_with(taken.polled.map(written), taken.promises);
        });
        place.under_way = Some(Task {
            handle: task.abort_handle(),
            is_poll: false,
            host: None,
        });
        self.running += 1;
    }
}
