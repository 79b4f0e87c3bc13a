//! The file of what people decided about learned blocks: `<rules>/learned/decisions.toml`.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wiredesk_cleaning::Decision;
use wiredesk_settings::{Environment, Problem, RawTable};

const FILE: &str = "learned/decisions.toml";
const HEAD: &str = "\
# What was decided about blocks that repeat over the stories of a source: \"pin\" takes one out always,
# \"veto\" never. Written by `wiredesk learned`; cleaners go by it from their next start.
";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct File {
    decision: Vec<Decision>,
}

/// Reads the decisions in the folder of rules; none where there is no such file.
pub fn read_decisions(folder: &Path) -> (Vec<Decision>, Vec<Problem>) {
    let path = file_in(folder);
    let place = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let (root, mut problems) = RawTable::parse_file(&place, &text, &Environment::empty());
            let (file, more) = root.read::<File>();
            problems.extend(more);
            (file.unwrap_or_default().decision, problems)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (Vec::new(), Vec::new()),
        Err(error) => {
            let problem = Problem::of(place, format!("cannot read it: {error}"));
            (Vec::new(), vec![problem])
        }
    }
}

/// Writes the decisions into the folder of rules, all at once.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_decisions(folder: &Path, decisions: &[Decision]) -> io::Result<PathBuf> {
    let path = file_in(folder);
    let mut text = HEAD.to_owned();
    for decision in decisions {
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
        assert_eq!(read_decisions(folder.path()), (Vec::new(), Vec::new()));
        let decisions = vec![
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
        write_decisions(folder.path(), &decisions).expect("written");
        let (read, problems) = read_decisions(folder.path());
        assert_eq!(problems, []);
        assert_eq!(read[0].text.as_deref(), Some("a \"box\" \\ with marks"));
        assert_eq!(read[1], decisions[1]);
    }

    #[test]
    fn slips_are_told_with_their_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = write_decisions(folder.path(), &[]).expect("written");
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
