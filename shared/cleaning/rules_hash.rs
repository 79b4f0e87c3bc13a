//! One number for everything that decides what is cleaned and how: the code, the phrases, the model.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What decides, below the folder of the crate.
pub const FOLDERS: [&str; 3] = ["model", "phrases", "src"];

/// The number of the crate in `root`, as eight hexadecimal digits.
///
/// # Errors
/// Where a file cannot be read.
pub fn rules_hash(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file);
        let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        let bytes = fs::read(&file)?;
        for byte in parts.join("/").bytes().chain([0]).chain(bytes).chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    Ok(format!("{:08x}", hash >> 32))
}

/// Files that are compiled in; notes and scripts beside the model are not.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        if path.is_dir() {
            collect(&path, files)?;
        } else if matches!(ending, Some("rs" | "toml" | "txt")) {
            files.push(path);
        }
    }
    Ok(())
}
