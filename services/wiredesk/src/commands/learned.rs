//! `wiredesk learned list|pin|veto|forget|accept`: the blocks that repeat over the stories of a source,
//! pages that changed, and what people decide about both.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use wiredesk_cleaner::{
    AcceptedLayout, DecisionFile, PartitionMemory, SeenStory, read_decisions, write_decisions,
};
use wiredesk_cleaning::{Decision, Decisions, Fingerprint, Verdict};
use wiredesk_host::{Exit, HostError};
use wiredesk_model::{Timestamp, Topic, TopicPartition};
use wiredesk_pipeline::{Transport, read_on};
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

/// What the cleaner of one partition remembers.
struct Remembered {
    memory: PartitionMemory,
    texts: BTreeMap<(String, Fingerprint), String>,
}

/// Does what the command says.
pub(crate) fn learned(common: &Common, command: &LearnedCommand) -> anyhow::Result<Exit> {
    let settings = super::settings(common)?;
    match command {
        LearnedCommand::List(args) => list(&settings, args),
        LearnedCommand::Pin(block) => decide(&settings, block, Some(Verdict::Pin)),
        LearnedCommand::Veto(block) => decide(&settings, block, Some(Verdict::Veto)),
        LearnedCommand::Forget(block) => decide(&settings, block, None),
        LearnedCommand::Accept(args) => accept(&settings, &args.source),
    }
}

fn list(settings: &Settings, args: &LearnedList) -> anyhow::Result<Exit> {
    let decisions = decisions(settings)?;
    let transport = super::existing_transport(settings)?;
    let partitions = remembered(transport.as_ref(), &decisions)?;
    let mut blocks = repeated(&partitions);
    // What somebody decided is shown even where the block no longer repeats.
    for decision in &decisions.blocks {
        let of_source = blocks.entry(decision.source.clone()).or_default();
        let found = of_source.entry(decision.block).or_default();
        if found.text.is_empty() {
            found.text = decision.text.clone().unwrap_or_default();
        }
    }
    let decided = Decisions::new(&decisions.blocks);
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
    for (source, changed) in changes(&partitions) {
        if wanted(source) {
            shown += 1;
            let told = paint.warn("changed");
            writeln!(
                out,
                "{source:<18} pages        {told} {changed}; `wiredesk learned accept {source}` if they are as they should be"
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

/// What the cleaners remember, partition by partition.
fn remembered(
    transport: &dyn Transport,
    decisions: &DecisionFile,
) -> anyhow::Result<Vec<Remembered>> {
    let layouts = decisions.accepted_layouts();
    let mut partitions = Vec::new();
    for partition in 0..transport.partitions(Topic::CleanerState)? {
        let at = TopicPartition::new(Topic::CleanerState, partition);
        let mut state = transport.state(at)?;
        let (mut memory, mut texts) = (PartitionMemory::default(), BTreeMap::new());
        while let Some(records) = read_on(&mut *state)? {
            for record in records {
                let value = record.value.as_deref().unwrap_or_default();
                if let Ok(seen) = serde_json::from_slice::<SeenStory>(value) {
                    let source = seen.source.as_str();
                    let own = seen.texts.into_iter();
                    texts.extend(own.map(|(block, text)| ((source.to_owned(), block), text)));
                }
                memory.remember(record, &layouts);
            }
        }
        memory.recalled();
        partitions.push(Remembered { memory, texts });
    }
    Ok(partitions)
}

/// How the newest pages of each source differ from those before, where they do: what the first
/// partition says that noticed.
fn changes(partitions: &[Remembered]) -> BTreeMap<&str, String> {
    let mut changes = BTreeMap::new();
    for (source, window) in partitions.iter().flat_map(|one| one.memory.windows()) {
        if let Some(drift) = window.drift() {
            changes.entry(source).or_insert_with(|| drift.detail());
        }
    }
    changes
}

/// The blocks that repeat, as the cleaners remember them. Each partition of the input learns by
/// itself; a block is shown as learned where one of them has.
fn repeated(partitions: &[Remembered]) -> Blocks {
    let mut blocks = Blocks::new();
    for Remembered { memory, texts } in partitions {
        for (source, window) in memory.windows() {
            let of_source = blocks.entry(source.to_owned()).or_default();
            for repeat in window.repeats() {
                let found = of_source.entry(repeat.fingerprint).or_default();
                found.stories += repeat.stories;
                found.of += repeat.of;
                found.is_learned |= repeat.is_learned;
                let text = texts.get(&(source.to_owned(), repeat.fingerprint));
                if let Some(text) = text.filter(|_| found.text.is_empty()) {
                    found.text.clone_from(text);
                }
            }
        }
    }
    blocks
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
    let known = all.blocks.iter().find(|one| is_meant(one)).cloned();
    all.blocks.retain(|one| !is_meant(one));
    let said = match verdict {
        Some(verdict) => {
            let text = match known.and_then(|one| one.text) {
                Some(text) => Some(text),
                None => text_of(settings, &all, block),
            };
            all.blocks.push(Decision {
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
    let subject = format!("block {} of {}", block.block, block.source);
    write(&folder, &all, &format!("{subject} {said}"))
}

/// Takes the pages of a source, which changed, for the usual ones.
fn accept(settings: &Settings, source: &str) -> anyhow::Result<Exit> {
    let folder = folder(settings)?;
    let mut all = decisions(settings)?;
    let transport = super::existing_transport(settings)?;
    let partitions = remembered(transport.as_ref(), &all)?;
    if !partitions
        .iter()
        .flat_map(|one| one.memory.windows())
        .any(|(known, _)| known == source)
    {
        anyhow::bail!(
            "nothing is remembered of a source {source}; `wiredesk feeds list` names them"
        );
    }
    let Some(changed) = changes(&partitions).remove(source) else {
        anyhow::bail!("the newest pages of {source} are like those before: nothing to accept");
    };
    all.layouts.retain(|one| one.source != source);
    all.layouts.push(AcceptedLayout {
        source: source.to_owned(),
        accepted_at: Timestamp::now(),
    });
    let said = format!("the pages of {source} are as they should be, although {changed}");
    write(&folder, &all, &said)
}

/// Writes all decisions, and says what was decided.
fn write(folder: &Path, all: &DecisionFile, said: &str) -> anyhow::Result<Exit> {
    let path = write_decisions(folder, all)
        .map_err(|error| anyhow::anyhow!("cannot write into {}: {error}", folder.display()))?;
    super::complain(&format!(
        "{said} ({}); cleaners take it in when they start",
        path.display()
    ));
    Ok(Exit::Done)
}

/// Text of a block, where the log can be asked: the decision holds without it.
fn text_of(settings: &Settings, all: &DecisionFile, block: &LearnedBlock) -> Option<String> {
    let transport = super::existing_transport(settings).ok()?;
    let mut blocks = repeated(&remembered(transport.as_ref(), all).ok()?);
    let found = blocks.get_mut(&block.source)?.remove(&block.block)?;
    Some(found.text).filter(|text| !text.is_empty())
}

fn decisions(settings: &Settings) -> anyhow::Result<DecisionFile> {
    let Some(folder) = settings.rules_folder() else {
        return Ok(DecisionFile::default());
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
