//! `completions` and `man`: what clap knows of the command line, for shells and for readers.

use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Args;
use crate::error::CliError;
use crate::terminal::print;

const NAME: &str = "brd-sessions";

/// Prints a script for a shell.
pub(crate) fn completions(shell: Shell) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), NAME, &mut script);
    print(&String::from_utf8_lossy(&script))
}

/// Prints the page of the program, or of a command of it.
pub(crate) fn man(command: Option<&str>) -> Result<(), CliError> {
    let mut program = Args::command();
    // Gives the page of a command its name: both words.
    program.build();
    let page = match command {
        None => &program,
        Some(name) => program.find_subcommand(name).ok_or_else(|| CliError::NoCommand(name.to_owned()))?,
    };
    let mut roff = Vec::new();
    let source = concat!("brd-sessions ", env!("CARGO_PKG_VERSION"));
    Man::new(page.clone()).source(source).render(&mut roff).map_err(CliError::Output)?;
    print(&String::from_utf8_lossy(&roff))
}
