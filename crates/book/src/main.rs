//! `cargo book`: the book on a local site, and the proof of it.

mod exercises;
mod judging;
mod publishing;
mod testing;
mod tools;
mod tracing;
mod watching;

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Parser, Subcommand};
use site::Holds;
use tracing::Shown;

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
    /// Write the site into the folder `book`, as it is published
    Build,
    /// Print the book into a PDF (needs Chromium)
    Pdf {
        /// The file to write
        #[arg(default_value = "book.pdf")]
        file: PathBuf,
        /// The error atlas in place of the course
        #[arg(long)]
        atlas: bool,
    },
    /// Write the book for e-readers
    Epub {
        /// The file to write
        #[arg(default_value = "book.epub")]
        file: PathBuf,
        /// The error atlas in place of the course
        #[arg(long)]
        atlas: bool,
    },
    /// Draw theme/preview.png, the picture for links, anew (needs Chromium)
    Preview,
    /// Get mdbook and mdbook-mermaid once, so that plain `mdbook serve` works, too
    Setup,
    /// Judge the blocks of the book
    Check {
        /// A chapter, or a block: `moves`, `src/ownership/moves.md:42`
        filter: Option<String>,
        /// Judge everything anew, whatever is remembered
        #[arg(long)]
        afresh: bool,
    },
    /// Run `cargo test`, which proves everything, with a sum at its end
    Test {
        /// Handed to `cargo test`: a part of a test's name, `-p proofread`, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
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
        /// The hint of its page instead
        #[arg(long, requires = "name")]
        hint: bool,
    },
    /// Draw the memory of any program of one file, step by step
    Trace {
        /// The program; marks `// ①` choose the steps, without them each statement is one
        file: PathBuf,
        /// As mermaid diagrams instead of text
        #[arg(long, group = "shown")]
        mermaid: bool,
        /// As JSON, whose shape the documentation of the crate `trace` tells
        #[arg(long, group = "shown")]
        json: bool,
        /// Who borrows what on which lines, as a mermaid chart; also of a program
        /// that does not compile
        #[arg(long, group = "shown")]
        borrows: bool,
        /// All of it, and what the compiler says, on a page beside the program
        #[arg(long, group = "shown")]
        open: bool,
    },
    /// List the blocks with the names of their tests
    Blocks {
        /// A chapter, or a block: `moves`, `src/ownership/moves.md:42`
        filter: Option<String>,
    },
    /// What mdBook calls while it builds: the book from standard input, drawn;
    /// or, with `supports RENDERER`, whether that is drawn for
    #[command(hide = true)]
    Draw { question: Vec<String> },
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

/// What a book in one file holds.
fn holds(atlas: bool) -> Holds {
    if atlas { Holds::Atlas } else { Holds::Course }
}

/// Runs a command; false where the book does not stand.
fn run(command: Command) -> Result<bool> {
    let root = || proofread::book::find_root(&env::current_dir()?);
    match command {
        Command::Serve { record, arguments } => {
            // Behind `--open`, say, it is one of the words for mdBook.
            let (ours, theirs): (Vec<_>, Vec<_>) =
                arguments.into_iter().partition(|word| word == "--record");
            watching::serve(&root()?, &theirs, record || !ours.is_empty())
        }
        Command::Build => publishing::build(&root()?),
        Command::Pdf { file, atlas } => publishing::pdf(&root()?, &file, holds(atlas)),
        Command::Epub { file, atlas } => publishing::epub(&root()?, &file, holds(atlas)),
        Command::Preview => publishing::preview(&root()?),
        Command::Setup => tools::setup(&root()?).map(|()| true),
        Command::Check { filter, afresh } => judging::check(&root()?, filter.as_deref(), afresh),
        Command::Test { arguments } => testing::test(&root()?, &arguments),
        Command::Record { filter } => judging::record(&root()?, filter.as_deref()),
        Command::Drift => judging::drift(&root()?),
        Command::Exercise { name, hint } => exercises::show(&root()?, name.as_deref(), hint),
        // A reader's own program needs no book around it.
        Command::Trace {
            file,
            mermaid,
            json,
            borrows,
            open,
        } => {
            let shown = match (mermaid, json, borrows, open) {
                (true, ..) => Shown::Mermaid,
                (_, true, ..) => Shown::Json,
                (_, _, true, _) => Shown::Borrows,
                (.., true) => Shown::Page,
                _ => Shown::Text,
            };
            tracing::show(&file, shown)
        }
        Command::Blocks { filter } => judging::list(&root()?, filter.as_deref()),
        Command::Draw { question } => match question.as_slice() {
            [] => site::preprocess::run(io::stdin().lock(), io::stdout().lock()).map(|()| true),
            [_, renderer] => Ok(site::preprocess::supports(renderer)),
            _ => bail!("mdBook asks `draw` and `draw supports RENDERER`"),
        },
    }
}
