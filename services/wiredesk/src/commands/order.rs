//! `wiredesk order`: a person at the desk kills a story, or holds it back.

use std::io::{self, Write as _};

use clap::{Args, ValueEnum};
use wiredesk_host::Exit;
use wiredesk_model::{InstanceId, OrderAction, StoryId, StoryOrder, Timestamp};

use crate::cli::Common;

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Never again, and taken back everywhere; cannot be undone
    Kill,
    /// Taken back until a version comes that is received later
    Hold,
}

/// `wiredesk order`.
#[derive(Debug, Clone, Args)]
pub struct OrderArgs {
    /// What to do
    #[arg(value_enum)]
    pub action: Action,
    /// The story, by its id
    pub story: String,
    /// Why, for those who ask later
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

/// Gives the order; it overtakes everything that waits.
pub(crate) fn order(common: &Common, args: &OrderArgs) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    let transport = super::existing_transport(&settings)?;
    let action = match args.action {
        Action::Kill => OrderAction::Kill,
        Action::Hold => OrderAction::Hold,
    };
    let story = StoryId::new(args.story.as_str());
    let order = StoryOrder {
        note: args.reason.clone(),
        ..StoryOrder::of_operator(story, action, Timestamp::now())
    };
    let id = format!("desk-{}", uuid::Uuid::new_v4().simple());
    let mut writer = transport.writer(&InstanceId::new(id))?;
    writer.write(vec![order.record()?])?;
    writeln!(
        io::stdout(),
        "ordered to {} {}; `wiredesk trace` shows what becomes of it",
        order.action.as_str(),
        order.story
    )?;
    Ok(Exit::Done)
}
