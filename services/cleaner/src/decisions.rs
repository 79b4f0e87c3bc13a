//! The file of what people decided about learned blocks and about the layout of pages:
//! `<rules>/learned/decisions.toml`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wiredesk_cleaning::Decision;
use wiredesk_model::Timestamp;
use wiredesk_settings::{Environment, Problem, RawTable};

const FILE: &str = "learned/decisions.toml";
const HEAD: &str = "\
# What was decided about blocks that repeat over the stories of a source: \"pin\" takes one out always,
# \"veto\" never. A layout says that the pages of a source, changed as they were by that time, are as they
# should be. Written by `wiredesk learned`; cleaners go by it from their next start.
";

/// What people decided, as the file has it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct DecisionFile {
    /// About blocks that repeat.
    #[serde(rename = "decision")]
    pub blocks: Vec<Decision>,
    /// About pages that changed.
    #[serde(rename = "layout")]
    pub layouts: Vec<AcceptedLayout>,
}

/// The pages of a source changed, and are as they should be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AcceptedLayout {
    /// The source.
    pub source: String,
    /// When somebody said so: what its pages were like then is what is usual.
    pub accepted_at: Timestamp,
}

impl DecisionFile {
    /// When somebody last said of each source that its pages are as they should be.
    pub fn accepted_layouts(&self) -> HashMap<String, Timestamp> {
        let mut accepted: HashMap<String, Timestamp> = HashMap::new();
        for layout in &self.layouts {
            let last = accepted.entry(layout.source.clone()).or_default();
            *last = layout.accepted_at.max(*last);
        }
        accepted
    }
}

/// Reads the decisions in the folder of rules; none where there is no such file.
pub fn read_decisions(folder: &Path) -> (DecisionFile, Vec<Problem>) {
    let path = file_in(folder);
    let place = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let (root, mut problems) = RawTable::parse_file(&place, &text, &Environment::empty());
            let (file, more) = root.read::<DecisionFile>();
            problems.extend(more);
            (file.unwrap_or_default(), problems)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Default::default(),
        Err(error) => {
            let problem = Problem::of(place, format!("cannot read it: {error}"));
            (DecisionFile::default(), vec![problem])
        }
    }
}

/// Writes the decisions into the folder of rules, all at once.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_decisions(folder: &Path, decisions: &DecisionFile) -> io::Result<PathBuf> {
    let path = file_in(folder);
    let mut text = HEAD.to_owned();
    for decision in &decisions.blocks {
        let verdict = match decision.verdict {
            wiredesk_cleaning::Verdict::Pin => "pin",
            wiredesk_cleaning::Verdict::Veto => "veto",
        };
        text.push_str(&format!(
            "\n[[decision]]\nsource = {}\nblock = \"{}\"\nverdict = \"{verdict}\"\n",
            quoted(&decision.source),
            decision.block
        ));
        if let Some(sample) = &decision.text {
            text.push_str(&format!("text = {}\n", quoted(sample)));
        }
    }
    for layout in &decisions.layouts {
        text.push_str(&format!(
            "\n[[layout]]\nsource = {}\naccepted_at = \"{}\"\n",
            quoted(&layout.source),
            layout.accepted_at
        ));
    }
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, text)?;
    std::fs::rename(&fresh, &path)?;
    Ok(path)
}

fn file_in(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// A basic string of TOML; those of JSON are, where nothing is left to escape.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    serde_json::Value::from(plain).to_string()
}

#[cfg(test)]
mod tests {
    use wiredesk_cleaning::{Fingerprint, Verdict};

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(read_decisions(folder.path()), Default::default());
        let blocks = vec![
            Decision {
                source: "post".to_owned(),
                block: Fingerprint::of("a box"),
                verdict: Verdict::Pin,
                text: Some("a \"box\" \\ with\u{7f} marks".to_owned()),
            },
            Decision {
                source: "courier".to_owned(),
                block: Fingerprint::of("a line"),
                verdict: Verdict::Veto,
                text: None,
            },
        ];
        let layouts = vec![AcceptedLayout {
            source: "post".to_owned(),
            accepted_at: Timestamp::UNIX_EPOCH,
        }];
        let decisions = DecisionFile { blocks, layouts };
        write_decisions(folder.path(), &decisions).expect("written");
        let (read, problems) = read_decisions(folder.path());
        assert_eq!(problems, []);
        let text = read.blocks[0].text.as_deref();
        assert_eq!(text, Some("a \"box\" \\ with marks"));
        assert_eq!(read.blocks[1], decisions.blocks[1]);
        assert_eq!(read.layouts, decisions.layouts);
    }

    #[test]
    fn slips_are_told_with_their_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = write_decisions(folder.path(), &DecisionFile::default()).expect("written");
        std::fs::write(
            &path,
            "[[decision]]\nsource = 'post'\nblock = 'xyz'\nverdict = 'pni'\n",
        )
        .expect("written");
        let (_, problems) = read_decisions(folder.path());
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(
            told.iter()
                .any(|one| one.contains("toml:3: ") && one.contains("is no fingerprint")),
            "{told:?}"
        );
        assert!(
            told.iter()
                .any(|one| one.contains("toml:4: ") && one.contains("did you mean `pin`?")),
            "{told:?}"
        );
    }
}
