//! `wiredesk completions` and `wiredesk man`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Context as _;
use clap_complete::Shell;
use clap_mangen::Man;
use wiredesk_host::Exit;

use crate::cli::command;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "wiredesk", &mut text);
    io::stdout().write_all(&text)?;
    Ok(Exit::Done)
}

/// Prints the manual page, or writes one for every command into `folder`.
pub(crate) fn man(folder: Option<&Path>) -> anyhow::Result<Exit> {
    let Some(folder) = folder else {
        let mut text = Vec::new();
        Man::new(command()).render(&mut text)?;
        io::stdout().write_all(&text)?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    write_pages(&mut command(), "wiredesk", folder)?;
    Ok(Exit::Done)
}

fn write_pages(command: &mut clap::Command, name: &str, folder: &Path) -> anyhow::Result<()> {
    let mut named = command.clone().name(name.to_owned());
    named.build();
    let path = folder.join(format!("{name}.1"));
    let mut file =
        File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    Man::new(named).render(&mut file)?;
    for inner in command
        .get_subcommands_mut()
        .filter(|inner| !inner.is_hide_set())
    {
        let inner_name = format!("{name}-{}", inner.get_name());
        write_pages(inner, &inner_name, folder)?;
    }
    Ok(())
}
