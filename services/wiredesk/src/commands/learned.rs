//! `wiredesk learned list|pin|veto|forget`: the blocks that repeat over the stories of a source, and
//! what people decide about them.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::PathBuf;

use wiredesk_cleaner::{SeenStory, read_decisions, write_decisions};
use wiredesk_cleaning::{Decision, Decisions, Fingerprint, SourceWindow, Verdict};
use wiredesk_host::{Exit, HostError};
use wiredesk_model::{Topic, TopicPartition};
use wiredesk_pipeline::Transport;
use wiredesk_settings::Settings;

use crate::cli::{Common, LearnedBlock, LearnedCommand, LearnedList};
use crate::paint::{self, Paint, one_line};

/// Characters of a block in a list.
const TEXT: usize = 100;

/// A block that repeats over the stories of a source, over all partitions.
#[derive(Debug, Default)]
struct Found {
    stories: usize,
    of: usize,
    is_learned: bool,
    text: String,
}

/// Blocks by source.
type Blocks = BTreeMap<String, BTreeMap<Fingerprint, Found>>;

/// Does what the command says.
pub(crate) fn learned(common: &Common, command: &LearnedCommand) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    match command {
        LearnedCommand::List(args) => list(&settings, args),
        LearnedCommand::Pin(block) => decide(&settings, block, Some(Verdict::Pin)),
        LearnedCommand::Veto(block) => decide(&settings, block, Some(Verdict::Veto)),
        LearnedCommand::Forget(block) => decide(&settings, block, None),
    }
}

fn list(settings: &Settings, args: &LearnedList) -> anyhow::Result<Exit> {
    let decisions = decisions(settings)?;
    let transport = super::existing_transport(settings)?;
    let mut blocks = repeated(transport.as_ref())?;
    // What somebody decided is shown even where the block no longer repeats.
    for decision in &decisions {
        let of_source = blocks.entry(decision.source.clone()).or_default();
        let found = of_source.entry(decision.block).or_default();
        if found.text.is_empty() {
            found.text = decision.text.clone().unwrap_or_default();
        }
    }
    let decided = Decisions::new(&decisions);
    let paint = paint::for_stdout();
    let mut out = io::stdout().lock();
    let wanted = |source: &str| args.source.as_ref().is_none_or(|one| one == source);
    let mut shown = 0;
    for (source, blocks) in blocks.iter().filter(|(source, _)| wanted(source)) {
        let mut blocks: Vec<(&Fingerprint, &Found)> = blocks.iter().collect();
        blocks.sort_by_key(|(_, found)| std::cmp::Reverse(found.stories));
        for (block, found) in blocks {
            let verdict = decided.of(source, *block);
            if verdict.is_none() && !found.is_learned && !args.all {
                continue;
            }
            shown += 1;
            writeln!(
                out,
                "{source:<18} {block} {standing} {stories:>3} of {of:<4} {text}",
                standing = standing(verdict, found.is_learned, paint),
                stories = found.stories,
                of = found.of,
                text = one_line(&found.text, TEXT),
            )?;
        }
    }
    if shown == 0 {
        writeln!(out, "nothing learned yet; --all shows what repeats")?;
    }
    Ok(Exit::Done)
}

fn standing(verdict: Option<Verdict>, is_learned: bool, paint: Paint) -> String {
    match (verdict, is_learned) {
        (Some(Verdict::Pin), _) => paint.bad("pinned "),
        (Some(Verdict::Veto), _) => paint.good("vetoed "),
        (None, true) => paint.bad("learned"),
        (None, false) => paint.faint("repeats"),
    }
}

/// The blocks that repeat, as the cleaners remember them. Each partition of the input learns by
/// itself; a block is shown as learned where one of them has.
fn repeated(transport: &dyn Transport) -> anyhow::Result<Blocks> {
    let mut blocks = Blocks::new();
    for partition in 0..transport.partitions(Topic::CleanerState)? {
        let at = TopicPartition::new(Topic::CleanerState, partition);
        let mut windows: BTreeMap<String, SourceWindow> = BTreeMap::new();
        let mut texts: BTreeMap<(String, Fingerprint), String> = BTreeMap::new();
        for record in transport.snapshot(at)? {
            let value = record.value.as_deref().unwrap_or_default();
            let Ok(seen) = serde_json::from_slice::<SeenStory>(value) else {
                continue;
            };
            let source = seen.source.as_str().to_owned();
            for (block, text) in seen.texts {
                texts.insert((source.clone(), block), text);
            }
            let window = windows.entry(source).or_default();
            window.restore(&record.key, (seen.number, seen.group), seen.print);
        }
        for (source, window) in windows {
            let of_source = blocks.entry(source.clone()).or_default();
            for repeat in window.repeats() {
                let found = of_source.entry(repeat.fingerprint).or_default();
                found.stories += repeat.stories;
                found.of += repeat.of;
                found.is_learned |= repeat.is_learned;
                let text = texts.get(&(source.clone(), repeat.fingerprint));
                if let Some(text) = text.filter(|_| found.text.is_empty()) {
                    found.text.clone_from(text);
                }
            }
        }
    }
    Ok(blocks)
}

/// Writes a decision, or takes it back where there is none.
fn decide(
    settings: &Settings,
    block: &LearnedBlock,
    verdict: Option<Verdict>,
) -> anyhow::Result<Exit> {
    let folder = folder(settings)?;
    let mut all = decisions(settings)?;
    let is_meant = |one: &Decision| one.source == block.source && one.block == block.block;
    let known = all.iter().find(|one| is_meant(one)).cloned();
    all.retain(|one| !is_meant(one));
    let said = match verdict {
        Some(verdict) => {
            let text = match known.and_then(|one| one.text) {
                Some(text) => Some(text),
                None => text_of(settings, block),
            };
            all.push(Decision {
                source: block.source.clone(),
                block: block.block,
                verdict,
                text,
            });
            match verdict {
                Verdict::Pin => "goes from now on",
                Verdict::Veto => "stays from now on",
            }
        }
        None if known.is_none() => {
            anyhow::bail!(
                "nothing was decided about block {} of {}",
                block.block,
                block.source
            )
        }
        None => "is left to what is learned",
    };
    let path = write_decisions(&folder, &all)
        .map_err(|error| anyhow::anyhow!("cannot write into {}: {error}", folder.display()))?;
    super::complain(&format!(
        "block {} of {} {said} ({}); cleaners take it in when they start",
        block.block,
        block.source,
        path.display()
    ));
    Ok(Exit::Done)
}

/// Text of a block, where the log can be asked: the decision holds without it.
fn text_of(settings: &Settings, block: &LearnedBlock) -> Option<String> {
    let transport = super::existing_transport(settings).ok()?;
    let mut blocks = repeated(transport.as_ref()).ok()?;
    let found = blocks.get_mut(&block.source)?.remove(&block.block)?;
    Some(found.text).filter(|text| !text.is_empty())
}

fn decisions(settings: &Settings) -> anyhow::Result<Vec<Decision>> {
    let Some(folder) = settings.rules_folder() else {
        return Ok(Vec::new());
    };
    match read_decisions(&folder) {
        (decisions, problems) if problems.is_empty() => Ok(decisions),
        (_, problems) => Err(HostError::problems(problems).into()),
    }
}

fn folder(settings: &Settings) -> anyhow::Result<PathBuf> {
    settings.rules_folder().ok_or_else(|| {
        anyhow::anyhow!(
            "there is no configuration file beside which a decision could be kept; name one with --config"
        )
    })
}
