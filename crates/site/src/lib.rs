//! What the pages of the book have over mdBook's own.
//!
//! ```text
//! preprocess ── mdBook's protocol: a book in, the book with figures out
//! blocks     ── a block and its renderings become one line of HTML   (pure)
//! code       ── the tokens of a program                               (pure)
//! diagnostic ── the parts of what the compiler says                   (pure)
//! errors     ── codes in prose lead to the error atlas                (pure)
//! answers    ── on paper they are the end of the chapter           (pure)
//! minutes    ── how long a chapter takes                           (pure)
//! headings   ── beliefs, jumps, the glossary's list                (pure)
//! glossary   ── terms that explain themselves                         (pure)
//! predict    ── a question before the verdict                         (pure)
//! exercises  ── what is to be mended, on its page                 (files)
//! falsities  ── what is false while the book is served
//! finish     ── the built site: heads, one style sheet, one script   (files)
//! epub       ── the book for e-readers
//! pdf        ── the book on paper, printed by Chromium                (processes)
//! preview    ── the picture for links to the pages, by Chromium       (processes)
//! ```

mod answers;
pub mod blocks;
pub mod code;
pub mod diagnostic;
pub mod epub;
pub mod errors;
mod exercises;
pub mod falsities;
pub mod finish;
pub mod glossary;
mod headings;
mod html;
mod minutes;
pub mod pdf;
mod predict;
pub mod preprocess;
pub mod preview;
mod search;

pub use finish::{Holds, Options, finish, write};
