//! A book becomes blocks, blocks become claims, claims get verdicts.
//!
//! ```text
//! markdown ── where everything stands in a chapter          (pure)
//! include  ── `{{#include}}`, expanded by mdBook itself
//! claim    ── what the words of a fence promise             (pure)
//! chapter  ── claims with the renderings below them         (pure but for includes)
//! book     ── the chapters on disk, and their links
//! prose    ── what the text says of its own page              (pure)
//! atlas    ── which pages explain errors                     (pure)
//! evidence ── what came when a block was compiled and run   (facts)
//! judge    ── makes evidence: rust, guest, session, asan, race, exception
//! verdict  ── claim and renderings held against evidence    (pure)
//! record   ── writes renderings into a chapter
//! tests    ── hands the blocks to skeptic, and back
//! ```

pub mod asan;
pub mod atlas;
pub mod batch;
pub mod book;
pub mod chapter;
pub mod claim;
pub mod evidence;
pub mod exception;
pub mod exercise;
pub mod guest;
pub mod include;
pub mod judge;
pub mod markdown;
pub mod memory;
pub mod prose;
pub mod race;
pub mod record;
pub mod rust;
mod session;
pub use sandbox;
pub mod tests;
pub mod verdict;

/// The example of the README runs, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
