//! `cargo book`: the book on a local site, and the proof of it.

mod exercises;
mod judging;
mod tools;
mod tracing;
mod watching;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Read the book, write it, prove it.
#[derive(Parser)]
#[command(
    name = "cargo book",
    bin_name = "cargo book",
    disable_help_subcommand = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Show the book on a local site that reloads when you save, and judge what you save
    Serve {
        /// Record what the machine says of each block that you save
        #[arg(long)]
        record: bool,
        /// Handed to `mdbook serve`: `--open`, `--port 3001`, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Write the site into the folder `book`
    Build,
    /// Get mdbook and mdbook-mermaid once, and write what git does not hold
    Setup,
    /// Judge the blocks of the book
    Check {
        /// A chapter, or a block: `moves`, `src/ownership/moves.md:42`
        filter: Option<String>,
        /// Judge everything anew, whatever is remembered
        #[arg(long)]
        afresh: bool,
    },
    /// Rewrite what the machine says below the blocks
    Record {
        /// A chapter, or a block: `moves`, `src/ownership/moves.md:42`
        filter: Option<String>,
    },
    /// Judge the book with the compiler at hand, and sum up what it changes
    Drift,
    /// List the exercises, tell which are done, and what to do next
    Exercise {
        /// One of them, to see what is missing
        name: Option<String>,
    },
    /// Draw the memory of any program of one file, step by step
    Trace {
        /// The program; marks `// ①` choose the steps, without them each statement is one
        file: PathBuf,
        /// As mermaid diagrams instead of text
        #[arg(long, conflicts_with = "json")]
        mermaid: bool,
        /// As JSON, whose shape the documentation of the crate `trace` tells
        #[arg(long)]
        json: bool,
    },
    /// List the blocks with the names of their tests
    Blocks {
        /// A chapter, or a block: `moves`, `src/ownership/moves.md:42`
        filter: Option<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("{}: {error:#}", judging::red("error"));
            ExitCode::FAILURE
        }
    }
}

/// Runs a command; false where the book does not stand.
fn run(command: Command) -> Result<bool> {
    let root = || proofread::book::find_root(&env::current_dir()?);
    match command {
        Command::Serve { record, arguments } => {
            // Behind `--open`, say, it is one of the words for mdBook.
            let (ours, theirs): (Vec<_>, Vec<_>) =
                arguments.into_iter().partition(|word| word == "--record");
            let mut server = tools::mdbook(&root()?, "serve", &theirs)?;
            watching::until_end(&root()?, &mut server, record || !ours.is_empty())
        }
        Command::Build => {
            let built = tools::mdbook(&root()?, "build", &[])?.wait()?.success();
            if built {
                println!("The site is in book/index.html");
            }
            Ok(built)
        }
        Command::Setup => tools::setup(&root()?).map(|_| true),
        Command::Check { filter, afresh } => judging::check(&root()?, filter.as_deref(), afresh),
        Command::Record { filter } => judging::record(&root()?, filter.as_deref()),
        Command::Drift => judging::drift(&root()?),
        Command::Exercise { name } => exercises::show(&root()?, name.as_deref()),
        // A reader's own program needs no book around it.
        Command::Trace {
            file,
            mermaid,
            json,
        } => tracing::show(&file, mermaid, json),
        Command::Blocks { filter } => judging::list(&root()?, filter.as_deref()),
    }
}
