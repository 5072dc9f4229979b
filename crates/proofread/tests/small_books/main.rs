//! The judge, held against small books that are written, changed and lied to.

mod holes;
mod hostile;
mod lies;
mod prose;
mod recording;
mod small;
